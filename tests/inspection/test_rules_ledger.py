"""States and what ends an obligation: §6 of the domain notes, R5–R11, D1–D4."""

import pytest

from inspection import rules
from inspection.rules import Law, Obligation
from tests.inspection.cases import (
    BRAKE,
    CYCLE,
    altered,
    applied,
    brake_test,
    day,
    due,
    facts,
    installed,
    ledger,
    moved,
    periodic,
    repaired,
    self_test,
    state,
    states,
    stop,
)

NEW = installed("2024-05-20")  # 2025 P, 2026 S, 2027 S, 2028 P, always May
WITH_BRAKE = Law(CYCLE, brake=(BRAKE,))

# --- waiting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2025-02-28", ("FUTURE", None, 0)),
        ("2025-03-01", ("OPEN", None, 0)),
        ("2025-03-30", ("OPEN", None, 0)),
        ("2025-03-31", ("APPLY_NOW", None, 0)),  # 30 days before 30 April
        ("2025-04-30", ("APPLY_NOW", None, 0)),
        ("2025-05-01", ("APPLY_LATE", None, 0)),
        ("2025-05-31", ("APPLY_LATE", None, 0)),
        ("2025-06-01", ("OVERDUE", None, 1)),
        ("2026-05-31", ("OVERDUE", None, 365)),
    ],
)
def test_a_periodic_inspection_waits(today, expected):
    assert state(ledger(facts(NEW), today, 2025), "2025") == expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [("2025-04-30", "OPEN"), ("2025-05-01", "OPEN"), ("2025-05-31", "OPEN"), ("2025-06-01", "OVERDUE")],
)
def test_after_the_application_nobody_is_told_to_apply(today, expected):
    lines = ledger(facts(NEW, applied(2025, "2025-03-15")), today, 2025)
    assert state(lines, "2025")[0] == expected


def test_an_application_for_another_year_or_still_to_come_counts_for_nothing():
    known = facts(NEW, applied(2024, "2025-03-15"), applied(2025, "2025-05-03"))
    assert state(ledger(known, "2025-05-02", 2025), "2025")[0] == "APPLY_LATE"


@pytest.mark.parametrize(
    ("today", "expected"), [("2026-03-31", "FUTURE"), ("2026-04-01", "OPEN"), ("2026-06-01", "OVERDUE")]
)
def test_a_self_test_is_not_applied_for(today, expected):
    assert state(ledger(facts(NEW), today, 2026), "2026")[0] == expected


def test_a_line_as_compliance_stores_it():
    assert ledger(facts(NEW, periodic("2025-08-11")), "2025-09-01", 2025) == (
        Obligation(
            kind="PERIODIC",
            period="2025",
            opens_on=day("2025-03-01"),
            due_on=day("2025-05-31"),
            apply_by=day("2025-04-30"),
            state="DONE_LATE",
            met_on=day("2025-08-11"),
            late_days=72,
            rule_version="T7001-2023",
            clauses=("R2", "R4", "R8"),
        ),
    )


# --- passes and failures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["PASSED", "PASSED_AFTER_RECTIFICATION", "PASSED_ON_REINSPECTION"])
def test_every_pass_closes(verdict):
    assert state(ledger(facts(NEW, periodic("2025-05-31", verdict)), "2025-06-01", 2025), "2025") == (
        "DONE_ON_TIME",
        "2025-05-31",
        0,
    )


@pytest.mark.parametrize("verdict", ["FAILED", "FAILED_ON_REINSPECTION"])
def test_a_failure_bars_use_and_lateness_runs_on(verdict):
    known = facts(NEW, periodic("2025-05-10", verdict))
    assert state(ledger(known, "2025-05-11", 2025), "2025") == ("FAILED", None, 0)
    assert state(ledger(known, "2025-06-03", 2025), "2025") == ("FAILED", None, 3)
    mended = facts(NEW, periodic("2025-05-10", verdict), periodic("2025-06-10"))
    assert state(ledger(mended, "2025-06-11", 2025), "2025") == ("DONE_LATE", "2025-06-10", 10)


def test_failed_and_passed_on_one_day_is_passed():
    known = facts(NEW, periodic("2025-05-10"), periodic("2025-05-10", "FAILED"))
    assert state(ledger(known, "2025-05-11", 2025), "2025") == ("DONE_ON_TIME", "2025-05-10", 0)


def test_a_report_without_a_verdict_closes_nothing():
    assert state(ledger(facts(NEW, periodic("2025-05-10", "UNSTATED")), "2025-06-01", 2025), "2025") == (
        "OVERDUE",
        None,
        1,
    )


