"""Dates as registers write them are read, or named."""

import datetime as dt

import pytest

from inspection.rules.registers import NoDay, read_day

DRAWN_UP_ON = dt.date(2015, 10, 17)


def test_a_day_is_read_and_a_blank_cell_says_nothing():
    assert read_day("20140325", latest=DRAWN_UP_ON) == dt.date(2014, 3, 25)
    assert [read_day(text, latest=DRAWN_UP_ON) for text in ("", "  ", None)] == [None] * 3


@pytest.mark.parametrize(
    "text", ["********", "9O0719", "21021", "2010116", "20140230", "20151018", "18000101", "2014-03-25"]
)
def test_what_is_no_day_is_never_taken_for_one(text):
    with pytest.raises(NoDay):
        read_day(text, latest=DRAWN_UP_ON)
