"""`manage.py seed_duties [--seed S]`: safety duties of a few synthetic using units, once."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from common import clock
from compliance.seeding import is_seeded, seed_duties


class Command(BaseCommand):
    help = "Invent the safety duties of a few using units of the synthetic city. Does nothing when there are some."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same duties")

    def handle(self, *, seed, **_options):
        if is_seeded():
            return
        units = seed_duties(seed=seed, at=clock.now())
        self.stdout.write(_("Safety duties of %(units)s using units.") % {"units": units})
