"""A file as rows: its header, and its records one by one without holding them. CSV and XLSX look the same from here on.

    table = read_table(path, shape)
    table.header                      # names, unique; blank and repeated ones end in " #<place>"
    for record in table: …            # each iteration reads the file anew and closes it behind itself

Cells are text: numbers of a workbook plainly ("0.5", "12"; "0,5" where the shape has a decimal comma, so that
cells.plain_number reads both formats alike), dates ISO, formulas by their last result and named.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from common.intake.issues import REFUSED, Issue
from common.intake.shapes import Shape


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
        raise NotImplementedError


def read_table(path: Path, shape: Shape, skip: int = 0) -> Table:
    """The table in a file. `skip`: how many records (not rows) to leave out. Raises FileRefused."""
    raise NotImplementedError
