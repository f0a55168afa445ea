"""What the regulator does with an application: take up, return, refuse, approve. Approval takes effect in its transaction.

`version` is that of the application as it was read; each step raises Changed when there has been another since.
"""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.actor import Actor
from common.clock import local_date
from common.errors import Changed, NotPermitted, Refusal
from registry.actions.registration_effects import EFFECTS, NEW_NUMBER, settle_number, unconfirmed_number
from registry.actions.registrations import (
    finish_step,
    locked,
    record_step,
    require_fit,
    start_clock,
    step_of,
)
from registry.choices import ApplicationState
from registry.models import (
    RegistrationApplication,
    RegistrationRemark,
    Responsibility,
)
from registry.queries.registrations import needs_on, read_application, said_at, terms_on


class RemarksNeeded(Refusal):
    code = "remarks-needed"
    message = _("Say at the answer or document what is to be mended, at one at least.")


class RefusalReasonNeeded(Refusal):
    code = "reason-needed"
    field = "reason"
    message = _("Say why the application is refused.")


class OwnApplication(NotPermitted):
    code = "own-application"
    message = _("You submitted this application yourself. Somebody else has to decide on it.")


class DocumentsGone(Refusal):
    code = "application-documents-gone"
    status = 409
    message = _(
        "A document that it brought was withdrawn or replaced after it was submitted. Return the application, so that the "
        "unit attaches what holds."
    )


class UnitNoLongerAnswers(Refusal):
    code = "application-unit-changed"
    status = 409
    message = _(
        "The unit that applied no longer answers for this elevator. Refuse the application, and let the present unit apply."
    )


class NumberUndecided(Refusal):
    code = "certificate-number-undecided"
    field = "number"
    message = _(
        "The elevator carries a certificate number already, which nobody has confirmed. Choose: keep it, or assign a new one."
    )


@transaction.atomic
def accept_application(
    *, application: RegistrationApplication, by: Actor, at: dt.datetime, version: int | None = None
) -> RegistrationApplication:
    """Take it up: the term for the decision begins. Again changes nothing. Raises ApplicationWrongStep, OwnApplication."""
    row = _to_decide(application, by)
    if row.state == ApplicationState.UNDER_REVIEW:
        return row
    _require_as_read(row, version)
    row.state = step_of(row, "accept")
    today = local_date(at)
    start_clock(row, "ANSWER", terms_on(today), today)
    row.accepted_at = row.changed_at = at
    row.version += 1
    row.save()
    record_step(row, by=by, at=at)
    return row


@transaction.atomic
def return_application(
    *,
    application: RegistrationApplication,
    remarks: Mapping[tuple[str, str], str],
    by: Actor,
    at: dt.datetime,
    version: int | None = None,
) -> RegistrationApplication:
    """Give it back with a reason for each answer or document, {(FIELD | DOCUMENT, name): reason}.

    The same remarks again change nothing. Raises RemarksNeeded, ApplicationWrongStep, OwnApplication.
    """
    row = _to_decide(application, by)
    known = {(need.target, need.name) for need in needs_on(row.kind, row.elevator, local_date(at))}
    given = {key: text.strip()[:500] for key, text in remarks.items() if text.strip()}
    if not given or given.keys() - known:
        raise RemarksNeeded
    if row.state == ApplicationState.RETURNED and given == _remarks_of(row):
        return row
    _require_as_read(row, version)
    row.state = step_of(row, "return")
    said = said_at(row)  # what the next submission is compared with
    RegistrationRemark.objects.bulk_create(
        RegistrationRemark(
            application=row,
            round=row.round,
            target=target,
            name=name,
            reason=reason,
            was=said.get((target, name), []),
            written_at=at,
            written_by_id=by.id,
        )
        for (target, name), reason in given.items()
    )
    finish_step(row, at)
    record_step(row, by=by, at=at)
    return row


@transaction.atomic
def refuse_application(
    *,
    application: RegistrationApplication,
    reason: str,
    by: Actor,
    at: dt.datetime,
    version: int | None = None,
) -> RegistrationApplication:
    """Refuse for a reason; again changes nothing. Raises RefusalReasonNeeded, ApplicationWrongStep, OwnApplication."""
    row = _to_decide(application, by)
    if row.state == ApplicationState.REFUSED:
        return row
    _require_as_read(row, version)
    if not reason.strip():
        raise RefusalReasonNeeded
    row.state = step_of(row, "refuse")
    row.reason = reason.strip()[:500]
    _decided(row, by, at)
    record_step(row, by=by, at=at, reason=row.reason)
    return row


@transaction.atomic
def approve_application(
    *, application: RegistrationApplication, by: Actor, at: dt.datetime, version: int | None = None, number: str = ""
) -> RegistrationApplication:
    """Approve, and let it take effect: state, unit, place, certificate number and label, all or nothing. Again changes
    nothing. `number`: what becomes of one that the elevator carries unregistered, itself (kept) or NEW_NUMBER. Raises
    ApplicationWrongStep, UnitNoLongerAnswers, DocumentsGone, NumberUndecided, OwnApplication, Changed and what the
    effects raise."""
    row = _to_decide(application, by)
    if row.state == ApplicationState.APPROVED:
        return row
    _require_as_read(row, version)
    row.state = step_of(row, "approve")
    held = Responsibility.objects.current(at).filter(elevator=row.elevator, role="USING_UNIT", unit=row.unit)
    if (held := held.first()) is None:
        raise UnitNoLongerAnswers
    # judged by the law of the day on which it was submitted: a day that was past then is past now
    reading = read_application(row, today=local_date(row.submitted_at))
    if reading.missing:
        raise DocumentsGone
    values = reading.values
    require_fit(row.elevator, row.kind, ending=values.get("ending", ""))
    if (carried := unconfirmed_number(row)) and number not in (carried, NEW_NUMBER):
        raise NumberUndecided
    _decided(row, by, at)
    record_step(row, by=by, at=at)
    if carried:
        settle_number(row.elevator, keep=number == carried, by=by, at=at)
    EFFECTS[row.kind](row, values, held, by, at)
    return row


def _to_decide(application: RegistrationApplication, by: Actor) -> RegistrationApplication:
    """Under lock, and the actor's to decide: in their area, and not their own."""
    row = locked(application)
    theirs = RegistrationApplication.objects.visible_to(by, Permission.CHANGE_REGISTRATION)
    if not theirs.filter(pk=row.pk).exists():
        raise NotPermitted(permission=Permission.CHANGE_REGISTRATION)
    if (row.submitted_by_kind, row.submitted_by_id) == (by.kind, by.id):
        raise OwnApplication
    return row


def _require_as_read(row: RegistrationApplication, version: int | None) -> None:
    """Nobody decides on what they have not read: `version` is that of the page that the decision was made at."""
    if version is not None and row.version != version:
        raise Changed


def _remarks_of(row) -> dict:
    rows = RegistrationRemark.objects.filter(application=row, round=row.round)
    return {(remark.target, remark.name): remark.reason for remark in rows}


def _decided(row: RegistrationApplication, by: Actor, at: dt.datetime) -> None:
    row.decided_at, row.decided_by_kind, row.decided_by_id = at, by.kind, by.id
    finish_step(row, at)
