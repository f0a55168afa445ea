"""Doing an import, by a worker or by a command: once, so that a stopped run goes on where its last chunk ended.

One import per source at a time: an advisory lock held by the connection, so that it ends with the process.
"""

import datetime as dt
from contextlib import contextmanager
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common import jobs
from common.actor import Actor, ActorKind
from common.errors import NotPermitted, Refusal
from common.hooks import ACTORS
from common.intake.chunks import ErrorFileRefused, ImportResult, Progress, Work, go_on, rehearse, rehearse_as_job
from common.intake.issues import FileRefused
from common.intake.kinds import ImportKind, kind_named
from common.intake.mapping import MappingSpec
from common.intake.runs import JOB_KIND, identity, same_batches
from common.intake.shapes import Shape, guess_shape
from common.intake.surveys import survey
from common.intake.tables import Table, read_table
from common.intake.uploads import require_may_import, table_of, upload_path
from common.locks import waited_too_long
from common.models import Job, JobState
from common.models.intake import ImportBatch

LOCK_PATIENCE = "3s"  # the session of a killed process lives on for a moment


class ImportRunning(Refusal):
    code = "import-running"
    status = 409
    message = _("This register is being imported by another process right now. Wait for it, then try again.")


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
        raise wait_for_turn(job) from None


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


def wait_for_turn(job: Job) -> jobs.LeaseLost:
    """Another one has the source: this job is tried again when its lease ends. Waiting is no death of a worker."""
    ours = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, lease_fence=job.lease_fence)
    ours.update(progress_fence=F("lease_fence"))
    return jobs.LeaseLost(job.public_id)


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
        return kind.joined(read_table(path, shape))
    own = kind.own_table(path, spec)
    return own if own is not None else kind.joined(read_table(path, guess_shape(path)))


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
        if first := _same(mine := work()).filter(completed_at__isnull=False).first():
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
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if waited_too_long(error):
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
    rows = _same(work).select_related("job")
    batch = rows.filter(undo_started_at__isnull=True).order_by("pk").first()
    if batch is None:
        batch = ImportBatch.objects.create(
            job=_new_job(work, at),
            file_name=work.path.name[:255],
            sha256=work.found.sha256,
            **identity(work.kind, work.spec, _shape_of(work), work.reader, work.by, at),
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


def _shape_of(work: Work) -> dict | None:
    """None for a mapping of ours that reads its files itself."""
    return work.table.shape.to_json() if isinstance(work.table, Table) else None


def _same(work: Work):
    return same_batches(work.kind, work.spec, _shape_of(work), work.found.sha256, work.by)


def _kept_error_file(batch: ImportBatch) -> Path | None:
    return Path(batch.error_file) if batch.error_file else None
