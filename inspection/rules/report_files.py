"""How people write reports into files: days, months, names, and the results of all items in one cell. No Django, no database."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from inspection.rules.dates import last_of
from inspection.rules.verdicts import DOES_NOT, MEETS, NOT_APPLICABLE, RECTIFIED, SIGNS

REST = "REST"  # every item that each such report has and that the cell does not name
# one character for one, so that what stands behind a code keeps its place (NFKC would change ℃ in a remark)
_NARROW = {0xFF01 + place: 0x21 + place for place in range(94)} | {0x3000: 0x20}
_GAP = r"\s{0,5}[-/.年]\s{0,5}"
_DAY = re.compile(
    rf"(\d{{4}}){_GAP}(\d{{1,2}})\s{{0,5}}[-/.月]\s{{0,5}}(\d{{1,2}})\s{{0,5}}日?(?:[T ]00:00(?::00)?)?", re.ASCII
)
_PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MONTH = re.compile(rf"(\d{{4}}){_GAP}(\d{{1,2}})\s{{0,5}}月?", re.ASCII)
_PLAIN_MONTH = re.compile(r"(\d{4})(\d{2})", re.ASCII)
_ENTRY = re.compile(r"(?:\\.|[^\\;；\r\n])+", re.DOTALL)
_NUMBER = r"[A-Za-z]?\d{1,3}(?:\.\d{1,3}){0,6}(?:\(\d{1,2}\))?"
_CODE = re.compile(rf"\s*(?:({_NUMBER})|(其余|其他|rest|others?))\s*[:=]?\s*", re.IGNORECASE)
_WORDS = {
    "整改后符合": RECTIFIED, "整改后合格": RECTIFIED, "不符合": DOES_NOT, "不符合要求": DOES_NOT, "不合格": DOES_NOT,
    "符合": MEETS, "符合要求": MEETS, "合格": MEETS, "无此项": NOT_APPLICABLE, "不适用": NOT_APPLICABLE, "n/a": NOT_APPLICABLE,
}  # fmt: skip
_SIGN = re.compile(
    "|".join(re.escape(word) for word in [*sorted(_WORDS, key=len, reverse=True), *SIGNS]), re.IGNORECASE
)
_MEASURED = re.compile(r"\s*\[((?:\\.|[^\\\]])*)\]", re.DOTALL)
_SPECIAL = re.compile(r"[\\＼;；\[\]［］\r\n]")
_NAMES = re.compile(r"[、,，;；|\r\n]+")


class Unreadable(ValueError):
    """What stands there is no day, no month, no result of an item. `text`: the part that cannot be read."""

    def __init__(self, text: str):
        self.text = text
        super().__init__(text)


class Entry(NamedTuple):
    """The result at one item as a cell says it. `code`: as written, or REST; `sign`: a sign of SIGNS or a value behind one."""

    code: str
    sign: str
    measured: str = ""
    remark: str = ""


def clean(text: str) -> str:
    """One width, blanks that nobody meant gone: how numbers, names and codes of files are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def read_day(text: str) -> dt.date:
    """2026-11-03, 2026/11/3, 2026.11.3, 20261103 or 2026年11月3日, in any width. Raises Unreadable: also where day and month
    stand in front, for nobody can tell which is which."""
    written = clean(text)
    found = _DAY.fullmatch(written) or _PLAIN_DAY.fullmatch(written)
    try:
        return dt.date(*map(int, found.groups()))
    except (AttributeError, ValueError):
        raise Unreadable(text) from None


def read_month(text: str) -> dt.date:
    """The last day of a month written 2027-05, 2027年5月, 202705, or as any day of it. Raises Unreadable."""
    written = clean(text)
    found = _MONTH.fullmatch(written) or _PLAIN_MONTH.fullmatch(written)
    try:
        first = dt.date(int(found[1]), int(found[2]), 1) if found else read_day(text)
    except ValueError:
        raise Unreadable(text) from None
    return last_of(first.year, first.month)


def read_names(text: str) -> list[str]:
    """Several people in one cell, in their order."""
    return list(dict.fromkeys(name for part in _NAMES.split(text) if (name := clean(part))))


def read_items(text: str) -> list[Entry]:
    """The items of one cell: `A1.2.2.17×[85 mm]worn; 2.3△; rest√`: a number, a sign or its word, a measured value in square
    brackets, a remark. `;` or a line break between two; a backslash before any of these marks takes it as it is.

    Raises Unreadable with the first entry that says no item and sign.
    """
    return [_entry(part) for part in _ENTRY.findall(text) if part.strip()]


def _entry(part: str) -> Entry:
    narrow = part.translate(_NARROW)
    if (code := _CODE.match(narrow)) is None or (sign := _SIGN.match(narrow, code.end())) is None:
        raise Unreadable(part.strip())
    end, measured = sign.end(), ""
    if found := _MEASURED.match(narrow, end):
        measured, end = part[found.start(1) : found.end(1)], found.end()
    name = REST if code[2] else code[1].upper()
    return Entry(name, _WORDS.get(sign[0].casefold(), sign[0]), _plain(measured), _plain(part[end:]))


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL).split())


def write_item(code: str, sign: str, measured: str = "", remark: str = "") -> str:
    """An item of a sheet of its own as part of one cell, so that `read_items` reads the same. What cannot be read stays so."""
    known = _SIGN.fullmatch(sign := clean(sign))
    result = sign if known else f":?{_marked(sign)}"  # so that nothing behind it is taken for the sign
    value = f"[{_marked(measured)}]" if measured.strip() else ""
    said = f" {_marked(remark)}" if remark.strip() else ""
    return f"{_number(code)}{result}{value}{said}"


def _number(code: str) -> str:
    """The number in front of a cell like `A1.2.2.17 缓冲器`."""
    narrow = code.translate(_NARROW)
    head = _CODE.match(narrow)
    if head is None or re.match(r"[0-9A-Za-z.]", narrow[head.end(head.lastindex) :]):
        return f"?{_marked(clean(code))}"
    return head[head.lastindex]


def _marked(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def named_items(entries: list[Entry], *, code_of: Callable[[str], str], always: list[str]) -> list[Entry]:
    """Entries with codes of the catalogue. `code_of(written)`: the code that a number means (itself where none does); `always`:
    codes that every such report has, for the rest. Of several rests two are named, which the filing refuses: thousands in one
    cell, each with all its codes, would fill the memory."""
    given = [entry._replace(code=code_of(entry.code)) for entry in entries if entry.code != REST]
    there = {entry.code for entry in given}
    rest = [entry for entry in entries if entry.code == REST][:2]
    more = [entry._replace(code=code) for entry in rest for code in always if code not in there]
    return [*given, *more]
