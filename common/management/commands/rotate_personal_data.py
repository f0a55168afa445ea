from django.core.management.base import BaseCommand

from common import clock, jobs
from common.actor import system
from common.personal import rotation


class Command(BaseCommand):
    help = "Seal personal data anew with the last of PERSONAL_DATA_KEYS: queues a job; --check only says what is left."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="say how many rows a former key has sealed")
        parser.add_argument("--now", action="store_true", help="do it here instead of queueing a job")

    def handle(self, *, check, now, **_options):
        if not check:
            job = jobs.queue_job(kind=rotation.JOB_KIND, params={}, by=system("rotate_personal_data"), at=clock.now())
            self.stdout.write(f"job {job.public_id}")
            if now:
                jobs.run(job.pk, at=clock.now())
                job.refresh_from_db()
                self.stdout.write(f"{job.get_state_display()} {job.error}".strip())
        for part in rotation.left():
            self.stdout.write(f"{part.model._meta.label}: {part.rows} rows under a former key")
