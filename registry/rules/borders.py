"""In which district a point lies, by the coarse borders in registry/data (source and certainty in its README).

Good for doubts and pictures, never for deciding who manages an elevator: 江北新区 has no border in any set at hand.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

BORDERS = Path(__file__).resolve().parents[1] / "data" / "nanjing_districts.geojson"
# A management area whose subdistricts lie in these districts (domain notes §11).
LIES_IN = {"320100JB": ("320111", "320116")}
KM_PER_DEGREE = 111.32

Ring = tuple[tuple[float, float], ...]  # (longitude, latitude), closed


@dataclass(frozen=True, slots=True)
class District:
    """One district: `rings` are its outer rings and holes alike (a point inside an odd number of them is inside)."""

    code: str
    name: str
    rings: tuple[Ring, ...]
    west: float
    south: float
    east: float
    north: float

    def holds(self, latitude: float, longitude: float) -> bool:
        """Ray casting: is the point inside?"""
        if not (self.west <= longitude <= self.east and self.south <= latitude <= self.north):
            return False
        inside = False
        for ring in self.rings:
            for (x1, y1), (x2, y2) in pairwise(ring):
                if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1:
                    inside = not inside
        return inside

    def km_to_border(self, latitude: float, longitude: float) -> float:
        """Kilometres to the nearest point of the border, from inside or outside; good to 1 % within 100 km."""
        scale = KM_PER_DEGREE * math.cos(math.radians(latitude))
        nearest = math.inf
        for ring in self.rings:
            local = [((x - longitude) * scale, (y - latitude) * KM_PER_DEGREE) for x, y in ring]
            nearest = min([nearest, *(_km_to_line(a, b) for a, b in pairwise(local))])
        return nearest


def _km_to_line(a: tuple[float, float], b: tuple[float, float]) -> float:
    """From the origin to the piece of line between a and b."""
    (ax, ay), (dx, dy) = a, (b[0] - a[0], b[1] - a[1])
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / length))
    return math.hypot(ax + along * dx, ay + along * dy)


@cache
def districts() -> tuple[District, ...]:
    """The 11 districts of Nanjing, in the order of their codes."""
    features = json.loads(BORDERS.read_text(encoding="utf-8"))["features"]
    return tuple(sorted(map(_district, features), key=lambda district: district.code))


def _district(feature: dict) -> District:
    polygons = feature["geometry"]["coordinates"]
    rings = tuple(tuple((x, y) for x, y in ring) for polygon in polygons for ring in polygon)
    xs, ys = zip(*(point for ring in rings for point in ring), strict=True)
    code, name = feature["properties"]["code"], feature["properties"]["name"]
    return District(code, name, rings, min(xs), min(ys), max(xs), max(ys))


def as_point(latitude, longitude) -> tuple[float, float] | None:
    """Both as finite degrees on the globe, whatever type they come in; None when they are no place."""
    try:
        point = float(latitude), float(longitude)
    except (TypeError, ValueError, OverflowError):
        return None
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else None  # NaN compares false


def district_at(latitude, longitude) -> str:
    """The code of the district where a WGS84 point lies, '' outside of all of them and for what is no place."""
    if (point := as_point(latitude, longitude)) is None:
        return ""
    return next((district.code for district in districts() if district.holds(*point)), "")


def _stated(code) -> tuple[District, ...]:
    """The districts that a stated area's code (district, management area, subdistrict) means; () when none is known."""
    text = str(code or "").strip()
    codes = LIES_IN.get(text) or ((text[:6],) if len(text) in (6, 9) else ())
    return tuple(district for district in districts() if district.code in codes)


def has_border(code) -> bool:
    """Is there a border here for the area with this code?"""
    return bool(_stated(code))


def lies_in_stated(latitude, longitude, code) -> bool | None:
    """Does the point lie in the area that `code` states? None when either is unknown, so that nothing can be said."""
    stated, point = _stated(code), as_point(latitude, longitude)
    if not stated or point is None:
        return None
    return any(district.holds(*point) for district in stated)


def km_outside(latitude, longitude, code) -> float | None:
    """How far a point lies outside the area that `code` states; 0.0 inside, None when nothing can be said.

    The borders are coarse: of real positions that are right, one in eighty lies outside by a little (domain §10).
    """
    inside = lies_in_stated(latitude, longitude, code)
    if inside is None:
        return None
    return 0.0 if inside else min(d.km_to_border(*as_point(latitude, longitude)) for d in _stated(code))


def looks_swapped(latitude, longitude, code="") -> bool:
    """Would the point lie in its stated area (in any district, without one) only with the two numbers exchanged?

    Takes numbers as they stand in a file: a longitude in the place of the latitude is beyond 90 and no place at all.
    """

    def fits(point) -> bool:
        if point is None:
            return False
        if _stated(code):
            return bool(lies_in_stated(*point, code))
        return bool(district_at(*point))

    return fits(as_point(longitude, latitude)) and not fits(as_point(latitude, longitude))
