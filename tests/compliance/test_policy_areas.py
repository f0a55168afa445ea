"""Whose rows of risk policy hold where: the nearest area's, each named by what it gave; a change rates its own area anew."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.management import call_command

import accounts
from compliance.actions import replan, risk
from compliance.models import RiskDue, RiskPolicy, RiskScore
from compliance.rules.risk import Facts, Law, Owed, Weight, assess
from tests.compliance.conftest import KIND, day, find, moment, owed
from tests.factories.make import GULOU, JIANGNING, NANJING, make_elevator

LATE = Law(
    {
        ("OVERDUE", KIND): Weight(
            "YELLOW", 15, late_days=30, late_points=3, late_most=72, worse_band="RED", worse_after=365
        ),
        ("DUE_SOON", KIND): Weight("GREEN", 0, days_ahead=7),
        ("DUE_SOON", ""): Weight("YELLOW", 1, days_ahead=7),
    }
)
BRIEF = Law({("OVERDUE", KIND): Weight("YELLOW", 15, worse_band="ORANGE", worse_after=10)})


@pytest.mark.parametrize(
    ("law", "days", "band", "score", "next_look"),
    [
        (LATE, -3, "GREEN", 0, 1),  # its own row says nothing; the row of every kind is not asked
        (LATE, 0, "GREEN", 0, 1),
        (LATE, 1, "YELLOW", 115, 30),
        (LATE, 364, "YELLOW", 151, 365),
        (LATE, 365, "RED", 351, 390),
        (LATE, 3650, "RED", 387, None),
        (BRIEF, 9, "YELLOW", 115, 10),
        (BRIEF, 10, "ORANGE", 215, None),
    ],
)
def test_from_so_many_days_after_the_last_good_one_the_band_is_worse(law, days, band, score, next_look):
    last = day("2028-01-01")
    found = assess(Facts(owed=(Owed(KIND, last),)), law, today=last + dt.timedelta(days=days))
    looked = found.look_on and (found.look_on - last).days
    assert (found.band, found.score, looked) == (band, score, next_look)


def enter(area: str, band: str, *, fact: str = "NO_USING_UNIT", **values) -> RiskPolicy:
    given = {"points": 5, "valid_from": day("2020-01-01"), "source": "tests", "certainty": "D"} | values
    return RiskPolicy.objects.create(area=area, fact=fact, band=band, **given)


def told(elevator) -> tuple:
    row = RiskScore.objects.get(elevator=elevator)
    return row.band, row.policy, row.reasons[0]["policy"] if row.reasons else ""


@pytest.fixture
def manhattan(law):
    call_command("import_areas", Path(accounts.__file__).parent / "data" / "areas_nyc.csv", verbosity=0)
    return make_elevator(area_code="US36061")


@pytest.mark.django_db
def test_new_york_is_rated_by_what_its_own_rule_says(manhattan, law):
    """Its register names no units, and its rule no last week: neither makes it yellow."""
    nanjing, version = make_elevator(area_code=GULOU), "US3651000 2000-01-01"
    for elevator in (manhattan, nanjing):
        law[elevator.pk] = [owed(due="2028-05-31")]
    replan(elevator_ids=[manhattan.pk, nanjing.pk], at=moment("2028-01-01 09:00"))
    own = f"OVERDUE {KIND} US3651000 2000-01-01"
    seen = {}
    for clock in (
        "2028-05-31 23:59",
        "2028-06-01 00:00",
        "2029-05-30 23:59",
        "2029-05-31 00:00",
    ):  # 364 and 365 days late
        find(clock)
        seen[clock] = told(manhattan)
    assert seen == {
        "2028-05-31 23:59": ("GREEN", version, ""),
        "2028-06-01 00:00": ("YELLOW", version, own),
        "2029-05-30 23:59": ("YELLOW", version, own),
        "2029-05-31 00:00": ("RED", version, own),
    }
    assert told(nanjing) == ("RED", "2000-01-01", f"OVERDUE {KIND} 2000-01-01")
    rows = RiskPolicy.objects.filter(area="US3651000")
    assert set(rows.values_list("certainty", flat=True)) == {"D"}


@pytest.mark.django_db
def test_the_nearest_row_of_the_same_fact_holds_and_is_named(law):
    here, there = make_elevator(area_code=GULOU), make_elevator(area_code=JIANGNING)

    def bands():
        risk.note_all_for_bands()
        find("2028-01-01 09:00")
        return told(here)[:2], told(there)[:2]

    national = ("YELLOW", "2000-01-01")
    assert bands() == (national, national)
    enter(GULOU, "RED", valid_from=day("2020-01-01"))
    enter(NANJING, "ORANGE", valid_from=day("2024-01-01"))  # newer, and further out
    assert bands() == (("RED", f"{GULOU} 2024-01-01"), ("ORANGE", f"{NANJING} 2024-01-01"))
    RiskPolicy.objects.filter(area=GULOU).update(valid_until=day("2027-12-31"))
    assert bands() == (("ORANGE", f"{NANJING} 2024-01-01"),) * 2
    enter(GULOU, "GREEN", points=0, valid_from=day("2028-01-01"))
    enter(GULOU, "GREEN", points=0, fact="NO_MAINTENANCE_UNIT", valid_from=day("2028-01-01"))
    assert bands()[0] == ("GREEN", f"{GULOU} 2028-01-01")


@pytest.mark.django_db
def test_a_coming_row_of_an_area_is_waited_for_there_alone(law):
    here, there = make_elevator(area_code=GULOU), make_elevator(area_code=JIANGNING)
    enter(GULOU, "RED", valid_from=day("2028-06-01"))
    find("2028-01-01 09:00")
    steps = dict(RiskScore.objects.values_list("elevator", "step_at"))
    assert steps == {here.pk: moment("2028-06-01 00:00"), there.pk: None}
    find("2028-06-01 00:00")
    assert (told(here)[0], told(there)[0]) == ("RED", "YELLOW")


@pytest.mark.django_db
def test_a_change_of_an_areas_row_has_that_area_found_anew_and_no_other(manhattan, law):
    here, there = make_elevator(area_code=GULOU), make_elevator(area_code=JIANGNING)

    def noted():
        found = set(RiskDue.objects.values_list("elevator", flat=True))
        RiskDue.objects.all().delete()
        return found

    noted()
    row = enter(GULOU, "RED")
    assert noted() == {here.pk}
    row.area = JIANGNING
    row.save()
    assert noted() == {here.pk, there.pk}
    row.delete()
    assert noted() == {there.pk}
    enter("nowhere", "RED")
    assert noted() == set()
    RiskPolicy.objects.filter(area="US3651000").update(points=1)
    assert noted() == {manhattan.pk}
    enter(NANJING, "RED")
    assert noted() == {here.pk, there.pk}
    RiskPolicy.objects.filter(area="CN").update(points=1)
    assert noted() == {here.pk, there.pk, manhattan.pk}


@pytest.mark.django_db
def test_places_with_rows_of_their_own_cost_no_statement_more(law, django_assert_num_queries):
    for area in (GULOU, JIANGNING, NANJING):
        enter(area, "RED")
    for number in (1, 3):
        for _ in range(number):
            make_elevator(area_code=GULOU)
            make_elevator(area_code=JIANGNING)
        with django_assert_num_queries(19):  # as tests/compliance/test_risk.py counts them
            risk.find_bands(at=moment("2028-06-01 09:00"))
