"""Filing, superseding and withdrawing documents; each step is a life event that names the digests of the files."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.attachments.claims import claim_attachments
from common.audit import record_change
from common.clock import local_date
from common.errors import NotPermitted, Refusal
from common.models import Attachment
from registry.actions.life_events import record_event
from registry.choices import DocumentKind, LifeEventKind
from registry.models import Document, Elevator, Responsibility
from registry.queries.documents import readable_kinds
from registry.rules import documents as rules


class DocumentWithoutFile(Refusal):
    code = "document-without-file"
    field = "files"
    message = _("Attach the document itself: a PDF or photographs of it.")


class DocumentDatesBackwards(Refusal):
    code = "document-dates-backwards"
    field = "valid_until"
    message = _("The validity ends before it begins.")


class DocumentSignedLater(Refusal):
    code = "document-signed-later"
    field = "signed_on"
    message = _("The day of signing lies in the future.")


class DocumentNotStanding(Refusal):
    code = "document-not-standing"
    status = 409
    message = _("This document has been superseded or withdrawn already. Open the e-file again to see what stands.")


@transaction.atomic
def file_document(
    *,
    elevator: Elevator,
    kind: str,
    attachments: Sequence[Attachment],
    by: Actor,
    at: dt.datetime,
    number: str = "",
    signed_on: dt.date | None = None,
    valid_from: dt.date | None = None,
    valid_until: dt.date | None = None,
    note: str = "",
    supersedes: Document | None = None,
) -> Document:
    """File a document for an elevator, or in place of one that stands (same elevator, same kind).

    The same files for the same elevator and kind again are the same document. Raises DocumentWithoutFile,
    DocumentDatesBackwards, DocumentSignedLater, DocumentNotStanding, AttachmentTaken; NotPermitted for a contract that the
    actor could not read.
    """
    if not attachments:
        raise DocumentWithoutFile
    _require_sound_dates(signed_on, valid_from, valid_until, at)
    if kind not in readable_kinds(by, elevator, {kind}):
        raise NotPermitted(_("Documents of this kind are filed by those whom they concern."))
    elevator = Elevator.objects.select_for_update(of=("self",)).get(pk=elevator.pk)
    if (same := _same(elevator, kind, attachments)) is not None:
        return same
    former = _former(elevator, kind, supersedes)
    unit_id = filing_unit(elevator, by=by, at=at)
    made = Document.objects.create(
        elevator=elevator,
        kind=DocumentKind(kind),
        number=number,
        signed_on=signed_on,
        valid_from=valid_from,
        valid_until=valid_until,
        note=note,
        filed_unit_id=unit_id,
        counterpart_id=_counterpart(elevator, kind, unit_id),
        filed_at=at,
        filed_by_kind=by.kind,
        filed_by_id=by.id,
    )
    kept = claim_attachments(attachments, subject=made, by=by, at=at)
    details = {"files": [file.sha256 for file in kept]}
    if kind not in rules.CONFIDENTIAL:
        details["reference"] = number  # everybody who sees the elevator reads its life
    if former is not None:
        former.superseded_by, former.superseded_at = made, at
        former.save(update_fields=["superseded_by", "superseded_at"])
        details["supersedes"] = str(former.public_id)
    record_event(elevator, LifeEventKind.DOCUMENT_FILED, by=by, at=at, source=made, outcome=kind, details=details)
    changes = {"kind": kind, "number": number, "valid_from": valid_from, "valid_until": valid_until}
    record_change(
        action="registry.file_document",
        subject=made,
        by=by,
        changes={"elevator": [None, str(elevator.public_id)], **{name: [None, new] for name, new in changes.items()}},
    )
    return made


@transaction.atomic
def withdraw_document(*, document: Document, reason: str, by: Actor, at: dt.datetime) -> Document:
    """Take a document back that should not have been filed; it stays readable with the reason. Again changes nothing.

    Raises DocumentNotStanding for one that another has superseded.
    """
    # the elevator first, as when filing: two verbs never wait for each other
    Elevator.objects.select_for_update(of=("self",)).get(pk=document.elevator_id)
    row = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if row.withdrawn_at is not None:
        return row
    if row.superseded_by_id is not None:
        raise DocumentNotStanding
    row.withdrawn_at, row.withdrawn_by_id, row.withdrawn_reason = at, by.id, reason
    row.save(update_fields=["withdrawn_at", "withdrawn_by_id", "withdrawn_reason"])
    record_event(row.elevator, LifeEventKind.DOCUMENT_WITHDRAWN, by=by, at=at, source=row, outcome=row.kind)
    record_change(action="registry.withdraw_document", subject=row, by=by, changes={"reason": [None, reason]})
    return row


def filing_unit(
    elevator: Elevator, *, by: Actor, at: dt.datetime, permission: Permission = Permission.FILE_DOCUMENT
) -> int | None:
    """The unit for which somebody files: of their own units the one that answers for the elevator; None for a regulator."""
    own = reach_of(by, permission).unit_ids
    if not own:
        return None
    held = Responsibility.objects.current(at).filter(elevator=elevator, unit_id__in=own)
    answering = list(held.order_by("pk").values_list("unit_id", flat=True))
    return by.acting_unit if by.acting_unit in answering else next(iter(answering), None)


def _counterpart(elevator: Elevator, kind: str, unit_id: int | None) -> int | None:
    """The other party of a maintenance contract, as far as the register knows it."""
    if kind not in rules.OF_MAINTENANCE:
        return None
    if unit_id is None or unit_id == elevator.using_unit_id:
        return elevator.maintenance_unit_id
    return elevator.using_unit_id


def _require_sound_dates(signed_on, valid_from, valid_until, at) -> None:
    try:
        rules.require_sound_dates(
            signed_on=signed_on, valid_from=valid_from, valid_until=valid_until, today=local_date(at)
        )
    except rules.DatesBackwards as error:
        raise DocumentDatesBackwards from error
    except rules.SignedLater as error:
        raise DocumentSignedLater from error


def _same(elevator: Elevator, kind: str, attachments) -> Document | None:
    """The document that already has exactly these files."""
    keys = {
        (file.subject_type, file.subject_id) for file in Attachment.objects.filter(pk__in=[a.pk for a in attachments])
    }
    label = Document._meta.label_lower
    if len(keys) != 1 or next(iter(keys))[0] != label:
        return None
    return Document.objects.filter(pk=next(iter(keys))[1], elevator=elevator, kind=kind).first()


def _former(elevator: Elevator, kind: str, supersedes: Document | None) -> Document | None:
    if supersedes is None:
        return None
    row = Document.objects.select_for_update(of=("self",)).get(pk=supersedes.pk)
    fits = row.elevator_id == elevator.pk and row.kind == kind
    if not fits or row.superseded_by_id is not None or row.withdrawn_at is not None:
        raise DocumentNotStanding
    return row
