"""A file as rows: its header, and its records one by one without holding them. CSV and XLSX look the same from here on.

    table = read_table(path, shape)
    table.header                      # names, unique; blank and repeated ones end in " #<place>"
    for record in table: …            # each iteration reads the file anew and closes it behind itself

Cells are text: numbers of a workbook plainly ("0.5", "12"; "0,5" where the shape has a decimal comma, so that
cells.plain_number reads both formats alike), dates ISO, formulas by their last result and named.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from common.intake import delimited, xlsx
from common.intake.cells import serial_date
from common.intake.delimited import Row
from common.intake.headers import joined, unique_names
from common.intake.issues import EMPTY, KEPT, REFUSED, FileRefused, Issue
from common.intake.shapes import XLSX, Shape

MOST_SPARE = 50  # cells beyond the header that are kept of one row


@dataclass(frozen=True, slots=True)
class Record:
    """One row: `number` as a person sees it (the first row is 1), cells by header, what is wrong with it."""

    number: int
    cells: dict[str, str]
    issues: tuple[Issue, ...] = ()

    @property
    def refused(self) -> bool:
        return any(issue.effect == REFUSED for issue in self.issues)

    @property
    def blank(self) -> bool:
        return not self.issues and not any(map(str.strip, self.cells.values()))


@dataclass(frozen=True, slots=True)
class Table:
    """`names`: the header as it stands (trimmed; may repeat); `header`: the same, unique, as records name their cells.

    Iterating gives the records below the header, blank ones included, without the first `skip`; raises FileRefused
    where the file cannot be read any further.
    """

    path: Path
    shape: Shape
    names: tuple[str, ...]
    header: tuple[str, ...]
    skip: int = 0

    def __iter__(self) -> Iterator[Record]:
        rows = (row for row in rows_of(self.path, self.shape) if row.number > self.shape.header_last)
        return islice(records(rows, self), self.skip, None)

    def beginning(self) -> "Table":
        """The same for those who look at its first rows only."""
        return self


def read_table(path: Path, shape: Shape, skip: int = 0) -> Table:
    """The table in a file. `skip`: how many records (not rows) to leave out. Raises FileRefused."""
    if not 1 <= shape.header_first <= shape.header_last:
        raise FileRefused(_("The header begins in row 1 or below and does not end before it begins."))
    lines = {}
    for row in rows_of(path, shape):
        if row.number > shape.header_last:
            break
        if row.number >= shape.header_first:
            lines[row.number] = row.cells
    names = joined(lines, _merges(path, shape), spread=shape.format != XLSX)
    if not any(names):
        raise FileRefused(_("There is no header in row %(row)s. Say which row holds it."), row=shape.header_first)
    return Table(path, shape, tuple(names), tuple(unique_names(names)), skip)


def rows_of(path: Path, shape: Shape) -> Iterator[Row]:
    """Every row of the file as it stands, title and header among them. Raises FileRefused."""
    if shape.format == XLSX:
        yield from xlsx.rows(path, shape.sheet, decimal_comma=shape.decimal_comma)
    else:
        with delimited.opened(path, shape.encoding) as file:
            yield from delimited.rows(file, shape.delimiter)


def _merges(path: Path, shape: Shape) -> list:
    if shape.format == XLSX and (shape.header_last > shape.header_first or shape.fill_down):
        return xlsx.merges(path, shape.sheet)
    return []


def records(rows: Iterable[Row], table: Table) -> Iterator[Record]:
    """The records that rows below the header are."""
    header, shape = table.header, table.shape
    gaps = _Gaps(table, _merges(table.path, shape)) if shape.fill_down else None
    serial = {header.index(name) for name in shape.serial_dates if name in header}
    read = _workbook_record if shape.format == XLSX else _text_record
    for row in rows:
        if gaps:
            gaps.fill(row)
        if serial:
            row = _dated(row, serial)
        yield read(row, table)


def _named(row: Row, header: Sequence[str]) -> dict[str, str]:
    cells = dict(zip(header, row.cells, strict=False))
    spare = row.cells[len(header) : len(header) + MOST_SPARE]
    return cells | {f"+{place}": cell for place, cell in enumerate(spare, start=1)} if spare else cells


def _text_record(row: Row, table: Table) -> Record:
    header = table.header
    if not row.cells:
        return Record(row.number, dict.fromkeys(header, ""))
    cells = _named(row, header)
    if row.end == "quote-open":
        return Record(row.number, cells, (Issue("", "quote-open", REFUSED, {}),))
    if len(row.cells) != len(header):
        code = "cells-missing" if len(row.cells) < len(header) else "cells-too-many"
        issue = Issue("", code, REFUSED, {"found": len(row.cells), "wanted": len(header)})
        return Record(row.number, cells, (issue,))
    if _is_header(row, table):
        return Record(row.number, cells, (Issue("", "header-again", REFUSED, {}),))
    issues = _marked(row, header)
    return Record(row.number, cells, (*issues, Issue("", row.end, KEPT, {})) if row.end else issues)


def _workbook_record(row: Row, table: Table) -> Record:
    """A workbook stores no cells behind the last that says something; values beside the header are kept and named."""
    header = table.header
    if missing := len(header) - len(row.cells):
        row.cells.extend([""] * missing)
    cells, issues = _named(row, header), _marked(row, header)
    if _is_header(row, table):
        return Record(row.number, cells, (Issue("", "header-again", REFUSED, {}),))
    if any(map(str.strip, row.cells[len(header) :])):
        issues = (*issues, Issue("", "beside-header", KEPT, {}))
    return Record(row.number, cells, issues)


def _is_header(row: Row, table: Table) -> bool:
    # the cheap comparison first: this is asked for every row of the file
    return (
        row.cells[0].strip() == table.names[0] and tuple(map(str.strip, row.cells[: len(table.names)])) == table.names
    )


def _marked(row: Row, header: Sequence[str]) -> tuple[Issue, ...]:
    return tuple(
        Issue(header[place] if place < len(header) else "", code, effect, params)
        for place, code, effect, params in row.marks
    )


class _Gaps:
    """Blank cells that take the value above. In a workbook column with merged cells only those of the merged ranges."""

    def __init__(self, table: Table, merges: list):
        self._above = {table.header.index(name): "" for name in table.shape.fill_down if name in table.header}
        self._merged: dict[int, list[tuple[int, int]]] = {}
        for merge in sorted(merges, key=lambda merge: merge.top):
            for column in self._above:
                if merge.left <= column <= merge.right and merge.top > table.shape.header_last:
                    self._merged.setdefault(column, []).append((merge.top, merge.bottom))

    def _is_gap(self, column: int, number: int) -> bool:
        if (ranges := self._merged.get(column)) is None:
            return True
        place = bisect_right(ranges, (number, 0)) - 1
        return place >= 0 and number <= ranges[place][1]

    def fill(self, row: Row) -> None:
        if not any(map(str.strip, row.cells)):
            return
        for column, value in self._above.items():
            if column < len(row.cells) and row.cells[column].strip():
                self._above[column] = row.cells[column]
            elif self._is_gap(column, row.number):
                row.cells.extend([""] * (column + 1 - len(row.cells)))
                row.cells[column] = value


def _dated(row: Row, serial: set[int]) -> Row:
    marks = list(row.marks)
    for column in serial:
        if column < len(row.cells) and (cell := row.cells[column].strip()):
            if cell.replace(".", "", 1).isdecimal() and (day := serial_date(float(cell))):
                row.cells[column] = day
            elif cell.replace(".", "", 1).isdecimal():
                marks.append((column, "not-a-date", EMPTY, {}))
    return row._replace(marks=tuple(marks))
