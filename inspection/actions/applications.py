"""Applications for the periodic inspection: the using unit asks, the body appoints a day or declines, either may end it."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor, ActorKind
from common.audit import record_change
from common.clock import local_date
from common.errors import NotPermitted, Refusal
from compliance.actions import replan
from compliance.models import Obligation
from inspection.choices import ApplicationState
from inspection.models import Application, Report
from inspection.queries.applications import KIND, bodies_on, is_in_charge
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
    message = _("This body has no licence for periodic inspections on that day. Choose another.")


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
    }

    def __init__(self, refused: rules.ApplicationRefused, field: str | None = None):
        named, message = self.WORDS[refused.code]
        self.code = f"application-{refused.code.lower().replace('_', '-')}"
        super().__init__(message, field=field or named, **refused.params)


def apply_for_inspections(
    *,
    obligations: Sequence[Obligation],
    body: Unit,
    wanted_from: dt.date,
    wanted_until: dt.date,
    by: Actor,
    at: dt.datetime,
) -> list[Application | Refusal]:
    """Apply for each of these inspections, each judged by itself; the answers in the order given. `obligations`: at most MOST."""
    outcomes = []
    for row in obligations[:MOST]:
        try:
            outcomes.append(
                apply_for_inspection(
                    obligation=row, body=body, wanted_from=wanted_from, wanted_until=wanted_until, by=by, at=at
                )
            )
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


@transaction.atomic
def apply_for_inspection(
    *, obligation: Obligation, body: Unit, wanted_from: dt.date, wanted_until: dt.date, by: Actor, at: dt.datetime
) -> Application:
    """Ask a body for the inspection that is due (R10); the same again is the same application. Late ones are taken too.

    Raises NotPermitted, NothingDue, NotYet, AppliedAlready, BodyNotLicensed, DaysRefused.
    """
    elevator = _locked(obligation.elevator_id)
    today = local_date(at)
    unit = _using_unit(elevator, by, at)
    row = Obligation.objects.filter(pk=obligation.pk, kind=KIND, status="PENDING").first()
    if row is None:
        raise NothingDue
    there = Application.objects.standing().filter(elevator=elevator, period=row.period).first()
    if there is not None:
        if (there.body_id, there.wanted_from, there.wanted_until) == (body.pk, wanted_from, wanted_until):
            return there
        raise AppliedAlready
    _require_possible(row, wanted_from, wanted_until, today)
    if not bodies_on(wanted_from).filter(pk=body.pk).exists():
        raise BodyNotLicensed
    made = Application.objects.create(
        elevator=elevator,
        unit_id=unit,
        body=body,
        period=row.period,
        opens_on=row.opens_on,
        due_on=row.due_on,
        wanted_from=wanted_from,
        wanted_until=wanted_until,
        applied_at=at,
        applied_by_kind=by.kind,
        applied_by_id=by.id,
    )
    _record(made, "inspection.apply", by, at, period=[None, row.period], body=[None, str(body.public_id)])
    replan(elevator_ids=[made.elevator_id], at=at)
    return made


def _require_possible(row: Obligation, first: dt.date, last: dt.date, today: dt.date) -> None:
    try:
        rules.require_appliable(opens_on=row.opens_on, apply_by=row.apply_by, today=today)
        rules.require_days(first, last, opens_on=row.opens_on, due_on=row.due_on, today=today)
    except rules.NotYet as refused:
        raise NotYet(**refused.params) from refused
    except rules.ApplicationRefused as refused:
        raise DaysRefused(refused) from refused


@transaction.atomic
def appoint_inspection(*, application: Application, day: dt.date, by: Actor, at: dt.datetime) -> Application:
    """The body says on which day it comes, or another one; the same day again changes nothing. It is in charge of the elevator
    from then on, so that it sees it and may file. Raises NotPermitted, ApplicationMovedOn, DaysRefused."""
    row = _answering(application, by)
    if (row.state, row.appointed_on) == (ApplicationState.APPOINTED, day):
        return row
    _require_step(row, ApplicationState.APPOINTED)
    try:
        rules.require_days(day, day, opens_on=row.opens_on, due_on=max(row.due_on, day), today=local_date(at))
    except rules.ApplicationRefused as refused:
        raise DaysRefused(refused, "day") from refused
    was, row.appointed_on = row.appointed_on, day
    _step(row, ApplicationState.APPOINTED, "inspection.appoint", by, at, appointed_on=[was, day])
    if not is_in_charge(row.body_id, row.elevator_id, at):
        role = ResponsibilityRole.INSPECTION_BODY
        assign_responsibility(elevator=row.elevator, unit=row.body, role=role, started_at=at, by=by, at=at)
    return row


@transaction.atomic
def decline_application(*, application: Application, reason: str, by: Actor, at: dt.datetime) -> Application:
    """The body does not come; the inspection has to be applied for anew. Again changes nothing. Raises NotPermitted,
    ApplicationMovedOn."""
    return _end(_answering(application, by), ApplicationState.DECLINED, "inspection.decline", reason, by, at)


@transaction.atomic
def withdraw_application(*, application: Application, reason: str, by: Actor, at: dt.datetime) -> Application:
    """The using unit takes it back. Again changes nothing. Raises NotPermitted, ApplicationMovedOn."""
    elevator = _locked(application.elevator_id)
    row = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if row.unit_id != _using_unit(elevator, by, at):
        raise NotPermitted(permission=Permission.APPLY_INSPECTION)
    return _end(row, ApplicationState.WITHDRAWN, "inspection.withdraw_application", reason, by, at)


def close_applications(*, reports: Iterable[Report], by: Actor, at: dt.datetime) -> list[Application]:
    """What was applied for has been inspected, whatever came of it. In the transaction of whoever
    filed the reports, who holds the locks."""
    given = {report.elevator_id: report for report in reports if report.kind == "PERIODIC"}
    rows = Application.objects.standing().filter(elevator__in=given).order_by("elevator_id", "pk") if given else ()
    done = []
    for row in rows:
        report = given[row.elevator_id]
        if rules.settles(kind=report.kind, concluded_on=report.concluded_on, opens_on=row.opens_on):
            changes = {"report": [None, str(report.public_id)]}
            _step(row, ApplicationState.DONE, "inspection.application_done", by, at, **changes)
            done.append(row)
    return done


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
    row = Application.objects.select_for_update(of=("self",)).select_related("elevator", "body").get(pk=application.pk)
    if by.kind != ActorKind.SYSTEM and row.body_id not in reach_of(by, Permission.ANSWER_INSPECTION).unit_ids:
        raise NotPermitted(permission=Permission.ANSWER_INSPECTION)
    return row


def _require_step(row: Application, step: str) -> None:
    if not rules.may_follow(row.state, step):
        raise ApplicationMovedOn(state=row.get_state_display())


def _end(row: Application, state: str, action: str, reason: str, by: Actor, at: dt.datetime) -> Application:
    if row.state == state:
        return row
    _require_step(row, state)
    row.reason = " ".join(reason.split())[:300]
    _step(row, state, action, by, at, reason=[None, row.reason])
    replan(elevator_ids=[row.elevator_id], at=at)  # it has to be applied for again
    return row


def _step(row: Application, state: str, action: str, by: Actor, at: dt.datetime, **changes) -> Application:
    changes["state"] = [row.state, state]
    row.state, row.decided_at, row.decided_by_kind, row.decided_by_id = state, at, by.kind, by.id
    row.save(update_fields=["state", "appointed_on", "reason", "decided_at", "decided_by_kind", "decided_by_id"])
    _record(row, action, by, at, **changes)
    return row


def _record(row: Application, action: str, by: Actor, at: dt.datetime, **changes) -> None:
    """The life event, without anybody's words, and the audit row."""
    details = {"period": row.period, "day": row.appointed_on and row.appointed_on.isoformat()}
    kind = LifeEventKind.INSPECTION_APPLICATION
    record_event(row.elevator, kind, by=by, at=at, source=row, outcome=row.state, details=details)
    record_change(action=action, subject=row, by=by, changes=changes)
