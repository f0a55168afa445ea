"""Taking a file in: measured while it is written, judged by its content, sealed, and written anew without metadata."""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.attachments import convert
from common.attachments.choices import MediaType, ScanState
from common.attachments.names import harmless_name
from common.attachments.slots import converters
from common.attachments.sniffing import ENOUGH, media_type_of
from common.errors import Refusal
from common.hooks import ATTACHMENT_SCANNERS
from common.ids import new_public_id
from common.models.attachments import Attachment

log = structlog.get_logger("attachments")
ORIGINALS, COPIES = "originals", "copies"
PATIENCE = 4  # times the processor seconds, on a machine that has others to serve


class AttachmentRefused(Refusal):
    """The file is not one that is kept; `code` says why."""

    code = "file-refused"
    status = 422
    field = "files"


class AttachmentTooLarge(AttachmentRefused):
    code = "file-too-large"
    status = 413
    message = _("The file is larger than %(megabytes)s MB. Make it smaller, or split it.")


class AttachmentEmpty(AttachmentRefused):
    code = "file-empty"
    message = _("The file is empty. Choose it again; on a phone it may not have been fetched from the cloud yet.")


class AttachmentOfOtherKind(AttachmentRefused):
    code = "file-kind-refused"
    message = _(
        "This file is neither a PDF nor a photograph (JPEG, PNG, WebP, HEIC), whatever its name says. Save it as PDF, or take a "
        "photograph of it."
    )


class TooManyUnclaimed(AttachmentRefused):
    code = "too-many-files"
    status = 429
    message = _(
        "You have sent %(most)s files that belong to nothing yet. Attach them first, or wait until they are removed."
    )


class AttachmentInfected(AttachmentRefused):
    code = "file-infected"
    message = _("The virus scanner found something in this file. It was not kept.")


class ScannerSilent(AttachmentRefused):
    code = "scanner-silent"
    status = 503
    message = _("The file could not be scanned for viruses, so it was not kept. Try again later.")


_WHY = {
    "too-many-pixels": _("The picture has too many pixels. Send it smaller (at most %(megapixels)s megapixels)."),
    "too-many-pages": _("The document has more than %(pages)s pages. Split it."),
    "locked": _("The document is locked with a password. Save it without one and send that."),
    "too-complex": _("The file takes too long to read. Print it to a new PDF, or take a photograph of it."),
    "damaged": _("The file is damaged or incomplete. Open it yourself to see, then send it again."),
}


def store_attachment(upload, *, by: Actor, at: dt.datetime, name: str | None = None) -> Attachment:
    """Keep a file (anything with `chunks()` or `read()`): RECEIVED until a row claims it (claim_attachments).

    The same file sent again by the same person, before it is claimed, is the same attachment. Raises AttachmentRefused in one of
    its kinds, or ConvertersBusy; then nothing is kept. It may take many seconds: no lock on anybody's row may be held meanwhile.
    """
    public_id = new_public_id()
    original, copy = path_of(ORIGINALS, public_id), path_of(COPIES, public_id)
    try:
        sha256, size, head = _write(upload, original)
        if (media_type := media_type_of(head)) is None:
            raise AttachmentOfOtherKind if size else AttachmentEmpty
        if (same := _received(by, sha256)) is not None:
            original.unlink()
            return same
        if Attachment.objects.visible_to(by).count() >= settings.ATTACHMENT_MOST_UNCLAIMED:
            raise TooManyUnclaimed(most=settings.ATTACHMENT_MOST_UNCLAIMED)
        scanned = _scan(original, media_type)
        with converters.taken(by.key):
            facts = _convert(media_type, original, copy)
        row = Attachment(
            public_id=public_id,
            owner_kind=by.kind,
            owner_id=by.id,
            acting_unit_id=by.acting_unit,
            name=harmless_name(name if name is not None else getattr(upload, "name", ""), media_type),
            media_type=media_type,
            size=size,
            sha256=sha256,
            copy_media_type=facts["media_type"],
            copy_size=copy.stat().st_size,
            copy_sha256=_digest(copy),
            width=facts.get("width"),
            height=facts.get("height"),
            pages=facts.get("pages"),
            scan=scanned,
            received_at=at,
        )
        kept = _keep(row, by)
    except BaseException:
        _remove(original, copy)
        raise
    if kept is not row:
        _remove(original, copy)
    return kept


