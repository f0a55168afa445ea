"""Applications for inspections: the using unit asks, the body appoints a day or declines, either may end it."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from accounts.queries import holds_valid, reach_of
from accounts.roles import Permission
from common.actor import Actor, ActorKind, system
from common.audit import record_change
from common.clock import local_date
from common.errors import Changed, NotPermitted, Refusal
from common.personal.kinds import Malformed
from compliance.actions import replan
from compliance.models import Obligation
from inspection.actions.application_news import tell, tell_both, tell_inspectors
from inspection.choices import ApplicationState
from inspection.models import Application, Report
from inspection.queries import GONE
from inspection.queries.applications import bodies_on, inspectors_of, is_in_charge
from inspection.rules import applications as rules
from registry.actions import assign_responsibility, record_event
from registry.choices import LifeEventKind, ResponsibilityRole
from registry.models import Elevator

MOST = 100


class NothingDue(Refusal):
    code = "application-nothing-due"
    status = 409
    field = "obligations"
    message = _("This inspection is no longer due. Reload the page.")


class NotYet(Refusal):
    code = "application-not-yet"
    field = "obligations"
    message = _("This inspection cannot be applied for before %(opens_on)s.")


class AppliedAlready(Refusal):
    code = "application-there"
    status = 409
    field = "obligations"
    message = _("This inspection has been applied for already. Withdraw that application first.")


class BodyNotLicensed(Refusal):
    code = "application-body"
    field = "body"
    message = _("This body has no licence for such an inspection on that day. Choose another.")


class ContactMalformed(Refusal):
    code = "application-contact"
    field = "contact"
    message = _("This is no phone number. Write it with its area code, or leave it empty.")


class InspectorUnfit(Refusal):
    code = "application-inspector"
    field = "inspector"
    message = _(
        "This person is no inspector of the body with a certificate for that day. Choose another, or nobody yet."
    )


class ElevatorGone(Refusal):
    code = "application-elevator-gone"
    status = 409
    message = _(
        "The elevator was scrapped or deregistered meanwhile: there is nothing to inspect. Decline or withdraw it."
    )


class ReasonNeeded(Refusal):
    code = "application-reason"
    field = "reason"
    message = _("Say why: the other side reads it.")


class ApplicationMovedOn(Refusal):
    code = "application-moved-on"
    status = 409
    message = _("The application has moved on: %(state)s. Reload the page.")


class DaysRefused(Refusal):
    """Wanted days, or the appointed one, that cannot be."""

    WORDS = {
        "DAYS_BACKWARDS": ("wanted_until", _("The last day must not lie before the first.")),
        "DAYS_PAST": ("wanted_from", _("This day is over. Choose today or later.")),
        "DAY_TOO_EARLY": ("wanted_from", _("It cannot be inspected before %(opens_on)s (TSG T7001-2023 4.1).")),
        "DAY_TOO_LATE": (
            "wanted_until",
            _("It must not be used after %(due_on)s without its inspection. Choose a day until then."),
        ),
        "DAY_TOO_FAR": ("wanted_until", _("This is too far ahead. Choose a day until %(until)s.")),
    }

    def __init__(self, refused: rules.ApplicationRefused, field: str | None = None):
        named, message = self.WORDS[refused.code]
        self.code = f"application-{refused.code.lower().replace('_', '-')}"
        super().__init__(message, field=field or named, **refused.params)


@dataclass(frozen=True, slots=True)
class Asked:
    """One inspection that is applied for."""

    obligation: Obligation
    body: Unit
    wanted_from: dt.date
    wanted_until: dt.date
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The day that a body appoints. `expected`: the version of the application that whoever answers has read."""

    application: Application
    day: dt.date
    inspector: User | None = None
    expected: int | None = None


