"""What a cell's text says, where the way a file is written changes its meaning. Pure functions."""

import datetime as dt
import re

GROUPED = re.compile(r"[+-]?\d{1,3}(?:[.\u00a0\u202f ']\d{3})+(?:,\d+)?")
WITH_COMMA = re.compile(r"[+-]?\d+,\d+|[+-]?,\d+")


def plain_number(text: str, decimal_comma: bool) -> str:
    """A number written 1.234,5 as 1234.5; anything that is no such number (and everything without `decimal_comma`) as
    it stands."""
    if not decimal_comma:
        return text
    if GROUPED.fullmatch(stripped := text.strip()):
        return re.sub(r"[.\u00a0\u202f ']", "", stripped).replace(",", ".")
    return stripped.replace(",", ".") if WITH_COMMA.fullmatch(stripped) else text


def serial_date(number: float, *, since_1904: bool = False) -> str:
    """A spreadsheet's day number as ISO text ('' where it is no day): the date, with the time where there is one.

    Days count from 1900-01-01 = 1 and know a 29th of February 1900 that never was (60); or from 1904-01-01 = 0.
    """
    try:
        whole, part = divmod(round(number * 86_400), 86_400)
    except (OverflowError, ValueError):
        return ""
    if since_1904:
        whole += 1462
    if whole < 0 or whole == 60 or whole > 2_958_465:
        return ""
    if whole == 0 and not since_1904:
        return str((dt.datetime.min + dt.timedelta(seconds=part)).time())
    day = dt.date(1899, 12, 31 if whole < 60 else 30) + dt.timedelta(days=whole)
    return f"{day}T{(dt.datetime.min + dt.timedelta(seconds=part)).time()}" if part else str(day)
