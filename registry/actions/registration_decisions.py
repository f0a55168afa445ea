"""What the regulator does with an application: take up, return, refuse, approve. Approval takes effect in its transaction."""

import datetime as dt
from collections.abc import Mapping

from django.db import models, transaction
from django.db.models import Max
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.actor import Actor
from common.clock import local_date
from common.errors import NotPermitted, Refusal
from registry.actions.elevators import change_elevator, lift_flag, set_registration_state
from registry.actions.registrations import (
    finish_step,
    locked,
    place_of,
    receiving_unit,
    record_step,
    require_fit,
    start_clock,
    step_of,
)
from registry.actions.responsibilities import assign_responsibility, end_responsibility
from registry.actions.use_labels import issue_label, void_label
from registry.choices import ApplicationKind, ApplicationState, FlagKind
from registry.models import (
    CertificateLetters,
    CertificateSeries,
    Elevator,
    RegistrationApplication,
    RegistrationRemark,
    Responsibility,
)
from registry.queries.registrations import needs_on, read_application, terms_on
from registry.rules import registration as rules


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


class UnitNoLongerAnswers(Refusal):
    code = "application-unit-changed"
    status = 409
    message = _(
        "The unit that applied no longer answers for this elevator. Refuse the application, and let the present unit apply."
    )


class ClassMissing(Refusal):
    code = "application-class-missing"
    status = 409
    message = _("The certificate number begins with the class of the elevator. Enter the class first.")


class LettersMissing(Refusal):
    code = "certificate-letters-missing"
    status = 409
    message = _("For this city it is not known how certificate numbers begin. Enter the number by hand first.")


class SeriesFull(Refusal):
    code = "certificate-series-full"
    status = 409
    message = _("This year's certificate numbers of six digits are used up.")


