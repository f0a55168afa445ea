"""Files as their users sent them, and how they are read."""

import datetime as dt
import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.audit import record_change
from common.errors import NotPermitted, Refusal
from common.ids import new_public_id
from common.intake.kinds import ImportKind, kind_named, may_import
from common.intake.mapping import MappingSpec
from common.intake.shapes import Shape, guess_shape
from common.intake.tables import Table, read_table
from common.models.intake import SavedMapping, Upload

UPLOADS = "uploads"  # the folder under MEDIA_ROOT
MOST_BYTES = 256 * 1024 * 1024
SAMPLED = 200  # rows that a guess looks at


class FileTooLarge(Refusal):
    code = "file-too-large"
    status = 413
    field = "file"
    message = _("The file is larger than %(megabytes)s MB. Split it, each part with the header.")


class FileGone(Refusal):
    code = "file-gone"
    status = 410
    field = "file"
    message = _("The file is no longer kept. Send it again.")


def require_may_import(actor: Actor, kind: ImportKind) -> None:
    """Raise NotPermitted unless one role of the actor may import files of this kind."""
    if not may_import(actor, kind):
        raise NotPermitted(_("Your role may not bring in files of this kind."), permission=kind.permission)


def store_upload(*, content, name: str, kind: str, by: Actor, at: dt.datetime) -> Upload:
    """Keep a file (anything with `chunks()` or `read()`) and guess its shape. The same file again is the same upload.

    Raises NotPermitted, FileTooLarge, FileRefused; then nothing is kept.
    """
    require_may_import(by, kind_named(kind))
    public_id = new_public_id()
    path = Path(UPLOADS) / str(public_id)
    full = Path(settings.MEDIA_ROOT) / path
    full.parent.mkdir(parents=True, exist_ok=True)
    try:
        sha256, size = _write(content, full)
        own = Upload.objects.filter(kind=kind, sha256=sha256, owner_kind=by.kind, owner_id=by.id)
        if (same := own.order_by("-pk").first()) and upload_path(same).exists():
            full.unlink()
            os.utime(upload_path(same))  # wanted once more: its days begin anew (common.intake.retention)
            return same
        shape = guess_shape(full, name=name)
        return Upload.objects.create(
            public_id=public_id,
            kind=kind,
            owner_kind=by.kind,
            owner_id=by.id,
            acting_unit_id=by.acting_unit,
            path=str(path),
            original_name=Path(name).name[:255],
            sha256=sha256,
            size=size,
            shape=shape.to_json(),
            created_at=at,
        )
    except BaseException:
        full.unlink(missing_ok=True)
        raise


def _write(content, target: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    chunks = content.chunks() if hasattr(content, "chunks") else iter(lambda: content.read(1 << 20), b"")
    with target.open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > MOST_BYTES:
                raise FileTooLarge(megabytes=MOST_BYTES >> 20)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def upload_path(upload: Upload) -> Path:
    return Path(settings.MEDIA_ROOT) / upload.path


def table_of(upload: Upload, shape: Shape | None = None) -> Table:
    """The upload as a table, in its own shape or another one. Raises FileRefused, FileGone."""
    if not (path := upload_path(upload)).exists():
        raise FileGone
    return kind_named(upload.kind).joined(read_table(path, shape or Shape.from_json(upload.shape)))


def sample_of(table: Table, most: int = SAMPLED) -> list[dict[str, str]]:
    """The cells of the first rows that say something."""
    rows = []
    for record in table.beginning():
        if not record.blank and not record.refused:
            rows.append(record.cells)
        if len(rows) >= most:
            break
    return rows


def set_shape(*, upload: Upload, shape: Shape) -> Upload:
    """Read the file in another way from now on (what runs already goes on as it began)."""
    upload.shape = shape.to_json()
    upload.save(update_fields=["shape"])
    return upload


# --- mappings with a name ---------------------------------------------------------------------------------------------


@transaction.atomic
def save_mapping(*, name: str, spec: MappingSpec, header: list[str], by: Actor, at: dt.datetime) -> SavedMapping:
    """Keep a mapping under a name, for the unit acted for (or the person); the same name is written over."""
    require_may_import(by, kind_named(spec.kind))
    whose = {"acting_unit_id": by.acting_unit} if by.acting_unit else {"acting_unit_id": None, "owner_id": by.id}
    values = {"spec": spec.as_json(), "header": list(header), "updated_at": at}
    saved, made = SavedMapping.objects.select_for_update().update_or_create(
        kind=spec.kind,
        name=" ".join(name.split())[:80],
        **whose,
        defaults=values,
        create_defaults=values | {"owner_kind": by.kind, "owner_id": by.id, "created_at": at},
    )
    record_change(
        action="common.save_mapping", subject=saved, by=by, changes={"digest": [None, spec.digest], "new": [None, made]}
    )
    return saved


def mappings_that_fit(actor: Actor, kind: str, header: list[str]) -> list[SavedMapping]:
    """Saved mappings of a kind whose columns are all in this header, those of exactly this header first."""
    rows = SavedMapping.objects.visible_to(actor).filter(kind=kind).order_by("-updated_at")[:200]
    there = set(header)
    fitting = [row for row in rows if _columns(row) <= there]
    return sorted(fitting, key=lambda row: row.header != list(header))


def _columns(row: SavedMapping) -> set[str]:
    return {column for use in MappingSpec.from_json(row.spec).targets.values() for column in use.columns}
