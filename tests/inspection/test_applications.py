"""Applications for the periodic inspection: who may ask when, what the body answers, and what the ledger says meanwhile."""

import datetime as dt

import pytest

from accounts.queries import actor_for
from common.errors import NotPermitted
from common.models import AuditRecord, Message
from compliance.actions import replan
from compliance.models import Obligation
from inspection.actions import (
    apply_for_inspection,
    apply_for_inspections,
    appoint_inspection,
    decline_application,
    file_report,
    withdraw_application,
)
from inspection.actions.applications import (
    ApplicationMovedOn,
    AppliedAlready,
    Asked,
    BodyNotLicensed,
    DaysRefused,
    ElevatorGone,
    NothingDue,
    NotYet,
)
from inspection.models import Application, BodyLicence
from inspection.queries.applications import appliable
from inspection.rules import applications as rules
from inspection.sweeps import ending_with_elevators
from registry.actions import assign_responsibility, set_registration_state
from registry.models import Elevator, LifeEvent, Responsibility
from tests.factories.make import hand_over, hold, make_unit, make_user
from tests.factories.reports import BY, LONG, make_body, make_inspected, make_inspector, moment, report_of

pytestmark = pytest.mark.django_db
# E1: installed 2024-05-20; its first periodic inspection is due in May 2025: opens 1 March, to be applied for by 30 April
AT = moment("2025-03-10 10:00")
FIRST, LAST = dt.date(2025, 4, 7), dt.date(2025, 4, 11)


def member(unit, role, at=AT):
    user = make_user(f"{role.lower()}-{unit.pk}", created_at=LONG)
    hold(user, role, unit=unit, started_at=LONG)
    return actor_for(user, at)


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def unit(db):
    return make_unit("Using unit", created_at=LONG)


@pytest.fixture
def manager(unit):
    return member(unit, "USING_UNIT_MANAGER")


@pytest.fixture
def office(body):
    return member(body, "INSPECTION_OFFICE")


def owned(body, unit, **values) -> Elevator:
    """An elevator of the unit, planned on AT; the body has not been in charge yet."""
    made = make_inspected(make_unit("Former body", created_at=LONG), role="MANUFACTURER", **values)
    assign_responsibility(elevator=made, unit=unit, role="USING_UNIT", started_at=LONG, by=BY, at=LONG)
    replan(elevator_ids=[made.pk], at=AT)
    return Elevator.objects.get(pk=made.pk)


@pytest.fixture
def elevator(body, unit):
    return owned(body, unit)


def due(elevator, period="2025") -> Obligation:
    return Obligation.objects.get(elevator=elevator, period=period, kind__in=("PERIODIC_INSPECTION", "SELF_TEST"))


def applied(elevator, body, by, at=AT, **values) -> Application:
    values = {"wanted_from": FIRST, "wanted_until": LAST, **values}
    return apply_for_inspection(obligation=due(elevator), body=body, by=by, at=at, **values)


def test_an_application_ends_the_call_to_apply_and_nothing_else(elevator, body, manager):
    assert due(elevator).apply_by == dt.date(2025, 4, 30)
    made = applied(elevator, body, manager)
    row = due(elevator)
    assert (row.status, row.due_on, row.apply_by) == ("PENDING", dt.date(2025, 5, 31), None)
    assert (made.state, made.unit, made.period) == ("APPLIED", elevator.using_unit, "2025")
    event = LifeEvent.objects.get(elevator=elevator, kind="INSPECTION_APPLICATION")
    assert (event.outcome, event.details) == ("APPLIED", {"period": "2025", "day": None})
    assert AuditRecord.objects.filter(action="inspection.apply", subject_id=str(made.public_id)).count() == 1


