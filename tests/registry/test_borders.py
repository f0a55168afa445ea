"""Points and districts: where a point lies, how far outside, in which datum a file was written."""

import json
import math
import random
from decimal import Decimal

import pytest

from registry import rules
from registry.rules import borders, datums
from registry.rules.coordinates import wgs84_to_gcj02

# Well inside, by the circles that the invented city is drawn in (registry/data/synthetic_city.json).
CIRCLES = json.loads((borders.BORDERS.parent / "synthetic_city.json").read_text())["positions"]["circles"]
HOSTILE = [
    (None, None),
    ("", ""),
    ("north", "east"),
    (math.nan, 118.8),
    (32.04, math.inf),
    (1e308, -1e308),
    ("9" * 10**5, 118),
    (91, 118.8),
    (32.04, 180.5),
    ([], {}),
    (True, object()),
]


def test_borders_are_the_eleven_official_districts():
    from accounts.models import Area  # the same codes as the national list

    assert Area._meta.db_table  # Django is up; the codes stand in accounts/data
    listed = (borders.BORDERS.parents[2] / "accounts" / "data" / "nanjing_districts.csv").read_text().splitlines()[1:]
    assert [f"{d.code},{d.name}" for d in rules.districts()] == sorted(line.strip() for line in listed)
    assert sum(len(ring) for d in rules.districts() for ring in d.rings) == 683
    assert all(ring[0] == ring[-1] for d in rules.districts() for ring in d.rings)


@pytest.mark.parametrize("key", sorted(CIRCLES))
def test_district_at_every_circle_of_the_invented_city(key):
    statistical = key.rpartition("/")[2]
    for latitude, longitude, _radius in CIRCLES[key]:
        assert rules.district_at(latitude, longitude) == statistical
        assert rules.district_at(Decimal(str(latitude)), str(longitude)) == statistical
        assert rules.lies_in_stated(latitude, longitude, key.partition("/")[0]) is True


def test_district_at_the_corners_of_every_district_belongs_to_one_at_most():
    """A corner shared by several lies in one of them or in none, never in two."""
    for district in rules.districts():
        for ring in district.rings:
            for x, y in ring:
                assert sum(other.holds(y, x) for other in rules.districts()) <= 1


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(40.71, -74.0), (31.23, 121.47), (0, 0), (-32.04, 118.78), (90, 180)]
)
def test_district_at_elsewhere_is_none(latitude, longitude):
    assert rules.district_at(latitude, longitude) == ""
    assert rules.lies_in_stated(latitude, longitude, "320102") is False
    assert rules.km_outside(latitude, longitude, "320102") > 100


@pytest.mark.parametrize(("latitude", "longitude"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_points_lie_nowhere_and_raise_nothing(latitude, longitude):
    assert rules.district_at(latitude, longitude) == ""
    assert rules.lies_in_stated(latitude, longitude, "320102") is None
    assert rules.km_outside(latitude, longitude, "320102") is None
    assert rules.looks_swapped(latitude, longitude) is False


@pytest.mark.parametrize("code", ["", None, "999999", "320100", "3201", "x" * 10**5, 320102, "320102\0"])
def test_unknown_code_says_nothing(code):
    known = str(code) == "320102"
    assert (rules.lies_in_stated(32.0715, 118.8301, code) is None) is not known


def test_a_subdistrict_and_the_management_area_stand_for_their_districts():
    latitude, longitude, _radius = CIRCLES["320100JB/320111"][0]
    assert rules.lies_in_stated(latitude, longitude, "320100JB") is True
    assert rules.lies_in_stated(latitude, longitude, "320111002") is True
    assert rules.lies_in_stated(latitude, longitude, "320102001") is False


def test_km_outside_is_measured_to_the_nearest_border():
    latitude, longitude = 32.0715, 118.8301  # 玄武
    assert rules.km_outside(latitude, longitude, "320102") == 0.0
    district = next(d for d in rules.districts() if d.code == "320102")
    # going east from its easternmost corner by 0.05 degrees
    x, y = max(point for ring in district.rings for point in ring)
    expected = 0.05 * 111.32 * math.cos(math.radians(y))
    assert rules.km_outside(y, x + 0.05, "320102") == pytest.approx(expected, rel=0.02)
    # a corner itself is no distance away
    assert district.km_to_border(y, x) == pytest.approx(0, abs=1e-9)


def test_looks_swapped():
    assert rules.looks_swapped(118.8301, 32.0715)
    assert rules.looks_swapped("118.8301", "32.0715", "320102")
    assert not rules.looks_swapped(32.0715, 118.8301)
    assert not rules.looks_swapped(118.8301, 32.0715, "320118")  # exchanged it would be in another district
    assert not rules.looks_swapped(118.8301, 40.0)


# --- datum ------------------------------------------------------------------------------------------------------------


def gcj02_to_bd09(latitude, longitude):
    """The inverse of the formula in registry.rules.coordinates (public knowledge)."""
    z = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * math.pi * 3000 / 180)
    theta = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * math.pi * 3000 / 180)
    return z * math.sin(theta) + 0.006, z * math.cos(theta) + 0.0065


