"""The layouts of `layouts.toml`, checked when they are read."""

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("layouts.toml")


@dataclass(frozen=True)
class Layout:
    """All lengths in millimetres; pairs are width and height."""

    title: str
    title_en: str
    paper: tuple[float, float]
    columns: int
    rows: int
    plate: tuple[float, float]
    gap: tuple[float, float]
    bleed: float
    marks: float

    def title_in(self, language: str) -> str:
        return self.title if language.startswith("zh") else self.title_en

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    @property
    def origin(self) -> tuple[float, float]:
        """Upper left corner of the first plate's cut."""
        sides = zip(self.paper, self.plate, self.gap, (self.columns, self.rows), strict=True)
        return tuple((paper - n * plate - (n - 1) * gap) / 2 for paper, plate, gap, n in sides)

    def __post_init__(self) -> None:
        if self.columns < 1 or self.rows < 1 or min(self.plate) < 40:
            raise ValueError(f"{self.title}: a plate is at least 40 mm high and wide")
        if min(self.origin) < self.bleed + self.marks:
            raise ValueError(f"{self.title}: plates, bleed and crop marks do not fit the paper")
        counted = zip((self.columns, self.rows), self.gap, strict=True)
        if any(n > 1 and gap < 2 * self.bleed for n, gap in counted):
            raise ValueError(f"{self.title}: the bleed of two neighbours overlaps")

    def as_data(self) -> dict:
        return asdict(self) | {"origin": self.origin}


@cache
def all_layouts() -> dict[str, Layout]:
    """Every layout by its name."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: Layout(**{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})
        for name, table in tables.items()
    }
