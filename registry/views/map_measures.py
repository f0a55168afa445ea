"""What the colour of a district says, and the same in figures for the table and the legend."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from registry.choices import FlagKind
from registry.queries.map import DistrictFigure
from registry.templatetags.registry import LABELS
from registry.views import picture

ELEVATORS, UNLOCATED = "elevators", "unlocated"
# Besides the number of elevators: the share in one of these.
SHARES = ("SEALED", "OUT_OF_USE", "UNREGISTERED", "RELOCATING", "CHANGING")
TABLE_STATUSES = ("IN_USE", "OUT_OF_USE", "UNREGISTERED", "SEALED")


def status_query(status: str) -> tuple[str, str]:
    """How the list asks for a public status."""
    return ("flag", status) if status in FlagKind.values else ("registration_state", status)


@dataclass(frozen=True, slots=True)
class Line:
    """One managing district in the picture and in the table beside it."""

    area: object
    total: int
    unlocated: int
    value: float
    shown: str  # the value in figures
    level: int  # class of colour, 0 to 5
    statuses: list  # of (label, count, address of the list)
    url: str
    map_url: str


@dataclass(frozen=True, slots=True)
class Measure:
    """The number of elevators, or the share of them in a state or without a position."""

    name: str

    @classmethod
    def named(cls, text: str) -> "Measure":
        """By its name in the address; an unknown one is the number of elevators."""
        return cls(text if text in (*SHARES, UNLOCATED) else ELEVATORS)

    @staticmethod
    def choices() -> list[tuple[str, str]]:
        shares = [(status, _("Share: %(state)s") % {"state": LABELS[status]}) for status in SHARES]
        return [(ELEVATORS, _("Number of elevators")), *shares, (UNLOCATED, _("Share: without a position"))]

    def value_of(self, figure: DistrictFigure) -> float:
        """Elevators, or percent of them."""
        if self.name == ELEVATORS:
            return figure.total
        part = figure.total - figure.located if self.name == UNLOCATED else figure.statuses.get(self.name, 0)
        return 100 * part / figure.total if figure.total else 0.0

    def shown(self, value: float) -> str:
        """A value in figures; a share that is not nothing never reads 0."""
        if self.name == ELEVATORS:
            return f"{value:,.0f}"
        if 0 < value < 1:
            return f"{max(value, 0.01):.2f} %"
        return f"{value:.1f} %"

    def lines(self, figures: list[DistrictFigure], address: Callable) -> list[Line]:
        """One per figure; `address(route, *parameters)` keeps the filters in force."""
        largest = max(map(self.value_of, figures), default=0)
        return [self._line(figure, largest, address) for figure in figures]

    def _line(self, figure: DistrictFigure, largest: float, address: Callable) -> Line:
        area, value = ("area", figure.area.code), self.value_of(figure)
        statuses = [
            (LABELS[status], figure.statuses.get(status, 0), address("elevators", area, status_query(status)))
            for status in TABLE_STATUSES
        ]
        return Line(
            area=figure.area,
            total=figure.total,
            unlocated=figure.total - figure.located,
            value=value,
            shown=self.shown(value),
            level=picture.level_of(value, largest),
            statuses=statuses,
            url=address("elevators", area),
            map_url=address("map", area),
        )

    def legend(self, lines: list[Line]) -> list[tuple[int, str]]:
        """(class of colour, from what to what) for each class; none when there is nothing to tell apart."""
        largest = max((line.value for line in lines), default=0)
        steps = [largest * level / picture.LEVELS for level in range(picture.LEVELS + 1)]
        between = [f"{self.shown(low)} – {self.shown(high)}" for low, high in pairwise(steps)]
        return list(enumerate(between, start=1)) if largest else []
