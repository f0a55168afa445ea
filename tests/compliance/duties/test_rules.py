"""Periods, lateness and what a round has to hold, by dates alone."""

import datetime as dt

import pytest

from compliance.rules.duties import (
    DutyRefused,
    applies,
    is_lost,
    period_of,
    require_end,
    require_start,
    require_time,
    require_whole,
    round_of,
    site_of,
)

D = dt.date


@pytest.mark.parametrize(
    ("kind", "day", "period"),
    [
        ("DAILY_CHECK", D(2028, 2, 29), ("2028-02-29", D(2028, 2, 29), D(2028, 2, 29))),
        ("WEEKLY_REVIEW", D(2026, 11, 23), ("2026-W48", D(2026, 11, 23), D(2026, 11, 29))),
        ("WEEKLY_REVIEW", D(2026, 11, 29), ("2026-W48", D(2026, 11, 23), D(2026, 11, 29))),
        ("WEEKLY_REVIEW", D(2027, 1, 1), ("2026-W53", D(2026, 12, 28), D(2027, 1, 3))),
        ("MONTHLY_MEETING", D(2028, 2, 29), ("2028-02", D(2028, 2, 1), D(2028, 2, 29))),
        ("MONTHLY_MEETING", D(2027, 2, 1), ("2027-02", D(2027, 2, 1), D(2027, 2, 28))),
        ("MONTHLY_MEETING", D(2026, 12, 31), ("2026-12", D(2026, 12, 1), D(2026, 12, 31))),
    ],
)
def test_a_day_lies_in_one_period_of_each_duty(kind, day, period):
    found = period_of(kind, day)
    assert (found.name, found.opens_on, found.due_on) == period


def test_a_round_is_named_by_day_unit_and_site_and_fits_into_a_period():
    assert round_of(D(2026, 11, 28), 36, None) == "2026-11-28 10.0"
    assert len(round_of(D(2026, 11, 28), 36**6 - 1, 36**6 - 1)) == 24
    assert round_of(D(2026, 11, 28), 1, 11) != round_of(D(2026, 11, 28), 11, 1)
    assert [site_of(round_of(D(2026, 11, 28), 36, site)) for site in (None, 1, 36**6 - 1)] == [None, 1, 36**6 - 1]
    assert site_of("2026-11-28") is None


@pytest.mark.parametrize(("filed", "outcome"), [(27, "not_yet"), (28, 0), (29, 1), (30, 2), (31, "too_late")])
def test_a_check_is_taken_from_its_day_on_and_late_for_as_long_as_the_row_allows(filed, outcome):
    period, day = period_of("DAILY_CHECK", D(2026, 1, 28)), D(2026, 1, 1) + dt.timedelta(days=filed - 1)
    if isinstance(outcome, str):
        with pytest.raises(DutyRefused) as refused:
            require_time(period, day, back_days=2)
        assert refused.value.reason == outcome
    else:
        require_time(period, day, back_days=2)
        assert period.days_late(day) == outcome


def test_what_can_no_longer_be_filed_is_lost_from_the_first_day_on_which_it_is_refused():
    assert [is_lost(D(2026, 1, 28), D(2026, 1, day), 2) for day in (28, 30, 31)] == [False, False, True]


@pytest.mark.parametrize(
    ("wanted", "known", "checked", "reason"),
    [
        ({1, 2}, {1, 2}, {1, 2}, None),
        ({1}, {1, 2}, {1}, None),  # the second is out of use
        ({1}, {1, 2}, {1, 2}, None),
        ({1, 2}, {1, 2}, {1}, "incomplete"),
        ({1}, {1}, {1, 9}, "unknown_elevator"),
        ({1}, {1}, set(), "incomplete"),
    ],
)
def test_a_round_holds_every_elevator_of_the_officer_and_nobody_elses(wanted, known, checked, reason):
    if reason is None:
        require_whole(wanted, known, checked)
    else:
        with pytest.raises(DutyRefused) as refused:
            require_whole(wanted, known, checked)
        assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("scope", "code", "answer"),
    [
        ("ALL", "3310", True),
        ("ALL", None, True),
        ("CARS", "3110", True),
        ("CARS", None, True),
        ("CARS", "3320", False),
        ("ESCALATORS", "3310", True),
        ("ESCALATORS", "3110", False),
        ("ESCALATORS", None, False),
    ],
)
def test_an_item_is_about_cars_or_escalators(scope, code, answer):
    assert applies(scope, code) is answer


def test_letters_may_be_older_than_the_platform_but_who_had_to_look_is_not_rewritten():
    today = D(2026, 11, 28)
    require_start(D(2023, 7, 1), today, backdated=True)
    require_start(today, today, backdated=False)
    require_end(D(2023, 7, 1), today, today)
    for broken, reason in (
        (lambda: require_start(D(2026, 11, 27), today, backdated=False), "backdated"),
        (lambda: require_start(D(2026, 12, 30), today, backdated=True), "too_far"),
        (lambda: require_end(D(2026, 11, 20), D(2026, 11, 27), today), "backdated"),
        (lambda: require_end(D(2026, 12, 5), D(2026, 12, 1), today), "ends_before"),
    ):
        with pytest.raises(DutyRefused) as refused:
            broken()
        assert refused.value.reason == reason
