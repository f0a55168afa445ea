"""Who should be assessed and why, classes of risks, votes, and what may follow on what: pure rules over the shipped rows."""

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import inspection
from inspection.actions.assessments import RIGHTS
from inspection.choices import AssessmentState, AssessmentStepKind
from inspection.rules import assessments as rules
from inspection.views.assessments.steps import ASKED

ROWS = json.loads((Path(inspection.__file__).parent / "data" / "law_assessments.json").read_text(encoding="utf-8"))
TABLE = next(row["columns"] for row in ROWS if row["kind"] == "RISK")
AGE = rules.AgeRule("A", "AGE", 15, frozenset({"HOSPITAL"}))
FAULTS = rules.FaultRule("F", 3, 12)
TODAY = dt.date(2026, 6, 15)
VOTE = rules.VoteRule("V", Fraction(2, 3), Fraction(1, 2), more_than=True)


def day(text):
    return dt.date.fromisoformat(text) if text else None


def grounds(begun="2011-06-15", renewed="", place="HOSPITAL", hazards=0, today=TODAY):
    return rules.why(
        commissioned_on=day(begun), renewed_on=day(renewed), place_type=place, hazards={12: hazards},
        rules=[AGE, FAULTS], today=today,
    )  # fmt: skip


def why(**given):
    return [ground.reason for ground in grounds(**given)]


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        ({}, ["AGE"]),  # fifteen years today
        ({"begun": "2011-06-16"}, []),
        ({"place": "RESIDENTIAL"}, []),
        ({"renewed": "2015-01-01"}, []),  # as old as its renewal
        ({"begun": "", "renewed": "2011-06-15"}, ["AGE"]),
        ({"begun": ""}, []),  # nobody knows how old it is
        ({"hazards": 3}, ["AGE", "FAULTS"]),
        ({"begun": "2020-01-01", "hazards": 2}, []),
        ({"begun": "2012-02-29", "today": dt.date(2027, 2, 28)}, []),
        ({"begun": "2012-02-29", "today": dt.date(2027, 3, 1)}, ["AGE"]),
        ({"begun": "2013-02-28", "today": dt.date(2028, 2, 29)}, ["AGE"]),
    ],
)
def test_who_should_be_assessed_and_why(given, reasons):
    assert why(**given) == reasons


def test_each_reason_has_its_fact():
    assert grounds(begun="2009-06-16", hazards=4) == [
        rules.Ground("AGE", "A", since=day("2009-06-16"), years=16),  # seventeen tomorrow
        rules.Ground("FAULTS", "F", hazards=4, months=12),
    ]
    renewed = rules.Ground("AGE", "A", since=day("2011-06-15"), years=15, renewed=True)
    assert grounds(begun="1990-01-01", renewed="2011-06-15") == [renewed]


def test_one_table_says_each_step_with_who_takes_it_and_how_it_is_asked_for():
    """A verb of the table without a page, a right or a word in the record is found here, and a page without a verb."""
    names = [step.name for step in rules.TABLE]
    assert len(names) == len(set(names))
    assert set(names) == set(ASKED) == set(RIGHTS) == set(AssessmentStepKind.values) - {"apply"}
    reached = {"APPLIED", *(state for step in rules.TABLE for state in step.moves.values()), "FUNDED"}
    assert reached == set(AssessmentState.values)
    assert set(rules.TURNS) == rules.OPEN
    for step in rules.TABLE:
        assert step.who
        assert step.awaited <= set(step.moves) <= rules.OPEN, step.name


def test_every_state_is_somebodys_turn_with_a_step_that_may_be_taken_then():
    turns = {(state, kept): rules.turn(state, decision=kept) for state in rules.OPEN for kept in ("REPLACE", "KEEP")}
    assert turns["DECIDED", "KEEP"] == ("OFFICER", "close")
    assert turns["DECIDED", "REPLACE"] == ("UNIT", "fund")
    for (state, decision), (_who, step) in turns.items():
        assert rules.after(state, step, decision=decision)
    assert [rules.turn(state) for state in ("CLOSED", "CANCELLED")] == [None, None]


