"""Stages, steps and ladders, by dates alone."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules import OPENED, OVERDUE, Policy, level_after, next_rung, next_step_on, stage

POLICY = Policy((60, 30, 15, 7, 0), ((0, "UNIT"), (7, "SUBDISTRICT"), (14, "DISTRICT"), (30, "CITY")))
OPENS, DUE = dt.date(2028, 3, 1), dt.date(2028, 5, 31)
DATES = {"opens_on": OPENS, "due_on": DUE, "alert_after": DUE, "policy": POLICY}


def at(day: str) -> int | None:
    return stage(**DATES, today=dt.date.fromisoformat(day))


def test_stage_follows_the_calendar():
    assert [at(day) for day in ("2028-02-29", "2028-03-01", "2028-03-31", "2028-04-01", "2028-05-01")] == [
        None,
        OPENED,
        OPENED,
        60,
        30,
    ]
    assert [at(day) for day in ("2028-05-16", "2028-05-24", "2028-05-30", "2028-05-31", "2028-06-01")] == [
        15,
        7,
        7,
        0,
        OVERDUE,
    ]


def test_the_steps_of_a_year_are_these_days_and_no_others():
    day, steps = dt.date(2028, 1, 1), []
    while (day := next_step_on(**DATES, after=day)) is not None:
        steps.append(day.isoformat())
    assert steps == ["2028-03-01", "2028-04-01", "2028-05-01", "2028-05-16", "2028-05-24", "2028-05-31", "2028-06-01"]


def test_a_warning_never_comes_before_the_window():
    late = {**DATES, "opens_on": dt.date(2028, 5, 20)}
    assert stage(**late, today=dt.date(2028, 5, 19)) is None
    assert stage(**late, today=dt.date(2028, 5, 20)) == 15
    assert next_step_on(**late, after=dt.date(2028, 1, 1)) == dt.date(2028, 5, 20)


def test_an_earlier_alert_counts_and_nothing_follows_it():
    early = {**DATES, "alert_after": dt.date(2028, 5, 10)}
    assert stage(**early, today=dt.date(2028, 5, 10)) == 30
    assert stage(**early, today=dt.date(2028, 5, 11)) == OVERDUE
    assert next_step_on(**early, after=dt.date(2028, 5, 1)) == dt.date(2028, 5, 11)
    assert next_step_on(**early, after=dt.date(2028, 5, 11)) is None


@given(
    st.dates(dt.date(2024, 1, 1), dt.date(2040, 1, 1)),
    st.integers(0, 120),
    st.integers(-20, 20),
    st.integers(-200, 200),
)
def test_between_two_steps_the_stage_stands_still_and_at_a_step_it_changes(due_on, window, shift, offset):
    dates = {
        "opens_on": due_on - dt.timedelta(days=window),
        "due_on": due_on,
        "alert_after": max(due_on + dt.timedelta(days=shift), due_on - dt.timedelta(days=window)),
        "policy": POLICY,
    }
    today = due_on + dt.timedelta(days=offset)
    here, step = stage(**dates, today=today), next_step_on(**dates, after=today)
    if step is None:
        assert here == OVERDUE
        return
    eve = stage(**dates, today=step - dt.timedelta(days=1))
    assert eve == here
    assert stage(**dates, today=step) != here


def test_the_ladder_is_climbed_by_days_since_the_alert_opened():
    assert [level_after(POLICY.ladder, days) for days in (0, 6, 7, 14, 29, 30, 400)] == [
        "UNIT",
        "UNIT",
        "SUBDISTRICT",
        "DISTRICT",
        "DISTRICT",
        "CITY",
        "CITY",
    ]
    assert [next_rung(POLICY.ladder, days) for days in (0, 7, 29, 30)] == [7, 14, 30, None]


@pytest.mark.parametrize(
    ("warn", "ladder"),
    [
        ((7, 30), POLICY.ladder),
        ((7, -1), POLICY.ladder),
        ((7,), ()),
        ((7,), ((1, "UNIT"),)),
        ((7,), ((0, "UNIT"), (0, "CITY"))),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(warn, ladder):
    with pytest.raises(ValueError):
        Policy(warn, ladder)
