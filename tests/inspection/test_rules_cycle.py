"""The cycle, question by question: years, kinds, months, windows (domain notes §1, §8)."""

import datetime as dt

import pytest

from inspection import rules
from inspection.rules import Obligation, Window
from inspection.rules.dates import add_months, add_years
from tests.inspection.cases import (
    BRAKE,
    CYCLE,
    NINGXIA,
    RULE,
    altered,
    day,
    due,
    facts,
    installed,
    ledger,
    periodic,
    repaired,
    self_test,
    state,
    stop,
)

E1 = facts(installed("2024-05-20"))


def test_kinds_by_year_are_those_of_t7001():
    """R2, R3: P in years 1, 4, 7, 9, 11, 13, 15 and in each after 15; S in every other; nothing in the year itself."""
    told = "".join({None: "-", "PERIODIC": "P", "SELF_TEST": "S"}[rules.due_kind(n, RULE)] for n in range(-1, 21))
    assert told == "--" + "PSSPSSPSPSPSPSP" + "PPPPP"


def test_e1_an_elevator_installed_in_may_2024():
    assert due(ledger(E1, "2024-06-01", 2041)) == [
        "2025-05 P",
        "2026-05 S",
        "2027-05 S",
        "2028-05 P",
        "2029-05 S",
        "2030-05 S",
        "2031-05 P",
        "2032-05 S",
        "2033-05 P",
        "2034-05 S",
        "2035-05 P",
        "2036-05 S",
        "2037-05 P",
        "2038-05 S",
        "2039-05 P",
        "2040-05 P",
        "2041-05 P",
    ]


def test_e2_an_elevator_of_2010():
    lines = ledger(facts(installed("2010-06-15")), "2024-01-01", 2027)
    assert due(lines) == ["2024-06 S", "2025-06 P", "2026-06 P", "2027-06 P"]


def test_e3_the_windows():
    lines = {line.period: line for line in ledger(E1, "2024-06-01", 2028)}
    assert lines["2028"] == Obligation(
        kind="PERIODIC",
        period="2028",
        opens_on=day("2028-03-01"),
        due_on=day("2028-05-31"),
        apply_by=day("2028-04-30"),
        state="FUTURE",
        met_on=None,
        late_days=0,
        rule_version="T7001-2023+08-2026",
        clauses=("R2", "R4"),
    )
    assert lines["2026"] == Obligation(
        kind="SELF_TEST",
        period="2026",
        opens_on=day("2026-04-01"),
        due_on=day("2026-05-31"),
        apply_by=None,
        state="FUTURE",
        met_on=None,
        late_days=0,
        rule_version="T7001-2023+08-2026",
        clauses=("R3", "R4"),
    )


DONE_UNTIL_2027 = (periodic("2025-05-10"), self_test("2026-05-10"), self_test("2027-05-10"))


def test_e3_one_day_before_the_window_is_too_early():
    known = facts(installed("2024-05-20"), *DONE_UNTIL_2027)
    with pytest.raises(rules.TooEarly) as refusal:
        rules.require_acceptable(periodic("2028-02-29"), known, rules.Law(CYCLE), today=day("2028-03-05"))
    assert (refusal.value.code, refusal.value.params) == (
        "TOO_EARLY",
        {"concluded_on": day("2028-02-29"), "opens_on": day("2028-03-01")},
    )
    lines = ledger(facts(installed("2024-05-20"), *DONE_UNTIL_2027, periodic("2028-02-29")), "2028-03-05", 2028)
    assert state(lines, "2028") == ("OPEN", None, 0)


def test_e3_an_early_pass_does_not_move_the_next_date():
    known = facts(installed("2024-05-20"), *DONE_UNTIL_2027, periodic("2028-03-02"))
    rules.require_acceptable(
        periodic("2028-03-02"),
        facts(installed("2024-05-20"), *DONE_UNTIL_2027),
        rules.Law(CYCLE),
        today=day("2028-03-02"),
    )
    lines = ledger(known, "2028-03-05", 2029)
    assert state(lines, "2028") == ("DONE_ON_TIME", "2028-03-02", 0)
    assert due(lines)[-1] == "2029-05 S"


