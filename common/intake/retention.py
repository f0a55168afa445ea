"""Taking away files that were sent in, and error files of trial runs, when their days are over.

Their rows stay, with the digest by which the same file is known again; pages and REST then say that the file is gone.
Error files of real runs stay: they say what the ledger of source rows says, masked like it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.conf import settings

from common.intake.reports import ERROR_FILES, ERROR_SUFFIX
from common.intake.uploads import UPLOADS
from common.models.intake import ImportBatch, Upload
from common.models.jobs import OPEN_STATES

STRAY_AFTER = dt.timedelta(days=1)  # what no row knows: longer than any request may take
AT_ONCE = 500


def remove_old_files(*, at: dt.datetime) -> int:
    """Remove what is due (settings.IMPORT_FILES_KEPT_DAYS, UNUSED_UPLOADS_KEPT_DAYS); returns how many files that was.
    Again changes nothing."""
    removed = 0
    for folder, keep in ((UPLOADS, _kept_uploads), (ERROR_FILES, _kept_error_files)):
        waiting = _files(folder)
        while files := list(islice(waiting, AT_ONCE)):
            kept = keep(files, at)
            for path in files:
                if path not in kept:
                    path.unlink(missing_ok=True)
                    removed += 1
    return removed


def _files(folder: str) -> Iterator[Path]:
    full = Path(settings.MEDIA_ROOT) / folder
    return (path for path in full.iterdir() if path.is_file()) if full.is_dir() else iter(())


def _kept_uploads(files: Iterable[Path], at: dt.datetime) -> set[Path]:
    by_id = _by_id(files)
    uploads = {row.public_id: row.pk for row in Upload.objects.filter(public_id__in=by_id).only("public_id")}
    used: dict[int, list[ImportBatch]] = {}
    for batch in _batches().filter(upload__in=uploads.values()):
        used.setdefault(batch.upload_id, []).append(batch)
    kept = _young(files, at, STRAY_AFTER)
    for public_id, pk in uploads.items():
        path, batches = by_id[public_id], used.get(pk, [])
        unused = dt.timedelta(days=settings.UNUSED_UPLOADS_KEPT_DAYS)
        if any(_needed(batch, at) for batch in batches) or path in _young([path], at, unused):
            kept.add(path)
    return kept


def _kept_error_files(files: Iterable[Path], at: dt.datetime) -> set[Path]:
    by_id = _by_id(files)
    batches = {batch.public_id: batch for batch in _batches().filter(public_id__in=by_id)}
    kept = _young(files, at, STRAY_AFTER)
    return kept | {by_id[key] for key, batch in batches.items() if not batch.dry_run or _needed(batch, at)}


def _batches():
    return ImportBatch.objects.select_related("job", "undo_job").defer("summary", "preview", "spec", "undo_result")


def _needed(batch: ImportBatch, at: dt.datetime) -> bool:
    """Does it run, or did it end (or stop, so that it may go on) not long ago?"""
    jobs = [job for job in (batch.job, batch.undo_job) if job is not None]
    if any(job.state in OPEN_STATES for job in jobs):
        return True
    ends = [moment for moment in (batch.created_at, batch.paused_at, *(job.ended_at for job in jobs)) if moment]
    return max(ends) + dt.timedelta(days=settings.IMPORT_FILES_KEPT_DAYS) > at


def _by_id(files: Iterable[Path]) -> dict[UUID, Path]:
    """{public id: file} of those whose name is one."""
    found = {}
    for path in files:
        try:
            found[UUID(path.name.removesuffix(ERROR_SUFFIX))] = path
        except ValueError:
            continue
    return found


def _young(files: Iterable[Path], at: dt.datetime, days: dt.timedelta) -> set[Path]:
    """Those written, or sent once more, since then."""
    since = (at - days).timestamp()
    return {path for path in files if path.exists() and path.stat().st_mtime > since}
