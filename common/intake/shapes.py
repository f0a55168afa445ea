"""How a file is written: format, encoding, delimiter, sheet, header rows. Guessed, shown with how sure it is, corrected."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

CSV, XLSX = "csv", "xlsx"


@dataclass(frozen=True, slots=True)
class Guess:
    """How sure one part of a shape is. `about`: the field of Shape; `confidence` 0 to 1; the sentence by `code`."""

    about: str
    confidence: float
    code: str
    params: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read a file. People correct any of it with dataclasses.replace; to_json / from_json keep it in a row.

    `encoding`, `delimiter`: CSV only. `sheet`: XLSX only; `sheets`: what there is to choose from. `header_first` and
    `header_last`: row numbers as a person sees them (1 is the first); several header rows are joined "A / B"; what
    stands above is left out. `decimal_comma`: numbers in cells are written 1.234,5 (cells stay as they are written;
    whoever reads a number out of one asks cells.plain_number). `fill_down`: headers of columns whose blank cells take
    the value above (merged cells). `serial_dates`: headers of columns whose plain numbers are a spreadsheet's days.
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
    raise NotImplementedError
