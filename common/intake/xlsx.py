"""Rows of an XLSX sheet, one by one in bounded memory.

Read by expat straight from the package: of the libraries, openpyxl says either the formula or its result and no merged
cells while it streams, and calamine lays out the whole sheet (one cell at XFD1048576 is 17 billion).
"""

import re
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from common.intake import packages
from common.intake.cells import EXACT, decimal_text, serial_date
from common.intake.delimited import LARGEST_CELL, MOST_CELLS, Row
from common.intake.issues import EMPTY, KEPT, FileRefused
from common.intake.number_formats import DATE, PADDED, kinds_of

MOST_TEXT = 1 << 27  # bytes of all shared texts together
REMEMBERED = 1 << 16  # texts kept ready
LOOKED_THROUGH = 64  # pieces of a sheet (4 MB) in which its first rows stand
FORMULA_SHOWN = 60
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# every run is bounded and ends at the next mark: a comment full of `<mergeCell ` must cost its length, not its square
MERGE = re.compile(rb"<(?:\w{1,20}:)?mergeCell\s[^<>]{0,200}?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
LONGEST_MERGE = 300  # bytes that MERGE can match


class Merge(NamedTuple):
    """A merged range: rows from 1, columns from 0, ends included."""

    top: int
    bottom: int
    left: int
    right: int


def sheets(path: Path) -> list[tuple[str, bool]]:
    """(name, hidden) of the sheets of a workbook, in their order. Raises FileRefused."""
    with packages.opened(path) as book:
        return [(sheet.name, sheet.hidden) for sheet in book.sheets]


def merges(path: Path, sheet: str, most: int = 200_000) -> list[Merge]:
    """The merged ranges of a sheet (the first where it is ''). They stand behind the cells, so all of it is looked
    through, as bytes. Raises FileRefused."""
    found, rest = [], b""
    with packages.opened(path) as book:
        for piece in packages.pieces(book.package, _chosen(book, sheet).part, packages.LARGEST_PART):
            window = rest + piece
            end = 0
            for match in MERGE.finditer(window):
                left, top, right, bottom = match.groups()
                found.append(Merge(int(top), int(bottom), _column(left.decode()), _column(right.decode())))
                end = match.end()
            if len(found) > most:
                raise FileRefused(_("The sheet has more merged cells than any table. Save it without them."))
            rest = window[max(end, len(window) - LONGEST_MERGE) :]
    return found


def rows(path: Path, sheet: str = "", *, decimal_comma: bool = False) -> Iterator[Row]:
    """Every row of a sheet (the first where it is '') with something in it. Raises FileRefused.

    `marks` of a row tell formulas, errors, dates that are none and numbers that lost their last digits.
    """
    with packages.opened(path) as book:
        reader = _Reader(_strings(book), kinds_of(book), since_1904=book.since_1904, decimal_comma=decimal_comma)
        parser = reader.parser()
        parts = packages.pieces(book.package, _chosen(book, sheet).part, packages.LARGEST_PART)
        for _piece in packages.feed(parser, parts):
            ready, reader.ready = reader.ready, []
            yield from ready


def beginnings(path: Path, names: Sequence[str], most: int) -> Iterator[tuple[str, list[Row]]]:
    """(sheet, its first `most` rows with something in them), as few where they cannot be read or stand far down.

    The texts, which may be all that a small file unpacks to, are read once for all sheets. Raises FileRefused.
    """
    with packages.opened(path) as book:
        strings, kinds = _strings(book), kinds_of(book)
        for name in names:
            reader, found = _Reader(strings, kinds, since_1904=book.since_1904, decimal_comma=False), []
            with suppress(FileRefused, expat.ExpatError, *packages.BROKEN):
                found = _first_rows(
                    reader, packages.pieces(book.package, book.sheet(name).part, packages.LARGEST_PART), most
                )
            yield name, found


def _first_rows(reader: "_Reader", pieces: Iterator[bytes], most: int) -> list[Row]:
    parser = reader.parser()
    for piece in islice(pieces, LOOKED_THROUGH):
        parser.Parse(piece, False)
        if len(reader.ready) >= most:
            break
    return reader.ready[:most]


def _chosen(book: packages.Workbook, sheet: str) -> packages.Sheet:
    return book.sheet(sheet) if sheet else book.sheets[0]


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


class _Strings:
    """The texts that cells point to: as bytes behind each other, since as strings they would take several times that."""

    def __init__(self):
        self._bytes, self._ends, self._ready = bytearray(), array("Q", [0]), {}

    def add(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))
        if len(self._bytes) > MOST_TEXT:
            raise FileRefused(_("The workbook holds more text than any register. Split it into several files."))

    def __getitem__(self, place: int) -> str:
        if (text := self._ready.get(place)) is not None:
            return text
        if not 0 <= place < len(self._ends) - 1:
            raise packages.damaged()
        text = self._bytes[self._ends[place] : self._ends[place + 1]].decode("utf-8", "surrogatepass")
        if len(self._ready) >= REMEMBERED:
            self._ready.clear()
        if len(text) < 200:
            self._ready[place] = text
        return text


