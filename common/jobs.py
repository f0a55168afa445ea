"""Background jobs: a row with a lease. A worker that dies leaves a row whose lease runs out; the sweep takes it up."""

import datetime as dt

import structlog
from django.db import InterfaceError, OperationalError, models, transaction

from common import clock
from common.actor import Actor
from common.errors import Refusal
from common.hooks import JOB_RUNNERS
from common.models import Job, JobState
from common.models.jobs import OPEN_STATES

log = structlog.get_logger(__name__)
LEASE = dt.timedelta(seconds=60)
MOST_DEATHS = 5  # workers that may die over one job without any progress between


class LeaseLost(Exception):
    """Somebody else runs this job now, or it was cancelled: stop without writing anything more."""


def queue_job(*, kind: str, params: dict, by: Actor, at: dt.datetime) -> Job:
    """Write a job row for the bulk workers; `params` hold ids and plain values only."""
    from common.tasks import run_job  # tasks are the edge above this module
    from common.wake import wake_on_commit

    job = Job.objects.create(
        kind=kind,
        params=params,
        owner_kind=by.kind,
        owner_id=by.id,
        acting_unit_id=by.acting_unit,
        created_at=at,
    )
    wake_on_commit(run_job, job.pk, queue="bulk")
    return job


def claim(job_id: int, *, at: dt.datetime) -> Job | None:
    """Take the job under a fresh lease, or None when it is done or in somebody's hands.

    A job over which MOST_DEATHS workers died at the same place ends as failed: it would kill the next one as well.
    """
    taken = (
        Job.objects.claimable(at)
        .filter(pk=job_id)
        .update(
            state=JobState.RUNNING,
            lease_until=at + LEASE,
            lease_fence=models.F("lease_fence") + 1,
            started_at=models.functions.Coalesce("started_at", models.Value(at, models.DateTimeField())),
        )
    )
    if not taken:
        return None
    job = Job.objects.get(pk=job_id)
    if job.lease_fence - job.progress_fence > MOST_DEATHS:
        log.error("job given up", job=str(job.public_id), kind=job.kind, deaths=MOST_DEATHS)
        finish(job, state=JobState.FAILED, error=f"worker-died ({job.public_id})")
        return None
    return job


def report(job: Job, *, done: int, total: int | None = None, at: dt.datetime | None = None) -> None:
    """Store progress and prolong the lease. Raises LeaseLost when the job is no longer ours.

    Call it inside the transaction that did the work: progress and work are then one.
    """
    at = at or clock.now()
    kept = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, lease_fence=job.lease_fence).update(
        done=done,
        total=total if total is not None else job.total,
        lease_until=at + LEASE,
        progress_fence=models.F("lease_fence" if done > job.done else "progress_fence"),
    )
    if not kept:
        raise LeaseLost(job.public_id)
    job.done = done
    job.total = total if total is not None else job.total


def run(job_id: int, *, at: dt.datetime) -> Job | None:
    """Claim and run a job to its end. Errors end the job as failed with a sentence; a lost lease or database ends nothing."""
    if not (job := claim(job_id, at=at)):
        return None
    try:
        JOB_RUNNERS[job.kind](job, at)
    except LeaseLost:
        log.warning("job handed over", job=str(job.public_id))
        return None
    except Refusal as refusal:
        return finish(job, state=JobState.FAILED, error=str(refusal.message))
    except (InterfaceError, OperationalError) as error:
        # the database went away under it, or let somebody else go first: what was committed stands, and the next worker goes on
        # behind it when the lease ends, as when this one had died; MOST_DEATHS bounds it
        log.warning("job interrupted", job=str(job.public_id), kind=job.kind, error=type(error).__name__)
        return None
    except Exception as error:
        log.error("job failed", job=str(job.public_id), kind=job.kind, exc_info=error)
        return finish(job, state=JobState.FAILED, error=f"{type(error).__name__} ({job.public_id})")
    return finish(job, state=JobState.SUCCEEDED)


def finish(job: Job, *, state: str, error: str = "") -> Job:
    """End a job that is ours."""
    Job.objects.filter(pk=job.pk, lease_fence=job.lease_fence, state=JobState.RUNNING).update(
        state=state, error=error[:500], ended_at=clock.now(), lease_until=None
    )
    job.refresh_from_db()
    return job


@transaction.atomic
def cancel_job(job: Job, *, at: dt.datetime) -> bool:
    """Stop a job before its next step; False when it had ended."""
    return bool(
        Job.objects.filter(pk=job.pk, state__in=OPEN_STATES).update(
            state=JobState.CANCELLED, ended_at=at, lease_until=None, lease_fence=models.F("lease_fence") + 1
        )
    )


def claimable_ids(*, at: dt.datetime, limit: int = 100) -> list[int]:
    """Jobs that wait for a worker, oldest first."""
    return list(Job.objects.claimable(at).order_by("id").values_list("pk", flat=True)[:limit])
