"""Rows of a delimited text file, one by one in bounded memory: quotation marks that swallow rows, files that were cut off."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from common.intake.issues import FileRefused

LARGEST_CELL = (
    1 << 24
)  # characters of a cell or line; beyond it a quotation mark was left open, or it is no table at all
MOST_LINES = 100  # of one row: a text with line breaks, or a quotation mark that was left open
MOST_CELLS = 16_384  # of one row, as many as a spreadsheet has columns
LONG_LINE = 1 << 16  # lines up to here are not counted before they are taken apart
csv.field_size_limit(LARGEST_CELL)


class Row(NamedTuple):
    """One row as it stands. `marks`: (place of the cell, code, effect, params) of cells that need saying; `end`: how a
    text file's last row ends where it does not end well ("quote-open", "no-line-end")."""

    number: int
    cells: list[str]
    marks: tuple = ()
    end: str = ""


@contextmanager
def opened(path: Path, encoding: str = "utf-8"):
    """The file as text. Raises FileRefused for what is not there, not readable, or not text in this encoding."""
    try:
        with path.open("rb") as raw:
            yield io.TextIOWrapper(raw, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")
    except FileNotFoundError:
        raise FileRefused(_("There is no file %(path)s."), path=path) from None
    except IsADirectoryError:
        raise FileRefused(_("%(path)s is a folder. Name the file in it."), path=path) from None
    except PermissionError:
        raise FileRefused(_("%(path)s may not be read. Give this user permission to read it."), path=path) from None
    except UnicodeError:
        raise _not_text(path, encoding) from None


def _not_text(path: Path, encoding: str) -> FileRefused:
    if encoding == "utf-8":
        return FileRefused(
            _("Line %(line)s is not UTF-8 text. Save the file as “CSV UTF-8” and import that."),
            line=bad_line(path, encoding),
        )
    return FileRefused(
        _("Line %(line)s is not %(encoding)s text. Choose another encoding, or save the file as “CSV UTF-8”."),
        line=bad_line(path, encoding),
        encoding=encoding.upper(),
    )


def bad_line(path: Path, encoding: str) -> int:
    """The first line that cannot be read in this encoding, as a person counts; 0 where all can."""
    decoder, number = codecs.getincrementaldecoder(encoding)(), 1
    try:
        with path.open("rb") as raw:
            while piece := raw.read(1 << 16):
                number += decoder.decode(piece).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return number + error.object[: error.start].count(b"\n")
    except UnicodeError:  # UTF-16 that does not begin with its mark
        return number
    return 0


def rows(file: io.TextIOBase, delimiter: str = ",") -> Iterator[Row]:
    """Every row of the file, numbered from 1 as a person sees them; blank lines have no cells.

    Raises FileRefused where a quotation mark swallows rows, or a row has more cells than any table.
    """
    lines = _Lines(file, delimiter)
    number, held, taken = 0, None, []
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            if held is not None:
                yield Row(number, held)
            number, held, taken = number + 1, cells, lines.take()
            if len(taken) > MOST_LINES:
                raise _open_quote(number)
    except csv.Error:  # only the size of a cell or line: the reader is not strict
        raise _open_quote(number + 1) from None
    if held is not None:
        yield Row(number, held, (), _end(number, taken, delimiter))


def _end(number: int, taken: list[str], delimiter: str) -> str:
    """How the last row ends; that is where a file that was cut off ends."""
    if _ends_inside_quotes(taken, delimiter):
        if len(taken) > 1:
            raise _open_quote(number)
        return "quote-open"
    return "" if taken[-1].endswith(("\n", "\r")) else "no-line-end"


class _Lines:
    """Lines of a file, remembering those that the row in hand was made of."""

    def __init__(self, file: io.TextIOBase, delimiter: str):
        self._file, self._delimiter, self._taken = file, delimiter, []

    def __iter__(self) -> Iterator[str]:
        # in bounded pieces: a file without line breaks would be read into memory whole
        while line := self._file.readline(LARGEST_CELL + 1):
            if len(line) > LARGEST_CELL:
                raise csv.Error("line without end")
            if len(line) > LONG_LINE and (cells := line.count(self._delimiter) + 1) > MOST_CELLS:
                raise FileRefused(
                    _("A row has about %(cells)s cells; a table has at most %(most)s. Check the delimiter."),
                    cells=cells,
                    most=MOST_CELLS,
                )
            self._taken.append(line)
            yield line

    def take(self) -> list[str]:
        taken, self._taken = self._taken, []
        return taken


def _open_quote(number: int) -> FileRefused:
    return FileRefused(
        _("A quotation mark in row %(row)s swallows the rows after it. Close it there and import the file again."),
        row=number,
    )


def _ends_inside_quotes(lines: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False
