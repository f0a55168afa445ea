"""A register's file as rows: what it is, whether it is whole, and its rows one by one without holding them."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from common.intake import surveys
from common.intake.issues import KEPT, REFUSED, FileRefused, Issue
from common.intake.surveys import Survey
from common.intake.tables import Record
from registry.mappings import RegisterMapping

LARGEST_CELL = 1 << 26  # characters; beyond it a quotation mark was left open, or it is no table at all
MOST_LINES = 100  # of one row: a text with line breaks, or a quotation mark that was left open
csv.field_size_limit(LARGEST_CELL)


@contextmanager
def opened(path: Path):
    """The file as text. Refuses what is not there, not readable, not UTF-8 or plainly something else."""
    try:
        with path.open("rb") as raw:
            _require_text(raw.read(8))
            raw.seek(0)
            yield io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    except FileNotFoundError:
        raise FileRefused(_("There is no file %(path)s."), path=path) from None
    except IsADirectoryError:
        raise FileRefused(_("%(path)s is a folder. Name the file in it."), path=path) from None
    except PermissionError:
        raise FileRefused(_("%(path)s may not be read. Give this user permission to read it."), path=path) from None
    except UnicodeDecodeError:
        raise FileRefused(
            _("Line %(line)s is not UTF-8 text. Save the file as “CSV UTF-8” and import that."), line=_bad_line(path)
        ) from None


def _require_text(start: bytes) -> None:
    if not start:
        raise FileRefused(_("The file is empty."))
    if start.startswith(b"PK\x03\x04"):
        raise FileRefused(_("This is a spreadsheet or an archive, not a CSV file. Save the sheet as “CSV UTF-8”."))
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused(_("The file is UTF-16 text. Save it as “CSV UTF-8” and import that."))


def _bad_line(path: Path) -> int:
    """The first line that is not UTF-8, as a person counts."""
    with path.open("rb") as raw:
        for number, line in enumerate(raw, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 0


@dataclass(frozen=True)
class RegisterTable:
    """A register's file as common.intake reads tables: as its mapping declares it, UTF-8 with commas."""

    path: Path
    mapping: RegisterMapping

    @cached_property
    def header(self) -> list[str]:
        with opened(self.path) as file:
            return next(records(file, self.mapping))

    def __iter__(self) -> Iterator[Record]:
        with opened(self.path) as file:
            rows = records(file, self.mapping)
            next(rows)
            yield from rows


def survey(path: Path, mapping: RegisterMapping) -> Survey:
    """A first reading of a register's whole file. Raises FileRefused."""
    return surveys.survey(path, RegisterTable(path, mapping), mapping)


def records(file: io.TextIOBase, mapping: RegisterMapping) -> Iterator:
    """First the header (a list of names), then a Record for each row below it, blank ones included."""
    lines = _Lines(file)
    reader = csv.reader(lines)
    header = _header(reader, mapping)
    lines.take()
    yield header
    number, held = 1, None
    for cells in _rows(reader):
        number += 1
        taken = lines.take()
        if len(taken) > MOST_LINES:
            raise _open_quote(number)
        if held:
            yield _record(*held, header)
        held = (number, cells, taken)
    if held:
        yield _last_record(*held, header)


class _Lines:
    """Lines of a file, remembering those that the row in hand was made of."""

    def __init__(self, file: io.TextIOBase):
        self._file, self._taken = file, []

    def __iter__(self) -> Iterator[str]:
        # in bounded pieces: a file without line breaks would be read into memory whole
        while line := self._file.readline(LARGEST_CELL + 1):
            if len(line) > LARGEST_CELL:
                raise csv.Error("line without end")
            self._taken.append(line)
            yield line

    def take(self) -> list[str]:
        taken, self._taken = self._taken, []
        return taken


def _rows(reader) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:  # only the size of a cell or line: the reader is not strict
        raise _open_quote(reader.line_num) from None


def _open_quote(number: int) -> FileRefused:
    return FileRefused(
        _("A quotation mark in row %(row)s swallows the rows after it. Close it there and import the file again."),
        row=number,
    )


def _header(reader, mapping: RegisterMapping) -> list[str]:
    """The header's names, trimmed; blank and repeated ones outside the mapping get a name of their own."""
    try:
        names = [name.replace("\0", "").strip() for name in next(reader, [])]
    except csv.Error:
        raise _open_quote(1) from None
    if missing := [header for header in mapping.headers if header not in names]:
        raise FileRefused(
            _("The first row is not the header of “%(mapping)s”. Missing: %(columns)s."),
            mapping=mapping.name,
            columns=", ".join(missing[:8]) + (" …" if len(missing) > 8 else ""),
        )
    if twice := [header for header in mapping.headers if names.count(header) > 1]:
        raise FileRefused(
            _("The header names %(columns)s twice. Rename or remove the column that is not meant."),
            columns=", ".join(twice),
        )
    unique: list[str] = []
    for place, name in enumerate(names, start=1):
        unique.append(name if name and name not in unique else f"{name} #{place}".strip())
    return unique


def _record(number: int, cells: Sequence[str], _taken: list[str], header: list[str]) -> Record:
    if not cells:
        return Record(number, dict.fromkeys(header, ""))
    named = dict(zip(header, cells, strict=False))
    if len(cells) != len(header):
        code = "cells-missing" if len(cells) < len(header) else "cells-too-many"
        named |= {f"+{place}": cell for place, cell in enumerate(cells[len(header) :], start=1)}
        issue = Issue("", code, REFUSED, {"found": len(cells), "wanted": len(header)})
        return Record(number, named, (issue,))
    if [cell.strip() for cell in cells] == header:
        return Record(number, named, (Issue("", "header-again", REFUSED, {}),))
    return Record(number, named)


def _last_record(number: int, cells: Sequence[str], taken: list[str], header: list[str]) -> Record:
    """The last row is where a file that was cut off ends."""
    record = _record(number, cells, taken, header)
    if _ends_inside_quotes(taken):
        if len(taken) > 1:
            raise _open_quote(number)
        return Record(number, record.cells, (Issue("", "quote-open", REFUSED, {}),))
    if not record.issues and not taken[-1].endswith(("\n", "\r")):
        return Record(number, record.cells, (Issue("", "no-line-end", KEPT, {}),))
    return record


def _ends_inside_quotes(lines: list[str]) -> bool:
    try:
        list(csv.reader(lines, strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False
