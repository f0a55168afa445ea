"""What a using unit does with its applications: begin, save, attach, submit, take back (docs/decisions/0013)."""

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import USING_KINDS
from accounts.models import Area, Unit
from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from common.errors import Changed, NotPermitted, Refusal
from common.workdays import after_working_days, moved_days
from registry.actions.life_events import record_event
from registry.choices import ApplicationKind, ApplicationState, LifeEventKind
from registry.models import ApplicationDocument, Document, Elevator, RegistrationApplication, RemarkReply
from registry.queries.registrations import (
    Reading,
    last_remarks,
    read_application,
    terms_on,
    unanswered_remarks,
    using_unit_of,
)
from registry.rules import registration as rules


class ApplicationWrongStep(Refusal):
    code = "application-wrong-step"
    status = 409
    message = _("The application is “%(state)s” by now, so this cannot be done any more. Open it again to see.")


class ElevatorNotReady(Refusal):
    code = "application-elevator-state"
    status = 409
    message = _("This does not fit the elevator, which is “%(state)s”.")


class ElevatorSealed(Refusal):
    code = "application-elevator-sealed"
    status = 409
    message = _("The regulator has sealed this elevator. The seal has to be lifted first.")


class OtherApplicationOpen(Refusal):
    code = "application-other-open"
    status = 409
    message = _("Another application about this elevator is under way. Wait for its decision, or take it back.")


class ApplicationIncomplete(Refusal):
    """`faults` {field: code} and kinds of documents `missing` say what."""

    code = "application-incomplete"
    message = _("The application is not complete: %(names)s.")

    def __init__(self, reading: Reading):
        self.faults, self.missing = reading.faults, reading.missing
        super().__init__(names=", ".join([*reading.faults, *reading.missing]))


class RemarksUnanswered(Refusal):
    """`remarks` still stand: nothing changed there, and nobody said why."""

    code = "remarks-unanswered"
    message = _(
        "Nothing was changed since it was returned: %(remarks)s. Change what was asked, or write at the remark why it stays."
    )

    def __init__(self, remarks):
        self.remarks = remarks
        super().__init__(remarks="; ".join(f"{remark.name} ({remark.reason})" for remark in remarks))


class NoSuchRemark(Refusal):
    code = "no-such-remark"
    message = _("The regulator has not remarked on this. Reply to the remarks of the last return only.")


class NoSuchUnit(Refusal):
    code = "application-no-such-unit"
    field = "new_unit"
    message = _("No other open using unit has this credit code. Check it, or ask the regulator to enter the unit.")


class NoSuchArea(Refusal):
    code = "application-no-such-area"
    field = "area"
    message = _(
        "Choose a subdistrict or district of the same city. An elevator that leaves the city is deregistered here."
    )


@transaction.atomic
def open_application(*, elevator: Elevator, kind: str, by: Actor, at: dt.datetime) -> RegistrationApplication:
    """Begin an application for the using unit; the unit's draft of the same kind is the same application.

    Raises NotPermitted, ElevatorNotReady, ElevatorSealed.
    """
    elevator = Elevator.objects.select_for_update(of=("self",)).get(pk=elevator.pk)
    if (unit_id := using_unit_of(elevator, actor=by, at=at)) is None:
        raise NotPermitted(_("Only the using unit applies."))
    require_fit(elevator, ApplicationKind(kind))
    row, made = RegistrationApplication.objects.get_or_create(
        elevator=elevator,
        kind=kind,
        unit_id=unit_id,
        state=ApplicationState.DRAFT,
        defaults={"created_at": at, "changed_at": at},
    )
    if made:
        record_change(
            action="registry.open_application",
            subject=row,
            by=by,
            changes={"elevator": [None, str(elevator.public_id)], "kind": [None, kind]},
        )
    return row


@transaction.atomic
def save_answers(
    *, application: RegistrationApplication, answers: Mapping, by: Actor, at: dt.datetime, version: int | None = None
) -> RegistrationApplication:
    """Keep what was typed, good or bad; unknown names are left out. The same again changes nothing.

    Raises ApplicationWrongStep, Changed (another hand saved since `version`).
    """
    row = _locked(application)
    if row.state not in rules.EDITABLE:
        raise ApplicationWrongStep(state=row.get_state_display())
    if version is not None and row.version != version:
        raise Changed
    kept = {name: answers[name] for name in rules.FIELDS if _keepable(answers.get(name))}
    if kept != row.answers:
        changed = sorted(name for name in {*kept, *row.answers} if kept.get(name) != row.answers.get(name))
        row.answers, row.changed_at = kept, at
        row.version += 1
        row.save(update_fields=["answers", "changed_at", "version"])
        record_change(action="registry.save_application", subject=row, by=by, changes={"fields": [None, changed]})
    return row


