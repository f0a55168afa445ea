"""A workbook whose rows have lines of their own on another sheet: each record gets one more cell that holds its lines.

So everything behind it (mapping, kept rows, resuming, the file of bad rows) goes on knowing rows and cells only, and a bad row
comes back whole: its lines stand in that cell, in a form that the kind reads as well.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from django.utils.translation import gettext_lazy as _

from common.intake import headers, xlsx
from common.intake.issues import KEPT, LONGEST_CELL, REFUSED, FileRefused, Issue
from common.intake.shapes import XLSX
from common.intake.tables import Record, Table, read_table

BETWEEN = "; "
MOST_SHEETS = 20  # that are looked at for lines
LOOKED_AT = 10  # rows in which a sheet's header may stand
SAMPLED_LINES = 5_000  # for a sample of the table: most files have their lines in the order of their rows
MOST_CHARACTERS = 1 << 26  # of all lines together, which are held while the file is read
MOST_TOLD = 5  # lines of one row that are named


@dataclass(slots=True)
class _Lines:
    """The lines of one key: as a cell, the row of the first, the rows of those that cannot be read."""

    cell: str
    first: int
    unread: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class JoinedTable(Table):
    """`own` with one more column; lines of keys that no row has follow as refused rows, so that nothing is lost in silence.

    `key` and `line_key` are the headers that belong together, `key_of` the form in which they are compared. A line without a
    key belongs to the one above, as in a sheet with merged cells.
    """

    own: Table | None = None
    lines: Table | None = None
    key: str = ""
    line_key: str = ""
    cell_of: Callable[[Record], str] = str
    key_of: Callable[[str], str] = str.strip
    sampled: bool = False

    def __iter__(self) -> Iterator[Record]:
        number, met = self.shape.header_last, set()
        for record in self.own:
            number = record.number
            key = self.key_of(record.cells.get(self.key, ""))
            met.add(key)
            yield self._with_lines(record, self._by_key.get(key) if key else None)
        if not self.sampled:
            yield from self._left_over(number, met)

    def beginning(self) -> Table:
        return replace(self, sampled=True)

    def _with_lines(self, record: Record, lines: _Lines | None) -> Record:
        cells = record.cells | {self.header[-1]: lines.cell if lines else ""}
        issues = self._unread(lines) if lines else ()
        return Record(record.number, cells, (*record.issues, *issues))

    def _left_over(self, number: int, met: set[str]) -> Iterator[Record]:
        """Rows that are not there, numbered on below the last."""
        for key, lines in self._by_key.items():
            if key in met and key:
                continue
            number += 1
            cells = dict.fromkeys(self.header, "") | {self.key: key, self.header[-1]: lines.cell}
            told = Issue(self.key, "lines-without-row", REFUSED, {"row": lines.first, "sheet": self.lines.shape.sheet})
            yield Record(number, cells, (told, *self._unread(lines)))

    def _unread(self, lines: _Lines) -> tuple[Issue, ...]:
        sheet = self.lines.shape.sheet
        rows = lines.unread[:MOST_TOLD]
        return tuple(Issue(self.header[-1], "line-unreadable", REFUSED, {"row": row, "sheet": sheet}) for row in rows)

    @cached_property
    def _by_key(self) -> dict[str, _Lines]:
        """Read once for all readings of the table: both sheets may stand in any order."""
        found: dict[str, _Lines] = {}
        key, characters = "", 0
        for record in islice(self.lines, SAMPLED_LINES if self.sampled else None):
            if record.blank:
                continue
            key = self.key_of(record.cells[self.line_key]) or key
            cell = self.cell_of(record)
            characters += len(cell)
            if characters > MOST_CHARACTERS:
                raise FileRefused(
                    _(
                        "The sheet “%(sheet)s” holds more than can be read at once. Split the file, each part with its lines."
                    ),
                    sheet=self.lines.shape.sheet,
                )
            if (lines := found.get(key)) is None:
                lines = found[key] = _Lines(cell, record.number)
            elif len(lines.cell) <= LONGEST_CELL:  # longer than any cell it is refused anyway
                lines.cell = f"{lines.cell}{BETWEEN}{cell}"
            if any(issue.effect != KEPT for issue in record.issues):
                lines.unread.append(record.number)
        return found


def with_lines(
    table: Table,
    lines: Table,
    *,
    key: str,
    line_key: str,
    column: str,
    cell_of: Callable[[Record], str],
    key_of: Callable[[str], str],
) -> JoinedTable:
    """`table` with one more column, named `column`, that holds each row's lines. `cell_of(line)`: its part of that cell."""
    while column in table.header:
        column = f"{column} *"
    return JoinedTable(
        table.path,
        table.shape,
        (*table.names, column),
        (*table.header, column),
        own=table,
        lines=lines,
        key=key,
        line_key=line_key,
        cell_of=cell_of,
        key_of=key_of,
    )


def other_sheet(table: Table, fits: Callable[[Sequence[str]], bool]) -> Table | None:
    """The first other sheet of a table's workbook whose header fits. Only the beginning of each is looked at."""
    if table.shape.format != XLSX:
        return None
    others = [name for name in table.shape.sheets[:MOST_SHEETS] if name != table.shape.sheet]
    for name, rows in xlsx.beginnings(table.path, others, LOOKED_AT):
        for row in rows:
            if fits(headers.unique_names(headers.joined({row.number: row.cells}, [], spread=False))):
                return _table_on(table, name, row.number)
    return None


def _table_on(table: Table, sheet: str, header: int) -> Table:
    at = {"sheet": sheet, "header_first": header, "header_last": header}
    return read_table(table.path, replace(table.shape, **at, fill_down=(), serial_dates=(), guesses=()))