def _strings(book: packages.Workbook) -> _Strings:
    strings = _Strings()
    if not book.strings or book.strings not in book.package.NameToInfo:
        return strings
    parser, parts, depth = packages.xml_parser(), [], {"t": 0, "rPh": 0}

    def start(name: str, _attributes) -> None:
        if (name := packages.local(name)) in depth:
            depth[name] += 1

    def characters(text: str) -> None:
        if depth["t"] and not depth["rPh"]:  # how a name is pronounced is no part of it
            parts.append(text)

    def end(name: str) -> None:
        if (name := packages.local(name)) in depth:
            depth[name] -= 1
        elif name == "si":
            strings.add(_unescaped("".join(parts)))
            parts.clear()

    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, characters, end
    for _piece in packages.feed(parser, packages.pieces(book.package, book.strings, packages.LARGEST_PART)):
        pass
    return strings


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class _Reader:
    """Puts the cells of a sheet's XML together to rows."""

    def __init__(self, strings: _Strings, kinds: list[str], *, since_1904: bool, decimal_comma: bool):
        self.ready: list[Row] = []
        self._strings, self._kinds, self._1904, self._comma = strings, kinds, since_1904, decimal_comma
        self._columns: dict[str, int] = {}
        self._number, self._cells, self._marks, self._size = 0, [], [], 0
        self._place, self._type, self._style = -1, "n", 0
        self._parts: list[str] | None = None
        self._value: str | None = None
        self._formula: str | None = None
        self._pronounced = False

    def parser(self):
        parser = packages.xml_parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def _start(self, name: str, at: dict) -> None:
        name = name if ":" not in name else packages.local(name)
        if name == "c":
            self._begin_cell(at)
        elif name in ("v", "t", "f"):
            self._parts = []
        elif name == "row":
            self._begin_row(at.get("r", ""))
        elif name == "rPh":
            self._pronounced = True

    def _characters(self, text: str) -> None:
        if self._parts is not None:
            self._size += len(text)
            if self._size > LARGEST_CELL:
                raise FileRefused(
                    _("Row %(row)s holds more text than any row of a table. Remove it."), row=self._number
                )
            self._parts.append(text)

    def _end(self, name: str) -> None:
        name = name if ":" not in name else packages.local(name)
        if name == "c":
            self._end_cell()
        elif name in ("v", "t", "f"):
            self._end_text(name)
        elif name == "row":
            if any(self._cells) or self._marks:
                self.ready.append(Row(self._number, self._cells, tuple(self._marks)))
        elif name == "rPh":
            self._pronounced = False

    def _end_text(self, name: str) -> None:
        text, self._parts = "".join(self._parts or ()), None
        if name == "f":
            self._formula = text
        elif name == "v" or not self._pronounced:
            self._value = (self._value or "") + text

    def _begin_row(self, number: str) -> None:
        said = int(number) if number.isdecimal() and len(number) < 9 else 0
        self._number = said if said > self._number else self._number + 1
        self._cells, self._marks, self._place, self._size = [], [], -1, 0

    def _begin_cell(self, at: dict) -> None:
        letters = at.get("r", "").rstrip("0123456789")
        if (place := self._columns.get(letters)) is None:
            place = self._columns[letters] = _column(letters) if letters.isalpha() and len(letters) < 4 else -1
        self._place = place if place > self._place else self._place + 1
        if self._place >= MOST_CELLS:
            raise FileRefused(_("The sheet has more columns than a spreadsheet can have. Save it anew."))
        style = at.get("s", "0")
        self._type, self._style = at.get("t", "n"), int(style) if style.isdecimal() and len(style) < 9 else 0
        self._value = self._formula = self._parts = None

    def _end_cell(self) -> None:
        if self._value is None and self._formula is None:
            return
        text = self._text(self._value or "")
        if self._formula is not None:
            self._mark_formula()
        if text:
            self._cells.extend([""] * (self._place - len(self._cells)))
            self._cells.append(text)

    def _mark_formula(self) -> None:
        formula = f"={self._formula}"
        shown = {"formula": formula if len(formula) <= FORMULA_SHOWN else formula[: FORMULA_SHOWN - 1] + "…"}
        if self._value is None:
            self._mark("formula-without-value", EMPTY, shown)
        elif self._value and self._type != "e":
            self._mark("formula", KEPT, shown)

    def _mark(self, code: str, effect: str, params: dict | None = None) -> None:
        self._marks.append((self._place, code, effect, params or {}))

    def _text(self, value: str) -> str:
        kind = self._type
        if kind == "s":
            return self._strings[int(value)] if value.strip().isdecimal() and len(value) < 12 else ""
        if kind == "n":
            return self._number_text(value) if value else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if kind == "e":
            self._mark("error-value", EMPTY)
        return value if kind == "d" else _unescaped(value)

    def _number_text(self, value: str) -> str:
        style = self._kinds[self._style] if self._style < len(self._kinds) else ""
        text = decimal_text(value)
        if style == DATE and text:
            if day := serial_date(float(text), since_1904=self._1904):
                return day
            self._mark("not-a-date", EMPTY)
        elif style.startswith(PADDED) and text.isdecimal():
            return text.zfill(len(style) - len(PADDED))
        elif text and abs(float(text)) >= EXACT:
            self._mark("digits-lost", EMPTY)
        return text.replace(".", ",") if self._comma else text or value
