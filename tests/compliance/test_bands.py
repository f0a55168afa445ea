"""The band where people look for elevators: column, filter, export, counts by area; for those who may see bands alone."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from common.exports.actions import request_export
from common.exports.columns import for_csv
from common.exports.kinds import BadColumns, kind_of
from common.exports.writers import selected
from compliance.actions import risk
from compliance.models import RiskScore
from registry.models import Elevator
from tests.factories.due import owe

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
LIST, REST, KIND = "/elevators/", "/api/v1/registry/elevators/", "registry.elevators"
COLUMNS = ["risk_band", "risk_since", "risk_reasons"]


@pytest.fixture
def rated(cast):
    """Own and foreign are red, their inspection being late; the other two have no maintenance unit and are yellow."""
    owe([cast.elevator_own, cast.elevator_foreign], due_on=clock.today() - dt.timedelta(days=10))
    risk.find_all_bands(at=clock.now())
    return cast


def listed(player, query: str = "") -> dict:
    """{elevator: what the list says of its band}"""
    page = player.client(**EN).get(f"{LIST}?{query}").context["page"]
    return {row.pk: [str(word) for _label, word, _state in row.marks] for row in page.rows}


def test_the_list_says_each_band_in_a_word_and_finds_those_of_one(rated):
    own, foreign = rated.elevator_own.pk, rated.elevator_foreign.pk
    former, jiangbei = rated.elevator_former.pk, rated.elevator_jiangbei.pk
    city = rated.city_regulator
    assert listed(city) == {own: ["red"], foreign: ["red"], former: ["yellow"], jiangbei: ["yellow"]}
    assert listed(city, "risk=RED") == {own: ["red"], foreign: ["red"]}
    assert listed(city, "risk=RED&area=320106") == {own: ["red"]}
    assert listed(city, "risk=YELLOW&area=320100") == {former: ["yellow"], jiangbei: ["yellow"]}
    subdistrict = [["risk", "RED"], ["area", rated.elevator_own.area.code]]
    assert [row.pk for row in kind_of(KIND).chosen_rows(city.actor(), subdistrict)] == [own]
    assert listed(city, "risk=GREEN") == {}
    text = rated.city_regulator.client(**EN).get(f"{LIST}?risk=RED").content.decode()
    assert 'data-label="Risk band"><span class="badge is-danger">' in text
    assert {row["id"] for row in city.client().get(f"{REST}?risk=RED").json()["results"]} == {
        str(rated.elevator_own.public_id),
        str(rated.elevator_foreign.public_id),
    }


@pytest.mark.parametrize("value", ["RED", "YELLOW", "GREEN", "NONE", "nonsense"])
def test_whoever_may_not_see_bands_learns_none_by_list_count_or_rest(rated, blind, value):
    client, own = blind.client(**EN), rated.elevator_own.pk
    assert listed(blind) == {own: []}
    assert listed(blind, f"risk={value}") == {}
    text = client.get(LIST).content.decode()
    assert ("Risk band" in text, 'name="risk"' in text) == (False, False)
    count = client.get(f"{LIST}?risk={value}&count=1", headers={"hx-request": "true"}).content.decode()
    assert "1" not in count
    assert client.get(f"{REST}?risk={value}").json()["results"] == []
    asked = kind_of(KIND).chosen_rows(blind.actor(), [["risk", value]])
    assert list(asked) == []


def test_a_strong_role_in_one_unit_shows_no_band_of_what_another_role_sees(rated, half):
    seen = listed(half)
    assert (seen[rated.elevator_own.pk], seen[rated.elevator_foreign.pk]) == ([""], ["red"])
    assert listed(half, "risk=RED") == {rated.elevator_foreign.pk: ["red"]}


def told(player, **narrowed) -> list[tuple]:
    kind, actor = kind_of(KIND), player.actor()
    sql, values = selected(
        kind.scoped(actor).filter(**narrowed).order_by("pk"), kind.chosen_columns(COLUMNS, actor), for_csv
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_an_export_says_band_day_and_reasons_in_words(rated):
    score = RiskScore.objects.get(elevator=rated.elevator_own)
    day = score.reasons[0]["day"]
    since = clock.local_date(score.since_at)
    [(band, moment, reasons)] = told(rated.city_regulator, pk=rated.elevator_own.pk)
    words = kind_of(KIND).chosen_columns(["risk_reasons"], rated.city_regulator.actor())
    assert [column.name for column in words] == ["risk_reasons"]
    assert (str(band), moment[:10], reasons.split("; ")[0][-10:]) == (score.get_band_display(), str(since), day)
    assert score.reasons[0]["fact"] not in reasons


def test_an_export_has_no_band_for_whom_it_is_not(rated, blind, half):
    with pytest.raises(BadColumns):
        request_export(kind=KIND, format="csv", parameters=[], columns=["risk_band"], by=blind.actor(), at=clock.now())
    assert not {column.name for column in kind_of(KIND).chosen_columns(None, blind.actor())} & set(COLUMNS)
    assert "risk_band" not in blind.client().get(f"/exports/new/{KIND}/").content.decode()
    assert told(half, pk=rated.elevator_own.pk)[0][0] in (None, "")
    assert told(half, pk=rated.elevator_foreign.pk)[0][0]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_and_filter_cost_the_same_for_one_row_and_three(rated, rows):
    counted, client = [], rated.city_regulator.client()
    keep = RiskScore.objects.order_by("elevator")[:rows].values_list("elevator", flat=True)
    RiskScore.objects.filter(elevator__in=list(keep)).update(band="GREEN")
    addresses = (f"{LIST}?risk=GREEN", f"{LIST}?risk=GREEN&area=320100", "/due/overdue/")
    for address in addresses:
        client.get(address)
    for address in addresses[:2]:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address)
        assert len(page.context["page"].rows) == rows
        counted.append(len(captured))
    with CaptureQueriesContext(connection) as captured:
        client.get(addresses[2])
    assert [*counted, len(captured)] == [10, 12, 5]  # an area is read once for each look at it: tests keep no copy


def test_a_rare_band_is_found_by_its_index_and_not_by_looking_through_the_list(rated):
    rows = kind_of(KIND).chosen_rows(rated.city_regulator.actor(), [["risk", "RED"], ["area", "320106"]])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        sql, values = rows.order_by("-pk").values("pk")[:51].query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "risk_band_" in plan, plan
    assert "Sort" not in plan, plan


def test_numbers_by_area_are_those_of_the_lists_behind_them(rated):
    client = rated.city_regulator.client(**EN)
    seen = 0
    area = rated.elevator_own.area.code
    for address in ("", "?district=320106", f"?district=320106&area={area}", f"?area={area}&sort=-red"):
        for line in client.get(f"/due/overdue/{address}").context["lines"]:
            for cell in line.bands:
                assert bool(cell["url"]) == (cell["count"] > 0)
                if cell["url"]:
                    assert len(client.get(cell["url"]).context["page"].rows) == cell["count"], cell
                    seen += cell["count"]
    assert seen == 4 + 1 + 1 + 1


def test_a_district_counts_the_bands_of_its_own_alone(rated):
    lines = rated.district_regulator.client(**EN).get("/due/overdue/").context["lines"]
    assert sum(cell["count"] for line in lines for cell in line.bands) == 1
    assert Elevator.objects.count() == 4
