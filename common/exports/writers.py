"""The two formats. A writer is given the rows' queryset piece by piece and never holds more than one piece."""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common.exports.columns import TEXTUAL, Column, Form, for_csv, for_sheet
from common.exports.formulas import SUSPECT, looks_like_formula, safe_text

SORT_MEMORY = "48MB"  # a piece is put in order in the server's memory, not on its disk
LONGEST_CELL = 32_767  # characters that a cell of a workbook holds
LARGEST_SHEET = 1_048_576 - 1  # rows under the header
FIRST_SERIAL = 61  # 1900-03-01: before it spreadsheets count a day that never was
SHEET_WORDS = 31  # characters of a sheet's name


def selected(rows: QuerySet, columns: Sequence[Column], form) -> tuple[str, tuple]:
    """(sql, parameters) that give the columns of `rows`; `form` is for_csv or for_sheet."""
    names = [f"export_{number}" for number in range(len(columns))]
    cells = dict(zip(names, map(form, columns), strict=True))
    return rows.annotate(**cells).values_list(*names).query.sql_with_params()


class CsvWriter:
    """UTF-8 with a mark that spreadsheets know, one record a line, every record with the same number of fields.

    The first records say what this is (label and value, the rest empty), then an empty record, the header, the rows.
    """

    piece_rows = 20_000  # they stream through; each piece costs a statement, progress and a commit

    def __init__(self, path: Path, columns: Sequence[Column], title: str):
        self._columns = columns
        self._file = path.open("xb")

    def begin(self, about: Sequence[tuple[str, str]]) -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        width = len(self._columns)
        for label, value in [*about, ("", "")]:
            said = [label, value] if width > 1 else [f"{label}: {value}" if label else ""]
            writer.writerow([*map(safe_text, said), *[""] * (width - 2)])
        writer.writerow([safe_text(str(column.label)) for column in self._columns])
        self._file.write(b"\xef\xbb\xbf" + text.getvalue().encode())

    def write(self, rows: QuerySet) -> int:
        """Append the rows, straight from COPY; returns how many there were."""
        sql, parameters = selected(rows, self._columns, for_csv)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('work_mem', %s, true)", [SORT_MEMORY])
            with cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", parameters) as copy:
                for block in copy:
                    self._file.write(block)
            return cursor.rowcount

    def end(self, about: Sequence[tuple[str, str]]) -> None:
        self._file.close()

    def abandon(self) -> None:
        self._file.close()


class SheetWriter:
    """A workbook with the list on its first sheet and what it is on its second; rows go to disk as they come."""

    piece_rows = 5_000  # they lie in memory

    def __init__(self, path: Path, columns: Sequence[Column], title: str):
        # the memory of a row is freed with the next one; temporary files lie where there is room for the whole
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
        self._columns, self._row = columns, 0
        self._sheet = self._book.add_worksheet(_sheet_name(title))
        self._about = self._book.add_worksheet(_sheet_name(_("About")))
        self._bold = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._formats = [
            self._book.add_format({"num_format": form}) if (form := _number_form(c)) else None for c in columns
        ]

    def begin(self, about: Sequence[tuple[str, str]]) -> None:
        sheet = self._sheet
        sheet.freeze_panes(1, 1)
        for number, column in enumerate(self._columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(0, number, str(column.label), self._bold)

    def write(self, rows: QuerySet) -> int:
        sql, parameters = selected(rows, self._columns, for_sheet)
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found = cursor.fetchall()
        plan = [
            (number, column.form in TEXTUAL, column.form in (Form.DATE, Form.MOMENT), form)
            for number, (column, form) in enumerate(zip(self._columns, self._formats, strict=True))
        ]
        text, number_cell = self._sheet.write_string, self._sheet.write_number
        for line, row in enumerate(found, self._row + 1):
            for number, textual, dated, form in plan:
                value = row[number]
                if value is None or value == "":
                    continue
                if textual:
                    if value[0] in SUSPECT and looks_like_formula(value):
                        text(line, number, value[:LONGEST_CELL], self._quoted)
                    elif text(line, number, value) == -2:
                        text(line, number, value[: LONGEST_CELL - 1] + "…")
                elif dated and value < FIRST_SERIAL:
                    text(line, number, _written_date(value))
                else:
                    number_cell(line, number, value, form)
        self._row += len(found)
        return len(found)

    def end(self, about: Sequence[tuple[str, str]]) -> None:
        self._sheet.autofilter(0, 0, max(self._row, 1), len(self._columns) - 1)
        self._about.set_column(0, 0, 24)
        self._about.set_column(1, 1, 80)
        for line, (label, value) in enumerate(about):
            self._about.write_string(line, 0, label, self._bold)
            self._about.write_string(line, 1, value[:LONGEST_CELL], self._quoted if looks_like_formula(value) else None)
        self._book.close()

    def abandon(self) -> None:
        """Leave without the file: closing would pack it. The temporary files go with the writer's folder."""
        self._book.fileclosed = True


def _sheet_name(words: str) -> str:
    return (
        "".join(" " if character in "[]:*?/\\" else character for character in words)[:SHEET_WORDS].strip("' ") or "1"
    )


def _number_form(column: Column) -> str:
    match column.form:
        case Form.INTEGER:
            return "0"
        case Form.DECIMAL:
            return "0." + "0" * column.places if column.places else "0"
        case Form.DATE:
            return "yyyy-mm-dd"
        case Form.MOMENT:
            return "yyyy-mm-dd hh:mm:ss"
        case _:
            return ""


def _written_date(serial: float) -> str:
    """A day that no spreadsheet can count, as text."""
    return (dt.date(1899, 12, 30) + dt.timedelta(days=int(serial // 1))).isoformat()
