"""Bringing a file in, as pages and REST ask for it: begin, pause, go on. The work itself is common.intake.workers."""

import datetime as dt
import hashlib

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common import jobs
from common.actor import Actor
from common.audit import record_change
from common.canonical import canonical
from common.errors import Refusal
from common.intake.kinds import ImportKind, Reader, kind_named
from common.intake.mapping import MappingSpec
from common.intake.uploads import FileGone, require_may_import, table_of
from common.models import Job, JobState
from common.models.intake import ImportBatch, Upload

JOB_KIND = "common.import"


class NotRunning(Refusal):
    code = "import-not-running"
    status = 409
    message = _("This import is not running any more.")


class NotStopped(Refusal):
    code = "import-not-stopped"
    status = 409
    message = _("This import has not stopped, so it cannot go on from there.")


class NoProposal(Refusal):
    code = "no-proposal"
    status = 409
    message = _("This trial run proposes nothing of the kind.")


def start_import(
    *,
    upload: Upload,
    spec: MappingSpec,
    by: Actor,
    at: dt.datetime,
    dry_run: bool = False,
    name: str = "",
    shape: dict | None = None,
) -> ImportBatch:
    """Queue an upload to be brought in (or rehearsed) as `spec` reads it. `name`: of the saved mapping, if it is one;
    `shape`: how the file is written (default: as the upload says now).

    The same file read in the same way is the same batch, whoever of the unit asks and however often, until it is undone
    (`batch.completed_at` set: it had been brought in before). Raises NotPermitted, MappingRefused, FileRefused, FileGone.
    """
    if shape is not None:
        upload.shape = shape  # of this object alone; nothing of it is saved
    kind = kind_named(upload.kind)
    require_may_import(by, kind)
    reader = kind.compile(spec, table_of(upload).header, by, at)
    same = same_batches(kind, spec, upload.shape, upload.sha256, by)
    if dry_run:
        same = ImportBatch.objects.filter(
            upload=upload,
            mapping_digest=digest_of_reading(spec, upload.shape),
            dry_run=True,
            completed_at=None,
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


def adopt_proposal(*, batch: ImportBatch, code: str, by: Actor, at: dt.datetime) -> ImportBatch:
    """Take what a trial run's check proposes into the mapping, and try the file out again so.

    Raises NoProposal, FileGone, and what start_import raises.
    """
    kind = kind_named(batch.kind)
    check = next((check for check in batch.summary.get("checks", []) if check["code"] == code), None)
    if check is None or not check["proposal"]:
        raise NoProposal
    if batch.upload is None:
        raise FileGone
    spec = kind.adopt(MappingSpec.from_json(batch.spec), check)
    return start_import(upload=batch.upload, spec=spec, by=by, at=at, dry_run=True, shape=batch.shape)


def _queue(upload, kind, spec, reader, by, at, dry_run, name) -> ImportBatch:
    return ImportBatch.objects.create(
        job=jobs.queue_job(kind=JOB_KIND, params={"upload": str(upload.public_id)}, by=by, at=at),
        upload=upload,
        file_name=upload.original_name,
        sha256=upload.sha256,
        dry_run=dry_run,
        **identity(kind, spec, upload.shape, reader, by, at, name),
    )


def identity(
    kind: ImportKind,
    spec: MappingSpec,
    shape: dict | None,
    reader: Reader,
    by: Actor,
    at: dt.datetime,
    name: str = "",
) -> dict:
    """What tells a batch from others, and whose it is."""
    return {
        "kind": kind.key,
        "scope": scope_of(by),
        "mapping": (name or spec.shipped)[:80],
        "mapping_digest": digest_of_reading(spec, shape),
        "spec": spec.as_json(),
        "shape": shape,
        "source": reader.source,
        "owner_kind": by.kind,
        "owner_id": by.id,
        "acting_unit_id": by.acting_unit,
        "created_at": at,
    }


def scope_of(by: Actor) -> str:
    """Whose second import of one file is a repetition: the unit's, else the person's."""
    return f"unit:{by.acting_unit}" if by.acting_unit else by.key


def digest_of_reading(spec: MappingSpec, shape: dict | None) -> str:
    """64 hexadecimal characters: the same columns of a file that is read in the same way. How sure a guess was does not
    count."""
    read = {name: value for name, value in (shape or {}).items() if name not in ("guesses", "sheets")}
    return hashlib.sha256(canonical([spec.as_json(), read])).hexdigest()


def same_batches(kind: ImportKind, spec: MappingSpec, shape: dict | None, sha256: str, by: Actor):
    """Batches of the same file, read in the same way, that are not undone."""
    return ImportBatch.objects.filter(
        kind=kind.key,
        scope=scope_of(by),
        sha256=sha256,
        mapping_digest=digest_of_reading(spec, shape),
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
    # its job is asked for behind the lock: joined to it, it would be the one from before the wait
    return ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)


def _next_job(before: Job, by: Actor, at: dt.datetime) -> Job:
    """A job that goes on where another one stopped."""
    job = jobs.queue_job(kind=before.kind, params=before.params, by=by, at=at)
    job.done, job.total = before.done, before.total
    job.save(update_fields=["done", "total"])
    return job
