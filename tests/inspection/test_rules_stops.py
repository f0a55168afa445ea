"""What interrupts the ledger: times out of use (R6), documents that move a window (R9)."""

import pytest

from inspection.rules import Obligation
from tests.inspection.cases import (
    day,
    due,
    facts,
    installed,
    ledger,
    moved,
    periodic,
    state,
    states,
    stop,
)

NEW = installed("2024-05-20")  # 2025 P, 2026 S, 2027 S, 2028 P, always May


# --- out of use (R6) ---------------------------------------------------------------------------------------------------


def test_while_stopped_closes_inside_the_stop_are_suspended():
    known = facts(NEW, stop("2025-05-31"))
    assert states(ledger(known, "2026-07-01", 2026)) == {"2025": ("SUSPENDED", None, 0), "2026": ("SUSPENDED", None, 0)}


def test_what_was_overdue_before_the_filing_stays_on_record():
    known = facts(NEW, stop("2025-06-01"))
    assert states(ledger(known, "2026-07-01", 2026)) == {"2025": ("OVERDUE", None, 396), "2026": ("SUSPENDED", None, 0)}


def test_what_was_done_before_the_filing_stays_done():
    known = facts(NEW, periodic("2025-03-02"), stop("2025-04-01"))
    assert state(ledger(known, "2025-04-02", 2025), "2025") == ("DONE_ON_TIME", "2025-03-02", 0)


def test_r6_a_restart_after_a_year_settles_its_year_and_moves_the_month():
    known = facts(NEW, periodic("2025-05-10"), stop("2025-06-10", restarted="2026-09-20", inspected="2026-09-15"))
    lines = ledger(known, "2026-10-01", 2028)
    assert due(lines) == ["2025-05 P", "2026-05 S", "2026-09 R", "2027-09 S", "2028-09 P"]
    assert states(lines) == {
        "2025": ("DONE_ON_TIME", "2025-05-10", 0),
        "2026": ("SATISFIED", "2026-09-15", 0),
        "2025-06-10": ("DONE_ON_TIME", "2026-09-15", 0),
        "2027": ("FUTURE", None, 0),
        "2028": ("FUTURE", None, 0),
    }


def test_r6_years_that_passed_inside_the_stop_are_not_done_later():
    known = facts(installed("2008-05-20"), periodic("2024-05-02"), stop("2025-01-10", inspected="2027-02-01"))
    lines = ledger(known, "2027-03-01", 2028)
    assert states(lines) == {
        "2024": ("DONE_ON_TIME", "2024-05-02", 0),
        "2025": ("SUSPENDED", None, 0),
        "2026": ("SUSPENDED", None, 0),
        "2027": ("SATISFIED", "2027-02-01", 0),
        "2025-01-10": ("DONE_ON_TIME", "2027-02-01", 0),
        "2028": ("FUTURE", None, 0),
    }
    assert due(lines)[-1] == "2028-02 P"


@pytest.mark.parametrize(("inspected", "month"), [("2025-12-30", "05"), ("2025-12-31", "12")])
def test_r6_a_year_is_365_calendar_days_from_the_filing_to_the_inspection(inspected, month):
    known = facts(NEW, periodic("2025-05-10"), stop("2024-12-31", inspected=inspected))
    assert due(ledger(known, "2026-01-05", 2026))[-1] == f"2026-{month} S"


def test_r6_tsg_08_2026_a_short_stop_over_a_close_counts_as_well():
    def after(restarted: str) -> list[str]:
        known = facts(installed("2024-05-20"), periodic("2025-05-10"), stop("2026-04-20", inspected=restarted))
        return due(ledger(known, "2026-12-01", 2027))

    assert after("2026-05-31") == ["2025-05 P", "2026-05 S", "2027-05 S"]  # the validity's last day
    assert after("2026-06-01") == ["2025-05 P", "2026-05 S", "2026-06 R", "2027-06 S"]


def test_r6_before_that_rule_a_short_stop_over_a_close_moved_nothing():
    known = facts(NEW, stop("2025-05-20", inspected="2025-07-15"))
    lines = ledger(known, "2025-08-01", 2026)
    assert due(lines) == ["2025-05 P", "2026-05 S"]
    assert state(lines, "2025") == ("SUSPENDED", None, 0)


def test_r6_a_long_stop_before_the_governed_years_moves_the_month():
    known = facts(installed("2012-05-20"), stop("2019-01-01", inspected="2021-08-15"))
    assert due(ledger(known, "2024-01-01", 2025)) == ["2024-08 S", "2025-08 P"]


def test_r6_used_again_without_its_inspection_is_overdue_from_that_day():
    known = facts(NEW, periodic("2025-05-10"), stop("2025-06-10", restarted="2026-09-20"))
    lines = ledger(known, "2026-09-25", 2026)
    assert states(lines)["2025-06-10"] == ("OVERDUE", None, 5)
    inspected = facts(NEW, periodic("2025-05-10"), stop("2025-06-10", restarted="2026-09-20", inspected="2026-09-30"))
    assert states(ledger(inspected, "2026-10-05", 2026))["2025-06-10"] == ("DONE_LATE", "2026-09-30", 10)


