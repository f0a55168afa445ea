"""Working days: Monday to Friday, but for the days that the State Council's yearly notice moves (rows of CalendarDay)."""

import datetime as dt
from collections.abc import Mapping

from common.models import CalendarDay

ONE = dt.timedelta(days=1)


def is_working_day(day: dt.date, moved: Mapping[dt.date, bool]) -> bool:
    """`moved`: {day: is it worked} for days that are not as their weekday says."""
    return moved.get(day, day.weekday() < 5)


def after_working_days(start: dt.date, count: int, moved: Mapping[dt.date, bool]) -> dt.date:
    """The last day of a term of `count` working days; the day on which it begins does not count."""
    if count < 0:
        raise ValueError("a term has no negative length")
    day = start
    while count:
        day += ONE
        count -= is_working_day(day, moved)
    return day


def moved_days(first: dt.date) -> dict[dt.date, bool]:
    """The moved days from a day on. Of a year without rows only the weekends are known."""
    return dict(CalendarDay.objects.filter(day__gte=first).values_list("day", "working"))
