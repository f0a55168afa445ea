"""Clocks, read by edges only: actions and rules get `at` or `today` as arguments."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """This moment, aware, in UTC."""
    return timezone.now()


def local_date(at: dt.datetime) -> dt.date:
    """The calendar day in Nanjing of an aware moment."""
    return at.astimezone(SHANGHAI).date()


def local_day(moment: str) -> str:
    """SQL for the calendar day in Nanjing of an expression that is a moment."""
    return f"({moment} AT TIME ZONE '{SHANGHAI.key}')::date"


def today() -> dt.date:
    """Today in Nanjing."""
    return local_date(now())
