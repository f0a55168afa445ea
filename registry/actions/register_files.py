"""A register's file as its mapping declares it: UTF-8 with commas and the header in the first row, or a workbook."""

import codecs
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from common.intake import delimited, sniffing, surveys, tables
from common.intake.headers import joined, unique_names
from common.intake.issues import FileRefused
from common.intake.shapes import Shape, guess_shape
from common.intake.surveys import Survey
from common.intake.tables import Record, Table
from registry.mappings import RegisterMapping


@contextmanager
def opened(path: Path):
    """The file as text. Refuses what is not there, not readable, not UTF-8 or plainly something else."""
    with delimited.opened(path) as file:
        sniffing.what_is(path)
        with path.open("rb") as raw:
            if raw.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                raise FileRefused(_("The file is UTF-16 text. Save it as “CSV UTF-8” and import that."))
        yield file


@dataclass(frozen=True)
class RegisterTable:
    """A register's file as common.intake reads tables."""

    path: Path
    mapping: RegisterMapping

    @cached_property
    def header(self) -> list[str]:
        if workbook := self._workbook:
            return _require_header(workbook.names, self.mapping)
        with opened(self.path) as file:
            return next(records(file, self.mapping))

    def __iter__(self) -> Iterator[Record]:
        if self._workbook:
            yield from self._workbook
            return
        with opened(self.path) as file:
            rows = records(file, self.mapping)
            next(rows)
            yield from rows

    @cached_property
    def _workbook(self) -> Table | None:
        if self.path.is_file() and sniffing.what_is(self.path) == sniffing.WORKBOOK:
            return tables.read_table(self.path, guess_shape(self.path))
        return None


def survey(path: Path, mapping: RegisterMapping) -> Survey:
    """A first reading of a register's whole file. Raises FileRefused."""
    return surveys.survey(path, RegisterTable(path, mapping), mapping)


def records(file: io.TextIOBase, mapping: RegisterMapping) -> Iterator:
    """First the header (a list of names), then a Record for each row below it, blank ones included."""
    rows = delimited.rows(file)
    first = next(rows, delimited.Row(1, []))
    names = joined({1: first.cells}, [], spread=True)
    header = _require_header(names, mapping)
    yield header
    yield from tables.records(rows, Table(Path(), Shape(), tuple(names), tuple(header)))


def _require_header(names: Sequence[str], mapping: RegisterMapping) -> list[str]:
    """The names that records go by. Raises FileRefused where one of the mapping's is missing or stands twice."""
    if missing := [header for header in mapping.headers if header not in names]:
        raise FileRefused(
            _("The first row is not the header of “%(mapping)s”. Missing: %(columns)s."),
            mapping=mapping.name,
            columns=", ".join(missing[:8]) + (" …" if len(missing) > 8 else ""),
        )
    if twice := [header for header in mapping.headers if list(names).count(header) > 1]:
        raise FileRefused(
            _("The header names %(columns)s twice. Rename or remove the column that is not meant."),
            columns=", ".join(twice),
        )
    return unique_names(names)
