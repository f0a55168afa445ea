"""The map's grid and clusters, without a database."""

import math

import pytest

from registry.rules.clusters import WORST_FIRST, Cluster, clusters_of
from registry.rules.grid import (
    MAX_ZOOM,
    POINTS,
    WORLD,
    Section,
    SectionError,
    cell_shift,
    latitude_of,
    longitude_of,
    parse_section,
    points_per_pixel,
    require_countable,
    x_of,
    y_of,
    zoom_showing,
)
from registry.rules.states import FLAGS_BY_WEIGHT, TRANSITIONS

NANJING = Section(118.3, 31.2, 119.3, 32.7)


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        (0, 0, (POINTS // 2, POINTS // 2)),
        (90, 180, (POINTS - 1, 0)),
        (-90, -180, (0, POINTS - 1)),
        (85.0511287798, -180, (0, 0)),
    ],
)
def test_corners_of_the_world_are_on_the_grid(latitude, longitude, point):
    assert (x_of(longitude), y_of(latitude)) == point


def test_a_point_is_found_again_within_its_own_width():
    for latitude, longitude in ((32.04, 118.78), (-33.9, 18.4), (40.7, -74.0)):
        x, y = x_of(longitude), y_of(latitude)
        assert x <= (longitude + 180) / 360 * POINTS < x + 1
        assert longitude_of(x) <= longitude < longitude_of(x + 1)
        assert latitude_of(y + 1) <= latitude <= latitude_of(y)


def test_nanjings_points_are_two_metres_wide():
    metres = 40_075_017 * math.cos(math.radians(32.04)) / POINTS
    assert metres == pytest.approx(2.02, abs=0.01)
    assert points_per_pixel(16) == 1
    assert [cell_shift(zoom) for zoom in (0, 12, MAX_ZOOM)] == [22, 10, 3]


def test_section_in_and_out():
    assert parse_section("118.3, 31.2,119.3,32.7") == NANJING
    assert parse_section(str(NANJING)) == NANJING
    assert parse_section("-180,-90,180,90") == WORLD


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "form"),
        ("1,2,3", "form"),
        ("1,2,3,4,5", "form"),
        ("a,b,c,d", "form"),
        ("nan,31,119,32", "form"),
        ("118,31,inf,32", "form"),
        ("118,31,1e999,32", "form"),
        ("118;31;119;32", "form"),
        (",,,", "form"),
        ("1" * 10**6, "form"),
        ("118,31,119,32\0", "form"),
        ("118,31,181,32", "range"),
        ("118,-91,119,32", "range"),
        ("31,118,32,119", "range"),
        ("119,31,118,32", "swapped"),
        ("118,32,119,31", "swapped"),
        ("118,31,118,32", "swapped"),
    ],
)
def test_section_that_is_none_says_why(text, reason):
    with pytest.raises(SectionError) as refusal:
        parse_section(text)
    assert refusal.value.reason == reason


def test_section_of_points_holds_exactly_these_points():
    for left, top, right, bottom in ((13_930_000, 6_830_000, 13_930_000, 6_830_000), (0, 0, POINTS - 1, POINTS - 1)):
        section = Section.of_points(left + 0.25, top + 0.25, right - 0.25, bottom - 0.25)
        again = parse_section(str(section))
        assert (again.left, again.top, again.right, again.bottom) == (left, top, right, bottom)


def test_a_screen_can_be_counted_and_a_city_in_single_houses_not():
    require_countable(NANJING, 12)
    require_countable(WORLD, 4)
    for section, zoom in ((NANJING, MAX_ZOOM), (WORLD, 5)):
        with pytest.raises(SectionError, match="large"):
            require_countable(section, zoom)


def test_zoom_that_shows_a_section():
    zoom = zoom_showing(NANJING, 1000, 700)
    pixels = (
        (NANJING.right - NANJING.left) / points_per_pixel(zoom),
        (NANJING.bottom - NANJING.top) / points_per_pixel(zoom),
    )
    assert max(pixels[0] / 1000, pixels[1] / 700) == pytest.approx(1)
    assert zoom_showing(Section(118, 32, 118.0000001, 32.0000001), 1000, 700) == MAX_ZOOM
    assert zoom_showing(WORLD, 10, 10) == 0


# --- clusters -----------------------------------------------------------------------------------------------------------


def row(x, y, *, zoom=12, state="IN_USE", bits=0, count=1):
    shift = cell_shift(zoom)
    return (y >> shift, x >> shift, state, bits, count, x * count, y * count, x, x, y, y)


def test_worst_first_knows_every_status():
    assert sorted(WORST_FIRST) == sorted({*FLAGS_BY_WEIGHT, *TRANSITIONS} - {"WITHDRAWN"})


def test_states_of_a_cell_become_one_cluster_with_its_worst():
    x, y = 5 << 10, 7 << 10
    found = clusters_of([row(x, y, count=40), row(x + 8, y, bits=1, count=2), row(x, y + 4, state="SCRAPPED")], 12)
    (one,) = found
    assert (one.count, one.worst, one.statuses) == (43, "SEALED", {"IN_USE": 40, "SEALED": 2, "SCRAPPED": 1})
    assert (one.left, one.right, one.top, one.bottom) == (x, x + 8, y, y + 4)
    assert one.is_spot
    assert (one.x, one.y) == pytest.approx((x + 16 / 43 + 0.5, y + 4 / 43 + 0.5))


def test_circles_that_would_overlap_become_one_across_cells():
    edge = 6 << 10
    near, far = [row(edge - 3, 100, count=9), row(edge + 3, 100, count=5)], [row(edge - 900, 100), row(edge + 900, 100)]
    assert [c.count for c in clusters_of(near, 12)] == [14]
    assert [c.count for c in clusters_of(far, 12)] == [1, 1]
    # nearer by, the same two stand apart
    assert [
        c.count for c in clusters_of([row(edge - 300, 100, zoom=19, count=9), row(edge + 300, 100, zoom=19)], 19)
    ] == [9, 1]


def test_nobody_is_lost_by_merging():
    import random

    chance = random.Random(3)
    rows = [
        row(chance.randrange(1 << 17), chance.randrange(1 << 17), count=chance.randrange(1, 400)) for _ in range(2000)
    ]
    found = clusters_of(rows, 12)
    assert sum(c.count for c in found) == sum(r[4] for r in rows)
    assert sum(c.sum_x for c in found) == sum(r[5] for r in rows)
    assert all(c.left <= c.x <= c.right + 1 and c.top <= c.y <= c.bottom + 1 for c in found)
    assert [c.count for c in found] == sorted((c.count for c in found), reverse=True)


def test_a_spot_is_one_building():
    assert Cluster(10, 26, 5, 5, 2, 36, 10, {"IN_USE": 2}).is_spot
    assert not Cluster(10, 27, 5, 5, 2, 37, 10, {"IN_USE": 2}).is_spot
