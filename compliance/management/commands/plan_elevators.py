"""`manage.py plan_elevators [--all] [--processes N]`: bring the ledger of what is due in line with the facts, now."""

import multiprocessing

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from common import clock


class Command(BaseCommand):
    help = "Plan every elevator that is noted, or all of them. What the sweep does, at once and by several processes."

    def add_arguments(self, parser):
        parser.add_argument(
            "--all", action="store_true", help="note every elevator first, as after a change of rule rows"
        )
        parser.add_argument(
            "--processes", type=int, default=1, metavar="N", help="how many share the work (default: 1)"
        )

    def handle(self, *, all, processes, verbosity=1, **_options):
        from compliance.actions import note_everything

        if all:
            note_everything()
        if processes == 1:
            planned = plan()
        else:
            # new interpreters, as a copy of this one would share its connections
            with multiprocessing.get_context("spawn").Pool(processes) as pool:
                planned = sum(pool.starmap(plan_in_a_process, [()] * processes, chunksize=1))
        if verbosity:
            self.stdout.write(_("%(elevators)s elevators planned.") % {"elevators": f"{planned:,}"})


def plan() -> int:
    from compliance.actions import plan_all_due

    return plan_all_due(at=clock.now())


def plan_in_a_process() -> int:
    import django

    django.setup()
    return plan()