@transaction.atomic
def accept_application(*, application: RegistrationApplication, by: Actor, at: dt.datetime) -> RegistrationApplication:
    """Take it up: the term for the decision begins. Again changes nothing. Raises ApplicationWrongStep, OwnApplication."""
    row = _to_decide(application, by)
    if row.state == ApplicationState.UNDER_REVIEW:
        return row
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
    *, application: RegistrationApplication, remarks: Mapping[tuple[str, str], str], by: Actor, at: dt.datetime
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
    row.state = step_of(row, "return")
    RegistrationRemark.objects.bulk_create(
        RegistrationRemark(
            application=row,
            round=row.round,
            target=target,
            name=name,
            reason=reason,
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
    *, application: RegistrationApplication, reason: str, by: Actor, at: dt.datetime
) -> RegistrationApplication:
    """Refuse for a reason; again changes nothing. Raises RefusalReasonNeeded, ApplicationWrongStep, OwnApplication."""
    row = _to_decide(application, by)
    if row.state == ApplicationState.REFUSED:
        return row
    if not reason.strip():
        raise RefusalReasonNeeded
    row.state = step_of(row, "refuse")
    row.reason = reason.strip()[:500]
    _decided(row, by, at)
    record_step(row, by=by, at=at, reason=row.reason)
    return row


@transaction.atomic
def approve_application(*, application: RegistrationApplication, by: Actor, at: dt.datetime) -> RegistrationApplication:
    """Approve, and let it take effect: state, unit, place, certificate number and label, all or nothing. Again changes
    nothing. Raises ApplicationWrongStep, UnitNoLongerAnswers, OwnApplication and what the effects raise."""
    row = _to_decide(application, by)
    if row.state == ApplicationState.APPROVED:
        return row
    row.state = step_of(row, "approve")
    held = Responsibility.objects.current(at).filter(elevator=row.elevator, role="USING_UNIT", unit=row.unit)
    if (held := held.first()) is None:
        raise UnitNoLongerAnswers
    # judged by the law of the day on which it was submitted: a day that was past then is past now
    values = read_application(row, today=local_date(row.submitted_at)).values
    require_fit(row.elevator, row.kind, ending=values.get("ending", ""))
    _decided(row, by, at)
    record_step(row, by=by, at=at)
    _EFFECTS[row.kind](row, values, held, by, at)
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


def _remarks_of(row) -> dict:
    rows = RegistrationRemark.objects.filter(application=row, round=row.round)
    return {(remark.target, remark.name): remark.reason for remark in rows}


def _decided(row: RegistrationApplication, by: Actor, at: dt.datetime) -> None:
    row.decided_at, row.decided_by_kind, row.decided_by_id = at, by.kind, by.id
    finish_step(row, at)


# --- effects ----------------------------------------------------------------------------------------------------------


def _register(row, values, held, by, at) -> None:
    used_from, today = values["used_from"], local_date(at)
    new = {"commissioned_on": used_from} if not row.elevator.commissioned_on and used_from <= today else {}
    if not row.elevator.certificate_number:
        new["certificate_number"] = next_certificate_number(row.elevator, year=today.year)
    _change(row, new, by, at)
    _set_state(row, "IN_USE", by, at)
    issue_label(application=row, values=values, by=by, at=at)


def _altered(row, values, held, by, at) -> None:
    lift_flag(elevator_id=row.elevator_id, kind=FlagKind.CHANGING, reference=_reference(row), by=by, at=at)
    _renew_label(row, values, by, at)


def _stopped(row, values, held, by, at) -> None:
    _set_state(row, "OUT_OF_USE", by, at)
    void_label(elevator=row.elevator, by=by, at=at)


def _restarted(row, values, held, by, at) -> None:
    _set_state(row, "IN_USE", by, at)
    issue_label(application=row, values=values, by=by, at=at)


def _transferred(row, values, held, by, at) -> None:
    unit = receiving_unit(row, values)
    end_responsibility(responsibility=held, ended_at=at, by=by, at=at)
    assign_responsibility(
        elevator=row.elevator, unit=unit, role="USING_UNIT", started_at=at, reference=_reference(row), by=by, at=at
    )
    _renew_label(row, values, by, at)


def _relocated(row, values, held, by, at) -> None:
    # the old position and the old site are wrong now; nobody has measured the new ones
    gone = {"site": None, "latitude": None, "longitude": None, "coord_source": ""}
    new = {"area": place_of(row, values), "address": values["address"], "building": values.get("building", "")}
    _change(row, gone | new, by, at)
    lift_flag(elevator_id=row.elevator_id, kind=FlagKind.RELOCATING, reference=_reference(row), by=by, at=at)
    _renew_label(row, values, by, at)


def _ended(row, values, held, by, at) -> None:
    _set_state(row, values["ending"], by, at)
    void_label(elevator=row.elevator, by=by, at=at)


_EFFECTS = {
    ApplicationKind.REGISTER: _register,
    ApplicationKind.CHANGE: _altered,
    ApplicationKind.STOP: _stopped,
    ApplicationKind.RESTART: _restarted,
    ApplicationKind.TRANSFER: _transferred,
    ApplicationKind.RELOCATE: _relocated,
    ApplicationKind.SCRAP: _ended,
}


def _renew_label(row, values, by, at) -> None:
    """A new label says the new facts; out of use there is none to renew."""
    void_label(elevator=row.elevator, by=by, at=at)
    if Elevator.objects.get(pk=row.elevator_id).registration_state == "IN_USE":
        issue_label(application=row, values=values, by=by, at=at)


def _reference(row) -> str:
    return row.short_number


def _change(row, values, by, at) -> None:
    if values:
        change_elevator(elevator_id=row.elevator_id, values=values, version=None, by=by, at=at)


def _set_state(row, state, by, at) -> None:
    set_registration_state(elevator_id=row.elevator_id, state=state, reference=_reference(row), by=by, at=at)


def next_certificate_number(elevator: Elevator, *, year: int) -> str:
    """The next free number of the elevator's class and city in a year, under the series' lock.

    Raises ClassMissing, LettersMissing, SeriesFull.
    """
    if elevator.class_code_id is None:
        raise ClassMissing
    letters = CertificateLetters.objects.on(dt.date(year, 12, 31)).filter(city_id=elevator.city_id)
    if (row := letters.order_by("-valid_from").first()) is None:
        raise LettersMissing
    prefix = rules.certificate_prefix(elevator.class_code_id, row.letters)
    series, _made = CertificateSeries.objects.get_or_create(
        prefix=prefix, year=year, defaults={"last": _last_known(prefix, year)}
    )
    series = CertificateSeries.objects.select_for_update().get(pk=series.pk)
    while True:
        series.last += 1
        if series.last > 999_999:
            raise SeriesFull
        number = rules.certificate_number(prefix, series.last, year)
        if not Elevator.objects.filter(certificate_number=number).exists():  # somebody entered it by hand
            series.save(update_fields=["last"])
            return number


def _last_known(prefix: str, year: int) -> int:
    """The highest serial that the register already has: certificates given before the platform. Once a prefix and year."""
    suffix = f"({year % 100:02d})"
    rows = Elevator.objects.filter(certificate_number__startswith=prefix, certificate_number__endswith=suffix)
    serial = Cast(
        models.Func(models.F("certificate_number"), models.Value(r"([0-9]+)\("), function="substring"),
        models.IntegerField(),
    )
    return rows.aggregate(last=Max(serial))["last"] or 0
