"""The ledger: planned from facts, looked at when it is time, alerts that are born once and end once."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from common.actor import system
from compliance.actions import acknowledge_alert, escalate_due, plan_all_due, replan, take_all_steps, take_steps
from compliance.actions.alerts import AlertResolved
from compliance.models import Alert, AlertCause, AlertStep, ElevatorDue, Notice, Obligation
from compliance.rules import OPENED, OVERDUE
from registry.actions import change_elevator, set_registration_state
from tests.compliance.conftest import moment, owed
from tests.factories.make import GULOU, JIANGNING, area, make_elevator, make_unit

pytestmark = pytest.mark.django_db
BY = system("tests")


@pytest.fixture
def elevator(law):
    return make_elevator(area_code=GULOU, using_unit=make_unit("Using unit", area_code=GULOU))


def rows(elevator) -> list[tuple]:
    found = Obligation.objects.filter(elevator=elevator).order_by("period")
    return [(row.period, row.status, str(row.due_on), row.last_step) for row in found]


def alerts(elevator) -> list[tuple]:
    return list(Alert.objects.filter(elevator=elevator).order_by("pk").values_list("kind", "state", "level"))


def test_what_is_planned_is_kept_and_planning_again_changes_nothing(elevator, law):
    law[elevator.pk] = [owed("2028"), owed("2029", opens="2029-04-01", due="2029-05-31")]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    before = list(Obligation.objects.order_by("pk").values())
    assert rows(elevator) == [("2028", "PENDING", "2028-05-31", None), ("2029", "PENDING", "2029-05-31", None)]
    assert [row["step_at"] for row in before] == [moment("2028-03-01 00:00"), moment("2029-04-01 00:00")]
    assert {row["managing_district_id"] for row in before} == {elevator.managing_district_id}
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-02 09:00"))
    assert list(Obligation.objects.order_by("pk").values()) == before


def test_the_warnings_of_a_year_come_on_their_days_each_once(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    day, told = dt.date(2028, 2, 25), []
    while day < dt.date(2028, 6, 5):
        for hour in ("00:00", "00:01", "23:59"):
            take_all_steps(at=moment(f"{day} {hour}"))
        told += [(str(day), step) for step in Notice.objects.filter(told_at__date=day).values_list("step", flat=True)]
        day += dt.timedelta(days=1)
    steps = [
        (n.step, str(n.told_at.astimezone(moment("2028-01-01 00:00").tzinfo))[:16])
        for n in Notice.objects.order_by("pk")
    ]
    assert steps == [
        (60, "2028-04-01 00:00"),
        (30, "2028-05-01 00:00"),
        (15, "2028-05-16 00:00"),
        (7, "2028-05-24 00:00"),
        (0, "2028-05-31 00:00"),
        (OVERDUE, "2028-06-01 00:00"),
    ]
    assert alerts(elevator) == [("OVERDUE_PERIODIC_INSPECTION", "OPEN", "UNIT")]


@pytest.mark.parametrize(
    ("clock", "overdue"), [("2028-05-31 23:59", 0), ("2028-06-01 00:00", 1), ("2028-06-01 00:01", 1)]
)
def test_the_last_good_day_ends_at_midnight_in_nanjing(elevator, law, clock, overdue):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    take_all_steps(at=moment(clock))
    assert len(alerts(elevator)) == overdue


def test_after_a_month_without_any_sweep_the_next_tick_finds_everything_and_tells_the_nearest_stage_only(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    take_all_steps(at=moment("2028-05-20 10:00"))
    assert list(Notice.objects.values_list("step", flat=True)) == [15]
    take_all_steps(at=moment("2028-07-20 10:00"))
    assert list(Notice.objects.order_by("pk").values_list("step", flat=True)) == [15, OVERDUE]
    assert alerts(elevator) == [("OVERDUE_PERIODIC_INSPECTION", "OPEN", "UNIT")]
    assert take_steps(at=moment("2029-07-20 10:00")).taken == 0


def test_two_late_periods_keep_one_alert_open_until_the_last_is_done(elevator, law):
    first, second = owed("2028"), owed("2029", opens="2029-04-01", due="2029-05-31")
    law[elevator.pk] = [first, second]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    take_all_steps(at=moment("2028-06-01 00:01"))
    take_all_steps(at=moment("2029-06-01 00:01"))
    assert (len(alerts(elevator)), AlertCause.objects.filter(ended_at=None).count()) == (1, 2)
    law[elevator.pk] = [replace(first, status="MET", met_on=dt.date(2029, 6, 2), days_late=367), second]
    replan(elevator_ids=[elevator.pk], at=moment("2029-06-03 09:00"))
    assert alerts(elevator) == [("OVERDUE_PERIODIC_INSPECTION", "OPEN", "UNIT")]
    law[elevator.pk] = [law[elevator.pk][0], replace(second, status="MET", met_on=dt.date(2029, 6, 4), days_late=4)]
    replan(elevator_ids=[elevator.pk], at=moment("2029-06-05 09:00"))
    assert alerts(elevator) == [("OVERDUE_PERIODIC_INSPECTION", "RESOLVED", "UNIT")]
    assert Alert.objects.get().resolved_at == moment("2029-06-05 09:00")


def test_a_later_year_that_is_late_opens_another_alert_beside_the_resolved_one(elevator, law):
    first, second = owed("2028"), owed("2029", opens="2029-04-01", due="2029-05-31")
    law[elevator.pk] = [first, second]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    take_all_steps(at=moment("2028-06-01 00:01"))
    law[elevator.pk] = [replace(first, status="MET", met_on=dt.date(2028, 6, 2), days_late=2), second]
    replan(elevator_ids=[elevator.pk], at=moment("2028-06-03 09:00"))
    take_all_steps(at=moment("2029-06-01 00:01"))
    assert [state for _kind, state, _level in alerts(elevator)] == ["RESOLVED", "OPEN"]


def test_a_window_that_moves_into_the_future_ends_the_alert_and_is_warned_of_again(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    take_all_steps(at=moment("2028-06-01 00:01"))
    law[elevator.pk] = [owed(due="2028-09-30")]  # an order of the province (inspection.md R9)
    replan(elevator_ids=[elevator.pk], at=moment("2028-06-02 09:00"))
    assert alerts(elevator) == [("OVERDUE_PERIODIC_INSPECTION", "RESOLVED", "UNIT")]
    assert rows(elevator) == [("2028", "PENDING", "2028-09-30", None)]
    take_all_steps(at=moment("2028-08-05 00:01"))
    take_all_steps(at=moment("2028-10-01 00:01"))
    steps = Notice.objects.order_by("pk").values_list("step", "due_on")
    assert [(step, str(day)) for step, day in steps] == [
        (OVERDUE, "2028-05-31"),
        (60, "2028-09-30"),
        (OVERDUE, "2028-09-30"),
    ]


def test_what_is_no_longer_wanted_is_withdrawn_and_not_deleted(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    take_all_steps(at=moment("2028-06-01 00:01"))
    law.clear()
    replan(elevator_ids=[elevator.pk], at=moment("2028-06-02 09:00"))
    assert rows(elevator) == [("2028", "WITHDRAWN", "2028-05-31", OVERDUE)]
    assert alerts(elevator) == [("OVERDUE_PERIODIC_INSPECTION", "RESOLVED", "UNIT")]
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-06-03 09:00"))
    take_all_steps(at=moment("2028-06-03 09:01"))
    assert [state for _kind, state, _level in alerts(elevator)] == ["RESOLVED", "OPEN"]


def test_an_alert_climbs_from_the_unit_to_the_city_while_nothing_happens(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    take_all_steps(at=moment("2028-06-01 00:01"))
    levels = []
    for day in ("06-07 23:59", "06-08 00:01", "06-15 00:01", "06-30 00:01", "07-01 00:01", "08-01 00:01"):
        escalate_due(at=moment(f"2028-{day}"))
        levels.append(alerts(elevator)[0][2])
    assert levels == ["UNIT", "SUBDISTRICT", "DISTRICT", "DISTRICT", "CITY", "CITY"]
    assert list(AlertStep.objects.order_by("pk").values_list("level", flat=True)) == [
        "UNIT",
        "SUBDISTRICT",
        "DISTRICT",
        "CITY",
    ]
    assert Alert.objects.get().escalates_at is None


def test_after_weeks_without_sweeps_an_alert_goes_straight_to_where_it_would_be(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    take_all_steps(at=moment("2028-06-01 00:01"))
    assert escalate_due(at=moment("2028-06-20 09:00")) == 1
    assert escalate_due(at=moment("2028-06-20 09:00")) == 0
    assert alerts(elevator) == [("OVERDUE_PERIODIC_INSPECTION", "OPEN", "DISTRICT")]


def test_seeing_an_alert_stops_nothing_and_a_resolved_one_cannot_be_seen(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    take_all_steps(at=moment("2028-06-01 00:01"))
    alert = Alert.objects.get()
    for _ in range(2):
        acknowledge_alert(alert_id=alert.pk, note="called the unit", by=BY, at=moment("2028-06-02 09:00"))
    escalate_due(at=moment("2028-06-09 09:00"))
    alert.refresh_from_db()
    assert (alert.state, alert.level, alert.note) == ("ACKNOWLEDGED", "SUBDISTRICT", "called the unit")
    law[elevator.pk] = [owed(status="MET", met_on=dt.date(2028, 6, 10), days_late=10)]
    replan(elevator_ids=[elevator.pk], at=moment("2028-06-10 09:00"))
    with pytest.raises(AlertResolved):
        acknowledge_alert(alert_id=alert.pk, note="", by=BY, at=moment("2028-06-11 09:00"))


def test_the_first_step_of_a_period_has_the_next_one_planned(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    ElevatorDue.objects.all().delete()
    take_all_steps(at=moment("2028-03-01 00:01"))
    assert rows(elevator)[0][3] == OPENED
    assert list(ElevatorDue.objects.values_list("elevator_id", flat=True)) == [elevator.pk]
    take_all_steps(at=moment("2028-04-01 00:01"))
    plan_all_due(at=moment("2028-04-01 00:02"))
    take_all_steps(at=moment("2028-05-01 00:02"))
    assert ElevatorDue.objects.count() == 0


def test_whatever_changes_an_elevator_has_it_planned_anew(elevator, law):
    plan_all_due(at=moment("2028-01-01 09:00"))
    law[elevator.pk] = [owed()]

    def change(**values):
        change_elevator(elevator_id=elevator.pk, values=values, version=None, by=BY, at=moment("2028-01-01 10:00"))
        return plan_all_due(at=moment("2028-01-01 10:01"))

    assert change(commissioned_on=dt.date(2020, 1, 1)) == 1
    assert rows(elevator) == [("2028", "PENDING", "2028-05-31", None)]
    assert change(building="7") == 0
    assert change(area=area(JIANGNING)) == 1
    assert Obligation.objects.get().managing_district_id == area(JIANGNING).pk
    set_registration_state(
        elevator_id=elevator.pk, state="IN_USE", reference="test", by=BY, at=moment("2028-01-01 13:00")
    )
    assert plan_all_due(at=moment("2028-01-01 13:01")) == 1


def test_a_notice_is_never_changed_or_taken_away(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-04-10 09:00"))
    take_all_steps(at=moment("2028-04-10 09:01"))
    for change in ("UPDATE compliance_notice SET step = 7", "DELETE FROM compliance_notice"):
        with (
            pytest.raises(Exception, match=r"append-only|permission"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_the_database_refuses_what_must_never_be(elevator, law):
    law[elevator.pk] = [owed()]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-01 09:00"))
    row = Obligation.objects.get()
    for change in (
        {"status": "MET"},
        {"met_on": dt.date(2028, 1, 1)},
        {"due_on": dt.date(2027, 1, 1)},
        {"elevator": None},
        {"unit": make_unit("Other")},
        {"status": "WAIVED"},  # while it still has a step
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Obligation.objects.filter(pk=row.pk).update(**change)


def test_statements_do_not_grow_with_the_number_of_elevators(law, django_assert_num_queries):
    elevators = [make_elevator(area_code=GULOU) for _ in range(3)]
    plan_all_due(at=moment("2027-12-01 09:00"))
    for elevator in elevators:
        law[elevator.pk] = [owed()]
    for chosen in (elevators[:1], elevators[1:]):
        with django_assert_num_queries(9):
            replan(elevator_ids=[e.pk for e in chosen], at=moment("2028-06-02 09:00"))
    with django_assert_num_queries(16):
        assert take_steps(at=moment("2028-06-02 09:01"), limit=1).alerts == 1
    with django_assert_num_queries(16):
        assert take_steps(at=moment("2028-06-02 09:01")).alerts == 2
