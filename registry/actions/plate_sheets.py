"""Drawing the sheets of a plate order: the job's runner. A killed worker's drawing begins anew; the first whole file wins."""

import datetime as dt
import hashlib
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common import clock, jobs
from common.actor import Actor
from common.audit import record_access
from common.errors import NotPermitted, Refusal
from common.models import Job
from common.scoping import actor_again, require
from registry.actions.plates import city_number
from registry.actions.use_labels import folder as labels_folder
from registry.models import PlateBatch, UseLabel
from registry.plates.layouts import all_layouts
from registry.plates.sheets import Face, print_sheets
from registry.queries.plates import text_of

STRAY_AFTER = dt.timedelta(days=1)  # longer than any drawing may take


class SheetsNotReady(Refusal):
    code = "sheets-not-ready"
    status = 409
    message = _("The sheets are not drawn yet. Look at their progress, and come back when they are done.")


class SheetsGone(Refusal):
    code = "sheets-gone"
    status = 410
    message = _("The sheets are no longer there. Order the plates anew, and take these out of use.")


def folder() -> Path:
    """Where the sheets lie; nobody but the platform reads there: whoever has them can hang plates."""
    place = Path(settings.MEDIA_ROOT) / "plates"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def run_plates(job: Job, at: dt.datetime) -> None:
    """Draw the order that this job belongs to (registered at JOB_RUNNERS)."""
    batch = PlateBatch.objects.select_related("city").get(job=job)
    if batch.written_at is not None:
        return  # the worker died between the file and the end of its job
    actor = actor_again(batch.owner_kind, batch.owner_id, None, at)
    if actor is None:
        raise NotPermitted
    require(actor, Permission.ORDER_PLATES)
    number = city_number(batch.city)
    jobs.report(job, done=0, total=batch.count)
    place = Path(tempfile.mkdtemp(prefix=f"{batch.public_id}-", suffix=".part", dir=folder()))
    try:
        file = place / "sheets.pdf"
        pages = print_sheets(
            file,
            [Face(plate.code, text_of(plate, number)) for plate in batch.plates.order_by("pk").iterator(5_000)],
            layout=all_layouts()[batch.layout],
            host=batch.host,
            city=batch.city.name,
            demo=settings.SYNTHETIC_DATA_BANNER,
            drawn=lambda plates: jobs.report(job, done=plates),
        )
        _keep(batch, job, file, pages)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _keep(batch: PlateBatch, job: Job, file: Path, pages: int) -> None:
    """Put the whole file in its place and say so, unless somebody else draws it by now. Raises jobs.LeaseLost."""
    name = f"{batch.public_id}-{job.lease_fence}.pdf"
    file.chmod(0o600)
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    size = file.stat().st_size
    file.replace(folder() / name)
    try:
        with transaction.atomic():
            at = clock.now()
            jobs.report(job, done=batch.count, at=at)
            PlateBatch.objects.filter(pk=batch.pk, written_at__isnull=True).update(
                file_name=name, pages=pages, byte_count=size, sha256=digest, written_at=at
            )
    except BaseException:
        (folder() / name).unlink(missing_ok=True)
        raise


def sheets_of(batch: PlateBatch, *, by: Actor, via: str) -> Path:
    """The file, noted in the access log. Raises NotPermitted, SheetsNotReady, SheetsGone."""
    require(by, Permission.ORDER_PLATES)
    if batch.written_at is None:
        raise SheetsNotReady
    path = folder() / batch.file_name
    if not path.is_file():
        raise SheetsGone
    record_access(subject_type="registry.platebatch", subject_id=str(batch.public_id), via=via, by=by)
    return path


def remove_stray_files(*, at: dt.datetime) -> int:
    """Take away what killed workers left of drawing sheets and labels: signed links that no row knows. How many."""
    drawn = ((folder(), PlateBatch.objects.all()), (labels_folder(), UseLabel.objects.all()))
    removed = 0
    for place, rows in drawn:
        kept = set(rows.exclude(file_name="").values_list("file_name", flat=True))
        for path in place.iterdir():
            if path.name in kept or path.stat().st_mtime >= (at - STRAY_AFTER).timestamp():
                continue
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            removed += 1
    return removed
