"""Celery's share: heartbeats, seals, and sweeps that find what a lost message would have started."""

import datetime as dt

from celery import shared_task
from django.core.management import call_command

from common import clock, jobs, ledgers, retention, sweeps
from common.attachments.claims import remove_strays
from common.audit import make_access_partitions
from common.deadlines import fire_due
from common.exports.actions import remove_expired
from common.heartbeats import beat
from common.intake.retention import remove_old_files
from common.messages.delivery import Lane, fetch_reports, send_all_due
from common.messages.digests import build_digests
from common.models import IdempotencyKey


@shared_task
def record_beat():
    """Proves beat, broker and a worker of the default queue in one."""
    beat("beat", at=clock.now())


@shared_task
def seal_ledgers():
    ledgers.seal_all()


@shared_task
def sweep_deadlines():
    """The safety net under `pulse`: fires what is still due, e.g. while no pulse runs."""
    while fire_due(at=clock.now()).fired:
        pass


@shared_task
def run_sweep(key):
    """One of the sweeps that apps declare (common.sweeps)."""
    sweeps.run(key, clock=clock.now)


@shared_task
def run_job(job_id):
    jobs.run(job_id, at=clock.now())


@shared_task
def sweep_jobs():
    """Send waiting jobs again: harmless for those already claimed."""
    for job_id in jobs.claimable_ids(at=clock.now()):
        run_job.apply_async([job_id], queue="bulk")


@shared_task
def send_messages():
    """Text messages and e-mails that are due, urgent ones first; a sweep finds whatever nobody was woken for."""
    send_all_due(Lane.URGENT)
    send_all_due(Lane.PEOPLE)


@shared_task
def send_webhooks():
    send_all_due(Lane.WEBHOOKS)


@shared_task
def sweep_digests():
    """Daily summaries whose hour has come, today's or that of a day on which nothing ran."""
    build_digests(at=clock.now())


@shared_task
def sweep_reports():
    fetch_reports(at=clock.now())


@shared_task
def housekeeping():
    """Idempotency keys are kept for two days, exported files for seven, files sent in and files attached to nothing as the
    settings say, the rest as their
    rules say; sessions that are over go; next month's access-log partition is made ahead."""
    IdempotencyKey.objects.filter(created_at__lt=clock.now() - dt.timedelta(days=2)).delete()
    call_command("clearsessions")
    make_access_partitions(today=clock.today())
    remove_expired(at=clock.now())
    remove_old_files(at=clock.now())
    remove_strays(at=clock.now())
    retention.sweep(at=clock.now())