def _keepable(value) -> bool:
    if isinstance(value, str):
        return bool(value.strip()) and len(value) <= 4 * rules.LONGEST_TEXT and "\x00" not in value
    return value is True


@transaction.atomic
def attach_document(
    *, application: RegistrationApplication, document: Document, by: Actor, at: dt.datetime
) -> ApplicationDocument:
    """Bring a document of the same elevator's e-file; again changes nothing. The caller has asked whether `by` may see it.

    Raises ApplicationWrongStep.
    """
    row = _locked(application)
    if document.elevator_id != row.elevator_id:
        raise ValueError("a document of another elevator")
    there = ApplicationDocument.objects.filter(application=row, document=document).first()
    if there is not None:
        return there
    if row.state not in rules.EDITABLE:
        raise ApplicationWrongStep(state=row.get_state_display())
    made = ApplicationDocument.objects.create(application=row, document=document, attached_at=at)
    record_change(
        action="registry.attach_document", subject=row, by=by, changes={"document": [None, str(document.public_id)]}
    )
    return made


@transaction.atomic
def detach_document(
    *, application: RegistrationApplication, document: Document, by: Actor, at: dt.datetime
) -> RegistrationApplication:
    """Name a document no more; it stays in the e-file, where it was filed for good. Not named already: nothing changes.

    Raises ApplicationWrongStep.
    """
    row = _locked(application)
    named = ApplicationDocument.objects.filter(application=row, document=document)
    if not named.exists():
        return row
    if row.state not in rules.EDITABLE:
        raise ApplicationWrongStep(state=row.get_state_display())
    named.delete()
    row.changed_at = at
    row.save(update_fields=["changed_at"])
    record_change(
        action="registry.detach_document", subject=row, by=by, changes={"document": [str(document.public_id), None]}
    )
    return row


@transaction.atomic
def save_replies(
    *, application: RegistrationApplication, replies: Mapping[tuple[str, str], str], by: Actor, at: dt.datetime
) -> RegistrationApplication:
    """Keep what the unit says of the last remarks, {(target, name): text}; '' takes it back. The same again changes nothing.

    Raises NoSuchRemark, ApplicationWrongStep.
    """
    row = _locked(application)
    remarks = last_remarks(row)
    if replies.keys() - remarks.keys():
        raise NoSuchRemark
    given = {key: text.strip()[: rules.LONGEST_TEXT] for key, text in replies.items()}
    changed = [(remarks[key], text) for key, text in given.items() if text != remarks[key].reply]
    if not changed:
        return row
    if row.state != ApplicationState.RETURNED:
        raise ApplicationWrongStep(state=row.get_state_display())
    for remark, text in changed:
        _keep_reply(remark, text, by, at)
    row.changed_at = at
    row.version += 1
    row.save(update_fields=["changed_at", "version"])
    names = sorted(remark.name for remark, _text in changed)
    record_change(action="registry.reply_to_remarks", subject=row, by=by, changes={"fields": [None, names]})
    return row


def _keep_reply(remark: rules.Remark, text: str, by: Actor, at: dt.datetime) -> None:
    if not text:
        RemarkReply.objects.filter(remark_id=remark.id).delete()
        return
    said = {"text": text, "written_at": at, "written_by_kind": by.kind, "written_by_id": by.id}
    RemarkReply.objects.update_or_create(remark_id=remark.id, defaults=said)


@transaction.atomic
def submit_application(*, application: RegistrationApplication, by: Actor, at: dt.datetime) -> RegistrationApplication:
    """Hand it to the regulator, whose clock begins. Submitted already: nothing changes.

    Raises ApplicationIncomplete, RemarksUnanswered, NoSuchUnit, NoSuchArea, ElevatorNotReady, ElevatorSealed,
    OtherApplicationOpen, ApplicationWrongStep; NotPermitted when the unit no longer answers for the elevator.
    """
    row = _locked(application)
    if row.state == ApplicationState.SUBMITTED:
        return row
    row.state = step_of(row, "submit")
    if using_unit_of(row.elevator, actor=by, at=at) != row.unit_id:
        raise NotPermitted(_("Your unit no longer answers for this elevator."))
    today = local_date(at)
    reading = read_application(row, today=today)
    require_fit(row.elevator, row.kind, ending=reading.values.get("ending", ""))
    if not reading.complete:
        raise ApplicationIncomplete(reading)
    if unanswered := unanswered_remarks(row, reading):
        raise RemarksUnanswered(unanswered)
    row.new_unit = receiving_unit(row, reading.values)
    place_of(row, reading.values)
    terms = terms_on(today)
    apply_term = rules.term_of(terms, "APPLY", row.kind)
    row.apply_due_on = rules.apply_due_on(row.kind, reading.values, apply_term)
    row.apply_rule_id = apply_term.id if row.apply_due_on else None
    start_clock(row, "ACCEPT", terms, today)
    row.round += 1
    row.version += 1
    row.submitted_at = row.changed_at = at
    row.submitted_by_kind, row.submitted_by_id = by.kind, by.id
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) == "application_one_open":
            raise OtherApplicationOpen from error
        raise
    record_step(row, by=by, at=at)
    return row