def apply_for_inspection(
    *,
    obligation: Obligation,
    body: Unit,
    wanted_from: dt.date,
    wanted_until: dt.date,
    contact: str = "",
    by: Actor,
    at: dt.datetime,
) -> Application:
    """Ask a body for the inspection that is due (R10); the same again is the same application. Late ones are taken too.

    Raises NotPermitted, ElevatorGone, NothingDue, NotYet, AppliedAlready, BodyNotLicensed, DaysRefused,
    ContactMalformed.
    """
    asked = Asked(obligation, body, wanted_from, wanted_until, contact)
    return _or_raise(apply_for_inspections(asked=[asked], by=by, at=at)[0])


@transaction.atomic
def apply_for_inspections(*, asked: Sequence[Asked], by: Actor, at: dt.datetime) -> list[Application | Refusal]:
    """Apply for each of these inspections, each judged by itself; the answers in the order given, at most MOST. What the bodies
    are told is one message for each of them."""
    if len(asked) > MOST:
        raise ValueError(f"at most {MOST} at once")
    outcomes = _each(asked, lambda one: one.obligation.elevator_id or 0, lambda one: _apply(one, by, at))
    made = _once(
        row for row in outcomes if isinstance(row, Application) and row.state == "APPLIED" and row.applied_at == at
    )
    replan(elevator_ids=sorted({row.elevator_id for row in made}), at=at)
    tell("applied", made, by=by, at=at)
    return outcomes


def _each(given: Sequence, elevator: Callable, do: Callable) -> list:
    """What becomes of each, or its refusal, in the order given. Elevators are locked in the order of their keys, as everybody
    does: two that send the same rows wait for each other one way round only."""
    outcomes: list = [None] * len(given)
    for place in sorted(range(len(given)), key=lambda place: (elevator(given[place]), place)):
        try:
            with transaction.atomic():
                outcomes[place] = do(given[place])
        except Refusal as refusal:
            outcomes[place] = refusal
    return outcomes


def _once(rows: Iterable[Application]) -> list[Application]:
    """Each application as the last of the given rows left it: one that was named twice is told of once."""
    return list({row.pk: row for row in rows}.values())


def _or_raise(outcome):
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _apply(asked: Asked, by: Actor, at: dt.datetime) -> Application:
    obligation, body = asked.obligation, asked.body
    if obligation.elevator_id is None:
        raise NothingDue
    elevator = _locked(obligation.elevator_id)
    unit = _using_unit(elevator, by, at)
    _require_there(elevator)
    row = Obligation.objects.filter(pk=obligation.pk, kind__in=rules.KINDS, status="PENDING").first()
    if row is None:
        raise NothingDue
    there = Application.objects.standing().filter(elevator=elevator, kind=row.kind, period=row.period).first()
    if there is not None:
        if (there.body_id, there.wanted_from, there.wanted_until) == (body.pk, asked.wanted_from, asked.wanted_until):
            return there
        raise AppliedAlready
    _require_possible(row, asked.wanted_from, asked.wanted_until, local_date(at))
    if not bodies_on(asked.wanted_from, [row.kind]).filter(pk=body.pk).exists():
        raise BodyNotLicensed
    made = _new(row, unit, asked, by, at)
    _record(made, "inspection.apply", by, at, period=[None, row.period], body=[None, str(body.public_id)])
    return made


def _new(row: Obligation, unit: int, asked: Asked, by: Actor, at: dt.datetime) -> Application:
    made = Application(
        elevator_id=row.elevator_id,
        unit_id=unit,
        body=asked.body,
        kind=row.kind,
        period=row.period,
        opens_on=row.opens_on,
        due_on=row.due_on,
        wanted_from=asked.wanted_from,
        wanted_until=asked.wanted_until,
        in_time=rules.is_in_time(applied_on=local_date(at), apply_by=row.apply_by, due_on=row.due_on),
        applied_at=at,
        applied_by_kind=by.kind,
        applied_by_id=by.id,
    )
    try:
        made.contact = asked.contact.strip() or None
    except Malformed as error:
        raise ContactMalformed from error
    made.save()
    return made


