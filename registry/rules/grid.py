"""The map's grid: web mercator as every map has it, 2^24 points a side (migration 0008 says the same in SQL).

A point is 2.4 m wide at the equator and 2.0 m in Nanjing. At zoom z the world is 256 · 2^z pixels wide; clusters are
counted in cells of 64 pixels.
"""

import math
from dataclasses import dataclass

BITS = 24
POINTS = 1 << BITS
MAX_ZOOM = 19
CELL_PIXELS_BITS = 6
MOST_LATITUDE = 85.0511287798
MOST_CELLS = 4096  # a wall screen of 8192 × 2048 pixels; what is larger is asked for at a smaller zoom


class SectionError(ValueError):
    """A section that is none. `reason`: form (not four numbers), range, swapped (an edge beyond the other), large."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def x_of(longitude: float) -> int:
    """The column of a longitude in degrees."""
    return min(POINTS - 1, math.floor((longitude + 180) / 360 * POINTS))


def y_of(latitude: float) -> int:
    """The row of a latitude in degrees, counted from the north."""
    within = max(-MOST_LATITUDE, min(MOST_LATITUDE, latitude))
    return max(0, min(POINTS - 1, math.floor((1 - math.asinh(math.tan(math.radians(within))) / math.pi) / 2 * POINTS)))


def longitude_of(x: float) -> float:
    return x / POINTS * 360 - 180


def latitude_of(y: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / POINTS))))


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the map in degrees, edges included."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def of_points(cls, left: float, top: float, right: float, bottom: float) -> "Section":
        """From grid points: their middles, so that the section holds exactly these points whoever rounds it."""
        return cls(
            longitude_of(max(0, left)),
            latitude_of(min(POINTS, bottom + 1)),
            longitude_of(min(POINTS, right + 1)),
            latitude_of(max(0, top)),
        )

    @property
    def left(self) -> int:
        return x_of(self.west)

    @property
    def right(self) -> int:
        return x_of(self.east)

    @property
    def top(self) -> int:
        return y_of(self.north)

    @property
    def bottom(self) -> int:
        return y_of(self.south)

    def __str__(self) -> str:
        return ",".join(f"{edge:.6f}" for edge in (self.west, self.south, self.east, self.north))


WORLD = Section(-180.0, -90.0, 180.0, 90.0)


def parse_section(text: str) -> Section:
    """'west,south,east,north' in degrees. Raises SectionError; a section across the date line is asked for in two."""
    parts = text.split(",") if len(text) <= 200 else ()
    if len(parts) != 4:
        raise SectionError("form")
    try:
        west, south, east, north = map(float, parts)
    except ValueError as error:
        raise SectionError("form") from error
    if not all(map(math.isfinite, (west, south, east, north))):
        raise SectionError("form")
    if not (abs(west) <= 180 and abs(east) <= 180 and abs(south) <= 90 and abs(north) <= 90):
        raise SectionError("range")
    if west >= east or south >= north:
        raise SectionError("swapped")
    return Section(west, south, east, north)


def cell_shift(zoom: int) -> int:
    """How many bits of a grid point do not matter for its cell at this zoom."""
    return BITS - zoom - (8 - CELL_PIXELS_BITS)


def points_per_pixel(zoom: float) -> float:
    return 2 ** (BITS - 8 - zoom)


def require_countable(section: Section, zoom: int) -> None:
    """Raise SectionError('large') when the section has too many cells at this zoom."""
    shift = cell_shift(zoom)
    across = (section.right >> shift) - (section.left >> shift) + 1
    down = (section.bottom >> shift) - (section.top >> shift) + 1
    if across * down > MOST_CELLS:
        raise SectionError("large")


def zoom_showing(section: Section, width: int, height: int) -> float:
    """The zoom at which a section just fits into so many pixels."""
    across = max(1, section.right - section.left) / width
    down = max(1, section.bottom - section.top) / height
    return max(0.0, min(float(MAX_ZOOM), BITS - 8 - math.log2(max(across, down))))
