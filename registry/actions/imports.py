"""Bringing a register's file in: once, in chunks, so that a stopped run goes on where the last chunk ended.

One import per register at a time (an advisory lock held by the connection, so that it ends with the process), one
transaction per chunk in which rows, life events, source rows, counts and the job's progress are written together. What
a page or a worker needs to start, watch and resume an import is all here; the command is one edge of it.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Area
from common import jobs
from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal
from common.models import Job, JobState
from registry.actions.import_chunks import Run, bring_in
from registry.actions.import_reports import (
    ErrorFile,
    Tally,
    bad_rows_of_batch,
    bad_rows_of_plans,
    error_path,
)
from registry.actions.register_files import FileRefused, Record, Survey, opened, records, survey
from registry.mappings import MAPPINGS, RegisterMapping
from registry.models import ImportBatch

JOB_KIND = "registry.import_elevators"
CHUNK_ROWS = 2_000
CHUNK_CHARACTERS = 4_000_000  # a chunk of enormous cells ends earlier, so that memory stays bounded
LOCK_PATIENCE = "3s"  # the session of a killed process lives on for a moment

Progress = Callable[[int, int], None]


class UnknownMapping(Refusal):
    code = "unknown-mapping"
    field = "mapping"
    message = _("There is no mapping “%(name)s”. There are: %(names)s.")


class AreasMissing(Refusal):
    code = "areas-missing"
    status = 409
    message = _("The areas of this register are not on the platform yet. First run: manage.py import_areas %(file)s")


class ImportRunning(Refusal):
    code = "import-running"
    status = 409
    message = _("This register is being imported by another process right now. Wait for it, then try again.")


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


@dataclass(frozen=True, slots=True)
class _Work:
    """One import as its steps share it."""

    path: Path
    how: RegisterMapping
    areas: dict[str, Area]
    found: Survey
    by: Actor
    errors: Path | None
    progress: Progress


def import_elevators(
    *,
    path: Path,
    mapping: str,
    by: Actor,
    at: dt.datetime,
    dry_run: bool = False,
    errors: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> ImportResult:
    """Bring in the elevators of a register's file; the same file again adds nothing; a stopped run is resumed.

    `mapping`: a name in registry.mappings. `errors`: where the error file goes (default: beside the other imports; a dry
    run writes one only when told where). `progress(done, total)` is called after each chunk, in file rows. Not atomic:
    each chunk is. Raises UnknownMapping, FileRefused, AreasMissing, ImportRunning, ErrorFileRefused, jobs.LeaseLost.
    """
    how = _mapping(mapping)
    if errors is not None and errors.exists() and path.exists() and errors.samefile(path):
        raise ErrorFileRefused(path=errors, reason=_("it is the register itself"))
    areas = _areas(how)
    if dry_run:
        return _rehearse(_Work(path, how, areas, survey(path, how), by, errors, progress), at)
    with _alone(how.source):
        work = _Work(path, how, areas, survey(path, how), by, errors, progress)
        if first := _batches(work).filter(completed_at__isnull=False).first():
            return ImportResult(first.summary, first, _kept_error_file(first), repeated=True)
        batch, job = _take_up(work, at)
        return _ending_job(batch, job, work)


def run_import_job(job: Job, at: dt.datetime) -> None:
    """Go on with a batch whose process died: the runner of JOB_KIND (common.jobs claims before and ends after)."""
    batch = ImportBatch.objects.get(job=job)
    how, path = _mapping(batch.mapping), Path(job.params["path"])
    by = Actor(kind=job.owner_kind, id=job.owner_id, acting_unit=job.acting_unit_id)
    errors = Path(job.params["errors"]) if job.params["errors"] else None
    try:
        with _alone(how.source):
            work = _Work(path, how, _areas(how), survey(path, how), by, errors, lambda done, total: None)
            if work.found.sha256 != batch.sha256:
                raise FileRefused(_("%(path)s has changed since the import began. Import it as a new file."), path=path)
            _go_on(batch, job, work)
    except ImportRunning:
        # its process lives and was only slow: it will find its lease lost and stop; the next sweep goes on from there
        raise jobs.LeaseLost(job.public_id) from None


# --- before the first row --------------------------------------------------------------------------------------------


def _mapping(name: str) -> RegisterMapping:
    if name not in MAPPINGS:
        raise UnknownMapping(name=name, names=", ".join(sorted(MAPPINGS)))
    return MAPPINGS[name]


def _areas(how: RegisterMapping) -> dict[str, Area]:
    """{code: area} of every area that the mapping names; all must be there."""
    wanted = {how.area.city_code, *how.area.codes.values()}
    found = {area.code: area for area in Area.objects.filter(code__in=wanted)}
    if wanted - set(found):
        raise AreasMissing(file=how.area.data_file)
    return found


@contextmanager
def _alone(source: str):
    """One import per register at a time. The lock belongs to the session: it ends with a killed process by itself."""
    key = f"registry.import:{source}"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_PATIENCE])
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "55P03":
            raise ImportRunning from error
        raise
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _batches(work: _Work):
    """Batches of the same file, read in the same way."""
    same = {"sha256": work.found.sha256, "mapping": work.how.name, "mapping_version": work.how.version}
    return ImportBatch.objects.filter(**same).select_related("job")


@transaction.atomic
def _take_up(work: _Work, at: dt.datetime) -> tuple[ImportBatch, Job]:
    """The unfinished batch of this file under a lease of ours, or a new one."""
    batch = _batches(work).order_by("pk").first()
    if batch is None:
        batch = ImportBatch.objects.create(
            job=_new_job(work, at),
            file_name=work.path.name[:255],
            sha256=work.found.sha256,
            mapping=work.how.name,
            mapping_version=work.how.version,
            source=work.how.source,
            created_at=at,
        )
    elif not batch.job.open:
        batch.job = _new_job(work, at, done=batch.job.done)
        batch.save(update_fields=["job"])
    return batch, _claim(batch.job, at)


def _new_job(work: _Work, at: dt.datetime, done: int = 0) -> Job:
    return Job.objects.create(
        kind=JOB_KIND,
        params={
            "path": str(work.path.resolve()),
            "mapping": work.how.name,
            "errors": str(work.errors.resolve()) if work.errors else "",
        },
        owner_kind=work.by.kind,
        owner_id=work.by.id,
        acting_unit_id=work.by.acting_unit,
        total=work.found.records,
        done=done,
        created_at=at,
    )


def _claim(job: Job, at: dt.datetime) -> Job:
    """Take the job. Whoever held it is dead, for we hold the register's lock: a lease that still runs ends now."""
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING, lease_until__gte=at).update(
        lease_until=at - dt.timedelta(microseconds=1)
    )
    if not (mine := jobs.claim(job.pk, at=at)):
        raise ImportRunning
    return mine


