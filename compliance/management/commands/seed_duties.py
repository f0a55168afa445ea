"""`manage.py seed_duties [--seed S]`: safety duties of a few synthetic using units, and hazards, complaints, waivers; once."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from common import clock
from compliance.seed_cases import seed_cases
from compliance.seeding import is_seeded, seed_duties


class Command(BaseCommand):
    help = (
        "Invent safety duties, hazards, complaints and waivers of the synthetic city. Does nothing when there are some."
    )

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same duties")

    def handle(self, *, seed, **_options):
        if not is_seeded():
            units = seed_duties(seed=seed, at=clock.now())
            self.stdout.write(_("Safety duties of %(units)s using units.") % {"units": units})
        seed_cases(at=clock.now())
