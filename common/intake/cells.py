"""What a cell's text says, where the way a file is written changes its meaning. Pure functions."""

import datetime as dt
import math
import re
from decimal import Decimal

GROUPED = re.compile(r"[+-]?\d{1,3}(?:[.\u00a0\u202f ']\d{3})+(?:,\d+)?")
WITH_COMMA = re.compile(r"[+-]?\d*,\d+")
DAY = dt.timedelta(days=1)
LAST_DAY = 2_958_465  # 9999-12-31
EXACT = 10**15  # a spreadsheet holds 15 digits; a longer number is not the one that was typed


def plain_number(text: str, decimal_comma: bool) -> str:
    """A number written 1.234,5 as 1234.5; anything that is no such number (and everything without `decimal_comma`) as
    it stands."""
    if not decimal_comma:
        return text
    if GROUPED.fullmatch(stripped := text.strip()):
        return re.sub(r"[.\u00a0\u202f ']", "", stripped).replace(",", ".")
    return stripped.replace(",", ".") if WITH_COMMA.fullmatch(stripped) else text


def decimal_text(raw: str) -> str:
    """A workbook's number as the shortest decimal text with its 15 digits ('' where it is no finite number)."""
    if raw.isdecimal() and raw.isascii() and len(raw) < 15:
        return raw.lstrip("0") or "0"
    try:
        number = float(raw)
    except ValueError:
        return ""
    if not math.isfinite(number) or abs(number) > 1e300:
        return ""
    text = f"{number:.15g}"
    if "e" in text:
        text = format(Decimal(text), "f")
    return "0" if text == "-0" else text


def serial_date(number: float, *, since_1904: bool = False) -> str:
    """A spreadsheet's day number as ISO text ('' where it is no day): the date, with the time where there is one.

    Days count from 1900-01-01 = 1 and know a 29th of February 1900 that never was (60); or from 1904-01-01 = 0. A part
    of a day without a day is a time of day.
    """
    if not 0 <= number <= LAST_DAY:
        return ""
    whole, seconds = divmod(round(number * 86_400), 86_400)
    clock = (dt.datetime(2000, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)).strftime("%H:%M:%S")
    if since_1904:
        whole += 1462
    if whole == 60:
        return ""
    if whole == 0:
        return clock
    try:
        day = dt.date(1899, 12, 31 if whole < 60 else 30) + whole * DAY
    except OverflowError:
        return ""
    return f"{day}T{clock}" if seconds else str(day)
