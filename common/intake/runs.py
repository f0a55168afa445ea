"""Bringing a file in: once, in chunks, so that a stopped run goes on where the last chunk ended.

One import per source at a time (an advisory lock held by the connection, so that it ends with the process), one
transaction per chunk in which rows, events, source rows, counts and the job's progress are written together. Pages and
REST use start_import, pause_import and resume_import; commands import_file.
"""

import datetime as dt
from contextlib import contextmanager
from pathlib import Path

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from common import jobs
from common.actor import Actor, ActorKind
from common.audit import record_change
from common.errors import NotPermitted, Refusal
from common.hooks import ACTORS
from common.intake.chunks import ErrorFileRefused, ImportResult, Progress, Work, go_on, rehearse, rehearse_as_job
from common.intake.issues import FileRefused
from common.intake.kinds import ImportKind, Reader, kind_named
from common.intake.mapping import MappingSpec
from common.intake.shapes import Shape, guess_shape
from common.intake.surveys import survey
from common.intake.tables import Table, read_table
from common.intake.uploads import require_may_import, table_of, upload_path
from common.models import Job, JobState
from common.models.intake import ImportBatch, Upload

JOB_KIND = "common.import"
LOCK_PATIENCE = "3s"  # the session of a killed process lives on for a moment


class ImportRunning(Refusal):
    code = "import-running"
    status = 409
    message = _("This register is being imported by another process right now. Wait for it, then try again.")


class NotRunning(Refusal):
    code = "import-not-running"
    status = 409
    message = _("This import is not running any more.")


class NotStopped(Refusal):
    code = "import-not-stopped"
    status = 409
    message = _("This import has not stopped, so it cannot go on from there.")


# --- verbs of pages and REST ------------------------------------------------------------------------------------------


def start_import(
    *, upload: Upload, spec: MappingSpec, by: Actor, at: dt.datetime, dry_run: bool = False, name: str = ""
) -> ImportBatch:
    """Queue an upload to be brought in (or rehearsed) as `spec` reads it. `name`: of the saved mapping, if it is one.

    The same file read in the same way is the same batch, whoever of the unit asks and however often, until it is undone
    (`batch.completed_at` set: it had been brought in before). Raises NotPermitted, MappingRefused, FileRefused, FileGone.
    """
    kind = kind_named(upload.kind)
    require_may_import(by, kind)
    reader = kind.compile(spec, table_of(upload).header, by, at)
    same = _same(kind, spec, upload.sha256, by)
    if dry_run:
        same = ImportBatch.objects.filter(
            upload=upload, mapping_digest=spec.digest, shape=upload.shape, dry_run=True, completed_at=None
        ).filter(job__state__in=[JobState.QUEUED, JobState.RUNNING])
    if there := same.select_related("job").order_by("pk").first():
        return there
    try:
        with transaction.atomic():
            return _queue(upload, kind, spec, reader, by, at, dry_run, name)
    except IntegrityError:
        # somebody clicked at the same moment
        if there := same.select_related("job").order_by("pk").first():
            return there
        raise


def _queue(upload, kind, spec, reader, by, at, dry_run, name) -> ImportBatch:
    return ImportBatch.objects.create(
        job=jobs.queue_job(kind=JOB_KIND, params={"upload": str(upload.public_id)}, by=by, at=at),
        upload=upload,
        file_name=upload.original_name,
        sha256=upload.sha256,
        shape=upload.shape,
        dry_run=dry_run,
        **_identity(kind, spec, reader, by, at, name),
    )


def _identity(kind: ImportKind, spec: MappingSpec, reader: Reader, by: Actor, at: dt.datetime, name: str = "") -> dict:
    return {
        "kind": kind.key,
        "scope": scope_of(by),
        "mapping": (name or spec.shipped)[:80],
        "mapping_digest": spec.digest,
        "spec": spec.as_json(),
        "source": reader.source,
        "owner_kind": by.kind,
        "owner_id": by.id,
        "acting_unit_id": by.acting_unit,
        "created_at": at,
    }


def scope_of(by: Actor) -> str:
    """Whose second import of one file is a repetition: the unit's, else the person's."""
    return f"unit:{by.acting_unit}" if by.acting_unit else by.key


