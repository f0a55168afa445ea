"""How a file is written: format, encoding, delimiter, sheet, header rows. Guessed, shown with how sure it is, corrected."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from common.intake import delimited, headers, sniffing, xlsx
from common.intake.delimited import Row
from common.intake.guesses import Guess
from common.intake.issues import FileRefused

CSV, XLSX = sniffing.TEXT, sniffing.WORKBOOK
SAMPLED = 200  # rows that a guess looks at
MOST_COLUMNS = 500
TOLD = 8  # columns with merged cells or day numbers that are named
SERIAL = re.compile(r"[2-6]\d{4}(\.\d+)?")  # 1954 to 2091 as a spreadsheet's day number
DATE_WORDS = re.compile(r"date|day|日期|时间|年月|到期|有效期|_on\b|_at\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read a file. People correct any of it with dataclasses.replace; to_json / from_json keep it in a row.

    `encoding`, `delimiter`: CSV only. `sheet`: XLSX only; `sheets`: what there is to choose from. `header_first` and
    `header_last`: row numbers as a person sees them (1 is the first); several header rows are joined "A / B"; what
    stands above is left out. `decimal_comma`: numbers in cells are written 1.234,5 (cells stay as they are written;
    whoever reads a number out of one asks cells.plain_number). `fill_down`: headers of columns whose blank cells take
    the value above (merged cells). `serial_dates`: headers of columns whose plain numbers are a spreadsheet's days.
    `guesses`: how sure each part is, and what else was seen (merged cells under `fill_down`, days that are numbers
    under `serial_dates`: params["column"] names each).
    """

    format: str = CSV
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal_comma: bool = False
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header_first: int = 1
    header_last: int = 1
    fill_down: tuple[str, ...] = ()
    serial_dates: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict) -> "Shape":
        """The shape as to_json gave it; unknown keys are ignored."""
        known = {each.name: stored[each.name] for each in fields(cls) if each.name in stored}
        for name in ("sheets", "fill_down", "serial_dates"):
            known[name] = tuple(known.get(name, ()))
        known["guesses"] = tuple(Guess(**guess) for guess in known.get("guesses", ()))
        return cls(**known)


def guess_shape(path: Path, *, name: str = "") -> Shape:
    """Find out how a file is written. `name`: what its user called it (default: the path's own).

    Raises FileRefused with a sentence for what is no table at all or not what its name says.
    """
    return _guess_workbook(path) if sniffing.what_is(path, name) == XLSX else _guess_text(path)


def guess_again(path: Path, shape: Shape) -> Shape:
    """The shape with its header, decimal mark and columns guessed anew, after somebody corrected what stands before
    them (encoding, delimiter, sheet)."""
    if shape.format == XLSX:
        return _guess_sheet(path, replace(shape, guesses=_about(shape, "sheet")))
    return _guess_columns(_sample(path, shape), replace(shape, guesses=_about(shape, "encoding", "delimiter")), [])


def _about(shape: Shape, *parts: str) -> tuple[Guess, ...]:
    return tuple(guess for guess in shape.guesses if guess.about in parts)


def _guess_text(path: Path) -> Shape:
    encoding, sure = sniffing.guess_encoding(path)
    with delimited.opened(path, encoding) as file:
        text = file.read(sniffing.SAMPLE // 4)
    delimiter, cut = sniffing.guess_delimiter(text)
    shape = Shape(CSV, encoding, delimiter, guesses=(sure, cut))
    return _guess_columns(_sample(path, shape), shape, [])


def _sample(path: Path, shape: Shape) -> list[Row]:
    """The first rows. What stops the reading further down is for the reading to say, once there is something to show."""
    found: list[Row] = []
    with delimited.opened(path, shape.encoding) as file:
        rows = delimited.rows(file, shape.delimiter)
        try:
            found.extend(islice(rows, SAMPLED))
        except FileRefused:
            if not found:
                raise
    return found


def _guess_workbook(path: Path) -> Shape:
    listed = xlsx.sheets(path)
    names = tuple(name for name, _hidden in listed)
    shown = [name for name, hidden in listed if not hidden] or list(names)
    beginnings = xlsx.beginnings(path, shown[:20], 50)
    name = next((name for name, rows in beginnings if _columns_used(rows) > 1), shown[0])
    several = Guess("sheet", 0.7, "first-sheet", {"count": len(names)})
    guess = several if len(names) > 1 else Guess("sheet", 1.0, "only-sheet")
    return _guess_sheet(path, Shape(XLSX, "", "", sheet=name, sheets=names, guesses=(guess,)))


def _columns_used(rows: Sequence[Row]) -> int:
    return len({place for row in rows for place, cell in enumerate(row.cells) if cell})


def _guess_sheet(path: Path, shape: Shape) -> Shape:
    rows = list(islice(xlsx.rows(path, shape.sheet), SAMPLED))
    if not rows:
        raise FileRefused(_("The sheet “%(name)s” is empty."), name=shape.sheet)
    return _guess_columns(rows, shape, xlsx.merges(path, shape.sheet))


def _guess_columns(rows: Sequence[Row], shape: Shape, merges: list) -> Shape:
    """Header rows, decimal mark, merged cells and day numbers, from the first rows."""
    if (width := max((len(row.cells) for row in rows), default=0)) > MOST_COLUMNS:
        raise FileRefused(
            _(
                "The file has %(columns)s columns; a table has at most %(most)s. Remove the empty ones, or check the delimiter."
            ),
            columns=width,
            most=MOST_COLUMNS,
        )
    first, last, sure = headers.find_header([(row.number, row.cells) for row in rows])
    shape = replace(shape, header_first=first, header_last=last, fill_down=(), serial_dates=())
    body = [row for row in rows if row.number > last]
    comma, decimal = sniffing.guess_decimal_comma([row.cells for row in body])
    lines = {row.number: row.cells for row in rows if first <= row.number <= last}
    names = headers.unique_names(headers.joined(lines, merges, spread=shape.format != XLSX))
    guesses = [*shape.guesses, _header_guess(first, last, sure), decimal, *_merged(names, merges, last)]
    if shape.format == XLSX:
        guesses += _serials(names, body)
    if first > 1:
        guesses.append(Guess("header_first", 0.9, "title-above", {"rows": first - 1}))
    return replace(shape, decimal_comma=comma, guesses=tuple(guesses))


def _header_guess(first: int, last: int, sure: float) -> Guess:
    if sure < 0.8:
        return Guess("header_last", sure, "header-unsure")
    if first < last:
        return Guess("header_last", sure, "header-lines", {"first": first, "last": last})
    return Guess("header_last", sure, "header-found")


def _merged(names: Sequence[str], merges: list, last: int) -> list[Guess]:
    places = sorted({m.left for m in merges if m.top > last and m.bottom > m.top and m.left < len(names)})
    return [Guess("fill_down", 0.5, "merged-below", {"column": names[place]}) for place in places[:TOLD]]


def _serials(names: Sequence[str], body: Sequence[Row]) -> list[Guess]:
    found = []
    for place, name in enumerate(names):
        cells = [row.cells[place] for row in body if place < len(row.cells) and row.cells[place]]
        alike = sum(1 for cell in cells if SERIAL.fullmatch(cell))
        if DATE_WORDS.search(name) and cells and alike >= 0.8 * len(cells):
            found.append(Guess("serial_dates", 0.8, "serial-dates", {"column": name}))
    return found[:TOLD]