def test_a_self_test_does_not_close_a_periodic_inspection():
    assert state(ledger(facts(NEW, self_test("2025-05-10")), "2025-06-01", 2025), "2025") == ("OVERDUE", None, 1)


def test_a_periodic_inspection_inside_a_self_tests_window_closes_it_too():
    known = facts(NEW, periodic("2025-05-10"), periodic("2026-04-20"))
    lines = ledger(known, "2026-05-01", 2026)
    assert state(lines, "2026") == ("DONE_ON_TIME", "2026-04-20", 0)
    assert lines[-1].clauses == ("R3", "R4", "§6")
    before = facts(NEW, periodic("2025-05-10"), periodic("2026-03-31"))
    assert state(ledger(before, "2026-05-01", 2026), "2026") == ("OPEN", None, 0)
    after = facts(NEW, periodic("2025-05-10"), periodic("2026-06-01"))
    assert state(ledger(after, "2026-06-02", 2026), "2026") == ("OVERDUE", None, 2)


def test_a_failed_periodic_inspection_inside_a_self_tests_window_bars_use_too():
    known = facts(NEW, periodic("2025-05-10"), periodic("2026-04-20", "FAILED"))
    assert state(ledger(known, "2026-05-01", 2026), "2026") == ("FAILED", None, 0)


def test_one_pass_in_time_closes_both_where_their_windows_meet():
    """An alteration under an old rule in January put S 2029 into January: December 2028 lies in both windows."""
    known = facts(
        installed("2024-12-01"), altered("2028-01-15", "EARLIER"), periodic("2025-12-05"), periodic("2028-12-10")
    )
    lines = ledger(known, "2028-12-20", 2029)
    assert due(lines)[-2:] == ["2028-12 P", "2029-01 S"]
    assert [state(lines, year) for year in ("2028", "2029")] == [("DONE_ON_TIME", "2028-12-10", 0)] * 2


def test_one_failure_where_windows_meet_bars_use_once():
    known = facts(
        installed("2024-12-01"),
        altered("2028-01-15", "EARLIER"),
        periodic("2025-12-05"),
        periodic("2028-12-10", "FAILED"),
    )
    lines = ledger(known, "2028-12-20", 2029)
    assert [state(lines, year)[0] for year in ("2028", "2029")] == ["FAILED", "OPEN"]


def test_d3_a_late_pass_closes_the_old_obligation_only():
    known = facts(installed("2008-05-20"), periodic("2025-04-10"))  # P every year, 2024 was missed
    lines = ledger(known, "2025-05-01", 2025)
    assert states(lines) == {"2024": ("DONE_LATE", "2025-04-10", 314), "2025": ("APPLY_LATE", None, 0)}
    again = facts(installed("2008-05-20"), periodic("2025-04-10"), periodic("2025-04-11"))
    assert state(ledger(again, "2025-05-01", 2025), "2025") == ("DONE_ON_TIME", "2025-04-11", 0)


def test_d3_nor_does_a_late_periodic_pass_close_the_self_test_in_whose_window_it_lies():
    known = facts(NEW, periodic("2026-05-10"))  # P 2025 a year late, inside S 2026
    assert states(ledger(known, "2026-05-20", 2026)) == {
        "2025": ("DONE_LATE", "2026-05-10", 344),
        "2026": ("OPEN", None, 0),
    }


def test_d3_holds_for_self_tests():
    known = facts(NEW, periodic("2025-05-10"), self_test("2027-04-15"))  # S 2026 a year late, inside S 2027
    lines = ledger(known, "2027-05-20", 2027)
    assert state(lines, "2026") == ("DONE_LATE", "2027-04-15", 319)
    assert state(lines, "2027") == ("OPEN", None, 0)


def test_told_twice_is_once():
    known = facts(installed("2008-05-20"), periodic("2025-04-10"), periodic("2025-04-10"))
    assert state(ledger(known, "2025-05-01", 2025), "2025") == ("APPLY_LATE", None, 0)


# --- major repair (R5) and month (D1) ----------------------------------------------------------------------------------


def test_r5_the_last_day_of_the_due_month_still_waives():
    for repair, expected in (("2025-05-31", "WAIVED"), ("2025-06-01", "OVERDUE")):
        assert state(ledger(facts(NEW, repaired(repair)), "2025-06-02", 2025), "2025")[0] == expected


def test_r5_what_is_done_stays_done():
    known = facts(NEW, periodic("2025-03-02"), repaired("2025-05-20"))
    assert state(ledger(known, "2025-06-02", 2025), "2025") == ("DONE_ON_TIME", "2025-03-02", 0)


def test_r5_waives_a_failed_inspection():
    known = facts(NEW, periodic("2025-03-02", "FAILED"), repaired("2025-05-20"))
    assert state(ledger(known, "2025-06-02", 2025), "2025") == ("WAIVED", "2025-05-20", 0)


