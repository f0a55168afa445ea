"""The map coloured by band: clusters say the worst of what the asker may know, and nobody else learns one."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from compliance.actions import risk
from compliance.models import RiskScore
from registry.models import Elevator
from registry.rules.clusters import clusters_of
from tests.factories.due import owe

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
NEAR, MAP, LIST = "bbox=118.77,32.03,118.80,32.05", "/elevators/map/", "/api/v1/registry/elevators/"
CLUSTERS = f"{LIST}clusters/"
SPOT = ("32.04", "118.78")


@pytest.fixture
def rated(cast):
    """Own and foreign are red and stand at one spot; down the street the other two, yellow."""
    owe([cast.elevator_own, cast.elevator_foreign], due_on=clock.today() - dt.timedelta(days=10))
    risk.find_all_bands(at=clock.now())
    red = [cast.elevator_own.pk, cast.elevator_foreign.pk]
    place(Elevator.objects.filter(pk__in=red), *SPOT)
    place(Elevator.objects.exclude(pk__in=red), "32.041", "118.781")
    return cast


def place(rows, latitude, longitude):
    rows.update(latitude=Decimal(latitude), longitude=Decimal(longitude), coord_source="GPS")


def counted(player, query: str = "", zoom: int = 16) -> list[tuple]:
    """(elevators, bands) of each cluster, over REST."""
    answer = player.client().get(f"{CLUSTERS}?{NEAR}&zoom={zoom}&tally=risk&{query}").json()
    told = [each["properties"] for each in answer["features"]]
    return sorted((each["count"], list(each["tally"].items())) for each in told)


def spoken(player, query: str = "colour=risk", zoom: int = 16) -> list[str]:
    """What each cluster of the page says to those who see no colours."""
    html = player.client(**EN).get(f"{MAP}?{NEAR}&zoom={zoom}&{query}").content.decode()
    return sorted(re.findall(r'class="map-cluster [^>]*aria-label="([^"]*)"', html))


def test_clusters_count_bands_by_cell_and_add_them_where_they_merge(rated):
    city = rated.city_regulator
    assert counted(city) == [(2, [("RED", 2)]), (2, [("YELLOW", 2)])]
    assert counted(city, zoom=14) == [(4, [("RED", 2), ("YELLOW", 2)])]
    assert counted(city, "area=320106") == [(1, [("RED", 1)])]
    assert counted(city, "risk=YELLOW") == [(2, [("YELLOW", 2)])]


def test_a_cell_that_was_left_in_between_is_no_cell(rated):
    row = (5, 7, "IN_USE", 0, 1, 7 << 6, 5 << 6)
    (one,) = clusters_of([row], 16, [(5, 7, "RED", 1), (9, 9, "RED", 3)])
    assert (one.count, one.tally) == (1, {"RED": 1})


def test_nobody_learns_the_band_of_a_foreign_elevator(rated, half):
    assert counted(rated.district_regulator) == [(1, [("RED", 1)])]
    assert counted(half) == [(2, [("RED", 1)]), (2, [("YELLOW", 2)])]  # at one spot, and of one of the two alone
    RiskScore.objects.filter(elevator=rated.elevator_foreign).update(band="GREEN")
    assert counted(rated.district_regulator) == [(1, [("RED", 1)])]
    assert counted(half) == [(2, [("GREEN", 1)]), (2, [("YELLOW", 2)])]
    RiskScore.objects.filter(elevator=rated.elevator_foreign).delete()
    assert "2 elevators, Risk band, gravest: 2 not known to you" in spoken(half)


def test_whoever_may_not_see_bands_has_no_switch_no_legend_no_colours_and_no_data(rated, blind):
    client = blind.client(**EN)
    plain = client.get(f"{MAP}?{NEAR}&zoom=16").content.decode()
    asked = client.get(f"{MAP}?{NEAR}&zoom=16&colour=risk").content.decode()
    for html in (plain, asked):
        assert "1 elevator, " in html
        assert "map-cluster is-danger" not in html
        assert ("Risk band" in html, "clusters/?colour" in html, 'name="colour"' in html) == (False, False, False)
    layer = client.get(f"{MAP}clusters/?{NEAR}&zoom=16&colour=risk").content.decode()
    assert layer == client.get(f"{MAP}clusters/?{NEAR}&zoom=16").content.decode()
    here = client.get(f"{MAP}place/?{NEAR}&colour=risk").content.decode()
    assert here == client.get(f"{MAP}place/?{NEAR}").content.decode()
    refused, unknown = (client.get(f"{CLUSTERS}?{NEAR}&zoom=16&tally={name}") for name in ("risk", "nonsense"))
    assert (refused.status_code, refused.json()["errors"]) == (400, unknown.json()["errors"])
    (alone,) = client.get(f"{CLUSTERS}?{NEAR}&zoom=16").json()["features"]
    assert "tally" not in alone["properties"]
    assert all("marks" not in row for row in client.get(LIST).json()["results"])


def test_the_page_says_the_worst_band_in_words_and_how_many_have_it(rated):
    city = rated.city_regulator
    assert spoken(city) == [
        "2 elevators, Risk band, gravest: 2 red",
        "2 elevators, Risk band, gravest: 2 yellow",
    ]
    assert spoken(city, zoom=14) == ["4 elevators, Risk band, gravest: 2 red"]
    assert spoken(rated.district_regulator) == ["1 elevator, Risk band: red"]
    assert not any("Risk band" in words for words in spoken(city, "colour="))
    html = city.client(**EN).get(f"{MAP}?{NEAR}&zoom=14&colour=risk").content.decode()
    assert "map-cluster is-danger" in html
    legend = html[html.index('class="map-legend"') :]
    words = re.findall(r"</svg>([^<]+)</span>", legend)
    assert words == ["red", "orange", "yellow", "green", "not rated: not in use", "not known to you"]


def test_the_switch_stays_in_every_address_of_the_map(rated):
    page = rated.city_regulator.client(**EN).get(f"{MAP}?{NEAR}&zoom=14&colour=risk&place_type=RESIDENTIAL")
    html = page.content.decode()
    assert '<option value="risk" selected>' in html
    assert all(address.endswith("colour=risk") for address in (page.context["layer_url"], page.context["place_url"]))
    links = set(re.findall(r'href="(/elevators/map/\?[^"]*)"', html))
    assert links
    assert all("colour=risk" in link for link in links), links
    assert 'name="colour" value="risk"' in html  # in the form of the filters


def test_each_number_under_the_map_opens_the_list_of_exactly_those(rated):
    client = rated.city_regulator.client(**EN)
    tallies = client.get(f"{MAP}clusters/?{NEAR}&zoom=14&colour=risk").context["tallies"]
    assert [(str(label), number) for label, _state, number, _url in tallies] == [("red", 2), ("yellow", 2)]
    for _label, _state, number, url in tallies:
        assert len(client.get(url).context["page"].rows) == number


def test_one_place_says_the_band_of_each_that_one_may_know(rated, half):
    spot = "bbox=118.7795,32.0395,118.7805,32.0405"
    for player, expected in ((rated.city_regulator, 2), (half, 1)):
        page = player.client(**EN).get(f"{MAP}place/?{spot}&colour=risk")
        assert len(page.context["rows"]) == 2
        assert page.content.decode().count("</svg>red</span>") == expected


def test_rest_gives_each_band_in_the_list_to_whom_it_is_for(rated, half):
    rows = half.client().get(LIST).json()["results"]
    told = {row["id"]: row["marks"] for row in rows}
    assert told[str(rated.elevator_own.public_id)] == {}
    assert told[str(rated.elevator_foreign.public_id)]["risk"] == "RED"


STATEMENTS = {
    f"{MAP}?{NEAR}&zoom=16&colour=risk": 8,
    f"{MAP}?{NEAR}&zoom=16": 7,
    f"{MAP}clusters/?{NEAR}&zoom=16&colour=risk": 4,
    f"{MAP}place/?{NEAR}&colour=risk": 8,
    f"{CLUSTERS}?{NEAR}&zoom=16&tally=risk": 4,
    f"{CLUSTERS}?{NEAR}&zoom=16": 3,
}


@pytest.mark.parametrize("rows", [1, 3])
def test_bands_by_cell_are_one_statement_more(rated, rows):
    away = Elevator.objects.order_by("pk")[rows:].values_list("pk", flat=True)
    Elevator.objects.filter(pk__in=list(away)).update(latitude=None, longitude=None, coord_source="")
    told, client = {}, rated.city_regulator.client()
    for address in STATEMENTS:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        told[address] = len(captured)
    assert told == STATEMENTS
