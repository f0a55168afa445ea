"""From rows to what is due: the law of Nanjing on an elevator with reports, stops and works."""

import datetime as dt

import pytest

from common.actor import system
from compliance.actions import plan_all_due, replan, take_all_steps
from compliance.models import Alert, Obligation
from inspection.models import Inspection
from inspection.queries import plan_inspections
from registry.actions import set_registration_state
from registry.models import ElevatorClass
from tests.compliance.conftest import moment
from tests.factories.make import GULOU, make_elevator, make_unit

pytestmark = pytest.mark.django_db
BY = system("tests")


@pytest.fixture
def elevator(db):
    """Installed 2024-05-20 (E1 of inspection.md), in use, traction passenger."""
    made = make_elevator(
        area_code=GULOU,
        class_code=ElevatorClass.objects.get(pk="3110"),
        commissioned_on=dt.date(2024, 5, 20),
        since=moment("2024-05-20 09:00"),
        using_unit=make_unit("Using unit", area_code=GULOU),
    )
    return state(made, "IN_USE", "2024-05-21 09:00")


def state(elevator, new: str, at: str):
    set_registration_state(elevator_id=elevator.pk, state=new, reference="test", by=BY, at=moment(at))
    elevator.refresh_from_db()
    return elevator


def report(elevator, kind: str, day: str, verdict: str = "PASSED", **values) -> Inspection:
    return Inspection.objects.create(
        elevator=elevator,
        kind=kind,
        concluded_on=day,
        verdict=verdict,
        source="test",
        filed_at=moment(f"{day} 18:00"),
        filed_by_kind="SYSTEM",
        filed_by_id="tests",
        **values,
    )


def due(elevator, *, at: str, kinds=("PERIODIC_INSPECTION", "SELF_TEST")) -> list[tuple]:
    replan(elevator_ids=[elevator.pk], at=moment(f"{at} 09:00"))
    rows = (
        Obligation.objects.filter(elevator=elevator, kind__in=kinds)
        .exclude(status="WITHDRAWN")
        .order_by("due_on", "kind")
    )
    return [(row.kind[0], row.period, str(row.due_on), row.status, row.days_late) for row in rows]


def test_the_first_years_of_a_new_elevator(elevator):
    assert due(elevator, at="2025-01-10") == [
        ("P", "2025", "2025-05-31", "PENDING", 0),
        ("S", "2026", "2026-05-31", "PENDING", 0),
        ("S", "2027", "2027-05-31", "PENDING", 0),
    ]


def test_a_late_inspection_meets_its_own_year_and_moves_nothing(elevator):
    """E4."""
    report(elevator, "PERIODIC", "2025-08-11")
    assert due(elevator, at="2025-08-12")[:2] == [
        ("P", "2025", "2025-05-31", "MET", 72),
        ("S", "2026", "2026-05-31", "PENDING", 0),
    ]


def test_a_failed_inspection_closes_nothing(elevator):
    report(elevator, "PERIODIC", "2025-05-11", verdict="FAILED")
    assert due(elevator, at="2025-05-12")[0] == ("P", "2025", "2025-05-31", "PENDING", 0)


def test_what_falls_into_a_stop_is_suspended_and_raises_nothing(elevator):
    state(elevator, "OUT_OF_USE", "2025-03-01 09:00")
    assert due(elevator, at="2025-06-10")[0] == ("P", "2025", "2025-05-31", "SUSPENDED", 0)
    take_all_steps(at=moment("2025-06-10 09:01"))
    assert not Alert.objects.exists()


@pytest.mark.parametrize(("clock", "status"), [("2025-05-31 23:59", "SUSPENDED"), ("2025-06-01 00:01", "PENDING")])
def test_a_stop_begins_on_its_day_in_nanjing(elevator, clock, status):
    """A minute before midnight still falls on the last day of the window; in UTC both are the day before."""
    state(elevator, "OUT_OF_USE", clock)
    assert due(elevator, at="2025-06-10")[0] == ("P", "2025", "2025-05-31", status, 0)