def _same(kind: ImportKind, spec: MappingSpec, sha256: str, by: Actor):
    """Batches of the same file, read in the same way, that are not undone."""
    return ImportBatch.objects.filter(
        kind=kind.key,
        scope=scope_of(by),
        sha256=sha256,
        mapping_digest=spec.digest,
        dry_run=False,
        undone_at__isnull=True,
    )


@transaction.atomic
def pause_import(*, batch: ImportBatch, by: Actor, at: dt.datetime) -> ImportBatch:
    """Stop after the chunk in hand; what is in stays in. Again changes nothing. Raises NotPermitted, NotRunning."""
    require_may_import(by, kind_named(batch.kind))
    batch = _locked(batch)
    if batch.paused_at is not None:
        return batch
    if batch.completed_at is not None or not jobs.cancel_job(batch.job, at=at):
        raise NotRunning
    batch.paused_at = at
    batch.save(update_fields=["paused_at"])
    record_change(action="common.pause_import", subject=batch, by=by, changes={"done": [None, batch.job.done]})
    return batch


@transaction.atomic
def resume_import(*, batch: ImportBatch, by: Actor, at: dt.datetime) -> ImportBatch:
    """Let a paused or failed import go on after its last chunk. One that runs goes on as it does.

    Raises NotPermitted, NotStopped (done, or being undone).
    """
    require_may_import(by, kind_named(batch.kind))
    batch = _locked(batch)
    if batch.completed_at is not None or batch.undo_started_at is not None:
        raise NotStopped
    if batch.job.open:
        return batch
    batch.job = _next_job(batch.job, by, at)
    batch.paused_at = None
    batch.save(update_fields=["job", "paused_at"])
    record_change(action="common.resume_import", subject=batch, by=by, changes={"done": [None, batch.job.done]})
    return batch


def _locked(batch: ImportBatch) -> ImportBatch:
    rows = ImportBatch.objects.select_for_update(of=("self",), no_key=True).select_related("job")
    return rows.get(pk=batch.pk)


def _next_job(before: Job, by: Actor, at: dt.datetime) -> Job:
    """A job that goes on where another one stopped."""
    job = jobs.queue_job(kind=before.kind, params=before.params, by=by, at=at)
    job.done, job.total = before.done, before.total
    job.save(update_fields=["done", "total"])
    return job


# --- the worker and the command ---------------------------------------------------------------------------------------


def run_import_job(job: Job, at: dt.datetime) -> None:
    """The runner of JOB_KIND (common.jobs claims before and ends after); goes on with what a dead process left."""
    batch = ImportBatch.objects.select_related("upload").get(job=job)
    by = owner_of(job, at)
    require_may_import(by, kind_named(batch.kind))
    try:
        with alone(batch.source):
            work = _work_of(batch, job, by)
            if work.found.sha256 != batch.sha256:
                raise FileRefused(
                    _("%(path)s has changed since the import began. Import it as a new file."), path=batch.file_name
                )
            rehearse_as_job(batch, job, work) if batch.dry_run else go_on(batch, job, work)
    except ImportRunning:
        # its process lives and was only slow: it will find its lease lost and stop; the next sweep goes on from there
        raise jobs.LeaseLost(job.public_id) from None


def _work_of(batch: ImportBatch, job: Job, by: Actor) -> Work:
    kind, spec = kind_named(batch.kind), MappingSpec.from_json(batch.spec)
    if batch.upload is not None:
        path, table = upload_path(batch.upload), table_of(batch.upload, Shape.from_json(batch.shape))
    else:
        path = Path(job.params["path"])
        table = _opened(path, kind, spec, Shape.from_json(batch.shape) if batch.shape else None)
    reader = kind.compile(spec, table.header, by, batch.created_at)
    errors = Path(job.params["errors"]) if job.params.get("errors") else None
    return Work(path, table, kind, spec, reader, by, survey(path, table, reader), errors)


def owner_of(job: Job, at: dt.datetime) -> Actor:
    """Whoever queued a job, with what they hold now. Raises NotPermitted for one who may no longer act."""
    if job.owner_kind == ActorKind.SYSTEM:
        return Actor(kind=ActorKind.SYSTEM, id=job.owner_id, acting_unit=job.acting_unit_id, label=job.owner_id)
    for registration in ACTORS:
        actor = registration.answer(job.owner_kind, job.owner_id, job.acting_unit_id, at)
        if actor is not None:
            return actor
    raise NotPermitted(_("Whoever began this may no longer act on the platform."))