def test_r5_waives_this_years_inspection_and_no_other():
    known = facts(installed("2008-01-20"), repaired("2025-12-10"))  # P January 2026 is open by then
    lines = ledger(known, "2026-01-05", 2026)
    assert due(lines) == ["2024-01 P", "2025-01 P", "2026-12 P"]
    assert state(lines, "2024")[0] == state(lines, "2025")[0] == "OVERDUE"
    assert state(lines, "2026")[0] == "FUTURE"


def test_done_is_not_reopened_by_a_later_change_of_month():
    known = facts(
        installed("2008-01-20"),
        periodic("2025-11-20"),
        repaired("2025-12-10"),
        periodic("2024-01-05"),
        periodic("2025-01-05"),
    )
    lines = ledger(known, "2026-01-05", 2027)
    assert due(lines) == ["2024-01 P", "2025-01 P", "2026-01 P", "2027-12 P"]
    assert state(lines, "2026") == ("DONE_ON_TIME", "2025-11-20", 0)


# --- supervisory passes (D4) -------------------------------------------------------------------------------------------


def test_d4_in_the_year_of_an_alteration_nothing_is_due():
    known = facts(installed("2010-06-15"), self_test("2024-06-01"), altered("2025-04-10"))
    lines = ledger(known, "2025-05-01", 2029)
    assert due(lines) == ["2024-06 S", "2026-04 P", "2027-04 S", "2028-04 S", "2029-04 P"]


def test_d4_what_was_overdue_ends_with_it_and_its_days_stay_on_record():
    known = facts(installed("2010-06-15"), altered("2025-07-10"))
    lines = ledger(known, "2026-04-30", 2026)
    assert states(lines) == {
        "2024": ("SUPERSEDED", "2025-07-10", 375),
        "2025": ("SUPERSEDED", "2025-07-10", 10),
        "2026": ("FUTURE", None, 0),
    }
    assert lines[0].clauses == ("R3", "R4", "D4")


def test_d4_what_is_done_stays_done():
    known = facts(installed("2010-06-15"), self_test("2024-06-10"), periodic("2025-04-20"), altered("2025-07-10"))
    assert state(ledger(known, "2025-08-01", 2025), "2025") == ("DONE_ON_TIME", "2025-04-20", 0)


def test_d4_a_failed_inspection_ends_as_superseded():
    known = facts(
        installed("2010-06-15"), self_test("2024-06-10"), periodic("2025-04-20", "FAILED"), altered("2025-05-10")
    )
    assert state(ledger(known, "2025-08-01", 2025), "2025") == ("SUPERSEDED", "2025-05-10", 0)


def test_d4_an_earlier_alteration_only_moves_the_month():
    known = facts(installed("2010-06-15"), altered("2024-02-10", "EARLIER"))
    assert due(ledger(known, "2024-03-01", 2025)) == ["2024-06 S", "2025-02 P"]


def test_an_alteration_makes_a_self_test_done_early_a_periodic_inspection_still_due():
    """S January 2026 done in December, the alteration passed after it: n = 1 asks for a periodic inspection."""
    known = facts(
        installed("2018-01-20"),
        self_test("2024-01-10"),
        periodic("2025-01-10"),
        self_test("2025-12-05"),
        altered("2025-12-20"),
    )
    lines = ledger(known, "2026-01-05", 2026)
    assert due(lines)[-1] == "2026-12 P"
    assert state(lines, "2026") == ("FUTURE", None, 0)


def test_a_relocation_begins_anew():
    known = facts(installed("2010-06-15"), rules.SupervisoryPass("RELOCATION", day("2024-03-05")))
    assert due(ledger(known, "2024-04-01", 2026)) == ["2025-03 P", "2026-03 S"]


# --- brake test in the ledger ------------------------------------------------------------------------------------------


def brake(*given, today="2030-06-05", horizon=2036):
    lines = ledger(facts(NEW, *given), today, horizon, WITH_BRAKE)
    return {line.period: (line.state, line.late_days) for line in lines if line.kind == "BRAKE_TEST"}


def test_a_late_or_off_grid_brake_test_never_moves_the_grid():
    assert brake() == {"2030": ("OVERDUE", 5), "2036": ("FUTURE", 0)}
    assert brake(brake_test("2028-05-10")) == {"2030": ("OVERDUE", 5), "2036": ("FUTURE", 0)}
    assert brake(brake_test("2030-06-03")) == {"2030": ("DONE_LATE", 3), "2036": ("FUTURE", 0)}
    assert brake(brake_test("2030-04-10")) == {"2030": ("DONE_ON_TIME", 0), "2036": ("FUTURE", 0)}