def test_e4_late_by_72_days_and_the_next_date_stays():
    lines = ledger(facts(installed("2024-05-20"), periodic("2025-08-11")), "2025-09-01", 2026)
    assert state(lines, "2025") == ("DONE_LATE", "2025-08-11", 72)
    assert due(lines) == ["2025-05 P", "2026-05 S"]


def test_e5_a_major_repair_after_the_due_month_leaves_that_year():
    lines = ledger(facts(installed("2018-03-08"), repaired("2025-09-10")), "2025-10-01", 2027)
    assert due(lines) == ["2024-03 S", "2025-03 P", "2026-09 S", "2027-09 P"]
    assert state(lines, "2025") == ("OVERDUE", None, 184)


def test_e5_a_major_repair_before_it_waives_the_year_and_moves_the_month():
    lines = ledger(facts(installed("2018-03-08"), repaired("2025-02-14")), "2025-10-01", 2026)
    assert due(lines) == ["2024-03 S", "2025-03 P", "2026-02 S"]
    assert state(lines, "2025") == ("WAIVED", "2025-02-14", 0)


def test_a_major_repair_in_a_self_test_year_waives_nothing():
    lines = ledger(facts(installed("2018-03-08"), repaired("2026-02-10")), "2026-02-11", 2027)
    assert due(lines)[-2:] == ["2026-03 S", "2027-02 P"]
    assert state(lines, "2026") == ("OPEN", None, 0)


@pytest.mark.parametrize(("year", "closes"), [(2025, "2025-02-28"), (2028, "2028-02-29")])
def test_leap_day(year, closes):
    lines = ledger(facts(installed("2024-02-29")), "2024-03-01", year)
    assert lines[-1].due_on == day(closes)


def test_brake_test_in_its_years():
    """§8: 2030-05 in the self-test, 2036-05 in the self-test, 2042-05 in the periodic inspection."""
    law = rules.Law(CYCLE, brake=(BRAKE,))
    lines = ledger(E1, "2024-06-01", 2042, law)
    assert due(line for line in lines if line.kind == "BRAKE_TEST") == ["2030-05 B", "2036-05 B", "2042-05 B"]
    with_it = {line.period: line.kind for line in lines if line.kind != "BRAKE_TEST"}
    assert [with_it[year] for year in ("2030", "2036", "2042")] == ["SELF_TEST", "SELF_TEST", "PERIODIC"]


# --- anchors and months (R1, R4) ---------------------------------------------------------------------------------------


def test_r1_an_alteration_keeps_the_earlier_anchor_up_to_and_including_its_own_year():
    passes = (installed("2010-06-15"), altered("2025-09-10"))
    anchors = {year: rules.anchor_on(passes, year, RULE) for year in (2010, 2011, 2025, 2026)}
    assert anchors == {2010: None, 2011: day("2010-06-15"), 2025: day("2010-06-15"), 2026: day("2025-09-10")}


@pytest.mark.parametrize(
    ("alteration", "anew"),
    [
        (altered("2023-04-01"), False),
        (altered("2023-04-02"), True),
        (altered("2023-12-01", "EARLIER"), False),  # in the transition the report names its rule
        (altered("2023-03-31", "T7001_2023"), True),
        (repaired("2025-01-01"), False),
        (rules.SupervisoryPass("RELOCATION", day("2025-01-01")), True),
    ],
)
def test_r1_the_rule_named_in_the_report_decides_then_the_day(alteration, anew):
    assert rules.begins_anew(alteration, RULE) is anew


def test_r1_of_several_alterations_the_latest_counts():
    passes = (altered("2024-03-01"), installed("2010-06-15"), altered("2026-03-01"))
    assert rules.anchor_on(passes, 2027, RULE) == day("2026-03-01")


def test_r4_the_month_is_that_of_the_latest_event_before_the_year():
    passes = (installed("2010-06-15"), altered("2015-03-01", "EARLIER"), repaired("2020-11-30"))
    restarts = [day("2023-08-31")]
    months = [rules.due_month(passes, restarts, year) for year in (2010, 2011, 2016, 2020, 2021, 2023, 2024)]
    assert months == [None, 6, 3, 3, 11, 11, 8]


