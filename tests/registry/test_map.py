"""The map: clusters and figures of what one sees, the endpoint for others' maps, the pages."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Permission
from common.actor import system
from common.clock import now
from registry import actions
from registry.models import Elevator
from registry.queries.map import clusters, map_figures, within
from registry.rules.grid import MAX_ZOOM, WORLD, SectionError, parse_section, x_of, y_of
from tests.factories.make import (
    GULOU,
    JIANGBEI,
    JIANGNING,
    NANJING,
    client_for,
    hold,
    make_elevator,
    make_unit,
    make_user,
)
from tests.registry.test_queries import actor_with

SYSTEM = system("tests")
CITY = "118.3,31.2,119.3,32.7"
NEAR = "118.7,32.0,118.9,32.1"
URL = "/api/v1/registry/elevators/clusters/"


def at(latitude, longitude, *, area_code=GULOU, state=None, **values):
    position = {"latitude": Decimal(str(latitude)), "longitude": Decimal(str(longitude)), "coord_source": "GPS"}
    elevator = make_elevator(area_code=area_code, **position, **values)
    if state:
        Elevator.objects.filter(pk=elevator.pk).update(registration_state=state)
    return elevator


def sealed(elevator):
    actions.set_flag(elevator_id=elevator.pk, kind="SEALED", reason="", reference="", by=SYSTEM, at=now())
    return elevator


@pytest.fixture
def regulator(db):
    user = make_user()
    hold(user, "CITY_REGULATOR", area_code=NANJING)
    return client_for(user)


# --- the grid in the database -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("32.040000", "118.780000"),
        ("0", "0"),
        ("90", "180"),
        ("-90", "-180"),
        ("85.051129", "-0.000001"),
        ("-85.06", "179.999999"),
        ("31.999999", "118.000001"),
    ],
)
def test_the_database_finds_the_same_point_as_the_rule(db, latitude, longitude):
    elevator = at(latitude, longitude)
    elevator.refresh_from_db()
    assert (elevator.map_x, elevator.map_y) == (x_of(float(longitude)), y_of(float(latitude)))


def test_the_point_follows_the_position(db):
    elevator = at("32.04", "118.78")
    Elevator.objects.filter(pk=elevator.pk).update(latitude="32.05", longitude="118.79")
    elevator.refresh_from_db()
    assert (elevator.map_x, elevator.map_y) == (x_of(118.79), y_of(32.05))
    Elevator.objects.filter(pk=elevator.pk).update(latitude=None, longitude=None, coord_source="")
    elevator.refresh_from_db()
    assert (elevator.map_x, elevator.map_y) == (None, None)


# --- clusters and figures ---------------------------------------------------------------------------------------------


def found(rows=None, section=CITY, zoom=10):
    rows = Elevator.objects.all() if rows is None else rows
    return [(c.count, c.worst, c.statuses) for c in clusters(rows, parse_section(section), zoom)]


def test_clusters_part_as_one_comes_nearer(db):
    at(32.04, 118.78), at(32.0401, 118.7801), at(32.05, 118.80), at(31.5, 119.0)
    assert [c for c, *_rest in found(zoom=3)] == [4]
    assert [c for c, *_rest in found(zoom=10)] == [3, 1]
    assert [c for c, *_rest in found(zoom=14, section="118.7,32.0,118.9,32.1")] == [2, 1]
    assert [c for c, *_rest in found(zoom=MAX_ZOOM, section="118.779,32.039,118.781,32.041")] == [1, 1]


def test_one_coordinate_is_one_spot_at_every_zoom(db):
    for _ in range(5):
        at(32.04, 118.78)
    sealed(at(32.04, 118.78))
    for zoom in range(MAX_ZOOM + 1):
        (one,) = clusters(Elevator.objects.all(), parse_section("118.779,32.039,118.781,32.041"), zoom)
        assert (one.count, one.is_spot, one.worst) == (6, True, "SEALED")
        assert within(Elevator.objects.all(), one.section).count() == 6


def test_many_from_afar_have_the_edges_of_their_cells(db, monkeypatch, django_assert_num_queries):
    for number in range(3):
        at(32.04 + number / 1000, 118.78)
    at(31.4, 119.0)
    (exact, _alone), (section, zoom) = (
        clusters(Elevator.objects.all(), parse_section(CITY), 10),
        (parse_section(CITY), 10),
    )
    monkeypatch.setattr("registry.queries.map.EDGES_UP_TO", 2)
    with django_assert_num_queries(1):
        coarse, alone = clusters(Elevator.objects.all(), section, zoom)
    assert (coarse.count, coarse.x, coarse.y, coarse.statuses) == (exact.count, exact.x, exact.y, exact.statuses)
    assert (alone.count, alone.is_spot, coarse.is_spot) == (1, True, False)
    assert coarse.left <= exact.left <= exact.right <= coarse.right
    assert coarse.top <= exact.top <= exact.bottom <= coarse.bottom
    assert within(Elevator.objects.all(), coarse.section).count() == 3


def test_cluster_says_its_gravest_state(db):
    at(32.04, 118.78, state="IN_USE"), at(32.04, 118.78, state="SCRAPPED")
    assert found() == [(2, "IN_USE", {"IN_USE": 1, "SCRAPPED": 1})]
    at(32.04, 118.78, state="OUT_OF_USE")
    assert found()[0][1] == "OUT_OF_USE"
    sealed(at(32.04, 118.78, state="IN_USE"))
    assert found() == [(4, "SEALED", {"IN_USE": 1, "SCRAPPED": 1, "OUT_OF_USE": 1, "SEALED": 1})]


def test_clusters_hold_nothing_from_outside_or_without_a_position(db):
    at(32.04, 118.78), at(40.7, -74.0, area_code=JIANGNING), make_elevator(area_code=GULOU)
    assert [c for c, *_rest in found()] == [1]
    assert sum(c.count for c in clusters(Elevator.objects.all(), WORLD, 2)) == 2
    with pytest.raises(SectionError):
        clusters(Elevator.objects.all(), parse_section(CITY), 19)


@pytest.mark.parametrize("rows", [1, 3])
def test_clusters_and_figures_are_one_statement_each(db, django_assert_num_queries, rows):
    for number in range(rows):
        at(32.04 + number / 100, 118.78)
    actor = actor_with("CITY_REGULATOR", area_code=NANJING)
    with django_assert_num_queries(1):
        clusters(Elevator.objects.all(), parse_section(NEAR), 13)
    with django_assert_num_queries(2):  # few elevators from afar: their edges as well
        clusters(Elevator.objects.all(), parse_section(CITY), 12)
    with django_assert_num_queries(2):  # and the areas, which are kept for a minute outside of tests
        map_figures(Elevator.objects.all(), actor=actor)


def test_figures_count_by_who_manages_and_never_by_position(db):
    at(32.04, 118.78, area_code=GULOU, state="IN_USE"), make_elevator(area_code=GULOU)
    # stands in the middle of 鼓楼, is managed by 江北新区
    at(32.04, 118.78, area_code=JIANGBEI, state="IN_USE")
    figures = map_figures(Elevator.objects.all(), actor=actor_with("CITY_REGULATOR", area_code=NANJING))
    assert len(figures.districts) == 12
    told = {line.area.code: (line.total, line.located, line.statuses) for line in figures.districts if line.total}
    assert told == {
        GULOU: (2, 1, {"IN_USE": 1, "UNREGISTERED": 1}),
        JIANGBEI: (1, 1, {"IN_USE": 1}),
    }
    assert (figures.total, figures.located, figures.unlocated) == (3, 2, 1)


def test_figures_are_of_what_one_sees(db):
    at(32.04, 118.78, area_code=GULOU), at(31.9, 118.8, area_code=JIANGNING)
    actor = actor_with("DISTRICT_REGULATOR", area_code=GULOU)
    figures = map_figures(Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR), actor=actor)
    assert [(line.area.code, line.total) for line in figures.districts] == [(GULOU, 1)]
    assert figures.extent.south > 32
    nobody = actor_with("USING_UNIT_MANAGER", unit=make_unit())
    nothing = map_figures(Elevator.objects.visible_to(nobody, Permission.VIEW_ELEVATOR), actor=nobody)
    assert (nothing.districts, nothing.total, nothing.extent) == ([], 0, None)


# --- REST -------------------------------------------------------------------------------------------------------------


def test_endpoint_answers_geojson(regulator):
    at(32.04, 118.78, state="IN_USE"), sealed(at(32.04, 118.78, state="IN_USE"))
    assert regulator.get(URL, {"zoom": 12, "bbox": CITY}).json() == {
        "type": "FeatureCollection",
        "total": 2,
        "features": [
            {
                "type": "Feature",
                "bbox": [118.779995, 32.039985, 118.780017, 32.040004],
                "geometry": {"type": "Point", "coordinates": [118.780006, 32.039994]},
                "properties": {"count": 2, "worst": "SEALED", "statuses": {"IN_USE": 1, "SEALED": 1}, "spot": True},
            }
        ],
    }


def test_endpoint_filters_as_the_list(regulator):
    at(32.04, 118.78, place_type="MALL", state="IN_USE"), at(31.7, 118.8, place_type="SCHOOL", area_code=JIANGNING)

    def total(**given):
        return regulator.get(URL, {"zoom": 9, "bbox": CITY, **given}).json()["total"]

    assert total() == 2
    assert total(place_type="MALL") == total(registration_state="IN_USE") == total(area=GULOU) == 1
    assert total(place_type="MALL", area=JIANGNING) == total(flag="SEALED") == 0
    for given in ({}, {"place_type": "MALL"}, {"area": GULOU}):
        listed = regulator.get("/api/v1/registry/elevators/", {"bbox": CITY, **given}).json()["results"]
        assert len(listed) == total(**given)


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        ({}, "/zoom", "required"),
        ({"zoom": "x"}, "/zoom", "invalid"),
        ({"zoom": "20"}, "/zoom", "max_value"),
        ({"zoom": "-1"}, "/zoom", "min_value"),
        ({"zoom": "9" * 2000}, "/zoom", "max_string_length"),
        ({"zoom": "10", "bbox": "1,2,3"}, "/bbox", "section-form"),
        ({"zoom": "10", "bbox": "nan,1,2,3"}, "/bbox", "section-form"),
        ({"zoom": "10", "bbox": "1" * 5000}, "/bbox", "section-form"),
        ({"zoom": "10", "bbox": "119,31,118,32"}, "/bbox", "section-swapped"),
        ({"zoom": "10", "bbox": "31,118,32,119"}, "/bbox", "section-range"),
        ({"zoom": "19", "bbox": CITY}, "/bbox", "section-large"),
        ({"zoom": "10"}, "/bbox", "section-large"),
        ({"zoom": "10", "bbox": CITY, "place_type": "CASTLE"}, "/place_type", "invalid_choice"),
    ],
)
def test_endpoint_names_what_is_wrong(regulator, given, pointer, code):
    answer = regulator.get(URL, given)
    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_endpoint_never_counts_foreign_elevators(db):
    at(32.04, 118.78, area_code=GULOU), at(32.0401, 118.78, area_code=JIANGNING)
    user = make_user()
    hold(user, "DISTRICT_REGULATOR", area_code=GULOU)
    client = client_for(user)
    for zoom in range(11):
        answer = client.get(URL, {"zoom": zoom, "bbox": CITY}).json()
        assert (answer["total"], len(answer["features"])) == (1, 1)
    assert client.get(URL, {"zoom": 5, "bbox": CITY, "area": JIANGNING}).json()["total"] == 0


def test_endpoint_is_limited_per_person(regulator, monkeypatch):
    from django.core.cache import cache

    from common.api.throttles import MapThrottle

    cache.clear()
    monkeypatch.setattr(MapThrottle, "THROTTLE_RATES", {"map": "3/min"})
    answers = [regulator.get(URL, {"zoom": 5, "bbox": CITY}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == "too-many-requests"
    assert 0 < int(answers[3]["Retry-After"]) <= 60
    cache.clear()


# --- pages ------------------------------------------------------------------------------------------------------------


def statements(client, path):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)  # with session, person and what they hold


PAGES = {
    "/elevators/map/": 7,
    f"/elevators/map/?bbox={CITY}": 6,
    f"/elevators/map/?bbox={NEAR}&zoom=13": 7,
    f"/elevators/map/clusters/?bbox={NEAR}&zoom=13": 3,
    f"/elevators/map/place/?bbox={NEAR}": 7,
}


@pytest.mark.parametrize("path", PAGES)
def test_page_asks_as_much_for_three_as_for_one(regulator, path):
    at(32.04, 118.78, using_unit=make_unit())
    statements(regulator, path)
    one = statements(regulator, path)
    for number in range(2):
        at(32.05 + number / 50, 118.75, using_unit=make_unit())
    assert (one, statements(regulator, path)) == (PAGES[path], PAGES[path])


def test_page_has_twelve_rows_and_eleven_borders(regulator):
    at(32.04, 118.78, area_code=JIANGBEI), make_elevator(area_code=GULOU)
    html = regulator.get("/elevators/map/").content.decode()
    assert html.count('class="map-border"') == 11
    assert html.count('class="map-hint"') == 2  # 浦口 and 六合, where 江北新区 manages subdistricts
    table = html[html.index("<tbody>") : html.index("</tbody>")]
    assert table.count("<tr>") == 12
    assert "located=false" in html


def test_page_shows_no_clusters_from_afar_and_all_near_by(regulator):
    at(32.04, 118.78), at(32.06, 118.80)
    assert 'class="map-cluster is-' not in regulator.get(f"/elevators/map/?bbox={CITY}").content.decode()
    html = regulator.get("/elevators/map/", {"bbox": "118.7,32.0,118.9,32.1", "zoom": "13"}).content.decode()
    assert html.count('class="map-cluster is-') == 2


def test_page_opens_where_ones_own_elevators_are(db):
    unit = make_unit()
    at(32.04, 118.78, using_unit=unit), at(31.9, 118.8, area_code=JIANGNING)
    user = make_user()
    hold(user, "USING_UNIT_MANAGER", unit=unit)
    page = client_for(user).get("/elevators/map/")
    html = page.content.decode()
    assert html.count('class="map-cluster is-') == 1
    section = page.context["section"]
    assert section.west < 118.78 < section.east
    assert section.south < 32.04 < section.north
    assert section.east - section.west < 0.05
    assert page.context["figures"].total == 1


def test_page_for_somebody_without_elevators_says_so(db):
    user = make_user()
    hold(user, "USING_UNIT_MANAGER", unit=make_unit())
    page = client_for(user).get("/elevators/map/")
    assert page.status_code == 200
    assert page.context["figures"].total == 0


@pytest.mark.parametrize(
    "bbox", ["", "x", "nan,1,2,3", "119,31,118,32", "1" * 5000, "0,0,0.0000001,0.0000001", "-180,-90,180,90"]
)
@pytest.mark.parametrize("zoom", ["", "nan", "-1", "99", "inf", "1e999"])
def test_page_with_a_broken_view_opens_all_the_same(regulator, bbox, zoom):
    at(32.04, 118.78)
    assert regulator.get("/elevators/map/", {"bbox": bbox, "zoom": zoom, "measure": bbox}).status_code == 200
    for fragment in ("clusters", "place"):
        assert regulator.get(f"/elevators/map/{fragment}/", {"bbox": bbox, "zoom": zoom}).status_code in (200, 400)


def test_filters_go_from_list_to_map_and_back(regulator):
    at(32.04, 118.78, place_type="MALL"), at(32.04, 118.78, place_type="SCHOOL")
    page = regulator.get("/elevators/map/", {"place_type": "MALL", "bbox": "118.7,32.0,118.9,32.1", "zoom": "13"})
    assert page.context["figures"].total == page.context["in_view"] == 1
    assert [(chip["label"], chip["value"]) for chip in page.context["chips"]] == [("Place", "mall or shop")]
    assert page.context["list_url"] == "/elevators/?place_type=MALL"
    links = set(re.findall(r'href="(/elevators/[^"]*)"', page.content.decode()))
    kept = [link for link in links if "?" in link]
    assert kept
    assert all("place_type=MALL" in link for link in kept)
    assert (
        regulator.get("/elevators/?place_type=MALL&order=oldest").context["map_url"]
        == "/elevators/map/?place_type=MALL"
    )
    (spot,) = page.context["marks"]
    assert len(regulator.get(spot.href).context["page"].rows) == 1


def test_a_section_is_a_filter_of_the_list_too(regulator):
    inside, missing = at(32.04, 118.78), make_elevator(area_code=GULOU)
    at(31.4, 119.0, area_code=JIANGNING)

    def listed(**given):
        return [row.pk for row in regulator.get("/elevators/", given).context["page"].rows]

    assert listed(bbox="118.7,32.0,118.9,32.1") == [inside.pk]
    assert listed(located="false") == [missing.pk]
    assert len(listed(located="true")) == 2
    chips = regulator.get("/elevators/", {"bbox": NEAR, "located": "true"}).context["chips"]
    assert [str(chip["value"]) for chip in chips] == ["32.000–32.100 N, 118.700–118.900 E", "known"]
    page = regulator.get("/elevators/", {"bbox": "119,31,118,32"})
    assert (page.status_code, page.context["page"].rows) == (200, [])


def test_place_lists_who_is_there_and_nobody_else(regulator):
    here = [at(32.04, 118.78, building=f"{number}幢") for number in (2, 1)]
    at(32.05, 118.78)
    page = regulator.get("/elevators/map/place/", {"bbox": "118.7795,32.0395,118.7805,32.0405"})
    assert page.context["rows"] == [here[1], here[0]]
    assert page.context["all_url"] == "/elevators/?bbox=118.779500,32.039500,118.780500,32.040500"


def test_place_stops_at_fifty_and_counts_all(regulator):
    first = at(32.04, 118.78)
    fields = [f for f in Elevator._meta.concrete_fields if not f.generated and not f.primary_key]
    for _ in range(60):
        copy = Elevator(
            **{f.attname: getattr(first, f.attname) for f in fields if not f.unique and f.name != "rescue_code"}
        )
        copy.save()
    page = regulator.get("/elevators/map/place/", {"bbox": "118.7,32.0,118.9,32.1"})
    assert (len(page.context["rows"]), str(page.context["count"])) == (50, "61")


@pytest.mark.parametrize("measure", ["elevators", "SEALED", "UNREGISTERED", "unlocated", "'><script>"])
def test_colour_says_what_was_chosen(regulator, measure):
    sealed(at(32.04, 118.78, state="IN_USE")), at(32.04, 118.78, state="IN_USE"), make_elevator(area_code=JIANGNING)
    page = regulator.get("/elevators/map/", {"measure": measure})
    shown = {line.area.code: (line.shown, line.level) for line in page.context["lines"] if line.total}
    assert shown == {
        "elevators": {GULOU: ("2", 5), JIANGNING: ("1", 3)},
        "SEALED": {GULOU: ("50.0 %", 5), JIANGNING: ("0.0 %", 0)},
        "UNREGISTERED": {GULOU: ("0.0 %", 0), JIANGNING: ("100.0 %", 5)},
        "unlocated": {GULOU: ("0.0 %", 0), JIANGNING: ("100.0 %", 5)},
    }.get(measure, {GULOU: ("2", 5), JIANGNING: ("1", 3)})
    assert "<script>'" not in page.content.decode()
