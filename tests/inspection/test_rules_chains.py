"""What counts from the last check: the governor (§3) and the area whose rule counts days (issue 5)."""

from collections import Counter
from dataclasses import replace

import pytest

from inspection import rules
from inspection.rules import Law, Obligation
from tests.inspection.cases import (
    CYCLE,
    GOVERNOR,
    day,
    facts,
    governor_check,
    installed,
    ledger,
    periodic,
    row,
    states,
    stop,
)


@pytest.mark.parametrize(
    ("annex", "started", "last", "next_on"),
    [
        # the worked examples of §8
        ("A", "2010-06-01", "2023-06-01", "2025-06-01"),
        ("A", "2010-06-01", "2024-01-10", "2025-06-01"),
        ("A", "2010-06-01", "2025-06-01", "2026-06-01"),
        ("A", "2010-06-01", "2025-06-02", "2026-06-02"),
        # before the last year before the anniversary
        ("A", "2010-06-01", "2022-06-01", "2024-06-01"),
        ("A", "2010-06-01", "2024-06-01", "2025-06-01"),
        ("A", "2010-06-01", None, "2012-06-01"),
        ("B", "2000-06-01", "2025-06-01", "2027-06-01"),
        ("B", "2000-06-01", None, "2002-06-01"),
        ("C", "2000-06-01", "2025-06-01", "2030-06-01"),
        ("C", "2000-06-01", None, "2005-06-01"),
        # leap days
        ("A", "2020-01-01", "2024-02-29", "2026-02-28"),
        ("A", "2000-01-01", "2024-02-29", "2025-02-28"),
        ("C", "2024-02-29", None, "2029-02-28"),
        ("A", "2012-02-29", "2026-03-01", "2027-03-01"),
        ("A", "2012-02-29", "2025-12-01", "2027-02-28"),
    ],
)
def test_governor_due(annex, started, last, next_on):
    found = rules.governor_due_on(GOVERNOR[annex], started_on=day(started), last_on=last and day(last))
    assert found == day(next_on)


ANNEX_A = Law(cycle=(), governor=(GOVERNOR["A"],))


def test_each_check_meets_the_open_one_and_begins_the_next():
    known = facts(
        installed("2010-06-01"),
        governor_check("2021-06-01"),
        governor_check("2023-06-01"),
        governor_check("2025-07-01"),
    )
    assert ledger(known, "2026-06-02", 2026, ANNEX_A) == (
        Obligation(
            kind="GOVERNOR_CHECK",
            period="2023-06-01",
            opens_on=day("2023-06-01"),
            due_on=day("2025-06-01"),
            apply_by=None,
            state="DONE_LATE",
            met_on=day("2025-07-01"),
            late_days=30,
            rule_version="T5002-2017-A",
            clauses=("§3", "R8"),
        ),
        Obligation(
            kind="GOVERNOR_CHECK",
            period="2025-07-01",
            opens_on=day("2025-07-01"),
            due_on=day("2026-07-01"),
            apply_by=None,
            state="OPEN",
            met_on=None,
            late_days=0,
            rule_version="T5002-2017-A",
            clauses=("§3",),
        ),
    )


def test_a_failed_governor_check_is_not_a_check():
    known = facts(installed("2023-06-01"), governor_check("2025-05-01", "FAILED"))
    assert states(ledger(known, "2025-06-03", 2026, ANNEX_A)) == {"FIRST": ("FAILED", None, 2)}


def test_an_alteration_does_not_begin_the_governors_service_anew_and_a_relocation_does():
    old = [installed("2005-06-01"), governor_check("2024-06-01")]
    altered = facts(*old, rules.SupervisoryPass("ALTERATION", day("2025-01-01")))
    assert ledger(altered, "2025-02-01", 2030, ANNEX_A)[-1].due_on == day("2025-06-01")
    relocated = facts(*old, rules.SupervisoryPass("RELOCATION", day("2025-01-01")))
    assert [(o.period, o.due_on) for o in ledger(relocated, "2025-02-01", 2030, ANNEX_A)] == [
        ("FIRST", day("2027-01-01"))
    ]