def test_r6_the_restart_inspection_closes_what_was_overdue_of_its_kind_too():
    known = facts(NEW, stop("2025-06-10", restarted="2026-09-20", inspected="2026-09-15"))
    lines = ledger(known, "2026-10-01", 2026)
    assert state(lines, "2025") == ("DONE_LATE", "2026-09-15", 472)
    assert state(lines, "2026") == ("SATISFIED", "2026-09-15", 0)


def test_the_restart_inspection_filed_as_a_report_too_is_one_inspection():
    """2024 and 2025 were missed before the stop: one inspection closes one of them, however often it is told."""
    given = [installed("2008-05-20"), stop("2025-06-10", inspected="2026-09-15")]
    alone, twice = facts(*given), facts(*given, periodic("2026-09-15"))
    assert ledger(twice, "2026-10-01", 2028) == ledger(alone, "2026-10-01", 2028)
    assert [state(ledger(twice, "2026-10-01", 2026), year)[0] for year in ("2024", "2025")] == ["DONE_LATE", "OVERDUE"]


def test_r6_what_was_overdue_before_the_filing_does_not_make_a_short_stop_count():
    known = facts(NEW, periodic("2025-05-10"), stop("2026-06-10", inspected="2026-06-20"))
    lines = ledger(known, "2026-07-01", 2027)
    assert due(lines) == ["2025-05 P", "2026-05 S", "2027-05 S"]
    assert state(lines, "2026") == ("OVERDUE", None, 31)


def test_a_stop_ends_with_the_first_day_in_use_again():
    for restarted, expected in (("2025-05-31", "OVERDUE"), ("2025-06-01", "SUSPENDED")):
        assert state(ledger(facts(NEW, stop("2025-05-10", restarted)), "2025-06-02", 2025), "2025")[0] == expected


# --- overrides (R9) ----------------------------------------------------------------------------------------------------


def test_r9_an_override_replaces_the_window_and_lateness_counts_from_its_close():
    known = facts(NEW, moved(2025, "2025-06-01", "2025-08-15"), periodic("2025-08-20"))
    (line,) = ledger(known, "2025-09-01", 2025)
    assert line == Obligation(
        kind="PERIODIC",
        period="2025",
        opens_on=day("2025-06-01"),
        due_on=day("2025-08-15"),
        apply_by=day("2025-07-15"),
        state="DONE_LATE",
        met_on=day("2025-08-20"),
        late_days=5,
        rule_version="T7001-2023",
        clauses=("R2", "R4", "R9", "R8"),
    )
    assert due(ledger(known, "2025-09-01", 2026))[-1] == "2026-05 S"


def test_r9_allows_an_earlier_report():
    early = facts(NEW, periodic("2025-01-15"))
    assert state(ledger(early, "2025-02-01", 2025), "2025")[0] == "FUTURE"
    ordered = facts(NEW, periodic("2025-01-15"), moved(2025, "2025-01-01", "2025-03-31", issued="2025-01-20"))
    assert state(ledger(ordered, "2025-02-01", 2025), "2025") == ("DONE_ON_TIME", "2025-01-15", 0)


def test_r9_what_was_done_before_the_document_stays_done():
    ordered = facts(NEW, periodic("2025-03-05"), moved(2025, "2025-06-01", "2025-08-31", issued="2025-04-01"))
    assert state(ledger(ordered, "2025-05-01", 2025), "2025") == ("DONE_ON_TIME", "2025-03-05", 0)
    after = facts(NEW, periodic("2025-04-05"), moved(2025, "2025-06-01", "2025-08-31", issued="2025-04-01"))
    assert state(ledger(after, "2025-05-01", 2025), "2025")[0] == "FUTURE"


def test_r9_the_last_document_holds_once_it_is_issued():
    known = facts(
        NEW,
        moved(2025, "2025-06-01", "2025-08-31", "notice 2", issued="2025-05-01"),
        moved(2025, "2025-04-01", "2025-06-30", "notice 1", issued="2025-04-01"),
    )
    closes = [ledger(known, today, 2025)[0].due_on for today in ("2025-03-31", "2025-04-30", "2025-05-01")]
    assert closes == [day("2025-05-31"), day("2025-06-30"), day("2025-08-31")]


def test_r9_may_bring_a_year_forward_by_more_than_one():
    known = facts(NEW, periodic("2025-05-10"), moved(2028, "2026-06-15", "2026-08-31"), periodic("2026-07-01"))
    assert state(ledger(known, "2026-07-02", 2028), "2028") == ("DONE_ON_TIME", "2026-07-01", 0)
