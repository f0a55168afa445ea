"""What reports find goes into the hazard ledger with the notice's clock; a pass of their kind takes it out again."""

import datetime as dt

import pytest

from common.models import Message
from compliance.actions import take_hazard_step
from compliance.models import Alert, Hazard, News
from inspection.actions import ItemLine, file_report, file_reports
from tests.factories.make import hold, make_unit, make_user
from tests.factories.reports import BY, LONG, make_body, make_inspected, make_inspector, moment, report_of

pytestmark = pytest.mark.django_db
AT = moment("2025-06-10 10:00")
FAILED_ON, PASSED_ON = "2025-05-12", "2025-06-05"


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def inspector(body):
    return make_inspector(body)


@pytest.fixture
def elevator(body):
    return make_inspected(body)


def told(elevator) -> list[tuple]:
    rows = Hazard.objects.filter(elevator=elevator).order_by("item_id")
    return [(row.item_id, row.grade, row.state) for row in rows]


def failed(elevator, inspector, **values):
    return report_of(elevator, inspector, concluded_on=FAILED_ON, verdict="不合格", **values)


def file(filing, body, by=BY):
    return file_report(filing=filing, body=body, by=by, at=AT).report


def test_a_failure_is_a_major_hazard_with_a_red_alert_and_its_items_at_their_grade(body, inspector, elevator):
    items = (
        ItemLine("A1.2.2.17", "×"),
        ItemLine("A1.2.2.1", "×", "5 lx", "dark"),
        ItemLine("A1.2.3.11", "×"),
        ItemLine("A1.3.13", "√"),
    )
    report = file(failed(elevator, inspector, number="N1", items=items), body)
    assert told(elevator) == [
        ("ALARM-DEAD", "LARGER", "CONFIRMED"),
        ("GB45067-5.6.1", "MAJOR", "CONFIRMED"),
        ("SHAFT", "GENERAL", "CONFIRMED"),
    ]
    assert Hazard.objects.get(item="SHAFT").details == "N1: A1.2.2.17 缓冲器; A1.2.2.1 井道照明 5 lx dark"
    assert {row.source_id for row in Hazard.objects.all()} == {str(report.public_id)}
    assert Alert.objects.get(kind="HAZARD").severity == "RED"


def test_the_notice_shortens_the_clock(body, inspector, elevator):
    """As printed, else ten working days: 2025-05-12 is a Monday, 31 May to 2 June are the Dragon Boat holiday."""
    report = file(failed(elevator, inspector, notice_number="T-1"), body)
    assert Hazard.objects.get().due_on == report.notice_due_on == dt.date(2025, 5, 26)
    other = make_inspected(body)
    file(failed(other, inspector, notice_number="T-2", notice_due_on=dt.date(2025, 5, 20)), body)
    assert Hazard.objects.get(elevator=other).due_on == dt.date(2025, 5, 20)
    third = make_inspected(body)
    file(failed(third, inspector), body)
    assert Hazard.objects.get(elevator=third).due_on == dt.date(2025, 6, 11)


def test_a_pass_verifies_what_the_unit_says_is_mended(body, inspector, elevator):
    file(failed(elevator, inspector, items=(ItemLine("A1.2.2.17", "×"),)), body)
    unit = type(BY)(kind=BY.kind, id="using unit")
    hazard = Hazard.objects.get(item="SHAFT")
    take_hazard_step(hazard_id=hazard.pk, step="claim", note="mended", by=unit, at=AT)
    file(report_of(elevator, inspector, concluded_on=PASSED_ON, number="N2", verdict="复检合格", generation=""), body)
    assert {state for _item, _grade, state in told(elevator)} == {"CLOSED"}
    assert Alert.objects.get(kind="HAZARD").state == "RESOLVED"
    assert [(step.kind, step.by_id) for step in hazard.steps.order_by("pk")][-2:] == [
        ("claim", "using unit"),
        ("verify", BY.id),
    ]
    by_platform = Hazard.objects.get(item="GB45067-5.6.1").steps.order_by("pk")
    assert [(step.kind, step.by_id) for step in by_platform][1:] == [("claim", "inspection.reports"), ("verify", BY.id)]


