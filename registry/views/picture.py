"""The schematic map as numbers for an SVG: borders, labels, classes of colour. No request, no database.

One unit of the picture is one point of the grid (registry.rules.grid), counted from the city's north-western corner so
that numbers stay small.
"""

from dataclasses import dataclass
from functools import cache

from registry.rules import districts
from registry.rules.borders import LIES_IN
from registry.rules.grid import Section, latitude_of, longitude_of, points_per_pixel, x_of, y_of

LEVELS = 5  # classes of colour and pattern
OVERVIEW_ZOOM = 10.5  # below it a city shows its districts, from it on its clusters
NOMINAL = (800, 640)  # pixels that a browser without script is taken to have
# Roughly the middle of the seven subdistricts that 江北新区 runs; a place for its name, not a border.
JIANGBEI, JIANGBEI_AT = "320100JB", (32.165, 118.705)
# From afar the inner districts are too small for their names, which stand beside the city then (latitude, longitude).
CALLOUTS = {
    JIANGBEI: (32.43, 118.20),
    "320106": (32.24, 118.20),
    "320105": (31.88, 118.20),
    "320114": (31.70, 118.20),
    "320102": (32.23, 119.38),
    "320104": (32.05, 119.42),
}


@cache
def city() -> Section:
    """The section that holds all districts, with room for names beside them."""
    west, east = min(d.west for d in districts()), max(d.east for d in districts())
    south, north = min(d.south for d in districts()), max(d.north for d in districts())
    return Section(west - 0.36, south - 0.02, east + 0.36, north + 0.02)


def place(x: float, y: float) -> tuple[float, float]:
    """A grid point in the picture's units."""
    return round(x - city().left, 1), round(y - city().top, 1)


@dataclass(frozen=True, slots=True)
class Label:
    """Where a name stands near by and from afar, in the picture's units."""

    near: tuple[float, float]
    far: tuple[float, float]

    @property
    def leader(self) -> str:
        """The line from a name beside the city to what it names; '' when the name stands in its place."""
        (x, y), (far_x, far_y) = self.near, self.far
        return f"M{x:g} {y:g}L{far_x:g} {far_y:g}" if self.near != self.far else ""

    @classmethod
    def of(cls, code: str, latitude: float, longitude: float) -> "Label":
        far_latitude, far_longitude = CALLOUTS.get(code, (latitude, longitude))
        return cls(
            place(x_of(longitude), y_of(latitude)),
            place(x_of(far_longitude), y_of(far_latitude)),
        )


@dataclass(frozen=True, slots=True)
class Outline:
    """One district's border as a path, and where its name stands."""

    code: str
    name: str
    path: str
    label: "Label"
    section: Section
    partly_jiangbei: bool


@cache
def outlines() -> tuple[Outline, ...]:
    """All districts. Worked out once in a process."""
    return tuple(
        Outline(
            district.code,
            district.name,
            "".join(_ring(ring) for ring in district.rings),
            Label.of(district.code, *_middle(district)),
            Section(district.west, district.south, district.east, district.north),
            district.code in LIES_IN[JIANGBEI],
        )
        for district in districts()
    )


def _ring(ring) -> str:
    points = [place(x_of(longitude), y_of(latitude)) for longitude, latitude in ring]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"


def _middle(district) -> tuple[float, float]:
    """The place inside (latitude, longitude) that is farthest from the border, of a few: where a name fits best."""
    steps = 14
    across, down = (district.east - district.west) / steps, (district.north - district.south) / steps
    inside = (
        (latitude, longitude)
        for row in range(1, steps)
        for column in range(1, steps)
        if district.holds(latitude := district.south + row * down, longitude := district.west + column * across)
    )
    return max(inside, key=lambda point: district.km_to_border(*point))


def jiangbei_label() -> Label:
    return Label.of(JIANGBEI, *JIANGBEI_AT)


def view_box(section: Section) -> str:
    left, top = place(section.left, section.top)
    return f"{left:g} {top:g} {max(1, section.right - section.left)} {max(1, section.bottom - section.top)}"


def level_of(value: float, largest: float) -> int:
    """0 for nothing, else 1 to 5 in equal steps up to the largest."""
    if not value or not largest:
        return 0
    return min(LEVELS, int(value / largest * LEVELS - 1e-9) + 1)


def shows_clusters(section: Section, zoom: float) -> bool:
    """Near by, and wherever there are no districts to show."""
    return zoom >= OVERVIEW_ZOOM or not overlaps(section, city())


def overlaps(one: Section, other: Section) -> bool:
    return one.west < other.east and other.west < one.east and one.south < other.north and other.south < one.north


def moved(section: Section, across: float = 0, down: float = 0, factor: float = 1) -> Section:
    """The section moved by parts of its own width and height, and made `factor` times as wide around its middle."""
    width, height = section.right - section.left, section.bottom - section.top
    middle_x = section.left + width * (0.5 + across)
    middle_y = section.top + height * (0.5 + down)
    half_x, half_y = max(8.0, width * factor / 2), max(8.0, height * factor / 2)
    world = x_of(180) + 1
    left, right = max(0.0, middle_x - half_x), min(float(world), middle_x + half_x)
    top, bottom = max(0.0, middle_y - half_y), min(float(world), middle_y + half_y)
    return Section(longitude_of(left), latitude_of(bottom), longitude_of(right), latitude_of(top))


def roomy(section: Section) -> Section:
    """A section with room around it, never smaller than a few streets."""
    wide = moved(section, factor=1.25)
    least = 400 * points_per_pixel(17)
    width, height = wide.right - wide.left, wide.bottom - wide.top
    return moved(wide, factor=max(1.0, least / max(1, max(width, height))))