def test_the_same_application_again_is_the_first_and_another_is_refused(elevator, body, manager):
    made = applied(elevator, body, manager)
    assert applied(elevator, body, manager) == made
    with pytest.raises(AppliedAlready):
        applied(elevator, body, manager, wanted_until=dt.date(2025, 4, 12))
    assert (Application.objects.count(), LifeEvent.objects.filter(kind="INSPECTION_APPLICATION").count()) == (1, 1)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2025-04-11", "2025-04-07", "application-days-backwards"),
        ("2025-03-09", "2025-04-07", "application-days-past"),
        ("2025-04-07", "2025-06-01", "application-day-too-late"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(elevator, body, manager, first, last, code):
    days = {"wanted_from": dt.date.fromisoformat(first), "wanted_until": dt.date.fromisoformat(last)}
    with pytest.raises(DaysRefused) as caught:
        applied(elevator, body, manager, **days)
    assert (caught.value.code, caught.value.field in days) == (code, True)
    assert not Application.objects.exists()


def test_one_applies_from_the_first_minute_of_the_window_in_nanjing(elevator, body, manager):
    days = {"wanted_from": dt.date(2025, 3, 1), "wanted_until": dt.date(2025, 3, 1)}
    with pytest.raises(NotYet):
        applied(elevator, body, manager, at=moment("2025-02-28 23:59"), **days)
    assert applied(elevator, body, manager, at=moment("2025-03-01 00:01"), **days).state == "APPLIED"


def test_a_late_application_is_taken_and_an_overdue_one_names_any_day_to_come(elevator, body, manager):
    at = moment("2025-07-01 09:00")
    days = {"wanted_from": dt.date(2025, 7, 8), "wanted_until": dt.date(2025, 7, 9)}
    assert applied(elevator, body, manager, at=at, **days).state == "APPLIED"


@pytest.mark.parametrize("state", ["SCRAPPED", "DEREGISTERED"])
def test_nobody_is_appointed_to_what_is_scrapped(elevator, body, manager, office, state):
    """Else the body would be put in charge of it, and somebody would go there."""
    made = applied(elevator, body, manager)
    set_registration_state(elevator_id=elevator.pk, state=state, reference="test", by=BY, at=moment("2025-03-11 09:00"))
    with pytest.raises(ElevatorGone):
        appoint_inspection(application=made, day=FIRST, by=office, at=moment("2025-03-12 09:00"))
    assert not Responsibility.objects.filter(elevator=elevator, unit=body).exists()
    with pytest.raises((ElevatorGone, NothingDue)):
        row = Obligation.objects.filter(elevator=elevator, kind="PERIODIC_INSPECTION").first()
        days = {"wanted_from": dt.date(2025, 4, 8), "wanted_until": LAST}
        apply_for_inspection(obligation=row, body=body, by=manager, at=moment("2025-03-12 09:00"), **days)
    # either side can still end it
    reason = "scrapped"
    assert (
        decline_application(application=made, reason=reason, by=office, at=moment("2025-03-12 10:00")).state
        == "DECLINED"
    )


@pytest.mark.parametrize("appointed", [False, True])
def test_what_its_elevator_has_outlived_is_ended_once_and_both_sides_are_told(
    elevator, body, manager, office, appointed
):
    """Scrapped since: nobody has to find it among what waits. Others stand."""
    row, other = applied(elevator, body, manager), applied(owned(body, elevator.using_unit), body, manager)
    if appointed:
        appoint_inspection(application=row, day=FIRST, by=office, at=AT)
    assert ending_with_elevators().run(AT) == 0
    set_registration_state(elevator_id=elevator.pk, state="SCRAPPED", reference="S-1", by=BY, at=AT)
    assert ending_with_elevators().oldest_due(AT) == AT
    assert [ending_with_elevators().run(AT) for _ in range(2)] == [1, 0]
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, row.decided_by_id, other.state) == ("GONE", "inspection.gone", "APPLIED")
    to = Message.objects.filter(kind="inspection.gone_one").values_list("recipient_kind", "recipient_id")
    assert {(kind, id) for kind, id in to if kind == "PERSON"} == {("PERSON", manager.id), ("PERSON", office.id)}
    assert LifeEvent.objects.filter(elevator=elevator, kind="INSPECTION_APPLICATION").latest("pk").outcome == "GONE"
    with pytest.raises(ApplicationMovedOn):
        withdraw_application(application=row, reason="x", by=manager, at=AT)


def test_only_the_using_unit_applies_and_only_the_body_answers(elevator, body, unit, manager, office):
    stranger = member(make_unit("Stranger", created_at=LONG), "USING_UNIT_MANAGER")
    other_office = member(make_body("Other body"), "INSPECTION_OFFICE")
    viewer = member(unit, "UNIT_VIEWER")
    for actor in (stranger, office, viewer):
        with pytest.raises(NotPermitted):
            applied(elevator, body, actor)
    made = applied(elevator, body, manager)
    for actor in (manager, other_office):
        with pytest.raises(NotPermitted):
            appoint_inspection(application=made, day=FIRST, by=actor, at=AT)
        with pytest.raises(NotPermitted):
            decline_application(application=made, reason="no", by=actor, at=AT)
    with pytest.raises(NotPermitted):
        withdraw_application(application=made, reason="no", by=office, at=AT)
    seen = {actor: Application.objects.visible_to(actor, "inspection.view_report").count() for actor in (
        manager, office, viewer, stranger, other_office
    )}  # fmt: skip
    assert list(seen.values()) == [1, 1, 1, 0, 0]


def test_a_self_test_and_what_is_met_are_not_applied_for(body, unit, manager):
    tested = owned(body, unit, installed="2023-05-20")  # 2025 is the second year: a self-test
    with pytest.raises(NothingDue):
        applied(tested, body, manager)