def test_an_inspection_alone_is_no_brake_test():
    assert brake(self_test("2030-05-10"))["2030"] == ("OVERDUE", 5)


def test_a_brake_test_follows_the_override_of_its_year():
    ordered = moved(2030, "2030-06-01", "2030-08-31", issued="2030-05-01")
    assert brake(ordered)["2030"] == ("OPEN", 0)
    assert brake(ordered, brake_test("2030-04-10"))["2030"] == ("DONE_ON_TIME", 0)  # before the document
    assert brake(ordered, brake_test("2030-05-10"))["2030"] == ("OPEN", 0)


def test_a_brake_test_done_in_the_year_before_stays_done_when_the_month_moves():
    known = facts(installed("2024-01-20"), brake_test("2029-12-05"), repaired("2029-12-20"))
    lines = [o for o in ledger(known, "2030-01-05", 2030, WITH_BRAKE) if o.kind == "BRAKE_TEST"]
    assert [(o.period, o.due_on, o.state) for o in lines] == [("2030", day("2030-01-31"), "DONE_ON_TIME")]


def test_d4_ends_brake_tests_too():
    assert brake(altered("2030-06-03"), horizon=2036) == {"2030": ("SUPERSEDED", 3), "2036": ("FUTURE", 0)}
    assert brake(altered("2030-05-20"), horizon=2036) == {"2036": ("FUTURE", 0)}


def test_the_brake_test_stays_due_by_itself_when_the_inspection_is_waived():
    known = facts(installed("2009-05-20"), repaired("2027-03-10"))  # 2027 = 2009 + 18, n > 15: P
    lines = [line for line in ledger(known, "2027-04-01", 2027, WITH_BRAKE) if line.period == "2027"]
    assert [(line.kind, line.state) for line in lines] == [("PERIODIC", "WAIVED"), ("BRAKE_TEST", "OPEN")]


# --- scrapping, the present, mixed rules -------------------------------------------------------------------------------


def test_what_is_scrapped_owes_nothing_more():
    known = facts(installed("2008-05-20"), periodic("2024-05-10"), scrapped_on=day("2026-05-31"))
    assert states(ledger(known, "2027-01-01", 2028)) == {
        "2024": ("DONE_ON_TIME", "2024-05-10", 0),
        "2025": ("SUPERSEDED", "2026-05-31", 365),
    }


def test_what_was_suspended_when_it_was_scrapped_was_not_overdue():
    known = facts(NEW, stop("2025-03-01"), scrapped_on=day("2026-02-01"))
    assert states(ledger(known, "2027-01-01", 2028)) == {"2025": ("SUSPENDED", None, 0)}


def test_what_is_dated_later_is_not_known_yet():
    later = facts(
        NEW,
        periodic("2025-05-10"),
        repaired("2025-04-10"),
        stop("2025-04-10"),
        altered("2025-04-10"),
        scrapped_on=day("2025-04-10"),
    )
    assert ledger(later, "2025-04-09", 2030) == ledger(facts(NEW), "2025-04-09", 2030)


def test_rows_of_two_areas_at_once_are_a_mistake_of_the_caller():
    mixed = Law(
        cycle=(*CYCLE, rules.CycleRule("X", "INTERVAL_DAYS", day("2015-01-01"), "test", "D", interval_days=365))
    )
    with pytest.raises(rules.MixedMethods):
        ledger(facts(NEW), "2025-01-01", 2025, mixed)


def test_without_a_rule_nothing_is_due():
    assert ledger(facts(NEW), "2025-01-01", 2025, Law(cycle=())) == ()


# --- validity and printed dates ----------------------------------------------------------------------------------------


def test_validity_ends_with_the_close_of_the_next_obligation_of_either_kind():
    assert rules.valid_until(ledger(facts(NEW, periodic("2025-05-10")), "2025-06-01", 2030)) == day("2026-05-31")
    assert rules.valid_until(ledger(facts(NEW), "2025-06-01", 2030)) == day("2025-05-31")
    assert rules.valid_until(()) is None


def test_a_printed_date_that_differs_is_a_question_and_the_earlier_alerts():
    computed = day("2028-05-31")
    assert rules.compare_printed(computed, None) == rules.NextDate(computed, None, False, computed)
    assert rules.compare_printed(computed, day("2028-05-01")) == rules.NextDate(
        computed, day("2028-05-01"), False, computed
    )
    assert rules.compare_printed(computed, day("2028-04-30")) == rules.NextDate(
        computed, day("2028-04-30"), True, day("2028-04-30")
    )
    assert rules.compare_printed(computed, day("2029-05-01")) == rules.NextDate(
        computed, day("2029-05-01"), True, computed
    )
