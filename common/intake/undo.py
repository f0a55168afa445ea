"""Taking a batch back: rows that nobody touched since are withdrawn or restored, the others stay and are named."""

import datetime as dt
from collections import Counter

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common import jobs
from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal
from common.intake.kinds import RESTORED, TOUCHED, WITHDRAWN, kind_named
from common.intake.uploads import require_may_import
from common.intake.workers import ImportRunning, alone, owner_of, wait_for_turn
from common.models import Job, JobState
from common.models.intake import ImportBatch, RowOutcome, SourceRow

JOB_KIND = "common.import_undo"
CHUNK_ROWS = 1_000
MOST_NAMED = 1_000  # touched rows whose names are kept; the count is of all


class CannotUndo(Refusal):
    code = "import-cannot-undo"
    status = 409
    message = _("This import cannot be undone.")


class StillRunning(Refusal):
    code = "import-still-running"
    status = 409
    message = _("This import is still running. Pause it first.")


@transaction.atomic
def start_undo(*, batch: ImportBatch, by: Actor, at: dt.datetime) -> ImportBatch:
    """Queue the undoing of a batch. Again, while it goes on or when it is done, changes nothing; after a failure it
    goes on where it stopped. `batch.undo_result`: {"withdrawn", "restored", "touched", "rows": [[row, name]]}.

    Raises NotPermitted, CannotUndo (a dry run, or a kind that has no undo), StillRunning.
    """
    kind = kind_named(batch.kind)
    require_may_import(by, kind)
    batch = _locked(batch)
    if batch.undone_at is not None or (batch.undo_job is not None and batch.undo_job.open):
        return batch
    if batch.dry_run:
        raise CannotUndo(_("A trial run changed nothing, so there is nothing to undo."))
    if kind.no_undo:
        raise CannotUndo(kind.no_undo)
    if batch.job.open:
        raise StillRunning
    done = batch.undo_job.done if batch.undo_job else 0
    job = jobs.queue_job(kind=JOB_KIND, params={"batch": str(batch.public_id)}, by=by, at=at)
    job.done, job.total = done, _rows(batch).count()
    job.save(update_fields=["done", "total"])
    batch.undo_job, batch.undo_started_at = job, batch.undo_started_at or at
    batch.save(update_fields=["undo_job", "undo_started_at"])
    return batch


def _locked(batch: ImportBatch) -> ImportBatch:
    # its jobs are asked for behind the lock: joined to it they would be those from before the wait
    return ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)


def _rows(batch: ImportBatch):
    return SourceRow.objects.filter(
        batch=batch, subject_id__isnull=False, outcome__in=[RowOutcome.CREATED, RowOutcome.UPDATED]
    ).order_by("row_number")


def undo_now(*, batch: ImportBatch, by: Actor, at: dt.datetime) -> ImportBatch:
    """start_undo and the work itself, for commands and tests."""
    batch = start_undo(batch=batch, by=by, at=at)
    if batch.undone_at is None:
        job = jobs.run(batch.undo_job_id, at=at)
        if job is not None and job.state == JobState.FAILED:
            raise CannotUndo(job.error)
    batch.refresh_from_db()
    return batch


def run_undo_job(job: Job, at: dt.datetime) -> None:
    """The runner of JOB_KIND: a transaction per chunk, so that a killed one goes on after its last."""
    batch = ImportBatch.objects.get(undo_job=job)
    by = owner_of(job, at)
    require_may_import(by, kind_named(batch.kind))
    try:
        with alone(batch.source):
            _go_on(batch, job, by)
    except ImportRunning:
        raise wait_for_turn(job) from None


def _go_on(batch: ImportBatch, job: Job, by: Actor) -> None:
    kind = kind_named(batch.kind)
    # moments are those of the undo's beginning, so that a resumed one writes the same
    at = batch.undo_started_at
    while rows := list(_rows(batch)[job.done : job.done + CHUNK_ROWS]):
        with transaction.atomic():
            undone = kind.undo_rows(rows, batch=batch, by=by, at=at)
            batch.undo_result = _added(batch.undo_result, undone)
            batch.save(update_fields=["undo_result"])
            jobs.report(job, done=job.done + len(rows))
    with transaction.atomic():
        jobs.report(job, done=job.done)
        kind.undo_done(batch, by=by, at=at)
        batch.undo_result = _added(batch.undo_result, [])
        batch.undo_job = jobs.finish(job, state=JobState.SUCCEEDED)
        batch.undone_at = at
        batch.save(update_fields=["undo_result", "undone_at"])
        counted = {name: [None, batch.undo_result[name]] for name in ("withdrawn", "restored", "touched")}
        record_change(action="common.undo_import", subject=batch, by=by, changes=counted)


def _added(result: dict, undone: list) -> dict:
    counts = Counter(row.outcome for row in undone)
    named = [[row.row_number, row.label] for row in undone if row.outcome == TOUCHED]
    return {
        "withdrawn": result.get("withdrawn", 0) + counts[WITHDRAWN],
        "restored": result.get("restored", 0) + counts[RESTORED],
        "touched": result.get("touched", 0) + counts[TOUCHED],
        "rows": [*result.get("rows", []), *named][:MOST_NAMED],
    }