@pytest.mark.parametrize(
    ("today", "months", "before"),
    [
        ("2026-06-15", 12, "2025-06-15"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2026-01-31", 1, "2025-12-31"),
        ("2026-03-31", 1, "2026-02-28"),
    ],
)
def test_months_are_counted_back_to_the_same_day_or_the_last(today, months, before):
    assert rules.months_before(day(today), months) == day(before)


def test_the_table_has_each_of_the_24_cells_once_and_nothing_else():
    cells = sorted(cell for name in ("I", "II", "III") for cell in TABLE[name])
    assert cells == sorted(f"{severity}{letter}" for severity in range(1, 5) for letter in "ABCDEF")
    assert [rules.risk_class(TABLE, *cell) for cell in ((1, "D"), (1, "E"), (4, "F"))] == ["I", "II", "III"]
    for severity, probability in ((5, "A"), (0, "A"), (1, "G"), (1, "a")):
        with pytest.raises(rules.AssessmentRefused):
            rules.risk_class(TABLE, severity, probability)


def test_what_is_not_certain_tells_no_unit_and_says_so():
    assert {row["version"]: (row["certainty"], row["advise"]) for row in ROWS} == {
        "NJ-2019-34-5": ("V1", True),
        "NJ-2019-34-5-OTHER": ("D", False),
        "NJ-2019-34-5-FAULTS": ("U", False),
        "GBT20900-CLASSES": ("U", False),
        "CC278-FUND": ("U", False),
    }


@pytest.mark.parametrize(
    ("area", "owners", "passed"),
    [
        ((900, 600, 301), (90, 60, 31), True),
        ((900, 600, 300), (90, 60, 31), False),  # half of the area is not more than half
        ((900, 599, 500), (90, 60, 31), False),  # too little area took part
        ((900, 600, 301), (90, 59, 59), False),  # too few owners took part
        ((900, 600, 301), (90, 60, 30), False),
    ],
)
def test_a_vote_needs_area_and_heads(area, owners, passed):
    assert rules.passes(rules.Ballot(*(Decimal(each) for each in area), *owners), VOTE) is passed


@pytest.mark.parametrize(
    "counts", [(900, 901, 1, 9, 9, 9), (900, 600, 601, 9, 9, 9), (0, 0, 0, 9, 9, 9), (9, 9, 9, 0, 0, 0)]
)
def test_a_vote_that_cannot_be_is_refused(counts):
    with pytest.raises(rules.AssessmentRefused):
        rules.passes(rules.Ballot(*counts), VOTE)


@pytest.mark.parametrize(
    ("state", "decision", "steps"),
    [
        ("APPLIED", "", ["assign", "cancel"]),
        ("ASSIGNED", "", ["report", "cancel", "assign"]),
        ("REPORTED", "", ["decide", "cancel"]),
        ("DECIDED", "KEEP", ["close", "cancel"]),
        ("DECIDED", "REPAIR", ["fund", "vote", "cancel"]),
        ("FUNDED", "REPLACE", ["works", "fund", "cancel"]),
        ("WORKING", "REPLACE", ["accept", "cancel"]),
        ("ACCEPTED", "REPLACE", ["close", "cancel"]),
        ("CLOSED", "REPLACE", []),
        ("CANCELLED", "", []),
    ],
)
def test_what_may_follow_on_what(state, decision, steps):
    assert rules.steps_from(state, decision=decision) == steps


@pytest.mark.parametrize(
    ("source", "state", "vote", "reason"),
    [
        ("MAINTENANCE_FUND", "ASSURED", "NONE", "vote_first"),
        ("MAINTENANCE_FUND", "ASSURED", "REJECTED", "vote_failed"),
        ("MAINTENANCE_FUND", "REQUESTED", "NONE", None),
        ("MAINTENANCE_FUND", "ASSURED", "NOT_RECORDED", None),
        ("SUBSIDY", "ASSURED", "NONE", None),
    ],
)
def test_the_fund_is_the_owners(source, state, vote, reason):
    try:
        rules.require_vote(source=source, state=state, vote=vote)
        said = None
    except rules.AssessmentRefused as refused:
        said = refused.reason
    assert said == reason
