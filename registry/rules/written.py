"""Readers for files that nobody declared in code: the ways in which people write codes, days, numbers, names and words.

Like registry.rules.cells, whose parts they are made of: plain functions from text to Reading that never guess.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal

from accounts.rules import fold
from registry.rules.cells import (
    OLDEST,
    WHOLE,
    Bounds,
    Reader,
    Reading,
    _measured,
)
from registry.rules.codes import CodeError

# bounded: blanks without end before a line break would be gone through once for each of them
_PARTS = re.compile(
    r"(\d{1,4})\s{0,5}[-/.年]\s{0,5}(\d{1,2})\s{0,5}[-/.月]\s{0,5}(\d{1,4})\s{0,5}日?(?:[T ].{0,60})?", re.ASCII
)
_PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
DATE_ORDERS = ("ymd", "dmy", "mdy")


def code(normalise: Callable[[str], str]) -> Reader:
    """An identifier in its canonical form; another form is named and not taken."""

    def read(cell: str) -> Reading:
        try:
            return Reading(normalise(cell), "code")
        except CodeError:
            return Reading(form="not-a-code", problem="code-malformed")

    return read


def day(order: str, latest: dt.date) -> Reader:
    """A calendar day: 20190305, 2019-03-05, 2019/3/5, 2019年3月5日, or day and month first where `order` says so.

    A year in front is never mistaken. Days before 1853 or after `latest` are implausible.
    """
    places = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}[order]

    def read(cell: str) -> Reading:
        cell = unicodedata.normalize("NFKC", cell)
        if match := _PLAIN_DAY.fullmatch(cell):
            parts, form = match.groups(), "YYYYMMDD"
        elif match := _PARTS.fullmatch(cell):
            groups = match.groups()
            order_here = (0, 1, 2) if len(groups[0]) == 4 else places
            parts, form = tuple(groups[place] for place in order_here), "parts"
        else:
            return Reading(form="malformed", problem="date-malformed")
        try:
            value = dt.date(*map(int, parts))
        except ValueError:
            return Reading(form="malformed", problem="date-malformed")
        if len(parts[0]) != 4 or not OLDEST <= value <= latest:
            return Reading(form="implausible", problem="date-implausible")
        return Reading(value, form)

    return read


_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def whole(low: int, high: int) -> Reader:
    """A count, such as floors."""
    bounds = Bounds(Decimal(low), Decimal(high))

    def read(cell: str) -> Reading:
        if not _NUMBER.fullmatch(cell):
            return Reading(form="unreadable", problem="not-a-number")
        value, form, problem = _measured(Decimal(cell), "number", WHOLE, bounds)
        if value is not None and value != Decimal(cell):
            problem = "not-whole"
        return Reading(None if value is None else int(value), form, problem)

    return read


def comma_first(prepare: Callable[[str], str], reader: Reader) -> Reader:
    """Read a number that is written with a decimal comma."""

    def read(cell: str) -> Reading:
        return reader(prepare(cell))

    return read


_YES = frozenset({"是", "有", "已", "y", "yes", "true", "1", "√", "✓"})
_NO = frozenset({"否", "无", "未", "n", "no", "false", "0", "×"})


def yes_or_no(cell: str) -> Reading:
    """A mark in one of the usual ways."""
    word = unicodedata.normalize("NFKC", cell).strip().casefold()
    if word in _YES or word in _NO:
        return Reading(word in _YES, "word")
    return Reading(form="unknown", problem="not-a-code")


def word(table: Mapping[str, object], *, unknown: str) -> Reader:
    """One of a table's words, compared without regard to width, case and spaces; None: known, without counterpart."""
    folded = {fold(known): value for known, value in table.items()}

    def read(cell: str) -> Reading:
        key = fold(cell)
        if key not in folded:
            return Reading(form="unknown", problem=unknown)
        return Reading(folded[key], cell)

    return read