WRITTEN_IN = {
    "WGS84": lambda latitude, longitude: (latitude, longitude),
    "GCJ02": wgs84_to_gcj02,
    "BD09": lambda latitude, longitude: gcj02_to_bd09(*wgs84_to_gcj02(latitude, longitude)),
}


def estates(count=1500):
    """Points all over the city where people live near borders, with the district in which they truly lie."""
    chance, found = random.Random(1), []
    while len(found) < count:
        latitude, longitude = chance.uniform(31.95, 32.15), chance.uniform(118.65, 118.95)
        if code := rules.district_at(latitude, longitude):
            found.append((latitude, longitude, code))
    return found


def test_our_bd09_is_that_of_the_notes():
    assert WRITTEN_IN["GCJ02"](32.04, 118.78) == pytest.approx((32.037951, 118.785206), abs=1e-6)
    assert WRITTEN_IN["BD09"](32.04, 118.78) == pytest.approx((32.044205, 118.791636), abs=1e-6)


@pytest.mark.parametrize("swapped", [False, True], ids=["as written", "swapped"])
@pytest.mark.parametrize("datum", WRITTEN_IN)
def test_propose_datum_finds_the_one_that_was_used(datum, swapped):
    written = [(*WRITTEN_IN[datum](lat, lng), code) for lat, lng, code in estates()]
    if swapped:
        written = [(lng, lat, code) for lat, lng, code in written]
    fits = rules.propose_datum(written)
    best, shares = fits[0], {(fit.datum, fit.swapped): fit.share for fit in fits}
    assert (best.datum, best.swapped, best.judged) == (datum, swapped, 1500)
    assert best.share > 0.995
    assert len(shares) == 6
    # the others put 5 % and more of these points into the wrong district, and nothing fits the other way round
    assert all(share < 0.96 for (name, turned), share in shares.items() if turned == swapped and name != datum)
    assert all(share == 0 for (_name, turned), share in shares.items() if turned != swapped)


def test_better_reading_proposes_only_what_is_clearly_better():
    fits = rules.propose_datum([(*WRITTEN_IN["BD09"](lat, lng), code) for lat, lng, code in estates(300)])
    assert rules.better_reading(fits, datum="WGS84") == fits[0]
    assert rules.better_reading(fits, datum="BD09") is None

    def fit(datum, inside):
        return rules.DatumFit(datum, False, inside, 1000)

    close = [fit("GCJ02", 985), fit("WGS84", 970), fit("BD09", 700)]
    assert rules.better_reading(close, datum="WGS84") is None
    assert rules.better_reading(close, datum="BD09") == close[0]
    few = [rules.DatumFit("BD09", False, 4, 4), rules.DatumFit("WGS84", False, 0, 4)]
    assert rules.better_reading(few, datum="WGS84") is None


def test_propose_datum_judges_only_what_it_can():
    good = estates(20)
    rows = [(*point, "320102") for point in HOSTILE] + [(32.0, 118.8, code) for code in ("", None, "999999")] + good
    fits = rules.propose_datum(iter(rows))
    assert {fit.judged for fit in fits} == {20}
    assert (fits[0].datum, fits[0].share) == ("WGS84", 1.0)
    assert [fit.share for fit in rules.propose_datum([])] == [0.0] * 6
    assert rules.better_reading(rules.propose_datum([]), datum="BD09") is None


def test_propose_datum_samples_a_long_file_the_same_way_each_time():
    rows = estates(200) * 40
    first = rules.propose_datum(iter(rows))
    assert first[0].judged == datums.SAMPLE
    assert first == rules.propose_datum(rows)


def test_a_ray_through_a_corner_counts_it_once():
    """Points exactly as far north as a corner lie where their neighbours just north of them lie."""
    for district in rules.districts():
        for latitude in {y for ring in district.rings for _x, y in ring}:
            for longitude in (118.60, 118.72, 118.84, 118.96):
                assert district.holds(latitude, longitude) == district.holds(latitude + 1e-9, longitude)
