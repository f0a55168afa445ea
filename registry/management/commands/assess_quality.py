"""`manage.py assess_quality [--all]`: judge elevators' data now."""

from django.core.management.base import BaseCommand

from common import clock
from registry.actions import quality


class Command(BaseCommand):
    help = "Judge the data of elevators that were entered or changed, and take today's scores."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="judge every elevator again")

    def handle(self, **options):
        if options["all"]:
            quality.note_everything()
        judged = quality.judge_all_due(at=clock.now())
        rows = quality.score(day=clock.today())
        self.stdout.write(f"{judged:,} elevators judged, {rows:,} scores kept")
