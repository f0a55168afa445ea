"""Asking for an export, fetching its file, and taking old files away."""

import datetime as dt
import shutil
from collections.abc import Sequence
from pathlib import Path

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from common import jobs
from common.actor import Actor
from common.audit import record_access, record_change
from common.errors import Refusal
from common.exports.keys import unpack
from common.exports.kinds import Parameters, kind_of
from common.exports.run import JOB_KIND, among, folder
from common.models import Export, ExportFormat
from common.models.jobs import OPEN_STATES
from common.scoping import require

MOST_AT_ONCE = 3
STRAY_AFTER = dt.timedelta(days=1)  # longer than any attempt may run


class TooManyExports(Refusal):
    code = "too-many-exports"
    status = 409
    message = _("%(most)s of your exports are still being written. Wait for one of them, or stop it.")


class BadFormat(Refusal):
    code = "bad-format"
    field = "format"
    message = _("An export is xlsx or csv.")


class ExportNotReady(Refusal):
    code = "export-not-ready"
    status = 409
    message = _("The file is not written yet. Look at its progress, and come back when it is done.")


class ExportGone(Refusal):
    code = "export-gone"
    status = 410
    message = _("The file is no longer kept. Take the list out anew.")


class ExportOutgrown(Refusal):
    code = "export-outgrown"
    status = 403
    message = _("The file holds rows that you may no longer see, so it is not handed out. Take the list out anew.")


@transaction.atomic
def request_export(
    *, kind: str, format: str, parameters: Parameters, columns: Sequence[str] | None, by: Actor, at: dt.datetime
) -> Export:
    """Queue the writing of a list as `by` sees it now; filters and words are kept in the language in force.

    `columns`: names, None for the usual ones. Raises UnknownKind, BadFormat, BadFilter, BadColumns, NotPermitted,
    TooManyExports.
    """
    what = kind_of(kind)
    require(by, what.permission)
    if format not in ExportFormat.values:
        raise BadFormat
    kept = what.kept(parameters)
    words, chosen = what.words(by, kept), what.chosen_columns(columns, by)
    # counted one by one, so that many clicks at once are no way past the limit
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"common.export:{by.key}"])
    waiting = Export.objects.visible_to(by).filter(job__state__in=OPEN_STATES).count()
    if waiting >= MOST_AT_ONCE:
        raise TooManyExports(most=MOST_AT_ONCE)
    export = Export.objects.create(
        job=jobs.queue_job(kind=JOB_KIND, params={}, by=by, at=at),
        kind=kind,
        format=format,
        owner_kind=by.kind,
        owner_id=by.id,
        acting_unit_id=by.acting_unit,
        parameters=kept,
        filter_words=words,
        columns=[column.name for column in chosen],
        language=translation.get_language() or "zh-hans",
        created_at=at,
    )
    changes = {"kind": kind, "format": format, "filters": kept, "columns": export.columns}
    record_change(
        action="common.request_export",
        subject=export,
        by=by,
        changes={name: [None, value] for name, value in changes.items()},
    )
    return export


def file_for(export: Export, *, by: Actor, at: dt.datetime, via: str) -> Path:
    """The file, after asking again: is the permission still there, is every row of it still theirs to see?

    Noted in the access log. Raises ExportNotReady, ExportGone, NotPermitted, ExportOutgrown.
    """
    kind = kind_of(export.kind)
    require(by, kind.permission)
    if export.written_at is None:
        raise ExportNotReady
    path = folder() / export.file_name
    if export.removed_at is not None or export.expires_at <= at or not path.is_file():
        raise ExportGone
    if set(export.columns) - {column.name for column in kind.offered(by)}:
        raise ExportOutgrown
    keys = unpack(export.keys)
    if kind.scoped(by).filter(pk__in=among(keys)).order_by().count() != len(keys):
        raise ExportOutgrown
    record_access(subject_type="common.export", subject_id=str(export.public_id), via=via, by=by)
    return path


def remove_expired(*, at: dt.datetime) -> int:
    """Take files away whose days are over, and what dead attempts left; returns how many rows that was."""
    removed = 0
    while claimed := _remove_some(at):
        removed += claimed
    kept = set(Export.objects.filter(removed_at__isnull=True).exclude(file_name="").values_list("file_name", flat=True))
    for path in folder().iterdir():
        if path.name not in kept and path.stat().st_mtime < (at - STRAY_AFTER).timestamp():
            _remove(path)
    return removed


@transaction.atomic
def _remove_some(at: dt.datetime) -> int:
    rows = list(Export.objects.expired(at).select_for_update(skip_locked=True).only("pk", "file_name")[:100])
    for row in rows:
        _remove(folder() / row.file_name)
    return Export.objects.filter(pk__in=[row.pk for row in rows]).update(removed_at=at, keys=None) if rows else 0


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
