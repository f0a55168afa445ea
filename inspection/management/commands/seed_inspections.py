"""`manage.py seed_inspections [--seed S]`: the synthetic city's inspections, once."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from common import clock
from compliance.actions import note_everything
from inspection.models import Inspection
from inspection.seed_assessments import seed_assessments
from inspection.seed_reports import elevators_with_reports, seed_applications, seed_reports
from inspection.seeding import SOURCE, seed_bodies, seed_inspections


class Command(BaseCommand):
    help = "Invent the inspections of the synthetic city, and who may do them. Does nothing when they are there."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same inspections")

    def handle(self, *, seed, **_options):
        seed_bodies(today=clock.today(), at=clock.now())
        seed_assessments(at=clock.now())
        if Inspection.objects.filter(source=SOURCE).exists():
            return
        at, reported = clock.now(), elevators_with_reports()
        made = seed_inspections(seed=seed, today=clock.today(), at=at, without=reported)
        seed_reports(elevator_ids=reported, at=at)
        seed_applications(at=at)
        note_everything()
        self.stdout.write(_("%(reports)s inspections of the synthetic city.") % {"reports": f"{made:,}"})
