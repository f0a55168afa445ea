"""Having the ledgers verified: a job whose outcome is itself a row of the audit log."""

import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common import jobs, ledgers
from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal
from common.hooks import LEDGERS
from common.models import Job, LedgerSeal
from common.models.jobs import OPEN_STATES
from common.scoping import actor_again

JOB_KIND = "accounts.verify_ledgers"
ACTION = "accounts.verify_ledgers"


class VerifyingAlready(Refusal):
    code = "verifying-already"
    status = 409
    message = _("The ledgers are being verified. Wait for the result.")


@transaction.atomic
def request_verification(*, by: Actor, at: dt.datetime) -> Job:
    """Queue the recomputing of every seal. Raises VerifyingAlready."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [JOB_KIND])
    if Job.objects.filter(kind=JOB_KIND, state__in=OPEN_STATES).exists():
        raise VerifyingAlready
    job = jobs.queue_job(kind=JOB_KIND, params={}, by=by, at=at)
    record_change(action="accounts.request_verification", subject=job, by=by)
    return job


def run_verification(job: Job, at: dt.datetime) -> None:
    """Recompute every seal of every ledger (registered at JOB_RUNNERS); what was found stays on the audit log for good."""
    by = actor_again(job.owner_kind, job.owner_id, job.acting_unit_id, at) or Actor(
        kind=job.owner_kind, id=job.owner_id, acting_unit=job.acting_unit_id
    )
    total, done, said = LedgerSeal.objects.count(), 0, {}
    for registration in LEDGERS:
        last = None

        def heard(seal):
            nonlocal done, last
            done, last = done + 1, seal
            jobs.report(job, done=done, total=max(total, done))

        faults = ledgers.verify(registration.key, after_each=heard)
        said[registration.key] = {
            "sealed_until": last.sealed_at.isoformat() if last else "",
            "seal": last.pk if last else 0,
            "faults": len(faults),
            "first": f"{faults[0].where}: {faults[0].what}" if faults else "",
        }
    with transaction.atomic():
        jobs.report(job, done=done, total=max(total, done))
        Job.objects.filter(pk=job.pk).update(result=said)
        changes = {name: [None, list(found.values())] for name, found in said.items()}
        record_change(action=ACTION, subject=job, by=by, changes=changes)
