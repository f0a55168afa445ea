"""How far two places are apart."""

from math import asin, cos, radians, sin, sqrt

EARTH_M = 6_371_008.8  # mean radius (IUGG), metres


FAR_M = 200  # a phone indoors is off by up to a hundred metres; beyond twice that somebody should look


def is_far(metres: float, accuracy_m: int | None) -> bool:
    """Is a phone that says it is right to `accuracy_m` too far away to be where it should be?"""
    return metres > FAR_M + (accuracy_m or 0)


def metres_between(one: tuple, other: tuple) -> float:
    """The great circle between two (latitude, longitude) in WGS84 degrees, in metres."""
    (lat1, lon1), (lat2, lon2) = ((radians(float(degrees)) for degrees in place) for place in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))