def test_a_governor_check_waits_while_out_of_use_and_is_due_again_afterwards():
    known = [installed("2023-06-01")]
    assert states(ledger(facts(*known, stop("2025-05-01")), "2025-07-01", 2026, ANNEX_A)) == {
        "FIRST": ("SUSPENDED", None, 0)
    }
    again = facts(*known, stop("2025-05-01", restarted="2025-06-15"))
    assert states(ledger(again, "2025-07-01", 2026, ANNEX_A)) == {"FIRST": ("OVERDUE", None, 30)}


# --- every so many days ------------------------------------------------------------------------------------------------

NEW_YORK = replace(row("cycle", "NYC-365"), enabled=True)
DAYS = Law(cycle=(NEW_YORK,))
TODAY = "2015-10-17"


@pytest.mark.parametrize(
    ("inspected", "approved", "due_on", "state"),
    [
        ("2014-10-17", "1990-01-01", "2015-10-17", "OPEN"),  # exactly 365 days ago is in time
        ("2014-10-16", "1990-01-01", "2015-10-16", "OVERDUE"),
        ("2014-10-16", None, "2015-10-16", "OVERDUE"),
        (None, "2014-10-16", "2015-10-16", "OVERDUE"),
        (None, "2014-10-17", "2015-10-17", "OPEN"),
        (None, None, "2015-10-17", "OPEN"),  # the rule's first day
    ],
)
def test_new_york_rule(inspected, approved, due_on, state):
    given = [periodic(inspected, "UNSTATED")] if inspected else []
    known = facts(*given, approved_on=approved and day(approved))
    (line,) = ledger(known, TODAY, 2020, DAYS)
    assert (line.due_on, line.state) == (day(due_on), state)


def test_with_no_known_approval_it_is_overdue_once_the_rules_first_day_lies_in_the_past():
    assert states(ledger(facts(), "2015-10-18", 2020, DAYS)) == {"FIRST": ("OVERDUE", None, 1)}


def test_counts_by_the_day_as_the_issue_tells_them():
    """The register in small: some last inspected too long ago, some never, of these some approved too long ago."""
    register = [
        *[facts(periodic("2014-01-01", "UNSTATED"), approved_on=day("2000-01-01"))] * 5,
        *[facts(periodic("2015-01-01", "UNSTATED"), approved_on=day("2000-01-01"))] * 7,
        *[facts(approved_on=day("2014-01-01"))] * 3,
        *[facts(approved_on=day("2015-01-01"))] * 2,
        *[facts()] * 4,
    ]

    def overdue(today: str) -> int:
        return Counter(o.state for known in register for o in ledger(known, today, 2016, DAYS))["OVERDUE"]

    assert (overdue(TODAY), overdue("2015-10-18")) == (5 + 3, 5 + 3 + 4)


def test_history_from_the_rules_first_day_on_is_kept():
    known = facts(periodic("2014-01-01"), periodic("2015-10-16"), periodic("2016-10-20"))
    lines = ledger(known, "2016-11-01", 2020, DAYS)
    assert [(o.period, o.due_on, o.state, o.late_days) for o in lines] == [
        ("2015-10-16", day("2016-10-15"), "DONE_LATE", 5),
        ("2016-10-20", day("2017-10-20"), "OPEN", 0),
    ]


def test_what_was_met_on_the_rules_first_day_is_kept_and_the_day_before_is_not():
    for met, periods in (("2015-10-16", ["2015-10-16"]), ("2015-10-17", ["2014-01-01", "2015-10-17"])):
        known = facts(periodic("2014-01-01"), periodic(met))
        assert [o.period for o in ledger(known, "2015-10-20", 2020, DAYS)] == periods


def test_a_failed_inspection_does_not_begin_the_next_interval():
    known = facts(periodic("2014-10-01"), periodic("2015-10-10", "FAILED"))
    assert states(ledger(known, TODAY, 2020, DAYS)) == {"2014-10-01": ("FAILED", None, 16)}


def test_where_days_are_counted_no_report_is_too_early():
    rules.require_acceptable(periodic("2015-10-12"), facts(periodic("2015-10-10")), DAYS, today=day(TODAY))


def test_the_shipped_row_is_off_and_belongs_to_its_area():
    shipped = row("cycle", "NYC-365")
    assert (shipped.enabled, shipped.area, shipped.interval_days) == (False, "US-NY", 365)
    assert shipped not in CYCLE
