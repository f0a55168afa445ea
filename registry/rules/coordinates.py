"""GCJ-02 and BD-09 to WGS84, which is what the platform stores (domain notes §10: formulas and check values)."""

from math import atan2, cos, pi, sin, sqrt

_A, _E2 = 6378245.0, 0.00669342162296594323
_BD = pi * 3000.0 / 180.0


class PositionError(ValueError):
    """Coordinates that cannot be a place. `reason`: `range` or `half` (one of the two is missing)."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def to_wgs84(latitude: float, longitude: float, datum: str) -> tuple[float, float]:
    """(latitude, longitude) in WGS84 degrees, from datum GCJ02, BD09 or anything that is WGS84 already.

    GCJ-02 is inverted by iteration to under a centimetre. Raises PositionError outside the globe, and outside China for
    the two datums that exist only there (their formulas run wild elsewhere).
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise PositionError("range")
    if datum in ("BD09", "GCJ02") and not (0.8 <= latitude <= 55.9 and 72.0 <= longitude <= 137.9):
        raise PositionError("range")
    if datum == "BD09":
        latitude, longitude = _bd09_to_gcj02(latitude, longitude)
    if datum in ("BD09", "GCJ02"):
        return _gcj02_to_wgs84(latitude, longitude)
    return latitude, longitude


def wgs84_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """The shift that Chinese web maps apply."""
    x, y = longitude - 105.0, latitude - 35.0
    root = sqrt(abs(x))
    common = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    t_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    t_lat += (
        2 / 3 * (common + 20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30))
    )
    t_lng = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    t_lng += (
        2 / 3 * (common + 20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi))
    )
    phi = latitude / 180 * pi
    m = 1 - _E2 * sin(phi) ** 2
    s = sqrt(m)
    d_lat = t_lat * 180 / (_A * (1 - _E2) / (m * s) * pi)
    d_lng = t_lng * 180 / (_A / s * cos(phi) * pi)
    return latitude + d_lat, longitude + d_lng


def _gcj02_to_wgs84(latitude: float, longitude: float) -> tuple[float, float]:
    guess_lat, guess_lng = latitude, longitude
    for _ in range(6):
        there_lat, there_lng = wgs84_to_gcj02(guess_lat, guess_lng)
        guess_lat, guess_lng = guess_lat + latitude - there_lat, guess_lng + longitude - there_lng
    return guess_lat, guess_lng


def _bd09_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    x, y = longitude - 0.0065, latitude - 0.006
    z = sqrt(x * x + y * y) - 0.00002 * sin(y * _BD)
    theta = atan2(y, x) - 0.000003 * cos(x * _BD)
    return z * sin(theta), z * cos(theta)
