"""A cycle of days: what follows what, and what is not known."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.interval import Due, IntervalRule, days_late, periods
from inspection.rules.registers import NoDay, read_day

FIRST_DAY = dt.date(2015, 10, 17)
RULE = IntervalRule(365, 60, FIRST_DAY)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def known(approved=None, *inspected, from_register=False) -> list[Due]:
    return periods(
        approved_on=approved and day(approved),
        inspected_on=[day(one) for one in inspected],
        from_register=from_register,
        rule=RULE,
    )


def test_never_inspected_is_due_a_year_after_its_approval():
    assert known("2014-10-17") == [Due("first", day("2015-08-18"), day("2015-10-17"))]
    assert known("2012-02-29") == [Due("first", day("2012-12-30"), day("2013-02-28"))]  # 365 days, not a year


def test_never_inspected_and_without_a_known_approval_is_due_on_the_first_day_of_the_rule():
    assert known() == [Due("first", day("2015-08-18"), FIRST_DAY)]


def test_what_a_register_knows_is_the_last_one_and_nothing_of_what_it_followed():
    assert known("2001-01-01", "2014-10-17", from_register=True) == [
        Due("after 2014-10-17", day("2015-08-18"), day("2015-10-17"))
    ]


def test_an_inspection_meets_the_period_before_it_and_begins_the_next():
    assert known("2014-10-17", "2015-10-20", "2016-09-01") == [
        Due("first", day("2015-08-18"), day("2015-10-17"), met=0),
        Due("after 2015-10-20", day("2016-08-20"), day("2016-10-19"), met=1),
        Due("after 2016-09-01", day("2017-07-03"), day("2017-09-01")),
    ]
    assert days_late(day("2015-10-17"), day("2015-10-20")) == 3
    assert days_late(day("2016-10-19"), day("2016-09-01")) == 0


@given(st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)), unique=True), st.booleans())
def test_just_one_period_is_left_to_be_done_and_it_follows_the_last_inspection(days, from_register):
    found = periods(approved_on=None, inspected_on=sorted(days), from_register=from_register, rule=RULE)
    assert [due.met for due in found].count(None) == 1
    assert found[-1].met is None
    assert found[-1].due_on == (max(days) + dt.timedelta(days=365) if days else FIRST_DAY)


def test_days_of_a_register_are_read_or_named():
    assert read_day("20140325", latest=FIRST_DAY) == day("2014-03-25")
    assert (read_day("", latest=FIRST_DAY), read_day("  ", latest=FIRST_DAY), read_day(None, latest=FIRST_DAY)) == (
        None,
    ) * 3


@pytest.mark.parametrize(
    "text", ["********", "9O0719", "21021", "2010116", "20140230", "20151018", "18000101", "2014-03-25"]
)
def test_what_is_no_day_is_never_taken_for_one(text):
    with pytest.raises(NoDay):
        read_day(text, latest=FIRST_DAY)