def test_a_body_without_a_licence_on_the_day_is_refused(elevator, body, manager):
    BodyLicence.objects.filter(unit=body).update(valid_until=dt.date(2025, 4, 6))
    with pytest.raises(BodyNotLicensed):
        applied(elevator, body, manager)


def test_an_appointment_puts_the_body_in_charge_and_may_be_moved(elevator, body, manager, office):
    made = applied(elevator, body, manager)
    appointed = appoint_inspection(application=made, day=FIRST, by=office, at=AT)
    assert (appointed.state, appointed.appointed_on) == ("APPOINTED", FIRST)
    assert appoint_inspection(application=made, day=FIRST, by=office, at=AT) == appointed
    moved = appoint_inspection(application=made, day=LAST, by=office, at=AT + dt.timedelta(days=1))
    assert moved.appointed_on == LAST
    held = Responsibility.objects.filter(elevator=elevator, unit=body, role="INSPECTION_BODY")
    assert [row.started_at for row in held] == [AT]
    assert [e.outcome for e in LifeEvent.objects.filter(kind="INSPECTION_APPLICATION").order_by("sequence")] == [
        "APPLIED", "APPOINTED", "APPOINTED",
    ]  # fmt: skip
    for day in (dt.date(2025, 2, 27), dt.date(2025, 3, 9)):
        with pytest.raises(DaysRefused):
            appoint_inspection(application=made, day=day, by=office, at=AT)


@pytest.mark.parametrize("end", ["decline", "withdraw"])
def test_what_was_declined_or_withdrawn_has_to_be_applied_for_anew(elevator, body, manager, office, end):
    made = applied(elevator, body, manager)
    step, by = {"decline": (decline_application, office), "withdraw": (withdraw_application, manager)}[end]
    ended = step(application=made, reason="  no\n day ", by=by, at=AT)
    assert step(application=made, reason="again", by=by, at=AT) == ended
    assert ended.reason == "no day"
    assert due(elevator).apply_by == dt.date(2025, 4, 30)
    with pytest.raises(ApplicationMovedOn):
        appoint_inspection(application=made, day=FIRST, by=office, at=AT)
    assert applied(elevator, body, manager).pk != made.pk


@pytest.mark.parametrize("verdict", ["合格", "不合格"])
def test_a_report_ends_the_application_whatever_it_says(elevator, body, manager, office, verdict):
    made = applied(elevator, body, manager)
    appoint_inspection(application=made, day=FIRST, by=office, at=AT)
    report = report_of(elevator, make_inspector(body), concluded_on=FIRST, verdict=verdict)
    file_report(filing=report, body=body, by=BY, at=moment("2025-04-08 09:00"))
    made.refresh_from_db()
    assert made.state == "DONE"
    assert due(elevator).status == ("MET" if verdict == "合格" else "PENDING")


def test_several_at_once_are_each_judged_by_themselves(elevator, body, unit, manager):
    tested = owned(body, unit, installed="2023-05-20")
    rows = [due(elevator), due(tested), due(owned(body, unit))]
    asked = [Asked(row, body, FIRST, LAST) for row in rows]
    outcomes = apply_for_inspections(asked=asked, by=manager, at=AT)
    assert [getattr(each, "state", None) or each.code for each in outcomes] == [
        "APPLIED", "application-nothing-due", "APPLIED",
    ]  # fmt: skip
    # of the one that is tested this year the inspection of its first year is overdue
    assert [row.period for row in appliable(manager, AT.date())] == ["2024"]


def reported(elevator, body, at="2025-04-08 09:00", **values):
    given = {"concluded_on": FIRST, **values}
    filed = file_report(filing=report_of(elevator, make_inspector(body), **given), body=body, by=BY, at=moment(at))
    return filed.report


def corrected(elevator, body, report, **values):
    given = {"supersedes": report.public_id, "correction_reason": "wrong kind", "at": "2025-04-09 09:00", **values}
    return reported(elevator, body, **given)


def test_a_correction_that_no_longer_answers_opens_the_application_again(elevator, body, manager, office):
    made = applied(elevator, body, manager)
    appoint_inspection(application=made, day=FIRST, by=office, at=AT)
    report = reported(elevator, body)
    made.refresh_from_db()
    assert (made.state, made.report) == ("DONE", report)
    corrected(elevator, body, report, kind="BRAKE_TEST")
    made.refresh_from_db()
    assert (made.state, made.appointed_on, made.report) == ("APPOINTED", FIRST, None)
    assert due(elevator).status == "PENDING" and due(elevator).apply_by is None  # it stands applied for
    said = Message.objects.filter(recipient_id=manager.id, kind="inspection.reopened_one")
    assert said.count() == 1
    right = reported(elevator, body, at="2025-04-10 09:00")
    made.refresh_from_db()
    assert (made.state, made.report) == ("DONE", right)