@transaction.atomic
def withdraw_application(
    *, application: RegistrationApplication, by: Actor, at: dt.datetime
) -> RegistrationApplication:
    """Take it back; again changes nothing. Raises ApplicationWrongStep once it is decided."""
    row = _locked(application)
    if row.state == ApplicationState.WITHDRAWN:
        return row
    was_draft = row.state == ApplicationState.DRAFT
    row.state = step_of(row, "withdraw")
    finish_step(row, at)
    if was_draft:  # nobody but the unit has seen it: no part of the elevator's life
        record_change(
            action="registry.withdraw_application", subject=row, by=by, changes={"state": ["DRAFT", "WITHDRAWN"]}
        )
    else:
        record_step(row, by=by, at=at)
    return row


# --- shared with the regulator's steps (registration_decisions) -------------------------------------------------------


def _locked(application: RegistrationApplication) -> RegistrationApplication:
    """The row under its lock, the elevator's first: every verb about an elevator waits in the same order."""
    elevator = Elevator.objects.select_for_update(of=("self",)).get(pk=application.elevator_id)
    row = RegistrationApplication.objects.select_for_update(of=("self",)).get(pk=application.pk)
    row.elevator = elevator
    return row


locked = _locked


def step_of(row: RegistrationApplication, step: str) -> str:
    try:
        return rules.next_state(row.state, step)
    except rules.WrongStep as error:
        raise ApplicationWrongStep(state=row.get_state_display()) from error


def require_fit(elevator: Elevator, kind: str, *, ending: str = "") -> None:
    """Raise ElevatorNotReady or ElevatorSealed."""
    match rules.why_not(kind, state=elevator.registration_state, flags=elevator.flag_kinds, ending=ending):
        case "state":
            raise ElevatorNotReady(state=elevator.get_registration_state_display())
        case "sealed":
            raise ElevatorSealed


def receiving_unit(row: RegistrationApplication, values: Mapping) -> Unit | None:
    """The unit that a transfer goes to. Raises NoSuchUnit."""
    if row.kind != ApplicationKind.TRANSFER:
        return None
    units = Unit.objects.filter(kind__in=USING_KINDS, closed_on__isnull=True).exclude(pk=row.unit_id)
    unit = units.filter(credit_code=values.get("new_unit", "").upper()).first()
    if unit is None:
        raise NoSuchUnit
    return unit


def place_of(row: RegistrationApplication, values: Mapping) -> Area | None:
    """The area that a relocation goes to. Raises NoSuchArea."""
    if row.kind != ApplicationKind.RELOCATE:
        return None
    area = Area.objects.filter(code=values.get("area", ""), city_id=row.elevator.city_id).first()
    if area is None or area.kind == "CITY":
        raise NoSuchArea
    return area


def start_clock(row: RegistrationApplication, name: str, terms, today: dt.date) -> None:
    """The regulator's term runs from today, in working days."""
    term = rules.term_of(terms, name, row.kind)
    row.due_on = after_working_days(today, term.days, moved_days(today))
    row.due_rule_id = term.id


def finish_step(row: RegistrationApplication, at: dt.datetime) -> None:
    """No clock of the regulator's runs any more; save."""
    row.due_on = None
    row.changed_at = at
    row.version += 1
    row.save()


def record_step(row: RegistrationApplication, *, by: Actor, at: dt.datetime, reason: str = "") -> None:
    """A step of an application as a life event of its elevator and an audit row; reasons stay out of the timeline."""
    details = {"application_kind": row.kind, "round": row.round}
    record_event(
        row.elevator, LifeEventKind.REGISTRATION_STEP, by=by, at=at, source=row, outcome=row.state, details=details
    )
    changes = {"state": [None, row.state], **({"reason": [None, reason]} if reason else {})}
    record_change(action="registry.registration_step", subject=row, by=by, changes=changes)
