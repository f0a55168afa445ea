"""Reading one cell of somebody's register: what it says, how it was written, what is wrong with it.

Plain functions from text to Reading. They never guess: a value that is not certain is left empty and named, and whoever
calls keeps the raw text. Conversions are those that a mapping declares (pounds to kilograms, feet per minute to metres
per second, feet and inches to metres); everything else that is not mere trimming gets a problem code. Nothing here
knows which register it reads, Django, or the clock.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

KG_PER_POUND = Decimal("0.45359237")  # international pound (1959), exact
METRES_PER_FOOT = Decimal("0.3048")  # international foot (1959), exact
METRES_PER_INCH = Decimal("0.0254")
MPS_PER_FPM = METRES_PER_FOOT / 60  # feet per minute to metres per second

WHOLE = Decimal(1)
THOUSANDTH = Decimal("0.001")
MICRODEGREE = Decimal("0.000001")


class Reading(NamedTuple):
    """What a cell says.

    `value`: what may be stored, None when the cell is left empty. `form`: how it was written, for the tally of forms
    (a readable but unusual form is counted, not named). `problem`: the code of what is wrong, '' when nothing is; a
    problem with a value means that the value is kept and named all the same.
    """

    value: object = None
    form: str = ""
    problem: str = ""


Reader = Callable[[str], Reading]

_PLAIN = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"\d+", re.ASCII)
_SPREADSHEET_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a quantity can be, in the unit it is stored in: outside of low..high it is left empty and named; above
    `doubt_above` it is kept and named."""

    low: Decimal
    high: Decimal
    doubt_above: Decimal | None = None

    def judge(self, value: Decimal) -> str:
        """'', 'implausible' (cannot be) or 'doubtful' (can be, should be checked)."""
        if not self.low <= value <= self.high:
            return "implausible"
        return "doubtful" if self.doubt_above is not None and value > self.doubt_above else ""


def looks_like_spreadsheet_date(text: str) -> bool:
    """`2015-02-04` in a column that holds no dates: a spreadsheet has turned `2-4` into a day."""
    return bool(_SPREADSHEET_DATE.fullmatch(text))


# --- text ------------------------------------------------------------------------------------------------------------


def text(longest: int) -> Reader:
    """Text as it stands. Two spaces in a row are kept and named; more than `longest` characters are not taken."""

    def read(cell: str) -> Reading:
        if len(cell) > longest:
            return Reading(form="too-long", problem="too-long")
        if "  " in cell:
            return Reading(cell, "text", "double-space")
        return Reading(cell, "text")

    return read


def undated_text(longest: int) -> Reader:
    """Text of a column that never holds a date (house numbers, floors): a date there is a spreadsheet's doing."""
    plain = text(longest)

    def read(cell: str) -> Reading:
        if looks_like_spreadsheet_date(cell):
            return Reading(form="spreadsheet-date", problem="spreadsheet-date")
        return plain(cell)

    return read


def manufacturer(longest: int, never: frozenset[str]) -> Reader:
    """A maker's name in its own spelling. `never`: entries of the register that name something else (an owner, a use);
    they and texts with fewer than two letters (`**`, `729`) are left out and named."""
    plain = undated_text(longest)

    def read(cell: str) -> Reading:
        reading = plain(cell)
        if reading.value is None:
            return reading
        if cell in never or sum(map(str.isalpha, cell)) < 2:
            return Reading(form="not-a-manufacturer", problem="not-a-manufacturer")
        return reading

    return read


def code(pattern: str) -> Reader:
    """A short code of the register's own, kept as it stands; other characters are left out and named."""
    wanted = re.compile(pattern, re.ASCII)

    def read(cell: str) -> Reading:
        return Reading(cell, "code") if wanted.fullmatch(cell) else Reading(form="not-a-code", problem="not-a-code")

    return read


def choice(table: Mapping[str, object], *, unknown: str) -> Reader:
    """One of the register's words, translated by a declared table. A word that the table maps to None has no
    counterpart: counted, not an error. A word that it lacks gets the problem `unknown`."""

    def read(cell: str) -> Reading:
        if cell not in table:
            return Reading(form="unknown", problem=unknown)
        return Reading(table[cell], cell)

    return read


def postal_code(cell: str) -> Reading:
    """A United States zip code as it stands: 5 digits, 9 digits or 5-4. `0` and `99999…` stand for none."""
    if set(cell) == {"0"}:
        return Reading(form="zero", problem="zip-zero")
    if cell.startswith("99999"):
        return Reading(form="all-nines", problem="zip-nines")
    for pattern, form in ((r"\d{5}", "5-digits"), (r"\d{9}", "9-digits"), (r"\d{5}-\d{4}", "5-4-digits")):
        if re.fullmatch(pattern, cell, re.ASCII):
            return Reading(cell, form)
    return Reading(form="other", problem="zip-malformed")


# --- days ------------------------------------------------------------------------------------------------------------

_DATE_FORMS = {
    "YYYYMMDD": re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII),
    "YYYY-MM-DD": re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII),
}
OLDEST = dt.date(1853, 1, 1)  # the first safety elevator was shown in 1853


def day(form: str, latest: dt.date) -> Reader:
    """A calendar day written as `form`. Other shapes and days that do not exist are malformed; days before 1853 or
    after `latest` (the day on which the register was drawn up, or the last one it can speak of) are implausible."""
    pattern = _DATE_FORMS[form]

    def read(cell: str) -> Reading:
        if not (match := pattern.fullmatch(cell)):
            return Reading(form="malformed", problem="date-malformed")
        try:
            value = dt.date(*map(int, match.groups()))
        except ValueError:
            return Reading(form="malformed", problem="date-malformed")
        if not OLDEST <= value <= latest:
            return Reading(form="implausible", problem="date-implausible")
        return Reading(value, form)

    return read


