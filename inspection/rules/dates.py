"""Arithmetic of days: months and years that keep the day and are clipped to the length of the month."""

import datetime as dt
from calendar import monthrange
from functools import lru_cache


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later (earlier where negative), clipped: 31 May − 1 month = 30 April (domain notes §6)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    number = day.day
    if number > 28:  # the calendar is asked only where it matters: this runs some times for each elevator of a city
        number = min(number, monthrange(year, month + 1)[1])
    return dt.date(year, month + 1, number)


def add_years(day: dt.date, years: int) -> dt.date:
    """The same day `years` later; 29 February + n years in a common year = 28 February (domain notes §3)."""
    return add_months(day, 12 * years)


@lru_cache(maxsize=4096)
def first_of(year: int, month: int, before: int) -> dt.date:
    """The first day of the month `before` months ahead of a due month, which may lie in the year before (R7)."""
    return add_months(dt.date(year, month, 1), -before)


@lru_cache(maxsize=4096)
def last_of(year: int, month: int) -> dt.date:
    return dt.date(year, month, monthrange(year, month)[1])


@lru_cache(maxsize=4096)
def apply_by(due_on: dt.date, months: int) -> dt.date:
    """The last day to apply: `months` before the close, the day kept and clipped (R10, §6)."""
    return add_months(due_on, -months)
