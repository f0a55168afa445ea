import time

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import Unit
from common import clock
from common.errors import Refusal
from common.models import Deadline
from registry.models import Elevator, LifeEvent, Nameplate, Responsibility, SearchEntry, Site, StatusFlag
from registry.seeding import seed_city
from registry.seeding.city import state_of_city

FEWEST, MOST = 30, 500_000


class Command(BaseCommand):
    help = "Invent a synthetic Nanjing: elevators, sites, units, people. All of it in one transaction, or nothing."

    def add_arguments(self, parser):
        parser.add_argument("--elevators", type=int, default=3000, metavar="N")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same city")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when the synthetic city is there")

    def handle(self, *, elevators, seed, if_empty, **_options):
        if not FEWEST <= elevators <= MOST:
            message = _("--elevators must be from %(fewest)s to %(most)s.")
            raise CommandError(message % {"fewest": FEWEST, "most": MOST})
        if if_empty and state_of_city() == "synthetic":
            return
        began = time.monotonic()
        try:
            seeded = seed_city(count=elevators, seed=seed, at=clock.now(), progress=_Progress(self.stdout))
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        _freshen_statistics()
        self.stdout.write(
            _(
                "A synthetic Nanjing: %(elevators)s elevators at %(sites)s sites, %(units)s units, %(people)s people, "
                "%(periods)s responsibilities, %(events)s life events, in %(seconds)s s."
            )
            % {
                **{name: f"{getattr(seeded, name):,}" for name in seeded.__slots__},
                "seconds": round(time.monotonic() - began),
            }
        )


class _Progress:
    """One line that is rewritten on a terminal, a line each fifth elsewhere."""

    def __init__(self, out):
        self._out, self._said = out, 0

    def __call__(self, done: int, total: int) -> None:
        percent = done * 100 // total
        if self._out.isatty():
            self._out.write(f"\r{percent:3d} %  {done:,} / {total:,}", ending="\n" if done == total else "")
            self._out.flush()
        elif percent // 20 > self._said // 20:
            self._out.write(f"{percent} %")
        self._said = percent


def _freshen_statistics() -> None:
    """Let the planner know at once. Only the tables' owner may; without its address autovacuum does it in a minute."""
    if not settings.DATABASE_OWNER_URL:
        return
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        # lists count inside indexes, which needs the visibility map; TRUNCATE would wait for whoever reads
        owner.execute(f"VACUUM (ANALYZE, TRUNCATE false) {_tables(Elevator, Nameplate, Responsibility, SearchEntry)}")
        owner.execute(f"ANALYZE {_tables(LifeEvent, Site, StatusFlag, Unit, Deadline)}")


def _tables(*models) -> str:
    return ", ".join(model._meta.db_table for model in models)