@transaction.atomic
def _keep(row: Attachment, by: Actor) -> Attachment:
    """Save it, unless a second click came first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"attachment:{by.key}:{row.sha256}"])
    if (same := _received(by, row.sha256)) is not None:
        return same
    row.save(force_insert=True)
    return row


def _received(by: Actor, sha256: str) -> Attachment | None:
    """The same file, sent before by the same person and still there."""
    row = Attachment.objects.visible_to(by).filter(sha256=sha256).first()
    return row if row is not None and path_of(COPIES, row.public_id).exists() else None


# --- files ------------------------------------------------------------------------------------------------------------


def path_of(folder: str, public_id) -> Path:
    """Where a file of an attachment lies: a name that is ours alone, in folders that are too."""
    key = str(public_id)
    return Path(settings.SEALED_DIR) / folder / key[-2:] / key


def _write(upload, target: Path) -> tuple[str, int, bytes]:
    """(sha256, size, first bytes); stops as soon as it is too much."""
    most = settings.ATTACHMENT_MAX_BYTES
    for path in (target, path_of(COPIES, target.name)):
        for folder in (path.parents[2], path.parents[1], path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size, head = hashlib.sha256(), 0, b""
    chunks = upload.chunks() if hasattr(upload, "chunks") else iter(lambda: upload.read(1 << 20), b"")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise AttachmentTooLarge(megabytes=most >> 20)
            head = head if len(head) >= ENOUGH else (head + chunk)[:ENOUGH]
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size, head


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


# --- judging ----------------------------------------------------------------------------------------------------------


def _scan(path: Path, media_type: str) -> str:
    """Ask every scanner (common.attachment_scanners). Raises AttachmentInfected; ScannerSilent when one is required."""
    state = ScanState.NOT_SCANNED
    for registration in ATTACHMENT_SCANNERS:
        try:
            clean = registration.answer(path, media_type)
        except Exception as error:
            log.error("scanner failed", scanner=registration.key, error=type(error).__name__)
            continue
        if not clean:
            log.warning("infected file refused", scanner=registration.key)
            raise AttachmentInfected
        state = ScanState.CLEAN
    if state == ScanState.NOT_SCANNED and settings.ATTACHMENT_SCAN_REQUIRED:
        raise ScannerSilent
    return state


def _convert(media_type: MediaType, source: Path, target: Path) -> dict:
    """The clean copy, written by a process that may take only so much (common.attachments.convert)."""
    limits = {
        "pixels": settings.ATTACHMENT_MAX_PIXELS,
        "side": settings.ATTACHMENT_MAX_SIDE,
        "edge": settings.ATTACHMENT_COPY_EDGE,
        "pages": settings.ATTACHMENT_MAX_PAGES,
        "memory": settings.ATTACHMENT_CONVERT_MEMORY,
        "seconds": settings.ATTACHMENT_CONVERT_SECONDS,
        "bytes": settings.ATTACHMENT_MAX_BYTES * 4,
    }
    argv = [sys.executable, "-I", convert.__file__, media_type, str(source), str(target), json.dumps(limits)]
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath},
            timeout=limits["seconds"] * PATIENCE,
            check=False,
        )
        answer = json.loads(done.stdout or b'{"refused": "too-complex"}')
    except (subprocess.TimeoutExpired, ValueError):
        answer = {"refused": "too-complex"}
    if why := answer.get("refused"):
        log.info("file refused", why=why, error=answer.get("error"), media_type=str(media_type))
        raise AttachmentRefused(
            _WHY.get(why, _WHY["damaged"]), megapixels=limits["pixels"] // 1_000_000, pages=limits["pages"]
        )
    return answer
