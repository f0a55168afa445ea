"""The rows of an import: chunk after chunk, each one transaction in which rows, events, source rows, counts and the job's
progress are written together; or a trial run, which is everything but the writing."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common import jobs
from common.actor import Actor
from common.audit import record_change
from common.copying import copy_in
from common.errors import Refusal
from common.intake.kinds import ImportKind, Reader, RowPlan, Run
from common.intake.mapping import MappingSpec
from common.intake.reports import ErrorFile, Preview, Tally, bad_rows_of_batch, bad_rows_of_plans, error_path
from common.intake.surveys import Survey
from common.intake.tables import Record, Table
from common.models import Job, JobState
from common.models.intake import ImportBatch, SourceRow

CHUNK_ROWS = 2_000
CHUNK_CHARACTERS = 4_000_000  # a chunk of enormous cells ends earlier, so that memory stays bounded

Progress = Callable[[int, int], None]


class ErrorFileRefused(Refusal):
    code = "error-file-refused"
    field = "errors"
    message = _("The error file %(path)s cannot be written (%(reason)s). Name another place.")


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of it. `repeated`: the file had been brought in before and nothing was done. `batch` and `error_file`
    are None where nothing was written (a dry run)."""

    summary: dict
    batch: ImportBatch | None = None
    error_file: Path | None = None
    repeated: bool = False
    resumed_after: int = 0
    preview: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """One import as its steps share it."""

    path: Path
    table: Table
    kind: ImportKind
    spec: MappingSpec
    reader: Reader
    by: Actor
    found: Survey
    errors: Path | None = None
    progress: Progress = lambda done, total: None

    def run(self, at: dt.datetime, batch: ImportBatch | None) -> Run:
        return Run(self.kind, self.reader, self.found.repeated, self.by, at, batch)


def go_on(batch: ImportBatch, job: Job, work: Work) -> ImportResult:
    """From the first row that is not in yet to the end. Moments are the batch's, so that a resumed run writes the same."""
    run = work.run(batch.created_at, batch)
    tally, preview = Tally.from_json(batch.summary), Preview.from_json(batch.preview)
    resumed_after, total = job.done, work.found.records
    for chunk, done in chunks(work.table, skip=job.done, most=work.kind.most_rows):
        write_chunk(chunk, done, run, tally, preview, job, total)
        work.progress(done, total)
    target = _write_errors(work, work.errors or error_path(batch), bad_rows_of_batch(batch))
    _complete(batch, job, tally, preview, work, target)
    return ImportResult(batch.summary, batch, target, resumed_after=resumed_after, preview=batch.preview)


def write_chunk(chunk, done, run: Run, tally: Tally, preview: Preview, job: Job, total: int) -> None:
    """One transaction. Another import may take a code between our look and our writing: then it is planned anew, once."""
    records = [record for record in chunk if not record.blank]
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                plans = run.kind.bring_in(records, run)
                copy_in(SourceRow, [_source_row(plan, run.batch) for plan in plans])
                tally.add(plans, blank_rows=len(chunk) - len(plans))
                preview.add(plans, run.kind)
                ImportBatch.objects.filter(pk=run.batch.pk).update(summary=tally.as_json(), preview=preview.as_json())
                jobs.report(job, done=done, total=total)
            return
        except IntegrityError:
            if attempt == 2:
                raise
            run.memory.clear()


def _source_row(plan: RowPlan, batch: ImportBatch) -> SourceRow:
    return SourceRow(
        batch=batch,
        row_number=plan.record.number,
        subject_id=plan.subject_id,
        outcome=plan.outcome,
        cells=plan.cells,
        issues=[issue.as_json() for issue in plan.issues],
        changes=plan.changes,
    )


def chunks(table: Table, *, skip: int = 0, most: int | None = None) -> Iterator[tuple[list[Record], int]]:
    """(rows, number of rows up to and with them), without the first `skip` rows. `most`: how many a kind writes at once."""
    chunk, characters, done = [], 0, 0
    most = min(CHUNK_ROWS, most or CHUNK_ROWS)
    for done, record in enumerate(table, start=1):
        if done <= skip:
            continue
        chunk.append(record)
        characters += sum(map(len, record.cells.values()))
        if len(chunk) >= most or characters >= CHUNK_CHARACTERS:
            yield chunk, done
            chunk, characters = [], 0
    if chunk:
        yield chunk, done


def _write_errors(work: Work, target: Path, rows) -> Path:
    try:
        with ErrorFile(target, work.found.header, work.kind) as file:
            file.write(rows)
    except OSError as error:
        raise ErrorFileRefused(path=target, reason=error.strerror) from error
    return target


@transaction.atomic
def _complete(batch: ImportBatch, job: Job, tally: Tally, preview: Preview, work: Work, target: Path) -> None:
    """The last transaction: job done, batch closed, one audit row for all of it."""
    jobs.report(job, done=work.found.records)
    batch.job = jobs.finish(job, state=JobState.SUCCEEDED)
    batch.summary, batch.preview = _summary(tally, work.found), preview.as_json()
    batch.error_file = str(target)[:255]
    batch.completed_at = batch.job.ended_at
    batch.save(update_fields=["summary", "preview", "error_file", "completed_at"])
    changes = {outcome.lower(): [None, count] for outcome, count in tally.outcomes.items() if count}
    record_change(
        action=work.kind.audit_action, subject=batch, by=work.by, changes=changes | {"sha256": [None, batch.sha256]}
    )


def _summary(tally: Tally, found: Survey) -> dict:
    return tally.as_json() | {"distinct": found.distinct, "unmapped": found.unmapped, "header": found.header}


# --- everything but the writing ---------------------------------------------------------------------------------------


def rehearse(work: Work, at: dt.datetime, watch: Progress = lambda done, total: None) -> ImportResult:
    """`watch` is the job's progress, told before the command's own."""
    run, tally, preview = work.run(at, None), Tally(), Preview()

    def bad_rows():
        for chunk, done in chunks(work.table, most=work.kind.most_rows):
            plans = work.kind.bring_in([record for record in chunk if not record.blank], run)
            tally.add(plans, blank_rows=len(chunk) - len(plans))
            preview.add(plans, work.kind)
            yield from bad_rows_of_plans(plans)
            watch(done, work.found.records)
            work.progress(done, work.found.records)

    if work.errors:
        _write_errors(work, work.errors, bad_rows())
    else:
        for _bad_row in bad_rows():
            pass
    summary = _summary(tally, work.found)
    if checks := work.kind.checks(run):
        summary["checks"] = checks
    return ImportResult(summary, error_file=work.errors, preview=preview.as_json())


def rehearse_as_job(batch: ImportBatch, job: Job, work: Work) -> None:
    """A dry run in the background: always from the first row."""
    work = replace(work, errors=error_path(batch))
    job.done = 0
    result = rehearse(work, batch.created_at, lambda done, total: jobs.report(job, done=done, total=total))
    with transaction.atomic():
        jobs.report(job, done=work.found.records)
        batch.job = jobs.finish(job, state=JobState.SUCCEEDED)
        batch.summary, batch.preview = result.summary, result.preview
        batch.error_file, batch.completed_at = str(result.error_file)[:255], batch.job.ended_at
        batch.save(update_fields=["summary", "preview", "error_file", "completed_at"])
