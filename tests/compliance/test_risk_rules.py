"""The rule of bands: which facts make which band and score, and when to look again."""

import datetime as dt

import pytest

from compliance.rules.risk import Facts, Law, Owed, Weight, Wrong, assess
from tests.compliance.conftest import day

TODAY = dt.date(2028, 6, 1)
LAW = Law(
    {
        ("OVERDUE", "PERIODIC_INSPECTION"): Weight("RED", 15),
        ("OVERDUE", ""): Weight("ORANGE", 8),
        ("DUE_SOON", ""): Weight("YELLOW", 1, days_ahead=7),
        ("HAZARD", "MAJOR"): Weight("RED", 25),
        ("HAZARD", "LARGER"): Weight("ORANGE", 10),
        ("HAZARD", "GENERAL"): Weight("YELLOW", 5),
        ("HAZARD_LATE", ""): Weight("ORANGE", 8),
        ("NO_USING_UNIT", ""): Weight("YELLOW", 5),
    }
)


def inspection(last: str) -> Owed:
    return Owed("PERIODIC_INSPECTION", day(last))


def wrong(grade: str, due: str = "2028-07-01") -> Wrong:
    return Wrong("DOOR", grade, day(due))


@pytest.mark.parametrize(
    ("facts", "band", "score", "look_on"),
    [
        (Facts(), "GREEN", 0, None),
        (Facts(owed=(inspection("2028-06-09"),)), "GREEN", 0, "2028-06-02"),
        (Facts(owed=(inspection("2028-06-08"),)), "YELLOW", 101, "2028-06-09"),
        (Facts(owed=(inspection("2028-06-01"),)), "YELLOW", 101, "2028-06-02"),
        (Facts(owed=(inspection("2028-05-31"),)), "RED", 315, None),
        (Facts(owed=(inspection("2028-02-29"),)), "RED", 315, None),
        (Facts(owed=(Owed("BRAKE_TEST", day("2028-05-31")),)), "ORANGE", 208, None),
        (Facts(wrong=(wrong("MAJOR"),)), "RED", 325, "2028-07-02"),
        (Facts(wrong=(wrong("LARGER"),)), "ORANGE", 210, "2028-07-02"),
        (Facts(wrong=(wrong("GENERAL"),)), "YELLOW", 105, "2028-07-02"),
        (Facts(wrong=(wrong("GENERAL", "2028-06-01"),)), "YELLOW", 105, "2028-06-02"),
        (Facts(wrong=(wrong("GENERAL", "2028-05-31"),)), "ORANGE", 213, None),
        (Facts(lacking=("NO_USING_UNIT",)), "YELLOW", 105, None),
        (Facts(lacking=("NO_MAINTENANCE_UNIT",)), "GREEN", 0, None),  # no row speaks of it
        (Facts(state="OUT_OF_USE", wrong=(wrong("MAJOR"),)), "NONE", 0, None),
        (Facts(state="SCRAPPED", owed=(inspection("2028-05-31"),)), "NONE", 0, None),
        # red is open above
        (Facts(wrong=(wrong("MAJOR"),) * 5), "RED", 425, "2028-07-02"),
        # many orange ones stay below every red one
        (Facts(wrong=(wrong("LARGER"),) * 11), "ORANGE", 299, "2028-07-02"),
    ],
)
def test_the_worst_fact_makes_the_band_and_the_rest_the_score(facts, band, score, look_on):
    found = assess(facts, LAW, today=TODAY)
    assert (found.band, found.score, found.look_on) == (band, score, look_on and day(look_on))


LATE = Law(
    {
        ("OVERDUE", ""): Weight("RED", 15, late_days=30, late_points=3, late_most=6),
        ("HAZARD", ""): Weight("RED", 25),
        ("HAZARD_LATE", ""): Weight("ORANGE", 8, late_days=7, late_points=1, late_most=2),
    }
)


@pytest.mark.parametrize(
    ("facts", "score", "look_on"),
    [
        (Facts(owed=(inspection("2028-05-31"),)), 315, "2028-06-30"),
        (Facts(owed=(inspection("2028-05-03"),)), 315, "2028-06-02"),  # 29 days
        (Facts(owed=(inspection("2028-05-02"),)), 318, "2028-07-01"),  # 30 days
        (Facts(owed=(inspection("2028-02-29"),)), 321, None),  # as late as counts
        (Facts(owed=(inspection("2020-02-29"),)), 321, None),
        (Facts(wrong=(wrong("MAJOR", "2028-06-01"),)), 325, "2028-06-02"),
        (Facts(wrong=(wrong("MAJOR", "2028-05-25"),)), 334, "2028-06-08"),  # 7 days: one point more
        (Facts(wrong=(wrong("MAJOR", "2028-05-18"),)), 335, None),
    ],
)
def test_the_later_the_worse_within_the_band_step_by_step(facts, score, look_on):
    found = assess(facts, LATE, today=TODAY)
    assert (found.band, found.score, found.look_on) == ("RED", score, look_on and day(look_on))


def test_the_gravest_reason_comes_first_and_each_names_the_row_that_gave_it():
    facts = Facts(
        owed=(Owed("BRAKE_TEST", day("2028-05-01"), "GB 45067", "o1"),),
        wrong=(Wrong("DOOR", "MAJOR", day("2028-07-01"), "5.6", "h1"),),
    )
    reasons = assess(facts, LAW, today=TODAY).reasons
    told = [(r["fact"], r["code"], r["item"], r["band"], r["clause"], r["source"], r["row"]) for r in reasons]
    assert told == [
        ("HAZARD", "MAJOR", "DOOR", "RED", "5.6", "hazard", "h1"),
        ("OVERDUE", "BRAKE_TEST", "", "ORANGE", "GB 45067", "obligation", "o1"),
    ]
