"""Keeping what was sent, and taking away what nobody kept."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.attachments.choices import AttachmentState
from common.attachments.store import COPIES, ORIGINALS, path_of
from common.audit import record_change
from common.errors import Refusal
from common.models.attachments import Attachment

STRAY_AFTER = dt.timedelta(days=1)  # what no row knows: longer than any request may take
AT_ONCE = 200


class AttachmentTaken(Refusal):
    code = "attachment-taken"
    status = 409
    field = "files"
    message = _("This file belongs to something else already, or its days are over. Send it again.")


@transaction.atomic
def claim_attachments(attachments: Sequence[Attachment], *, subject, by: Actor, at: dt.datetime) -> list[Attachment]:
    """Keep files for a saved row, in the transaction that made it; the same call again changes nothing.

    Only the sender's own: whoever got hold of an id has nothing by it. Raises AttachmentTaken.
    """
    kind, keys = subject._meta.label_lower, [each.pk for each in attachments]
    rows = {row.pk: row for row in Attachment.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    for key in keys:
        row = rows.get(key)
        if row is not None and (row.state, row.subject_type, row.subject_id) == ("KEPT", kind, subject.pk):
            continue
        if row is None or row.state != AttachmentState.RECEIVED or (row.owner_kind, row.owner_id) != (by.kind, by.id):
            raise AttachmentTaken
        row.state, row.kept_at = AttachmentState.KEPT, at
        row.subject_type, row.subject_id = kind, subject.pk
        row.save(update_fields=["state", "kept_at", "subject_type", "subject_id"])
        record_change(
            action="common.keep_attachment",
            subject=row,
            by=by,
            changes={"sha256": [None, row.sha256], "subject": [None, f"{kind} {getattr(subject, 'public_id', '')}"]},
        )
    return [rows[key] for key in keys]


def remove_strays(*, at: dt.datetime) -> int:
    """Remove files that were sent and not kept within settings.ATTACHMENT_STRAYS_KEPT_DAYS, and what no row knows at all.

    Returns how many attachments and files that was; again changes nothing.
    """
    removed, due = 0, at - dt.timedelta(days=settings.ATTACHMENT_STRAYS_KEPT_DAYS)
    while claimed := _remove_some(due, at):
        removed += claimed
    return removed + _remove_unknown(at)


@transaction.atomic
def _remove_some(due: dt.datetime, at: dt.datetime) -> int:
    strays = Attachment.objects.filter(state=AttachmentState.RECEIVED, received_at__lte=due)
    rows = list(strays.select_for_update(skip_locked=True).order_by("received_at")[:AT_ONCE])
    Attachment.objects.filter(pk__in=[row.pk for row in rows]).update(state=AttachmentState.REMOVED, removed_at=at)
    for row in rows:
        for folder in (ORIGINALS, COPIES):
            path_of(folder, row.public_id).unlink(missing_ok=True)
    return len(rows)


def _remove_unknown(at: dt.datetime) -> int:
    """Files of requests that died between the file and its row."""
    removed, old = 0, (at - STRAY_AFTER).timestamp()
    for folder in (ORIGINALS, COPIES):
        for paths in _by_shelf(folder):
            waiting = {path.name: path for path in paths if path.stat().st_mtime < old and _is_key(path.name)}
            known = Attachment.objects.filter(public_id__in=waiting).exclude(state=AttachmentState.REMOVED)
            kept = {str(key) for key in known.values_list("public_id", flat=True)}
            for name in waiting.keys() - kept:
                waiting[name].unlink(missing_ok=True)
                removed += 1
    return removed


def _by_shelf(folder: str) -> Iterator[list[Path]]:
    top = Path(settings.SEALED_DIR) / folder
    for shelf in sorted(top.iterdir()) if top.is_dir() else ():
        yield [path for path in shelf.iterdir() if path.is_file()]


def _is_key(name: str) -> bool:
    try:
        return bool(UUID(name))
    except ValueError:
        return False
