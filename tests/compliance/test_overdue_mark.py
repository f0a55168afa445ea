"""What is overdue where people look for elevators: filter of list and REST, column, export; for those who may see it alone."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from common.exports.actions import request_export
from common.exports.columns import for_csv
from common.exports.kinds import BadColumns, kind_of
from common.exports.writers import selected
from compliance.actions import store_plans
from compliance.queries import policies_on
from compliance.rules import Planned
from registry.models import Elevator

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
LIST, REST, KIND = "/elevators/", "/api/v1/registry/elevators/", "registry.elevators"
INSPECTION, BRAKE = "PERIODIC_INSPECTION", "BRAKE_TEST"


def owe(elevator, **days) -> None:
    """Obligations by kind, each with its last good day so many days from today."""
    day = {kind: clock.today() + dt.timedelta(days=number) for kind, number in days.items()}
    planned = [Planned(kind, str(on.year), on - dt.timedelta(days=90), on) for kind, on in day.items()]
    policies = policies_on(clock.today())
    store_plans(plans={elevator.pk: planned}, kinds=list(days), policies=policies, at=clock.now())


@pytest.fixture
def rated(cast):
    """Own is late with both, the brake test the longest; foreign with its inspection; Jiangbei's is in time until today."""
    owe(cast.elevator_own, **{INSPECTION: -3, BRAKE: -10})
    owe(cast.elevator_foreign, **{INSPECTION: -1})
    owe(cast.elevator_jiangbei, **{INSPECTION: 0})
    return cast


def listed(player, query: str = "") -> set:
    return {row.pk for row in player.client().get(f"{LIST}?{query}").context["page"].rows}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("overdue=ANY", {"own", "foreign"}),
        (f"overdue={INSPECTION}", {"own", "foreign"}),
        (f"overdue={BRAKE}", {"own"}),
        ("overdue=SELF_TEST", set()),
        ("overdue=ANY&area=320106", {"own"}),
        ("overdue=ANY&area=320100", {"own", "foreign"}),
        (f"overdue={INSPECTION}&area=320115", {"foreign"}),
    ],
)
def test_the_filter_finds_what_is_late_and_with_what(rated, query, found):
    city = rated.city_regulator
    wanted = {getattr(rated, f"elevator_{name}") for name in found}
    assert listed(city, query) == {elevator.pk for elevator in wanted}
    told = city.client().get(f"{REST}?{query}").json()["results"]
    assert {row["id"] for row in told} == {str(elevator.public_id) for elevator in wanted}
    pairs = [pair.split("=") for pair in query.split("&")]
    assert {row.pk for row in kind_of(KIND).chosen_rows(city.actor(), pairs)} == {elevator.pk for elevator in wanted}


def test_only_what_elevators_owe_can_be_asked_for(rated):
    field = rated.city_regulator.client(**EN).get(LIST).context["filter_form"].fields["overdue"]
    words = {value: str(label) for value, label in field.choices}
    assert (words["ANY"], words[BRAKE]) == ("something is overdue", "brake test overdue")
    assert not {"TESTER_EXCESS", "DAILY_CHECK"} & set(words)


def test_rest_says_the_one_that_is_late_the_longest(rated):
    told = {row["id"]: row["marks"].get("overdue") for row in rated.city_regulator.client().get(REST).json()["results"]}
    assert {told[str(each.public_id)] for each in (rated.elevator_jiangbei, rated.elevator_former)} == {None}
    assert told[str(rated.elevator_own.public_id)] == BRAKE
    assert told[str(rated.elevator_foreign.public_id)] == INSPECTION


def test_whoever_may_not_see_it_learns_nothing_by_list_rest_export_or_map(rated, blind, half):
    client = blind.client(**EN)
    assert (listed(blind), listed(blind, "overdue=ANY")) == ({rated.elevator_own.pk}, set())
    assert 'name="overdue"' not in client.get(LIST).content.decode()
    assert client.get(f"{REST}?overdue=ANY").json()["results"] == []
    assert list(kind_of(KIND).chosen_rows(blind.actor(), [["overdue", "ANY"]])) == []
    with pytest.raises(BadColumns):
        request_export(kind=KIND, format="csv", parameters=[], columns=["overdue"], by=blind.actor(), at=clock.now())
    assert listed(half, "overdue=ANY") == {rated.elevator_foreign.pk}
    assert listed(rated.district_regulator, "overdue=ANY") == {rated.elevator_own.pk}


def test_an_export_says_all_that_is_late_and_since_which_last_day(rated, half):
    columns = ["overdue", "overdue_last_day"]

    def told(player, elevator):
        kind, actor = kind_of(KIND), player.actor()
        rows = kind.scoped(actor).filter(pk=elevator.pk).order_by("pk")
        sql, values = selected(rows, kind.chosen_columns(columns, actor), for_csv)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            [(words, day)] = cursor.fetchall()
        return words and len(words.split("; ")), str(day or "")

    longest, city = clock.today() - dt.timedelta(days=10), rated.city_regulator
    assert told(city, rated.elevator_own) == (2, str(longest))
    assert told(city, rated.elevator_jiangbei) in ((None, ""), ("", ""))
    assert told(half, rated.elevator_own) in ((None, ""), ("", ""))


def test_the_map_has_no_colours_of_it(rated):
    client = rated.city_regulator.client(**EN)
    html = client.get("/elevators/map/?colour=overdue").content.decode()
    assert '<option value="overdue"' not in html.partition('name="colour"')[2].partition("</select>")[0]
    assert client.get(f"{REST}clusters/?zoom=10&tally=overdue").status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_list_filter_and_rest_cost_the_same_for_one_row_and_three(rated, rows):
    for elevator in (rated.elevator_jiangbei, rated.elevator_former)[: rows - 1]:
        owe(elevator, **{BRAKE: -1})
    client, counted = rated.city_regulator.client(), []
    for address in (f"{LIST}?overdue={BRAKE}", f"{LIST}?overdue={BRAKE}&area=320100", f"{REST}?overdue={BRAKE}"):
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(address)
        found = answer.json()["results"] if REST in address else answer.context["page"].rows
        assert len(found) == rows
        counted.append(len(captured))
    assert counted == [10, 12, 9]


def test_what_is_late_is_found_by_its_index(rated):
    rows = kind_of(KIND).chosen_rows(rated.city_regulator.actor(), [["overdue", BRAKE], ["area", "320106"]])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, values = rows.order_by("-pk").values("pk")[:51].query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "obligation_" in plan, plan
    assert Elevator.objects.filter(pk__in=rows.values("pk")).count() == 1