def test_nobody_verifies_by_a_report_what_they_said_was_mended(body, inspector, elevator):
    file(failed(elevator, inspector), body)
    take_hazard_step(hazard_id=Hazard.objects.get().pk, step="claim", note="mended", by=BY, at=AT)
    file(report_of(elevator, inspector, concluded_on=PASSED_ON), body)
    assert Hazard.objects.get().state == "CLAIMED_FIXED"


def test_a_pass_of_another_kind_ends_nothing_and_what_is_found_again_stays(body, inspector, elevator):
    file(failed(elevator, inspector, items=(ItemLine("A1.2.2.1", "×"),)), body)
    file(report_of(elevator, inspector, kind="BRAKE_TEST", concluded_on=PASSED_ON), body)
    assert {state for *_rest, state in told(elevator)} == {"CONFIRMED"}
    again = (ItemLine("A1.2.2.1", "×"),)
    file(report_of(elevator, inspector, concluded_on=PASSED_ON, verdict="整改后合格", items=again), body)
    assert told(elevator) == [("GB45067-5.6.1", "MAJOR", "CLOSED"), ("SHAFT", "GENERAL", "CONFIRMED")]


def test_a_failure_that_a_later_report_has_overtaken_raises_nothing(body, inspector, elevator):
    file(report_of(elevator, inspector, concluded_on=PASSED_ON), body)
    file(failed(elevator, inspector), body)
    assert told(elevator) == []


@pytest.mark.parametrize("order", [1, -1])
def test_in_one_set_the_days_decide_not_the_order(body, inspector, elevator, users, order):
    """History tells what stands today: a failure that a pass of the same set follows opens nothing and wakes nobody."""
    passed = report_of(elevator, inspector, concluded_on=PASSED_ON)
    file_reports(filings=[failed(elevator, inspector), passed][::order], body=body, by=BY, at=AT)
    assert told(elevator) == [] == woken()


@pytest.fixture
def users(elevator):
    """The unit that uses it, with somebody to be told."""
    unit = make_unit("Using unit", created_at=LONG)
    hold(make_user("manager", created_at=LONG), "USING_UNIT_MANAGER", unit=unit, started_at=LONG)
    type(elevator).objects.filter(pk=elevator.pk).update(using_unit=unit)
    elevator.refresh_from_db()
    return unit


def woken() -> list[str]:
    return sorted(Message.objects.filter(emergency=True).values_list("kind", flat=True))


def test_an_old_failure_wakes_nobody_and_is_told_in_the_morning_if_it_still_stands(body, inspector, elevator, users):
    """Years loaded set by set: the next set may hold the pass, and then nothing is told at all."""
    file_report(filing=failed(elevator, inspector, number="N1"), body=body, by=BY, at=moment("2025-06-13 10:00"))
    hazard = Hazard.objects.get()
    assert (hazard.state, Alert.objects.get(kind="HAZARD").severity, woken()) == ("CONFIRMED", "RED", [])
    assert "HAZARD" in News.objects.filter(hazard=hazard).values_list("topic", flat=True)
    passed = report_of(elevator, inspector, concluded_on=PASSED_ON)
    file_report(filing=passed, body=body, by=BY, at=moment("2025-06-13 10:01"))
    assert (Hazard.objects.get().state, News.objects.filter(hazard=hazard).count(), woken()) == ("CLOSED", 0, [])


def test_a_failure_of_this_month_wakes_whoever_answers(body, inspector, elevator, users):
    file_report(filing=failed(elevator, inspector), body=body, by=BY, at=moment("2025-06-12 10:00"))
    assert set(woken()) == {"compliance.hazard_major"}


def test_a_failure_from_before_the_ledger_is_in_it_from_its_first_day(body, inspector):
    elevator = make_inspected(body, installed="2017-05-20")
    file(report_of(elevator, inspector, concluded_on="2024-05-06", verdict="不合格"), body)
    assert Hazard.objects.get().found_on == dt.date(2024, 12, 1)
