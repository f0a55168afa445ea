"""Applications about use registrations for tests: each kind with good answers and the documents that it needs."""

import datetime as dt
import hashlib
import uuid

from common.attachments.store import COPIES, path_of
from common.clock import local_date, now
from common.models import Attachment
from registry.actions.documents import file_document
from registry.actions.elevators import set_registration_state
from registry.actions.registration_decisions import accept_application, approve_application
from registry.actions.registrations import attach_document, open_application, save_answers, submit_application
from registry.models import RegistrationApplication
from registry.queries.registrations import needs_on

CONTENT = b"\xff\xd8\xff of a factory"
START = {"REGISTER": None, "RESTART": "OUT_OF_USE"}  # the rest: IN_USE


def attachment(by) -> Attachment:
    """A file as store_attachment leaves it, without the process that would read it."""
    row = Attachment.objects.create(
        owner_kind=by.kind,
        owner_id=by.id,
        name="scan.jpg",
        media_type="image/jpeg",
        size=len(CONTENT),
        sha256=uuid.uuid4().hex * 2,
        copy_media_type="image/jpeg",
        copy_size=len(CONTENT),
        copy_sha256=hashlib.sha256(CONTENT).hexdigest(),
        received_at=now(),
    )
    copy = path_of(COPIES, row.public_id)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(CONTENT)
    return row


def good_answers(kind: str, **given) -> dict:
    """What a careful person would type; new unit and area come in `given`."""
    today = local_date(now())
    recently, soon = str(today - dt.timedelta(days=3)), str(today + dt.timedelta(days=300))
    return {
        "REGISTER": {"used_from": recently, "next_inspection_on": soon},
        "CHANGE": {"work": "New drive", "changed_on": recently, "next_inspection_on": soon},
        "STOP": {"reason": "Works on the facade", "stopped_on": recently, "protection": "Locked, sign at each door"},
        "RESTART": {"self_checked_on": recently, "next_inspection_on": soon},
        "TRANSFER": {"handover_on": recently},
        "RELOCATE": {"area": "320106002", "address": "5 New Road", "moved_on": recently, "next_inspection_on": soon},
        "SCRAP": {"ending": "SCRAPPED", "reason": "Worn out", "scrapped_on": recently, "function_removed": "on"},
    }[kind] | given


def bring_into(elevator, state: str, by) -> None:
    """UNREGISTERED → IN_USE → OUT_OF_USE as far as wanted."""
    for each in ("IN_USE", "OUT_OF_USE"):
        if state in ("IN_USE", "OUT_OF_USE") and elevator.registration_state != state:
            set_registration_state(elevator_id=elevator.pk, state=each, reference="tests", by=by, at=now())
            elevator.refresh_from_db()


def draft(elevator, kind: str, player, *, documents: bool = True, **answers) -> RegistrationApplication:
    """A complete draft of the player's unit; the elevator is brought into the state from which the kind starts."""
    by = player.actor()
    if elevator.class_code_id is None:
        type(elevator).objects.filter(pk=elevator.pk).update(class_code="3110")
        elevator.refresh_from_db()
    if (start := START.get(kind, "IN_USE")) is not None:
        bring_into(elevator, start, by)
    row = open_application(elevator=elevator, kind=kind, by=by, at=now())
    row = save_answers(application=row, answers=good_answers(kind, **answers), by=by, at=now())
    if documents:
        for need in needs_on(kind, elevator, local_date(now())):
            if need.target == "DOCUMENT" and need.required:
                made = file_document(elevator=elevator, kind=need.name, attachments=[attachment(by)], by=by, at=now())
                attach_document(application=row, document=made, by=by, at=now())
    return row


def submitted(elevator, kind: str, player, **answers) -> RegistrationApplication:
    row = draft(elevator, kind, player, **answers)
    return submit_application(application=row, by=player.actor(), at=now())


def under_review(elevator, kind: str, player, regulator, **answers) -> RegistrationApplication:
    row = submitted(elevator, kind, player, **answers)
    return accept_application(application=row, by=regulator.actor(), at=now())


def approve(cast, row, by=None):
    """Approved by the district's regulator, or by somebody else."""
    return approve_application(application=row, by=(by or cast.district_regulator).actor(), at=now())


def steps(elevator) -> list[str]:
    """What became of the elevator's applications, as its life tells it."""
    return list(
        elevator.life_events.filter(kind="REGISTRATION_STEP").order_by("sequence").values_list("outcome", flat=True)
    )