@pytest.mark.parametrize(("installed", "closes"), [("2024-02-29", "2025-02-28"), ("2027-02-28", "2028-02-29")])
def test_windows_close_with_february_whatever_its_length(elevator, installed, closes):
    elevator.commissioned_on = dt.date.fromisoformat(installed)
    elevator.save()
    for hour in ("23:59", "00:01"):
        replan(elevator_ids=[elevator.pk], at=moment(f"{closes[:4]}-01-01 {hour}"))
        [row] = Obligation.objects.filter(elevator=elevator, kind="PERIODIC_INSPECTION", period=closes[:4])
        assert (str(row.due_on), row.status) == (closes, "PENDING")


def test_what_is_scrapped_owes_nothing_more(elevator):
    assert len(due(elevator, at="2025-01-10")) == 3
    state(elevator, "SCRAPPED", "2025-02-01 09:00")
    assert due(elevator, at="2025-02-02") == []


def test_what_is_not_registered_yet_owes_nothing(db):
    made = make_elevator(
        area_code=GULOU, class_code=ElevatorClass.objects.get(pk="3110"), commissioned_on=dt.date(2024, 5, 20)
    )
    assert due(made, at="2025-01-10") == []


def test_the_brake_test_is_wanted_of_traction_passenger_elevators_and_the_governor_of_all_but_escalators(elevator):
    kinds = ("BRAKE_TEST", "GOVERNOR_CHECK")
    assert [row[:3] for row in due(elevator, at="2029-01-10", kinds=kinds)] == [
        ("G", "FIRST", "2026-05-20"),
        ("B", "2030", "2030-05-31"),
    ]
    escalator = make_elevator(
        area_code=GULOU, class_code=ElevatorClass.objects.get(pk="3310"), commissioned_on=dt.date(2024, 5, 20)
    )
    state(escalator, "IN_USE", "2024-05-21 09:00")
    assert due(escalator, at="2029-01-10", kinds=kinds) == []


def test_an_inspection_that_is_late_by_law_raises_a_red_alert_and_its_report_ends_it(elevator):
    due(elevator, at="2025-01-10")
    take_all_steps(at=moment("2025-06-01 00:01"))
    alert = Alert.objects.get()
    assert (alert.kind, alert.severity, alert.state) == ("OVERDUE_PERIODIC_INSPECTION", "RED", "OPEN")
    report(elevator, "PERIODIC", "2025-06-10")
    due(elevator, at="2025-06-10")
    alert.refresh_from_db()
    assert alert.state == "RESOLVED"


def test_statements_do_not_grow_with_the_number_of_elevators(elevator, django_assert_num_queries):
    others = [
        make_elevator(
            area_code=GULOU, class_code=ElevatorClass.objects.get(pk="3110"), commissioned_on=dt.date(2020, 1, 1)
        )
        for _ in range(2)
    ]
    for ids in ([elevator.pk], [elevator.pk, *(other.pk for other in others)]):
        with django_assert_num_queries(6):
            plan_inspections(ids, dt.date(2025, 1, 10))


def test_years_go_on_by_themselves(elevator):
    """Nobody files anything: each period is there before it opens, year after year."""
    plan_all_due(at=moment("2024-06-01 09:00"))
    for year in range(2025, 2031):
        for month in range(1, 13):
            take_all_steps(at=moment(f"{year}-{month:02}-01 00:01"))
            plan_all_due(at=moment(f"{year}-{month:02}-01 00:02"))
    rows = Obligation.objects.filter(elevator=elevator, kind__in=("PERIODIC_INSPECTION", "SELF_TEST")).order_by(
        "due_on"
    )
    assert [(row.kind[0], row.period) for row in rows] == [
        ("P", "2025"),
        ("S", "2026"),
        ("S", "2027"),
        ("P", "2028"),
        ("S", "2029"),
        ("S", "2030"),
        ("P", "2031"),
        ("S", "2032"),
    ]