def _require_possible(row: Obligation, first: dt.date, last: dt.date, today: dt.date) -> None:
    try:
        rules.require_appliable(opens_on=row.opens_on, apply_by=row.apply_by, today=today)
        rules.require_days(first, last, opens_on=row.opens_on, due_on=row.due_on, today=today)
    except rules.NotYet as refused:
        raise NotYet(**refused.params) from refused
    except rules.ApplicationRefused as refused:
        raise DaysRefused(refused) from refused


def appoint_inspection(
    *,
    application: Application,
    day: dt.date,
    inspector: User | None = None,
    expected: int | None = None,
    by: Actor,
    at: dt.datetime,
) -> Application:
    """The body says on which day it comes, or another one, and who; the same again changes nothing. It is in charge of the
    elevator from then on, so that it sees it and may file. A day after the last good one is taken: a late inspection is better
    than none, and the unit is told that it is late.

    Raises NotPermitted, ApplicationMovedOn, ElevatorGone, DaysRefused, InspectorUnfit, Changed.
    """
    answer = Answer(application, day, inspector, expected)
    return _or_raise(appoint_inspections(answers=[answer], by=by, at=at)[0])


@transaction.atomic
def appoint_inspections(*, answers: Sequence[Answer], by: Actor, at: dt.datetime) -> list[Application | Refusal]:
    """Appoint each of these, each judged by itself; the answers in the order given, at most MOST. What a unit is told is one
    message."""
    if len(answers) > MOST:
        raise ValueError(f"at most {MOST} at once")
    formers: dict[int, User | None] = {}
    outcomes = _each(answers, lambda one: one.application.elevator_id, lambda one: _appoint(one, formers, by, at))
    made = _once(row for row in outcomes if isinstance(row, Application) and row.pk in formers)
    tell("appointed", [row for row in made if row.appointed_on <= row.due_on], by=by, at=at)
    tell("late", [row for row in made if row.appointed_on > row.due_on], by=by, at=at)
    tell_inspectors("coming", [(row.inspector, row) for row in made], by=by, at=at)
    given_away = [(formers[row.pk], row) for row in made if formers[row.pk] != row.inspector]
    tell_inspectors("not_yours", given_away, by=by, at=at)
    return outcomes


def _appoint(answer: Answer, formers: dict[int, User | None], by: Actor, at: dt.datetime) -> Application:
    """`formers`: who inspected each before this request, noted here."""
    row, day = _answering(answer.application, by), answer.day
    inspector = answer.inspector and answer.inspector.pk
    if (row.state, row.appointed_on, row.inspector_id) == (ApplicationState.APPOINTED, day, inspector):
        return row
    _require_step(row, ApplicationState.APPOINTED)
    _require_there(row.elevator)
    if answer.expected not in (None, row.version):
        raise Changed
    try:
        rules.require_days(day, day, opens_on=row.opens_on, due_on=max(row.due_on, day), today=local_date(at))
    except rules.ApplicationRefused as refused:
        raise DaysRefused(refused, "day") from refused
    if answer.inspector is not None:
        _require_fit(row.body, answer.inspector, day, at)
    formers.setdefault(row.pk, row.inspector)
    was, row.appointed_on, row.inspector = row.appointed_on, day, answer.inspector
    _step(row, ApplicationState.APPOINTED, "inspection.appoint", by, at, appointed_on=[was, day])
    if not is_in_charge(row.body_id, row.elevator_id, at):
        role = ResponsibilityRole.INSPECTION_BODY
        assign_responsibility(elevator=row.elevator, unit=row.body, role=role, started_at=at, by=by, at=at)
    return row


def _require_there(elevator: Elevator) -> None:
    """An application may outlive its elevator; then it can only be ended."""
    if elevator.registration_state in GONE:
        raise ElevatorGone


def _require_fit(body: Unit, inspector: User, day: dt.date, at: dt.datetime) -> None:
    """R13: who will inspect is of the body and certified on that day."""
    if not inspectors_of(body, at).filter(pk=inspector.pk).exists() or not holds_valid(inspector, "INSPECTOR", day):
        raise InspectorUnfit


