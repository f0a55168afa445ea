"""The table that the bench prints."""

import sys
import unicodedata
from dataclasses import asdict, dataclass

COLUMNS = ("what", "ours", "floor", "ratio", "target", "holds")


@dataclass(frozen=True)
class Row:
    """One measured thing. `ours` and `floor` in `unit`; without `target` it is told, not judged."""

    what: str
    ours: float
    unit: str
    target: str = ""
    holds: bool = True
    floor: float | None = None

    def cells(self) -> tuple[str, ...]:
        ratio = "" if not self.floor else f"{self.ours / self.floor:.2f}"
        floor = "" if self.floor is None else self._spoken(self.floor)
        verdict = ("yes" if self.holds else "NO") if self.target else ""
        return self.what, self._spoken(self.ours), floor, ratio, self.target, verdict

    def _spoken(self, value: float) -> str:
        digits = 0 if self.unit in ("buffers", "/s", "") else 2 if value < 10 else 1
        return f"{value:,.{digits}f} {self.unit}".strip()

    def as_dict(self) -> dict:
        return asdict(self) | {"ratio": self.ours / self.floor if self.floor else None}


class Report:
    """Collects rows; says on standard error what is being measured."""

    def __init__(self, *, plans: bool = False):
        self.rows: list[Row] = []
        self.plans = plans

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def add(self, row: Row) -> None:
        self.rows.append(row)

    def show(self) -> None:
        table = [COLUMNS, *(row.cells() for row in self.rows)]
        widths = [max(_width(cells[i]) for cells in table) for i in range(len(COLUMNS))]
        for cells in table:
            print("  ".join(_padded(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip())
        missed = sum(not row.holds for row in self.rows)
        print(f"\n{missed} of {len(self.rows)} targets missed" if missed else "\nevery target holds")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
