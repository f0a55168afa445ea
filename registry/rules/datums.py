"""Which datum a file's coordinates are in, told from the districts that the file itself states (domain notes §10).

Of 5,306 real estates in BD-09, 86.5 % lay in their district when read as WGS84, 88.7 % as GCJ-02 and 98.7 % as BD-09.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from registry.rules.borders import as_point, has_border, lies_in_stated
from registry.rules.coordinates import PositionError, to_wgs84

DATUMS = ("WGS84", "GCJ02", "BD09")
SAMPLE = 3000  # rows that are tried; more would say the same and take longer
CLEAR_ROWS, CLEAR_SHARE = 5, 0.02  # what another reading must win by before it is proposed


@dataclass(frozen=True, slots=True)
class DatumFit:
    """How many of the judged rows lie in their stated district when read in this datum (and with lat/lng swapped)."""

    datum: str  # WGS84, GCJ02 or BD09
    swapped: bool
    inside: int
    judged: int

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 when no row could be judged."""
        return self.inside / self.judged if self.judged else 0.0


class PlaceSample:
    """Up to SAMPLE of the (latitude, longitude, district code) rows that can be judged, however many are added: each as
    likely as any other, the same for the same file."""

    def __init__(self):
        self.rows: list[tuple] = []
        self._seen, self._chance = 0, random.Random("datums")

    def add(self, rows: Iterable[tuple]) -> None:
        for row in filter(_can_be_judged, rows):
            self._seen += 1
            if len(self.rows) < SAMPLE:
                self.rows.append(row)
            elif (place := self._chance.randrange(self._seen)) < SAMPLE:
                self.rows[place] = row


def propose_datum(rows: Iterable[tuple]) -> list[DatumFit]:
    """Six readings of (latitude, longitude, district code) rows, best first; equals in the order of DATUMS, as written
    before swapped.

    Takes any values: a row whose numbers are no place, or whose code has no border here, is not judged. Of many rows a
    fixed sample of 3,000 is tried, the same for the same file.
    """
    sample = PlaceSample()
    sample.add(rows)
    judged = sample.rows
    fits = [
        DatumFit(datum, swapped, sum(_inside(row, datum, swapped) for row in judged), len(judged))
        for swapped in (False, True)
        for datum in DATUMS
    ]
    return sorted(fits, key=lambda fit: -fit.inside)


def better_reading(fits: list[DatumFit], *, datum: str, swapped: bool = False) -> DatumFit | None:
    """The reading to propose instead of the chosen one, or None while the chosen one is as good as any.

    It must put at least 5 more rows, and 2 % more of them, into their district: a few points beside a coarse border say
    nothing.
    """
    chosen = next(fit for fit in fits if (fit.datum, fit.swapped) == (datum, swapped))
    best = fits[0]
    gain = best.inside - chosen.inside
    return best if gain >= max(CLEAR_ROWS, CLEAR_SHARE * best.judged) else None


def _can_be_judged(row) -> bool:
    latitude, longitude, code = row
    if as_point(latitude, longitude) is None and as_point(longitude, latitude) is None:
        return False
    return has_border(code)


def _inside(row, datum: str, swapped: bool) -> bool:
    latitude, longitude, code = row
    point = as_point(longitude, latitude) if swapped else as_point(latitude, longitude)
    if point is None:
        return False
    try:
        return bool(lies_in_stated(*to_wgs84(*point, datum), code))
    except PositionError:
        return False
