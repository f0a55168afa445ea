"""Writing the file: the job's runner. A killed worker's export begins anew in a file of its own; the first whole one wins.

The rows are chosen once, by key, and then fetched in pieces under the same scope and filters: no long transaction holds
back the vacuum, progress is stored between pieces, and a row that left the scope meanwhile is not written.
"""

import datetime as dt
import errno
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock, jobs
from common.actor import Actor
from common.errors import NotPermitted, Refusal
from common.exports.keys import pack
from common.exports.kinds import ExportKind, kind_of
from common.exports.writers import LARGEST_SHEET, CsvWriter, SheetWriter
from common.models import Export, ExportFormat, Job
from common.scoping import actor_again, require

JOB_KIND = "common.export"
PIECE_ROWS = 20_000  # at most; a writer may want fewer
KEPT = dt.timedelta(days=7)
WRITERS = {ExportFormat.CSV: CsvWriter, ExportFormat.XLSX: SheetWriter}


class TooManyRows(Refusal):
    code = "too-many-rows"
    message = gettext_lazy(
        "A sheet holds %(largest)s rows, this list has %(rows)s. Take CSV, or filter the list first."
    )


class DiskFull(Refusal):
    code = "disk-full"
    status = 503
    message = gettext_lazy(
        "There is no room for the file on the server. Nothing is lost; try again later or tell support."
    )


def folder() -> Path:
    """Where the files lie; nobody but the platform reads there."""
    place = Path(settings.MEDIA_ROOT) / "exports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def run_export(job: Job, at: dt.datetime) -> None:
    """Write the file of the export that this job belongs to (registered at JOB_RUNNERS)."""
    export = Export.objects.defer("keys").get(job=job)
    if export.written_at is not None:
        return  # the worker died between the file and the end of its job
    actor = actor_again(export.owner_kind, export.owner_id, export.acting_unit_id, at)
    if actor is None:
        raise NotPermitted
    kind = kind_of(export.kind)
    require(actor, kind.permission)
    with translation.override(export.language), _attempt(export) as place:
        rows = kind.chosen_rows(actor, export.parameters).order_by("-pk")
        keys = _keys(rows)
        if export.format == ExportFormat.XLSX and len(keys) > LARGEST_SHEET:
            raise TooManyRows(largest=f"{LARGEST_SHEET:,}", rows=f"{len(keys):,}")
        columns = kind.chosen_columns(export.columns, actor)
        writer = WRITERS[export.format](place / "file", columns, str(kind.label))
        about = about_lines(export, kind, actor, at)
        try:
            writer.begin(about)
            count = _write_pieces(job, writer, rows, keys)
            writer.end([*about, (_("Rows"), str(count))])
        except BaseException:
            writer.abandon()
            raise
        _keep(export, job, place / "file", count=count, keys=keys)


def about_lines(export: Export, kind: ExportKind, actor: Actor, at: dt.datetime) -> list[tuple[str, str]]:
    """What is printed in the file: list, filters, moment, who."""
    moment = timezone.localtime(at, clock.SHANGHAI)
    return [
        (_("List"), str(kind.label)),
        *(
            (label, value)
            for label, value in export.filter_words or [(_("Filter"), _("none: everything that one sees"))]
        ),
        (_("Taken out on"), f"{moment:%Y-%m-%d %H:%M:%S} UTC+8"),
        (_("By"), actor.label),
        (_("Source"), _("Nanjing Smart Elevator Platform")),
    ]


def among(keys: Sequence[int]) -> RawSQL:
    """For `pk__in`: one array and not a parameter for each key."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])


def _keys(rows: QuerySet) -> list[int]:
    try:
        sql, parameters = rows.values_list("pk").query.sql_with_params()
    except EmptyResultSet:  # nothing can be found: a scope without anything, an unknown area
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [key for (key,) in cursor.fetchall()]


def _write_pieces(job: Job, writer, rows: QuerySet, keys: Sequence[int]) -> int:
    """The rows of these keys in their order; progress and lease after each piece. Raises jobs.LeaseLost."""
    jobs.report(job, done=0, total=len(keys))
    count = 0
    size = min(PIECE_ROWS, writer.piece_rows)
    for start in range(0, len(keys), size):
        piece = keys[start : start + size]
        count += writer.write(rows.filter(pk__range=(piece[-1], piece[0]), pk__in=among(piece)))
        jobs.report(job, done=start + len(piece))
    return count


@contextmanager
def _attempt(export: Export) -> Iterator[Path]:
    """A folder of this attempt alone; gone when it ends, whatever comes of it."""
    place = Path(tempfile.mkdtemp(prefix=f"{export.public_id}-", suffix=".part", dir=folder()))
    try:
        yield place
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _keep(export: Export, job: Job, file: Path, *, count: int, keys: Sequence[int]) -> None:
    """Put the whole file in its place and say so, unless somebody else runs the job by now. Raises jobs.LeaseLost."""
    at = clock.now()
    name = f"{export.public_id}-{job.lease_fence}.{export.format}"
    file.chmod(0o600)
    file.replace(folder() / name)
    try:
        with transaction.atomic():
            jobs.report(job, done=len(keys), at=at)
            Export.objects.filter(pk=export.pk, written_at__isnull=True).update(
                file_name=name,
                row_count=count,
                byte_count=(folder() / name).stat().st_size,
                keys=pack(keys),
                written_at=at,
                expires_at=at + KEPT,
            )
    except BaseException:
        (folder() / name).unlink(missing_ok=True)
        raise
