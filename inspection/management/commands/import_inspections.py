"""`manage.py import_inspections REGISTER [--first-day DATE] [--today DATE] [--as USERNAME]`"""

import datetime as dt
import time

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import actor_for
from common import clock
from common.actor import Actor, system
from common.errors import Refusal
from inspection.actions import import_register_inspections
from inspection.queries.registers import overdue_figures
from inspection.registers import REGISTERS

SAY_EVERY = 5.0


class Command(BaseCommand):
    help = "Enter the last inspections out of the rows that a register's import kept, and plan what is due by its rule."

    def add_arguments(self, parser):
        parser.add_argument("register", help=", ".join(sorted(REGISTERS)))
        parser.add_argument("--first-day", type=dt.date.fromisoformat, help="first day of the register's rule")
        parser.add_argument("--today", type=dt.date.fromisoformat, help="the day for which the figures are printed")
        parser.add_argument("--as", dest="username", help="the user in whose name this is done (default: the platform)")

    def handle(self, *, register, first_day, today, username, **_options):
        at = clock.now()
        try:
            found = import_register_inspections(
                register=register, by=_actor(username, at), at=at, first_day=first_day, progress=self._progress()
            )
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        said = _(
            "%(elevators)s elevators: %(dated)s with a last inspection, %(blank)s without; "
            "entered %(entered)s, corrected %(changed)s."
        )
        numbers = {name: f"{getattr(found, name):,}" for name in ("elevators", "dated", "blank", "entered", "changed")}
        self.stdout.write(said % numbers)
        for key, text in found.unreadable[:20]:
            self.stdout.write(_("%(key)s: “%(text)s” is no day.") % {"key": key, "text": text})
        for label, count in overdue_figures(register, today or clock.local_date(at)):
            self.stdout.write(f"{count:>9,}  {label}")

    def _progress(self):
        said = [time.monotonic()]

        def say(done, total):
            if time.monotonic() - said[0] >= SAY_EVERY:
                said[0] = time.monotonic()
                self.stderr.write(f"{100 * done // total} %")

        return say


def _actor(username: str | None, at) -> Actor:
    if username is None:
        return system("import_inspections")
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(_("There is nobody called “%(name)s”.") % {"name": username})
    return actor_for(user, at)