def test_a_correction_that_still_answers_takes_the_place_of_the_first_report(elevator, body, manager, office):
    made = applied(elevator, body, manager)
    appoint_inspection(application=made, day=FIRST, by=office, at=AT)
    second = corrected(elevator, body, reported(elevator, body), verdict="不合格")
    made.refresh_from_db()
    assert (made.state, made.report) == ("DONE", second)


def test_what_was_applied_for_anew_stands_and_the_old_one_stays_ended(elevator, body, manager, office):
    made = applied(elevator, body, manager)
    appoint_inspection(application=made, day=FIRST, by=office, at=AT)
    report = reported(elevator, body, verdict="不合格")
    days = {"wanted_from": dt.date(2025, 4, 21), "wanted_until": dt.date(2025, 4, 22)}
    anew = applied(elevator, body, manager, at=moment("2025-04-09 08:00"), **days)
    corrected(elevator, body, report, kind="BRAKE_TEST", verdict="合格")
    made.refresh_from_db(), anew.refresh_from_db()
    assert (made.state, anew.state) == ("DONE", "APPLIED")


@pytest.mark.parametrize(
    ("applied_on", "apply_by", "due_on", "in_time"),
    [
        ("2025-04-30", "2025-04-30", "2025-05-31", True),
        ("2025-05-01", "2025-04-30", "2025-05-31", False),
        ("2028-02-29", "2028-02-29", "2028-03-31", True),
        ("2028-03-01", "2028-02-29", "2028-03-31", False),
        ("2025-05-31", None, "2025-05-31", True),
        ("2025-06-01", None, "2025-05-31", False),
    ],
)
def test_in_time_is_the_last_day_to_apply_included(applied_on, apply_by, due_on, in_time):
    day = dt.date.fromisoformat
    given = {"applied_on": day(applied_on), "apply_by": apply_by and day(apply_by), "due_on": day(due_on)}
    assert rules.is_in_time(**given) is in_time


@pytest.mark.parametrize(
    ("state", "in_time", "appointed", "today", "fault"),
    [
        ("APPLIED", True, None, "2028-02-29", ""),
        ("APPLIED", True, None, "2028-03-01", "BODY"),
        ("APPLIED", False, None, "2028-03-01", "UNIT"),
        ("APPOINTED", True, "2028-02-29", "2028-02-28", ""),
        ("APPOINTED", True, "2028-03-01", "2028-02-28", "BODY"),
        ("APPOINTED", False, "2028-03-01", "2028-02-28", "UNIT"),
        ("APPOINTED", True, "2028-02-29", "2028-03-01", "BODY"),  # nobody came, or no report has
        ("DONE", True, "2028-03-01", "2028-03-02", ""),
        ("WITHDRAWN", True, None, "2028-03-02", ""),
    ],
)
def test_what_is_late_is_the_bodys_fault_where_the_unit_applied_in_time(state, in_time, appointed, today, fault):
    day = dt.date.fromisoformat
    given = {"state": state, "in_time": in_time, "due_on": day("2028-02-29"), "today": day(today)}
    assert rules.fault(**given, appointed_on=appointed and day(appointed)) == fault


@pytest.mark.parametrize(
    ("asked", "kind", "day", "ends"),
    [
        ("PERIODIC_INSPECTION", "PERIODIC", "2025-03-01", True),
        ("PERIODIC_INSPECTION", "PERIODIC", "2025-02-28", False),
        ("PERIODIC_INSPECTION", "RESTART_INSPECTION", "2025-03-01", True),
        ("PERIODIC_INSPECTION", "SELF_TEST", "2025-03-01", False),
        ("BRAKE_TEST", "PERIODIC", "2025-03-01", False),
        ("BRAKE_TEST", "BRAKE_TEST", "2025-03-01", True),
    ],
)
def test_a_report_ends_what_asked_for_its_kind(asked, kind, day, ends):
    opens = dt.date(2025, 3, 1)
    found = rules.settles(asked=asked, kind=kind, concluded_on=dt.date.fromisoformat(day), opens_on=opens)
    assert found is ends


def test_who_answers_for_the_elevator_now_takes_back_what_the_unit_before_applied_for(elevator, body, unit, manager):
    made, later = applied(elevator, body, manager), AT + dt.timedelta(days=2)
    following = make_unit("Following unit", created_at=LONG)
    hand_over(elevator, role="USING_UNIT", from_unit=unit, to_unit=following, at=AT + dt.timedelta(days=1))
    heir = member(following, "USING_UNIT_MANAGER", later)
    with pytest.raises(NotPermitted):
        withdraw_application(application=made, reason="no", by=manager, at=later)
    assert withdraw_application(application=made, reason="sold", by=heir, at=later).state == "WITHDRAWN"