def _opened(path: Path, kind: ImportKind, spec: MappingSpec, shape: Shape | None) -> Table:
    """The table in a file of this machine; where nobody described it: as a kind's own mapping reads it, else as it looks."""
    if shape is not None:
        return read_table(path, shape)
    own = kind.own_table(path, spec)
    return own if own is not None else read_table(path, guess_shape(path))


def import_file(
    *,
    path: Path,
    kind: ImportKind,
    spec: MappingSpec,
    by: Actor,
    at: dt.datetime,
    shape: Shape | None = None,
    dry_run: bool = False,
    errors: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> ImportResult:
    """Bring in a file of this machine, here and now; the same file again adds nothing; a stopped run is resumed.

    `shape`: how it is written (default: as the kind's own mapping declares it, else as it looks). `errors`: where the
    error file goes (default: beside the other imports; a dry run writes one only when told where). `progress(done,
    total)` is called after each chunk, in file rows. Not atomic: each chunk is. Raises MappingRefused, FileRefused,
    ImportRunning, ErrorFileRefused, jobs.LeaseLost.
    """
    if errors is not None and errors.exists() and path.exists() and errors.samefile(path):
        raise ErrorFileRefused(path=errors, reason=_("it is the register itself"))
    table = _opened(path, kind, spec, shape)
    reader = kind.compile(spec, table.header, by, at)

    def work() -> Work:
        return Work(path, table, kind, spec, reader, by, survey(path, table, reader), errors, progress)

    if dry_run:
        return rehearse(work(), at)
    with alone(reader.source):
        if first := _same(kind, spec, (mine := work()).found.sha256, by).filter(completed_at__isnull=False).first():
            return ImportResult(first.summary, first, _kept_error_file(first), repeated=True, preview=first.preview)
        batch, job = _take_up(mine, at)
        return _ending_job(batch, job, mine)


@contextmanager
def alone(source: str):
    """One import per source at a time. The lock belongs to the session: it ends with a killed process by itself."""
    key = f"common.import:{source}"
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
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


@transaction.atomic
def _take_up(work: Work, at: dt.datetime) -> tuple[ImportBatch, Job]:
    """The unfinished batch of this file under a lease of ours, or a new one."""
    rows = _same(work.kind, work.spec, work.found.sha256, work.by).select_related("job")
    batch = rows.filter(undo_started_at__isnull=True).order_by("pk").first()
    if batch is None:
        batch = ImportBatch.objects.create(
            job=_new_job(work, at),
            file_name=work.path.name[:255],
            sha256=work.found.sha256,
            shape=work.table.shape.to_json() if isinstance(work.table, Table) else None,
            **_identity(work.kind, work.spec, work.reader, work.by, at),
        )
    elif not batch.job.open:
        batch.job, batch.paused_at = _new_job(work, at, done=batch.job.done), None
        batch.save(update_fields=["job", "paused_at"])
    return batch, _claim(batch.job, at)


def _new_job(work: Work, at: dt.datetime, done: int = 0) -> Job:
    return Job.objects.create(
        kind=JOB_KIND,
        params={"path": str(work.path.resolve()), "errors": str(work.errors.resolve()) if work.errors else ""},
        owner_kind=work.by.kind,
        owner_id=work.by.id,
        acting_unit_id=work.by.acting_unit,
        total=work.found.records,
        done=done,
        created_at=at,
    )


def _claim(job: Job, at: dt.datetime) -> Job:
    """Take the job. Whoever held it is dead, for we hold the source's lock: a lease that still runs ends now."""
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING, lease_until__gte=at).update(
        lease_until=at - dt.timedelta(microseconds=1)
    )
    if not (mine := jobs.claim(job.pk, at=at)):
        raise ImportRunning
    return mine


def _ending_job(batch: ImportBatch, job: Job, work: Work) -> ImportResult:
    """Do the work and end the job one way or the other; a failed one can be taken up again."""
    try:
        return go_on(batch, job, work)
    except jobs.LeaseLost:
        raise
    except Refusal as refusal:
        jobs.finish(job, state=JobState.FAILED, error=str(refusal.message))
        raise
    except BaseException as error:
        if connection.is_usable():
            jobs.finish(job, state=JobState.FAILED, error=type(error).__name__)
        raise


def _kept_error_file(batch: ImportBatch) -> Path | None:
    return Path(batch.error_file) if batch.error_file else None
