"""Where a band is seen: e-file, lists, alerts and REST, to whom, and the history of it."""

import datetime as dt
import re

import pytest

from common.actor import system
from compliance.actions import replan, report_hazard
from compliance.models import Alert, RiskDue
from tests.compliance.conftest import KIND, find, moment, owed, plan
from tests.factories.due import many_elevators

BY = system("tests")
EN = {"HTTP_ACCEPT_LANGUAGE": "en"}
CHANGES = "/api/v1/compliance/risk-changes/"
LIST_QUERIES = 6  # session, person, rows, items, elevators with their neighbours 2


def more_late(number: int, cast, law) -> None:
    """So many more elevators of the city whose inspection is to be late since June 2020."""
    for elevator in many_elevators(number, city_id=cast.elevator_own.city_id):
        law[elevator.pk] = [owed(opens="2020-03-01", due="2020-05-31")]
        replan(elevator_ids=[elevator.pk], at=moment("2020-01-01 09:00"))


@pytest.fixture
def red(cast, law):
    """The cast's own elevator is red, with its alert."""
    plan(cast.elevator_own, law, "2020-01-01 09:00", opens="2020-03-01", due="2020-05-31")
    find("2020-06-01 00:01")
    return cast.elevator_own


@pytest.mark.django_db
def test_the_efile_the_list_and_rest_say_the_band_and_why(cast, red):
    manager = cast.own_manager.client(**EN)
    efile = manager.get(f"/elevators/{red.public_id}/").content.decode()
    assert "Risk band" in efile
    assert "overdue by law" in efile
    listed = manager.get("/due/risk/?band=RED").content.decode()
    assert str(red.public_id) in listed
    row = manager.get(f"/api/v1/compliance/risk-scores/{red.public_id}/").json()
    assert (row["band"], row["reasons"][0]["code"], row["elevator"]) == ("RED", KIND, str(red.public_id))
    since = manager.get("/api/v1/compliance/risk-scores/?updated_since=2020-06-02T00:00:00Z").json()
    assert str(red.public_id) not in str(since)


@pytest.mark.django_db
def test_the_alert_is_the_officials_and_not_the_units(cast, red):
    alert = Alert.objects.get(kind="RISK", elevator=red)
    address = f"/due/alerts/{alert.public_id}/"
    answers = {
        name: getattr(cast, name).client(**EN).get(address).status_code
        for name in ("own_manager", "maintainer", "district_regulator", "other_district_regulator", "city_regulator")
    }
    assert answers == {
        "own_manager": 404,
        "maintainer": 404,
        "district_regulator": 200,
        "other_district_regulator": 404,
        "city_regulator": 200,
    }


def text_of(page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.mark.django_db
def test_the_alerts_page_says_what_holds_the_band_and_what_would_be_left(cast, red):
    """A hazard beside the late inspection: green only when both have ended."""
    hazard = report_hazard(
        elevator=red,
        item="ALARM-DEAD",
        details="x",
        found_on=dt.date(2025, 6, 1),
        source="INSPECTION",
        by=BY,
        at=moment("2025-06-01 09:00"),
        confirmed=True,
    )
    find("2025-06-01 09:01")
    alert = Alert.objects.get(kind="RISK", elevator=red)
    page = cast.district_regulator.client(**EN).get(f"/due/alerts/{alert.public_id}/")
    text = text_of(page)
    holding, _, left = text[text.index("Why it is in this band") :].partition("When all of these have ended")
    assert ("overdue by law" in holding, "2020-05-31" in holding) == (True, True)
    assert "Ends when: It is done and entered here." in holding
    assert "open hazard" not in holding
    assert left.startswith(", the band is: orange.")
    assert "Ends when: It is mended, and somebody else has verified that." in left
    assert f"/due/hazards/{hazard.public_id}/" in page.content.decode()


@pytest.mark.django_db
def test_the_alerts_page_of_a_band_that_fell_explains_no_present_one(cast, red, law):
    plan(red, law, "2020-06-02 09:00", opens="2020-06-03", due="2099-05-31")
    find("2020-06-02 09:01")
    alert = Alert.objects.get(kind="RISK", elevator=red)
    page = cast.district_regulator.client(**EN).get(f"/due/alerts/{alert.public_id}/")
    assert (alert.state, page.status_code) == ("RESOLVED", 200)
    assert "Why it is in this band" not in page.content.decode()


@pytest.mark.django_db
def test_the_efile_says_which_bands_it_was_in_and_why(cast, red, law):
    plan(red, law, "2020-06-02 09:00", opens="2020-06-03", due="2099-05-31")
    find("2020-06-02 09:01")
    text = text_of(cast.own_manager.client(**EN).get(f"/elevators/{red.public_id}/"))
    history = text[text.index("Bands before") :]
    assert re.search(r"red → green.*?red periodic inspection · overdue by law", history)


@pytest.mark.django_db
def test_the_list_costs_the_same_for_one_and_three(cast, law, django_assert_num_queries):
    client = cast.city_regulator.client(**EN)
    RiskDue.objects.all().delete()
    for number in (1, 2):
        more_late(number, cast, law)
        find("2020-06-01 00:01")
        with django_assert_num_queries(LIST_QUERIES):
            client.get("/due/risk/")


@pytest.mark.django_db
def test_the_history_over_rest_newest_first_since_a_moment_and_of_ones_own(cast, red, law):
    plan(red, law, "2020-06-02 09:00", opens="2020-06-03", due="2099-05-31")
    find("2020-06-02 09:01")

    def told(who, **query):
        rows = getattr(cast, who).client(**EN).get(CHANGES, {"elevator": red.public_id, **query}).json()["results"]
        return [(row["before"], row["band"], [reason["code"] for reason in row["reasons"]]) for row in rows]

    turned, fell = ("", "RED", [KIND]), ("RED", "GREEN", [])
    assert told("own_manager") == [fell, turned]
    assert told("own_manager", updated_since="2020-06-02T00:00:00Z") == [fell]
    assert told("own_manager", band="RED") == [turned]
    assert told("other_district_regulator") == []


@pytest.mark.django_db
def test_the_history_over_rest_costs_the_same_for_one_and_three(cast, law, django_assert_num_queries):
    client = cast.city_regulator.client(**EN)
    RiskDue.objects.all().delete()
    for number in (1, 2):
        more_late(number, cast, law)
        RiskDue.objects.exclude(elevator__in=law).delete()  # the pattern of the copies
        find("2020-06-01 00:01")
        with django_assert_num_queries(3):  # session, person, changes with their elevators
            rows = client.get(CHANGES).json()["results"]
        assert len(rows) == (1 if number == 1 else 3)
