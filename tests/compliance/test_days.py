"""Sweeps at the edges of days, months and years in Nanjing; the database keeps UTC, where midnight is 16:00 of the day before."""

import datetime as dt

import pytest

from common.clock import local_date
from compliance.actions import escalate_all_due, plan_all_due, replan, take_all_steps
from compliance.models import Alert, Notice, Obligation
from compliance.rules import OVERDUE
from tests.compliance.conftest import moment, owed
from tests.factories.make import GULOU, make_elevator, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def elevator(law):
    return make_elevator(area_code=GULOU, using_unit=make_unit("Using unit", area_code=GULOU))


def told_on(days) -> list[tuple[int, str]]:
    """(stage, moment in Nanjing) of each notice, when sweeps look at 23:59 and 00:01 of every day."""
    for day in days:
        for hour in ("00:01", "23:59"):
            take_all_steps(at=moment(f"{day} {hour}"))
    zone = moment("2028-01-01 00:00").tzinfo
    return [(n.step, f"{n.told_at.astimezone(zone):%m-%d %H:%M}") for n in Notice.objects.order_by("pk")]


def days(first: str, last: str):
    day, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    while day <= end:
        yield day
        day += dt.timedelta(days=1)


# (opens, last good day, days on which 60, 30, 15, 7 and 0 days of warning come, first day overdue)
CASES = {
    "29 February": ("2027-12-01", "2028-02-29", ["12-31", "01-30", "02-14", "02-22", "02-29"], "03-01"),
    "28 February": ("2026-12-01", "2027-02-28", ["12-30", "01-29", "02-13", "02-21", "02-28"], "03-01"),
    "31 March of a leap year": ("2028-01-01", "2028-03-31", ["01-31", "03-01", "03-16", "03-24", "03-31"], "04-01"),
    "30 April": ("2028-02-01", "2028-04-30", ["03-01", "03-31", "04-15", "04-23", "04-30"], "05-01"),
    "31 December": ("2027-10-01", "2027-12-31", ["11-01", "12-01", "12-16", "12-24", "12-31"], "01-01"),
}


@pytest.mark.parametrize("case", CASES)
def test_warnings_come_on_their_days_and_lateness_the_day_after_the_last_good_one(elevator, law, case):
    opens, due, warned, late = CASES[case]
    law[elevator.pk] = [owed(due[:4], opens=opens, due=due)]
    replan(elevator_ids=[elevator.pk], at=moment(f"{opens} 00:01") - dt.timedelta(days=2))
    last = dt.date.fromisoformat(due) + dt.timedelta(days=2)
    expected = [(step, f"{day} 00:01") for step, day in zip((60, 30, 15, 7, 0), warned, strict=True)]
    assert told_on(days(opens, str(last))) == [*expected, (OVERDUE, f"{late} 00:01")]
    assert Alert.objects.get().opened_at == moment(f"{dt.date.fromisoformat(due) + dt.timedelta(days=1)} 00:01")


@pytest.mark.parametrize("due", ["2028-02-29", "2027-02-28", "2028-04-30", "2028-12-31"])
def test_a_minute_before_midnight_it_is_in_time_and_a_minute_after_late(elevator, law, due):
    law[elevator.pk] = [owed(due[:4], opens=f"{due[:4]}-01-01", due=due)]
    last = dt.date.fromisoformat(due)
    replan(elevator_ids=[elevator.pk], at=moment(f"{due} 23:58"))
    take_all_steps(at=moment(f"{due} 23:59"))
    assert list(Notice.objects.values_list("step", flat=True)) == [0]
    row = Obligation.objects.get()
    assert row.step_at == moment(f"{last + dt.timedelta(days=1)} 00:00")
    assert row.step_at.astimezone(dt.UTC).strftime("%m-%d %H:%M") == f"{last:%m-%d} 16:00"
    assert Obligation.objects.overdue(local_date(moment(f"{due} 23:59"))).count() == 0
    take_all_steps(at=moment(f"{last + dt.timedelta(days=1)} 00:01"))
    assert (Alert.objects.count(), Notice.objects.filter(step=OVERDUE).count()) == (1, 1)


def test_an_alert_of_the_last_day_of_january_climbs_over_the_29th_of_february(elevator, law):
    law[elevator.pk] = [owed("2028", opens="2028-01-01", due="2028-01-30")]
    replan(elevator_ids=[elevator.pk], at=moment("2028-01-30 23:59"))
    take_all_steps(at=moment("2028-01-31 00:01"))
    levels = []
    for text in ("2028-02-07 00:00", "2028-02-07 00:01", "2028-02-29 23:59", "2028-03-01 00:00", "2028-03-01 00:01"):
        escalate_all_due(at=moment(text))
        levels.append(Alert.objects.get().level)
    assert levels == ["UNIT", "SUBDISTRICT", "DISTRICT", "DISTRICT", "CITY"]


def test_at_the_turn_of_the_year_nothing_is_told_twice(elevator, law):
    law[elevator.pk] = [
        owed("2027", opens="2027-10-01", due="2027-12-31"),
        owed("2028", opens="2028-10-01", due="2028-12-31"),
    ]
    replan(elevator_ids=[elevator.pk], at=moment("2027-12-20 09:00"))
    for text in ("2027-12-31 23:59", "2028-01-01 00:00", "2028-01-01 00:01", "2028-01-01 00:01"):
        take_all_steps(at=moment(text))
        plan_all_due(at=moment(text))
    assert list(Notice.objects.order_by("pk").values_list("step", flat=True)) == [0, OVERDUE]
    assert Alert.objects.count() == 1
