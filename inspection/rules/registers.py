"""Dates as registers write them."""

import datetime as dt
import re

_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
OLDEST = dt.date(1853, 1, 1)  # before the first safety elevator


class NoDay(ValueError):
    """A cell that is no calendar day, or one that the register cannot speak of."""


def read_day(text: str | None, *, latest: dt.date) -> dt.date | None:
    """YYYYMMDD; None for a blank cell. Raises NoDay."""
    text = (text or "").strip()
    if not text:
        return None
    if not (match := _DAY.fullmatch(text)):
        raise NoDay(text)
    try:
        day = dt.date(*map(int, match.groups()))
    except ValueError as error:
        raise NoDay(text) from error
    if not OLDEST <= day <= latest:
        raise NoDay(text)
    return day