# --- quantities ------------------------------------------------------------------------------------------------------


def _measured(amount: Decimal, form: str, quantum: Decimal, bounds: Bounds, note: str = "") -> Reading:
    """The stored value of an amount already in metres, kilograms or metres per second."""
    problem = bounds.judge(amount)
    if problem == "implausible":
        return Reading(form=form, problem=problem)
    return Reading(amount.quantize(quantum, rounding=ROUND_HALF_UP), form, problem or note)


def quantity(factor: Decimal, quantum: Decimal, bounds: Bounds, *, unit: str = "", whole: bool = False) -> Reader:
    """A number in the register's unit, times `factor` (declared), rounded half up to `quantum`.

    `unit`: a pattern of the unit's own name which may follow the number (`3500 lbs`): read, and named. `whole`: the
    register counts in whole units, so that a fraction is named. Anything else is unreadable: `95UP`, `40'`, `5M`.
    """
    with_unit = re.compile(rf"(\d+(?:\.\d+)?) ?(?:{unit})", re.ASCII | re.IGNORECASE) if unit else None

    def read(cell: str) -> Reading:
        if _PLAIN.fullmatch(cell):
            fraction = whole and not _WHOLE.fullmatch(cell)
            form = "fraction" if fraction else "number"
            return _measured(Decimal(cell) * factor, form, quantum, bounds, "not-whole" if fraction else "")
        if with_unit and (match := with_unit.fullmatch(cell)):
            return _measured(Decimal(match[1]) * factor, "number-with-unit", quantum, bounds, "unit-in-cell")
        return Reading(form="unreadable", problem="not-a-number")

    return read


# Feet with or without inches, in the ways that leave no doubt. `24-6` may be a range, `56"1"` puts the inch mark where
# feet are meant, and beside such cells `120"` is not certain either: those are named, not read.
_FEET = re.compile(
    r"""(?P<feet>\d+(?:\.\d+)?)\s*(?:'|ft\.?|feet|foot)
        (?:[\s-]*(?P<inches>\d+(?:\.\d+)?|\.\d+)\s*(?P<mark>"|''|in\.?|inch|inches)?)?""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_INCHES = re.compile(r"(?P<inches>\d+(?:\.\d+)?|\.\d+)\s*(?:inch|inches)", re.ASCII | re.IGNORECASE)


def length(bounds: Bounds, *, plain: str) -> Reader:
    """A length in feet and inches, in metres to the millimetre.

    `plain` says what a number without a unit is in this register: "feet", or "" when nobody says: then it is named and
    not taken. Twelve inches and more after feet are not feet and inches (`50'75` is perhaps a decimal): named.
    """

    def read(cell: str) -> Reading:
        if _PLAIN.fullmatch(cell):
            if plain != "feet":
                return Reading(form="number-without-unit", problem="unit-missing")
            return _measured(Decimal(cell) * METRES_PER_FOOT, "number", THOUSANDTH, bounds)
        if looks_like_spreadsheet_date(cell):
            return Reading(form="spreadsheet-date", problem="spreadsheet-date")
        if match := _FEET.fullmatch(cell):
            inches = Decimal(match["inches"] or 0)
            # `12.5'3"` and `38'.6` (38 feet and .6 inches, or 38.6 feet?) leave a doubt
            if match["inches"] and ("." in match["feet"] or (match["inches"][0] == "." and not match["mark"])):
                return Reading(form="unreadable", problem="not-a-length")
            if inches >= 12:
                return Reading(form="inches-over-11", problem="inches-over-11")
            amount = Decimal(match["feet"]) * METRES_PER_FOOT + inches * METRES_PER_INCH
            return _measured(amount, "feet-and-inches" if match["inches"] else "feet", THOUSANDTH, bounds)
        if match := _INCHES.fullmatch(cell):
            return _measured(Decimal(match["inches"]) * METRES_PER_INCH, "inches", THOUSANDTH, bounds)
        return Reading(form="unreadable", problem="not-a-length")

    return read


# --- positions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees within which every position of a city lies."""

    south: Decimal
    north: Decimal
    west: Decimal
    east: Decimal

    def holds(self, latitude: Decimal, longitude: Decimal) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


_DEGREES = re.compile(r"-?\d{1,3}(?:\.\d+)?", re.ASCII)


def position(latitude: str, longitude: str, box: Box, stand_ins: frozenset = frozenset()) -> Reading:
    """(latitude, longitude) in degrees to six places (0.1 m), or why there is none.

    Both blank: `position-missing`; one blank or no number: `position-malformed`; outside `box`: `position-outside`;
    one of `stand_ins` (what a geocoder answers when it finds only the city): `position-stand-in`. None of them is kept.
    """
    if not latitude and not longitude:
        return Reading(form="missing", problem="position-missing")
    if not (_DEGREES.fullmatch(latitude) and _DEGREES.fullmatch(longitude)):
        return Reading(form="malformed", problem="position-malformed")
    place = (Decimal(latitude), Decimal(longitude))
    if not box.holds(*place):
        return Reading(form="outside", problem="position-outside")
    rounded = tuple(degrees.quantize(MICRODEGREE, rounding=ROUND_HALF_UP) for degrees in place)
    if rounded in stand_ins:
        return Reading(form="stand-in", problem="position-stand-in")
    return Reading(rounded, "degrees")