def test_r4_an_alteration_under_an_old_rule_moves_the_month_alone():
    lines = ledger(facts(installed("2017-06-15"), altered("2023-11-05", "EARLIER")), "2024-01-01", 2026)
    assert due(lines) == ["2024-11 P", "2025-11 S", "2026-11 P"]


@pytest.mark.parametrize(
    ("kind", "month", "opens", "last"),
    [
        ("PERIODIC", 1, "2027-11-01", "2027-12-31"),
        ("PERIODIC", 2, "2027-12-01", "2028-01-29"),
        ("PERIODIC", 3, "2028-01-01", "2028-02-29"),
        ("PERIODIC", 12, "2028-10-01", "2028-11-30"),
        ("SELF_TEST", 1, "2027-12-01", None),
        ("SELF_TEST", 2, "2028-01-01", None),
    ],
)
def test_r7_windows_may_open_in_the_year_before(kind, month, opens, last):
    found = rules.window(kind, 2028, month, RULE)
    assert (found.opens_on, found.apply_by) == (day(opens), last and day(last))


def test_window_is_a_whole_value():
    assert rules.window("PERIODIC", 2028, 5, RULE) == Window(day("2028-03-01"), day("2028-05-31"), day("2028-04-30"))


def test_days_are_clipped_to_the_month():
    assert add_months(day("2028-03-31"), -1) == day("2028-02-29")
    assert add_months(day("2027-12-31"), 2) == day("2028-02-29")
    assert add_years(day("2024-02-29"), 1) == day("2025-02-28")
    assert add_years(day("2024-02-29"), 4) == day("2028-02-29")


# --- governed years ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "first"), [(None, 2024), ("2025-06-01", 2025), ("2023-06-01", 2024), ("2024-06-01", 2024)]
)
def test_the_platform_governs_from_2024_or_the_next_date_of_the_last_old_report(printed, first):
    old = [periodic("2020-06-10", generation="EARLIER", next_on=day("2030-06-01"))] if printed else []
    last = [periodic("2022-06-10", generation="EARLIER", next_on=printed and day(printed))]
    assert rules.first_governed_year(CYCLE, [*old, *last]) == first


def test_years_before_the_first_governed_one_are_not_obligations():
    known = facts(installed("2012-06-15"), periodic("2023-06-10", generation="EARLIER", next_on=day("2025-06-01")))
    assert due(ledger(known, "2025-01-01", 2026)) == ["2025-06 P", "2026-06 S"]


def test_without_a_pass_on_record_nothing_can_be_said():
    assert ledger(facts(periodic("2024-05-01"), stop("2024-06-01")), "2025-01-01", 2030) == ()
    assert ledger(facts(repaired("2024-06-01")), "2025-01-01", 2030) == ()


# --- brake tests (§2) --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor", "years"),
    [
        ("2012-12-31", (2018, 2024, 2030)),
        ("2013-01-01", (2018, 2024, 2030)),
        ("2015-07-01", (2020, 2026, 2032)),
        ("2019-03-31", (2024, 2030)),
        ("2019-04-01", (2025, 2031)),
    ],
)
def test_ningxia_rule_by_the_three_bands(anchor, years):
    assert rules.brake_test_years(day(anchor), NINGXIA, 2032) == years
    assert not NINGXIA.enabled


def test_default_brake_test_years():
    assert rules.brake_test_years(day("2012-12-31"), BRAKE, 2031) == (2018, 2024, 2030)
    grid = [year for year in range(2024, 2050) if rules.is_brake_test_year(day("2024-05-20"), year, BRAKE)]
    assert grid == [2030, 2036, 2042, 2048]


@pytest.mark.parametrize(
    ("code", "traction", "needed"),
    [("3110", True, True), ("3420", True, True), ("3420", False, False), ("3120", True, False), ("3110", None, True)],
)
def test_brake_test_is_for_traction_passenger_and_firefighters_elevators(code, traction, needed):
    assert rules.needs_brake_test(code, traction=traction, rule=BRAKE) is needed


def test_in_force_is_half_open():
    assert [rules.in_force(CYCLE, dt.date(2026, 4, 30) + dt.timedelta(days=n)).version for n in (0, 1)] == [
        "T7001-2023",
        "T7001-2023+08-2026",
    ]
    assert rules.in_force(CYCLE, day("2023-04-01")) is None
