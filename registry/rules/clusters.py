"""Elevators that lie together on the map, drawn as one: how they are merged and what their colour says."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from registry.rules.grid import Section, cell_shift, latitude_of, longitude_of, points_per_pixel
from registry.rules.states import flags_in, public_status

# What a cluster's colour says: the first of these among its elevators. What no longer runs worries nobody.
WORST_FIRST = (
    "SEALED",
    "RELOCATING",
    "OUT_OF_USE",
    "UNREGISTERED",
    "CHANGING",
    "IN_USE",
    "DISMANTLED",
    "SCRAPPED",
    "DEREGISTERED",
)
SPOT_POINTS = 16  # some 30 m: one building


@dataclass(slots=True)
class Cluster:
    """Elevators that are drawn as one, at the mean of their positions. In grid points, whole by `add`."""

    left: int
    right: int
    top: int
    bottom: int
    count: int = 0
    sum_x: int = 0
    sum_y: int = 0
    statuses: dict[str, int] = field(default_factory=dict)  # public status → elevators
    tally: dict[str, int] = field(default_factory=dict)  # what else was counted → elevators

    @property
    def x(self) -> float:
        return self.sum_x / self.count + 0.5

    @property
    def y(self) -> float:
        return self.sum_y / self.count + 0.5

    @property
    def latitude(self) -> float:
        return latitude_of(self.y)

    @property
    def longitude(self) -> float:
        return longitude_of(self.x)

    @property
    def worst(self) -> str:
        """The gravest public status among them."""
        return min(self.statuses, key=WORST_FIRST.index)

    def gravest(self, gravest_first: Iterable[str]) -> str | None:
        """The first of these that was counted among them; None when none was."""
        return next((value for value in gravest_first if self.tally.get(value)), None)

    @property
    def is_spot(self) -> bool:
        """They stand at one place: nothing to zoom into."""
        return self.right - self.left <= SPOT_POINTS and self.bottom - self.top <= SPOT_POINTS

    @property
    def section(self) -> Section:
        """The piece of the map that holds all of them."""
        return Section.of_points(self.left, self.top, self.right, self.bottom)

    @property
    def radius(self) -> float:
        """In pixels: it grows with the number's digits, which stand inside."""
        return 9.0 if self.count == 1 else 13 + 3.5 * math.log10(self.count)

    def add(self, other: "Cluster") -> None:
        self.left, self.right = min(self.left, other.left), max(self.right, other.right)
        self.top, self.bottom = min(self.top, other.top), max(self.bottom, other.bottom)
        self.count += other.count
        self.sum_x += other.sum_x
        self.sum_y += other.sum_y
        for status, number in other.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + number
        for value, number in other.tally.items():
            self.tally[value] = self.tally.get(value, 0) + number


def clusters_of(rows: Iterable[tuple], zoom: int, tally: Iterable[tuple] = ()) -> list[Cluster]:
    """Clusters from rows counted by cell and state, largest first, drawn ones never lying over each other's middle.

    A row: (cell y, cell x, registration state, flag bits, count, sum x, sum y) and, where they were asked for, (least x,
    greatest x, least y, greatest y); without them a cluster's edges are those of its cells. `tally`: (cell y, cell x, value,
    count) of what else was counted.
    """
    cells: dict[tuple[int, int], Cluster] = {}
    shift = cell_shift(zoom)
    for cell_y, cell_x, state, bits, count, sum_x, sum_y, *edges in rows:
        status = public_status(state, flags_in(bits))
        if count == 1:
            edges = sum_x, sum_x, sum_y, sum_y
        left, right, top, bottom = edges or (*_edges(cell_x, shift), *_edges(cell_y, shift))
        one = Cluster(left, right, top, bottom, count, sum_x, sum_y, {status: count})
        if (here := cells.get((cell_y, cell_x))) is None:
            cells[cell_y, cell_x] = one
        else:
            here.add(one)
    for cell_y, cell_x, value, count in tally:
        # counted a moment later: a cell whose only elevator has moved since is no cell
        if (here := cells.get((cell_y, cell_x))) is not None:
            here.tally[value] = here.tally.get(value, 0) + count
    return _apart(cells, zoom)


def _edges(cell: int, shift: int) -> tuple[int, int]:
    return cell << shift, ((cell + 1) << shift) - 1


def _apart(cells: dict[tuple[int, int], Cluster], zoom: int) -> list[Cluster]:
    """Clusters of neighbouring cells whose circles would overlap become one: the smaller joins the larger."""
    size, shift = points_per_pixel(zoom), cell_shift(zoom)
    kept: dict[tuple[int, int], list[Cluster]] = {}
    for cluster in sorted(cells.values(), key=lambda c: (-c.count, c.top, c.left)):
        cell_y, cell_x = int(cluster.y) >> shift, int(cluster.x) >> shift
        beside = (other for dy in (-1, 0, 1) for dx in (-1, 0, 1) for other in kept.get((cell_y + dy, cell_x + dx), ()))
        for other in beside:
            reach = (other.radius + cluster.radius) * size
            if math.hypot(other.x - cluster.x, other.y - cluster.y) < reach:
                other.add(cluster)
                break
        else:
            kept.setdefault((cell_y, cell_x), []).append(cluster)
    return sorted((c for there in kept.values() for c in there), key=lambda c: (-c.count, c.top, c.left))
