"""Grades, clocks and steps of hazards, without a database."""

import datetime as dt

import pytest

from compliance.rules.hazards import (
    STEPS,
    Clock,
    StepRefused,
    after,
    due_on,
    extension_until,
    is_repeat,
    require_extension,
    require_grade_change,
    require_somebody_else,
)

LARGER, GENERAL = Clock(5, True, 5), Clock(30, False, 0)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def refused(call, *given, **named) -> str:
    with pytest.raises(StepRefused) as caught:
        call(*given, **named)
    return caught.value.reason


def test_every_step_that_is_not_in_the_table_is_refused():
    states = ("FOUND", "CONFIRMED", "CLAIMED_FIXED", "CLOSED", "REJECTED")
    steps = ("confirm", "reject", "claim", "send_back", "verify")
    for state in states:
        for step in steps:
            if (state, step) in STEPS:
                assert after(state, step) in states
            else:
                assert refused(after, state, step) == "not_now"


def test_five_working_days_go_around_weekends_and_holidays():
    assert due_on(day("2026-11-27"), LARGER, {}) == day("2026-12-04")  # a Friday
    spring = {day("2026-02-16") + dt.timedelta(days=n): False for n in range(5)} | {day("2026-02-14"): True}
    assert due_on(day("2026-02-13"), LARGER, spring) == day("2026-02-26")
    assert due_on(day("2026-01-31"), GENERAL, {}) == day("2026-03-02")


def test_nobody_verifies_what_they_claim_themselves():
    assert refused(require_somebody_else, "PERSON:a", "PERSON:a") == "same_person"
    require_somebody_else("PERSON:a", "PERSON:b")


def test_one_officer_raises_a_grade_and_only_two_lower_it():
    assert require_grade_change("GENERAL", "MAJOR", proposed_by="", by="a") is True
    assert require_grade_change("MAJOR", "GENERAL", proposed_by="", by="a") is False
    assert require_grade_change("MAJOR", "GENERAL", proposed_by="a", by="b") is True
    assert refused(require_grade_change, "MAJOR", "GENERAL", proposed_by="a", by="a") == "same_person"


@pytest.mark.parametrize(
    ("new", "today", "extended", "clock", "reason"),
    [
        ("2026-12-04", "2026-12-04", False, LARGER, "not_later"),
        ("2026-12-12", "2026-12-04", False, LARGER, "too_long"),
        ("2026-12-08", "2026-12-04", True, LARGER, "extended_already"),
        ("2026-12-08", "2026-12-04", False, GENERAL, "extended_already"),
        ("2026-12-08", "2026-12-09", False, LARGER, "past"),
    ],
)
def test_an_extension_is_given_once_forward_and_not_for_long(new, today, extended, clock, reason):
    given = {"due": day("2026-12-04"), "clock": clock, "moved": {}}
    assert refused(require_extension, new=day(new), today=day(today), extended=extended, **given) == reason


@pytest.mark.parametrize("new", ["2026-12-09", "2026-12-11"])
def test_the_day_itself_and_the_last_one_allowed_may_be_given(new):
    require_extension(
        due=day("2026-12-04"), new=day(new), today=day("2026-12-09"), extended=False, clock=LARGER, moved={}
    )


@pytest.mark.parametrize(
    ("due", "clock", "moved", "until"),
    [
        ("2026-12-04", LARGER, {}, "2026-12-11"),  # five working days, not five days
        ("2026-12-24", LARGER, {day("2026-12-25"): False}, "2027-01-01"),
        ("2028-01-30", Clock(30, False, 60), {}, "2028-03-30"),  # over a 29 February
    ],
)
def test_an_extension_counts_the_days_that_its_clock_counts(due, clock, moved, until):
    assert extension_until(day(due), clock, moved) == day(until)


def test_what_comes_back_within_ninety_days_is_a_repeat():
    assert is_repeat(day("2026-01-01"), day("2026-04-01")) is True
    assert is_repeat(day("2026-01-01"), day("2026-04-02")) is False
    assert is_repeat(None, day("2026-04-02")) is False
    assert is_repeat(day("2026-04-03"), day("2026-04-02")) is False