# --- the rows --------------------------------------------------------------------------------------------------------


def _ending_job(batch: ImportBatch, job: Job, work: _Work) -> ImportResult:
    """Do the work and end the job one way or the other; a failed one can be taken up again."""
    try:
        return _go_on(batch, job, work)
    except jobs.LeaseLost:
        raise
    except Refusal as refusal:
        jobs.finish(job, state=JobState.FAILED, error=str(refusal.message))
        raise
    except BaseException as error:
        if connection.is_usable():
            jobs.finish(job, state=JobState.FAILED, error=type(error).__name__)
        raise


def _go_on(batch: ImportBatch, job: Job, work: _Work) -> ImportResult:
    """From the first row that is not in yet to the end. Moments are the batch's, so that a resumed run writes the same."""
    run = Run(work.how, work.areas, work.found.repeated, work.by, batch.created_at, batch)
    tally, resumed_after, total = Tally.from_json(batch.summary), job.done, work.found.records
    with opened(work.path) as file:
        for chunk, done in _chunks(file, work.how, skip=job.done):
            with transaction.atomic():
                plans = bring_in([record for record in chunk if not record.blank], run)
                tally.add(plans, blank_rows=len(chunk) - len(plans))
                ImportBatch.objects.filter(pk=batch.pk).update(summary=tally.as_json())
                jobs.report(job, done=done, total=total)
            work.progress(done, total)
    target = _write_errors(work.errors or error_path(batch), work.found.header, bad_rows_of_batch(batch))
    _complete(batch, job, tally, work, target)
    return ImportResult(batch.summary, batch, target, resumed_after=resumed_after)


def _chunks(file, how: RegisterMapping, *, skip: int = 0) -> Iterator[tuple[list[Record], int]]:
    """(rows, number of rows up to and with them), without the first `skip` rows."""
    rows = records(file, how)
    next(rows)
    chunk, characters, done = [], 0, 0
    for done, record in enumerate(rows, start=1):
        if done <= skip:
            continue
        chunk.append(record)
        characters += sum(map(len, record.cells.values()))
        if len(chunk) >= CHUNK_ROWS or characters >= CHUNK_CHARACTERS:
            yield chunk, done
            chunk, characters = [], 0
    if chunk:
        yield chunk, done


def _write_errors(target: Path, header: list[str], rows) -> Path:
    try:
        with ErrorFile(target, header) as file:
            file.write(rows)
    except OSError as error:
        raise ErrorFileRefused(path=target, reason=error.strerror) from error
    return target


@transaction.atomic
def _complete(batch: ImportBatch, job: Job, tally: Tally, work: _Work, target: Path) -> None:
    """The last transaction: job done, batch closed, one audit row for all of it."""
    jobs.report(job, done=work.found.records)
    batch.job = jobs.finish(job, state=JobState.SUCCEEDED)
    batch.summary = _summary(tally, work.found)
    batch.error_file = str(target)[:255]
    batch.completed_at = batch.job.ended_at
    batch.save(update_fields=["summary", "error_file", "completed_at"])
    changes = {outcome.lower(): [None, count] for outcome, count in tally.outcomes.items() if count}
    record_change(action=JOB_KIND, subject=batch, by=work.by, changes=changes | {"sha256": [None, batch.sha256]})


def _summary(tally: Tally, found: Survey) -> dict:
    return tally.as_json() | {"distinct": found.distinct, "unmapped": found.unmapped, "header": found.header}


def _kept_error_file(batch: ImportBatch) -> Path | None:
    return Path(batch.error_file) if batch.error_file else None


def _rehearse(work: _Work, at: dt.datetime) -> ImportResult:
    """Everything but the writing."""
    run, tally = Run(work.how, work.areas, work.found.repeated, work.by, at), Tally()

    def bad_rows():
        with opened(work.path) as file:
            for chunk, done in _chunks(file, work.how):
                plans = bring_in([record for record in chunk if not record.blank], run)
                tally.add(plans, blank_rows=len(chunk) - len(plans))
                yield from bad_rows_of_plans(plans)
                work.progress(done, work.found.records)

    if work.errors:
        _write_errors(work.errors, work.found.header, bad_rows())
    else:
        for _bad_row in bad_rows():
            pass
    return ImportResult(_summary(tally, work.found), error_file=work.errors)