@transaction.atomic
def decline_application(
    *, application: Application, reason: str, expected: int | None = None, by: Actor, at: dt.datetime
) -> Application:
    """The body does not come; the inspection has to be applied for anew. Again changes nothing. Raises NotPermitted,
    ApplicationMovedOn, ReasonNeeded, Changed."""
    row = _answering(application, by)
    return _end(row, ApplicationState.DECLINED, "inspection.decline", reason, expected, by, at)


@transaction.atomic
def withdraw_application(
    *, application: Application, reason: str, expected: int | None = None, by: Actor, at: dt.datetime
) -> Application:
    """The using unit takes it back. Again changes nothing. Raises NotPermitted, ApplicationMovedOn, ReasonNeeded, Changed."""
    _using_unit(_locked(application.elevator_id), by, at)  # who answers now, also for what the unit before applied for
    row = _fresh(application)
    return _end(row, ApplicationState.WITHDRAWN, "inspection.withdraw_application", reason, expected, by, at)


@transaction.atomic
def reveal_contact(*, application: Application, purpose: str, by: Actor) -> str:
    """The phone of who opens the door, for the body that was asked, until the application has ended; '' when none was left. The
    look stays on record. Raises NotPermitted, ApplicationMovedOn, CannotBeRead."""
    row = _fresh(application)
    _require_body(row, by)
    if row.state not in rules.STANDING:
        raise ApplicationMovedOn(state=row.get_state_display())
    if row.contact is None:
        return ""
    record_change(action="inspection.reveal_contact", subject=row, by=by, changes={"purpose": [None, purpose]})
    return row.contact.reveal()


def close_applications(*, reports: Iterable[Report], by: Actor, at: dt.datetime) -> list[Application]:
    """What was applied for has been inspected, whatever came of it; and what a corrected report had ended counts again when the
    correction no longer answers it. In the transaction of whoever filed the reports, who holds the locks of all elevators
    concerned. Two statements, and those of what changes."""
    reports = list(reports)
    _reopen({report.supersedes_id: report for report in reports if report.supersedes_id}, by, at)
    given: dict[int, list[Report]] = {}
    for report in reports:
        given.setdefault(report.elevator_id, []).append(report)
    done = []
    for row in Application.objects.standing().filter(elevator__in=given).order_by("elevator_id", "pk"):
        report = next((each for each in given[row.elevator_id] if _answers(each, row)), None)
        if report is not None:
            row.report = report
            changes = {"report": [None, str(report.public_id)]}
            done.append(_step(row, ApplicationState.DONE, "inspection.application_done", by, at, **changes))
    return done


@transaction.atomic
def end_of_gone(*, at: dt.datetime, limit: int = MOST) -> int:
    """End up to `limit` applications whose elevator was scrapped or deregistered since; both sides are told. Returns how many."""
    by, ids = system("inspection.gone"), of_gone().order_by("elevator_id", "pk").values_list("elevator_id", flat=True)
    elevators = Elevator.objects.filter(pk__in=list(ids[:limit]), registration_state__in=GONE)
    locked = elevators.order_by("pk").select_for_update(of=("self",), no_key=True)
    rows = Application.objects.standing().filter(elevator__in=[row.pk for row in locked])
    rows = list(rows.select_related("elevator", "body", "inspector").order_by("elevator_id", "pk"))
    for row in rows:
        _step(row, ApplicationState.GONE, "inspection.application_gone", by, at)
    tell_both("gone", rows, by=by, at=at)
    tell_inspectors("off", [(row.inspector, row) for row in rows], by=by, at=at)
    return len(rows)


def of_gone() -> QuerySet[Application]:
    """Applications that stand although there is nothing to inspect any more."""
    return Application.objects.standing().filter(elevator__registration_state__in=GONE)


def _answers(report: Report, row: Application) -> bool:
    return report.elevator_id == row.elevator_id and rules.settles(
        asked=row.kind, kind=report.kind, concluded_on=report.concluded_on, opens_on=row.opens_on
    )


def _reopen(corrections: dict[int, Report], by: Actor, at: dt.datetime) -> None:
    """Of applications that a report had ended: the correction ends them now, or nothing does, and then they stand as before.
    Where one has applied anew meanwhile, that application stands in its place and the old one stays ended."""
    if not corrections:
        return
    reopened = []
    rows = Application.objects.filter(state="DONE", report__in=corrections).select_related("elevator", "body")
    for row in rows.order_by("elevator_id", "pk"):
        was, later = row.report_id, corrections[row.report_id]
        if _answers(later, row):
            row.report = later
            row.save(update_fields=["report"])
            continue
        if Application.objects.standing().filter(elevator=row.elevator_id, kind=row.kind, period=row.period).exists():
            continue
        row.report = None
        state = ApplicationState.APPLIED if row.appointed_on is None else ApplicationState.APPOINTED
        reopened.append(_step(row, state, "inspection.reopen_application", by, at, report=[was, None]))
    tell("reopened", reopened, by=by, at=at)


def _locked(elevator_id: int) -> Elevator:
    return Elevator.objects.select_for_update(of=("self",), no_key=True).get(pk=elevator_id)


def _using_unit(elevator: Elevator, by: Actor, at: dt.datetime) -> int:
    """The unit that answers for the elevator, in whose name the actor applies."""
    until = elevator.using_unit_until
    unit = elevator.using_unit_id if until is None or until > at else None
    own = by.kind == ActorKind.SYSTEM or unit in reach_of(by, Permission.APPLY_INSPECTION).unit_ids
    if unit is None or not own:
        raise NotPermitted(permission=Permission.APPLY_INSPECTION)
    return unit


def _answering(application: Application, by: Actor) -> Application:
    """The application, locked, for its body."""
    _locked(application.elevator_id)
    row = _fresh(application)
    _require_body(row, by)
    return row


def _fresh(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related("elevator", "body", "inspector")
    return rows.get(pk=application.pk)


def _require_body(row: Application, by: Actor) -> None:
    if by.kind != ActorKind.SYSTEM and row.body_id not in reach_of(by, Permission.ANSWER_INSPECTION).unit_ids:
        raise NotPermitted(permission=Permission.ANSWER_INSPECTION)


def _require_step(row: Application, step: str) -> None:
    if not rules.may_follow(row.state, step):
        raise ApplicationMovedOn(state=row.get_state_display())


def _end(row: Application, state: str, action: str, reason: str, expected: int | None, by: Actor, at) -> Application:
    if row.state == state:
        return row
    _require_step(row, state)
    if expected not in (None, row.version):
        raise Changed
    row.reason = " ".join(reason.split())[:300]
    if not row.reason:
        raise ReasonNeeded
    _step(row, state, action, by, at, reason=[None, row.reason])
    replan(elevator_ids=[row.elevator_id], at=at)  # it has to be applied for again
    tell("declined" if state == ApplicationState.DECLINED else "withdrawn", [row], by=by, at=at)
    tell_inspectors("off", [(row.inspector, row)], by=by, at=at)
    return row


def _step(row: Application, state: str, action: str, by: Actor, at: dt.datetime, **changes) -> Application:
    changes["state"] = [row.state, state]
    row.state, row.decided_at, row.decided_by_kind, row.decided_by_id = state, at, by.kind, by.id
    row.version += 1
    row.save(update_fields=[*_WRITTEN])
    _record(row, action, by, at, **changes)
    return row


_WRITTEN = ("state", "appointed_on", "inspector", "report", "reason", "version", "decided_at", "decided_by_kind")
_WRITTEN += ("decided_by_id",)


def _record(row: Application, action: str, by: Actor, at: dt.datetime, **changes) -> None:
    """The life event, without anybody's words, and the audit row."""
    details = {"period": row.period, "day": row.appointed_on and row.appointed_on.isoformat()}
    kind = LifeEventKind.INSPECTION_APPLICATION
    record_event(row.elevator, kind, by=by, at=at, source=row, outcome=row.state, details=details)
    record_change(action=action, subject=row, by=by, changes=changes)
