"""Reports: verdicts and their contradictions (§4), items (§5), testers (R14), refusals (D2)."""

import pytest

from inspection import choices, rules
from inspection.rules import Excess, ItemFacts, ItemResult, ItemScope, Law, ReportWarning, Scan
from inspection.rules import facts as f
from inspection.rules import items as item_rules
from inspection.rules import obligations as o
from inspection.rules import verdicts as v
from tests.inspection.cases import (
    CYCLE,
    LAW,
    ROWS,
    brake_test,
    day,
    facts,
    governor_check,
    installed,
    periodic,
    row,
    self_test,
    stop,
)

# --- verdicts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "generation", "verdict"),
    [
        ("合格", "PERIODIC", "T7001_2023", "PASSED"),
        ("整改后合格", "PERIODIC", "T7001_2023", "PASSED_AFTER_RECTIFICATION"),
        ("不合格", "PERIODIC", "T7001_2023", "FAILED"),
        ("合格", "PERIODIC", "EARLIER", "PASSED"),
        ("复检合格", "PERIODIC", "EARLIER", "PASSED_ON_REINSPECTION"),
        ("复检不合格", "PERIODIC", "EARLIER", "FAILED_ON_REINSPECTION"),
        (" 复检 合格。", "PERIODIC", "", "PASSED_ON_REINSPECTION"),
        ("复检合格", "PERIODIC", "T7001_2023", "PASSED_ON_REINSPECTION"),
        ("符合要求", "SELF_TEST", "T7001_2023", "PASSED"),
        ("不符合", "SELF_TEST", "T7001_2023", "FAILED"),
    ],
)
def test_conclusions_of_both_generations_are_read(text, kind, generation, verdict):
    found = rules.read_verdict(text, kind=kind, generation=generation, rules=ROWS["verdict"], on=day("2025-05-01"))
    assert found == verdict


@pytest.mark.parametrize(
    ("text", "kind", "on"),
    [("良好", "PERIODIC", "2025-05-01"), ("整改后合格", "PERIODIC", "2022-05-01"), ("", "SELF_TEST", "2025-05-01")],
)
def test_an_unknown_wording_is_refused_and_never_guessed(text, kind, on):
    with pytest.raises(rules.UnknownVerdict) as refusal:
        rules.read_verdict(text, kind=kind, generation="", rules=ROWS["verdict"], on=day(on))
    assert (refusal.value.code, refusal.value.text) == ("UNKNOWN_VERDICT", text)


@pytest.mark.parametrize(
    ("text", "sign"),
    [("√", "MEETS"), ("×", "DOES_NOT"), (" △ ", "RECTIFIED"), ("\u2212", "NOT_APPLICABLE"), ("/", "NOT_APPLICABLE")],
)
def test_signs_are_read(text, sign):
    assert rules.read_sign(text) == sign


def test_an_unknown_sign_is_refused():
    with pytest.raises(rules.UnknownSign):
        rules.read_sign("?")


CHECKER = row("contradiction", "NINGXIA-CHECKER")


def results(key: str = "", general: str = "") -> list[ItemResult]:
    """One item per sign: √ × △ −."""
    signs = {"√": v.MEETS, "×": v.DOES_NOT, "△": v.RECTIFIED, "−": v.NOT_APPLICABLE}
    keys = [ItemResult(f"A1.2.{n}", True, signs[sign]) for n, sign in enumerate(key)]
    return keys + [ItemResult(f"A1.1.{n}", False, signs[sign]) for n, sign in enumerate(general)]


@pytest.mark.parametrize(
    ("key", "general", "promised", "expected"),
    [
        ("√√", "√√−", False, "PASSED"),
        ("√△", "△△△△", False, "PASSED"),  # all mended before the report
        ("√×", "√√√", True, "FAILED"),
        ("√√", "××√", True, "PASSED_AFTER_RECTIFICATION"),
        ("√√", "××△", True, "PASSED_AFTER_RECTIFICATION"),
        ("√√", "××△△", True, "FAILED"),
        ("√△", "××△", True, "PASSED_AFTER_RECTIFICATION"),  # of the △ only general ones count
        ("√√", "×√√", False, "FAILED"),
    ],
)
def test_what_a_report_checker_expects(key, general, promised, expected):
    found = rules.expected_verdict(results(key, general), CHECKER, supervised_use=promised, notice=promised)
    assert found == expected


def test_promise_and_notice_are_both_needed():
    for promise, notice in ((True, False), (False, True)):
        found = rules.expected_verdict(results("√", "×"), CHECKER, supervised_use=promise, notice=notice)
        assert found == "FAILED"


def test_a_contradiction_is_a_warning_with_what_it_saw():
    warned = rules.contradictions("PASSED", results("√×", "×△"), CHECKER, supervised_use=False, notice=False)
    params = (("stated", "PASSED"), ("expected", "FAILED"), ("refused", 2), ("rectified", 1))
    assert warned == (ReportWarning("VERDICT_CONTRADICTS_ITEMS", params),)
    assert rules.contradictions("FAILED", results("√×", "×△"), CHECKER, supervised_use=False, notice=False) == ()


def test_without_a_rule_or_items_nothing_is_warned_about():
    assert rules.contradictions("PASSED", results("×"), None, supervised_use=False, notice=False) == ()
    assert rules.contradictions("PASSED", [], CHECKER, supervised_use=False, notice=False) == ()


def test_after_a_failed_balance_factor_all_later_tests_are_not_applicable():
    items = [
        ItemResult("A1.3.1", True, v.MEETS),
        ItemResult("A1.3.2", True, v.DOES_NOT),
        ItemResult("A1.3.3", False, v.MEETS),
        ItemResult("A1.3.4.1", True, v.NOT_APPLICABLE),
        ItemResult("A1.3.12.2", True, v.MEETS),
    ]
    warned = rules.contradictions("FAILED", items, CHECKER, supervised_use=False, notice=False)
    assert warned == (ReportWarning("TESTED_AFTER_BALANCE_FAILED", (("items", ("A1.3.3", "A1.3.12.2")),)),)


# --- items -------------------------------------------------------------------------------------------------------------

IN_FORCE = rules.rows_in_force(ROWS["item_condition"], day("2025-05-01"))
CONDITIONS = [row for row in IN_FORCE if row.kind == "PERIODIC"]
OF_TESTS = [row for row in IN_FORCE if row.kind == "SELF_TEST"]
OLD = ItemFacts(n=20, supervised_on=day("2005-05-20"), made_on=day("2005-01-10"), built_to=1995, brake_test_due=False)
NEW = ItemFacts(n=1, supervised_on=day("2024-05-20"), made_on=day("2024-01-10"), built_to=2020, brake_test_due=False)


def scopes(known: ItemFacts) -> dict[int, ItemScope]:
    """Only the items that do not apply whole."""
    found = {item: rules.item_scope(item, known, CONDITIONS) for item in range(1, 44)}
    return {item: scope for item, scope in found.items() if scope != ItemScope("APPLIES")}


NOT = ItemScope("DOES_NOT_APPLY")


def test_items_of_an_old_elevator():
    assert scopes(OLD) == {
        6: NOT,
        7: NOT,
        12: ItemScope("APPLIES", ("1",)),
        13: ItemScope("APPLIES", ("4",)),
        15: ItemScope("APPLIES", ("2", "3")),
        21: ItemScope("APPLIES", ("3",)),
        23: NOT,
        26: ItemScope("APPLIES", ("3",)),
        28: ItemScope("APPLIES", ("2",)),
        40: NOT,
        42: NOT,
    }


def test_items_of_a_new_elevator():
    assert scopes(NEW) == {5: NOT, 14: NOT, 15: ItemScope("APPLIES", ("1",)), 16: NOT, 24: NOT, 42: NOT}


@pytest.mark.parametrize(
    ("item", "change", "before", "after"),
    [
        (5, {"n": (15, 16)}, "DOES_NOT_APPLY", "APPLIES"),
        (7, {"supervised_on": (day("2017-09-30"), day("2017-10-01"))}, "DOES_NOT_APPLY", "APPLIES"),
        (23, {"supervised_on": (day("2024-04-01"), day("2024-04-02"))}, "DOES_NOT_APPLY", "APPLIES"),
        (39, {"made_on": (day("2003-12-31"), day("2004-01-01"))}, "DOES_NOT_APPLY", "APPLIES"),
        (40, {"made_on": (day("2016-06-30"), day("2016-07-01"))}, "DOES_NOT_APPLY", "APPLIES"),
        (42, {"brake_test_due": (False, True)}, "DOES_NOT_APPLY", "APPLIES"),
        (40, {"made_on": (None, day("2020-01-01"))}, "UNKNOWN", "APPLIES"),
    ],
)
def test_items_at_the_edge_of_their_condition(item, change, before, after):
    from dataclasses import replace

    ((name, values),) = change.items()
    found = [rules.item_scope(item, replace(NEW, **{name: value}), CONDITIONS).applies for value in values]
    assert found == [before, after]


def test_part_4_of_item_13_is_not_for_gb_7588_1995_or_earlier():
    from dataclasses import replace

    found = [rules.item_scope(13, replace(NEW, built_to=edition), CONDITIONS) for edition in (1987, 1995, 2003, None)]
    left_out, unknown = ItemScope("APPLIES", ("4",)), ItemScope("APPLIES", (), ("4",))
    assert found == [left_out, left_out, ItemScope("APPLIES"), unknown]


def test_item_15_is_nothing_but_its_conditional_parts():
    old_rule = ItemFacts(n=7, supervised_on=day("2018-05-20"), made_on=None, built_to=None, brake_test_due=False)
    assert rules.item_scope(15, old_rule, CONDITIONS) == ItemScope("DOES_NOT_APPLY", ("1", "2", "3"))


@pytest.mark.parametrize(
    (
        "rows",
        "code",
        "answers",
    ),  # of a passenger, an explosion-proof, a firefighters' elevator, of one that nobody knows
    [
        (CONDITIONS, "A1.2.3.12", ("DOES_NOT_APPLY", "APPLIES", "DOES_NOT_APPLY", "UNKNOWN")),
        (CONDITIONS, "A1.2.3.16", ("DOES_NOT_APPLY", "DOES_NOT_APPLY", "APPLIES", "UNKNOWN")),
        (OF_TESTS, "A1.3.14", ("APPLIES", "DOES_NOT_APPLY", "APPLIES", "UNKNOWN")),
        (OF_TESTS, "A1.2.3.1", ("APPLIES",) * 4),  # no condition
    ],
)
def test_items_without_a_number_go_by_the_class(rows, code, answers):
    from dataclasses import replace

    classes = ("3110", "3410", "3420", None)
    assert (
        tuple(rules.item_scope(None, replace(NEW, class_code=each), rows, code).applies for each in classes) == answers
    )


def test_the_brake_test_of_a_self_test_is_asked_in_its_year_and_of_its_classes():
    from dataclasses import replace

    found = {
        (code, due): rules.item_scope(
            None, replace(NEW, class_code=code, brake_test_due=due), OF_TESTS, "A1.3.12"
        ).applies
        for code in ("3110", "3120")
        for due in (True, False, None)
    }
    assert found == {
        ("3110", True): "APPLIES",
        ("3110", False): "DOES_NOT_APPLY",
        ("3110", None): "UNKNOWN",
        ("3120", True): "DOES_NOT_APPLY",
        ("3120", False): "DOES_NOT_APPLY",
        ("3120", None): "DOES_NOT_APPLY",
    }


def test_what_refuses_an_item_is_told_whole_first():
    rows = item_rules.conditions_of(15, CONDITIONS)
    of_2018 = ItemFacts(n=7, supervised_on=day("2018-05-20"), made_on=None, built_to=None, brake_test_due=False)
    assert [row.part for row in item_rules.whole_refusals(rows, of_2018)] == ["1", "2", "3"]
    assert [row.years for row in item_rules.whole_refusals(item_rules.conditions_of(5, CONDITIONS), of_2018)] == [15]


# --- testers (R14) -----------------------------------------------------------------------------------------------------

LIMIT = ROWS["tester_limit"][0]


def test_r14_eighty_elevators_and_two_cities_a_month_are_allowed():
    assert rules.over_limit(elevators=80, cities=2, limit=LIMIT) == ()
    assert rules.over_limit(elevators=81, cities=3, limit=LIMIT) == (
        Excess("TOO_MANY_ELEVATORS", 81, 80),
        Excess("TOO_MANY_CITIES", 3, 2),
    )


def test_r14_is_counted_per_tester_and_calendar_month():
    scans = [Scan("wang", f"E{n}", "3201", day("2026-03-31")) for n in range(81)]
    scans += [Scan("wang", "E1", "3201", day("2026-03-30"))]  # again the same elevator
    scans += [Scan("li", f"E{n}", "3201", day("2026-03-31")) for n in range(40)]
    scans += [Scan("li", f"F{n}", "3201", day("2026-04-01")) for n in range(80)]
    scans += [Scan("zhao", city, city, day("2026-03-05")) for city in ("3201", "3202", "3203")]
    assert rules.tester_excesses(scans, LIMIT) == {
        ("wang", "2026-03"): (Excess("TOO_MANY_ELEVATORS", 81, 80),),
        ("zhao", "2026-03"): (Excess("TOO_MANY_CITIES", 3, 2),),
    }


# --- refusals ----------------------------------------------------------------------------------------------------------

KNOWN = facts(installed("2024-05-20"), periodic("2025-05-10"))
TODAY = day("2026-05-15")


def refused(report, known=KNOWN, law=LAW, today=TODAY) -> tuple | None:
    try:
        rules.require_acceptable(report, known, law, today=today)
    except rules.ReportRefused as refusal:
        return refusal.code, refusal.params
    return None


def test_a_report_in_the_future():
    assert refused(self_test("2026-05-16")) == ("FUTURE", {"concluded_on": day("2026-05-16"), "today": TODAY})
    assert refused(self_test("2026-05-15")) is None


def test_a_report_on_what_is_scrapped():
    scrapped = facts(installed("2024-05-20"), periodic("2025-05-10"), scrapped_on=day("2026-05-01"))
    assert refused(self_test("2026-05-01"), scrapped) == (
        "SCRAPPED",
        {"concluded_on": day("2026-05-01"), "scrapped_on": day("2026-05-01")},
    )
    assert refused(self_test("2026-04-30"), scrapped) is None


def test_a_report_before_the_installation_passed():
    assert refused(periodic("2024-05-19")) == (
        "BEFORE_INSTALLATION",
        {"concluded_on": day("2024-05-19"), "installed_on": day("2024-05-20")},
    )
    assert refused(periodic("2026-05-10"), facts())[1] == {"concluded_on": day("2026-05-10"), "installed_on": None}


@pytest.mark.parametrize(
    ("report", "opens"),
    [
        (self_test("2026-03-31"), "2026-04-01"),
        (periodic("2026-03-31"), "2026-04-01"),  # it could close the self-test, from April on
        (periodic("2025-05-20"), "2026-04-01"),  # this year's is done
        (self_test("2025-05-20"), "2026-04-01"),
    ],
)
def test_d2_a_report_before_anything_is_open(report, opens):
    assert refused(report) == ("TOO_EARLY", {"concluded_on": report.concluded_on, "opens_on": day(opens)})


@pytest.mark.parametrize(
    "report", [self_test("2026-04-01"), periodic("2026-04-01"), brake_test("2026-01-01"), governor_check("2026-01-01")]
)
def test_what_is_open_or_has_no_window_is_taken(report):
    assert refused(report) is None


def test_the_failed_are_inspected_again_and_the_overdue_late():
    assert refused(periodic("2025-05-12"), facts(installed("2024-05-20"), periodic("2025-05-10", "FAILED"))) is None
    assert refused(periodic("2026-01-12"), facts(installed("2024-05-20"))) is None


def test_history_from_before_the_governed_years_is_taken_as_it_is():
    assert refused(periodic("2023-02-01"), facts(installed("2018-03-08"))) is None
    printed = facts(installed("2012-06-15"), periodic("2023-06-10", generation="EARLIER", next_on=day("2025-06-01")))
    assert refused(periodic("2024-02-01"), printed) is None


def test_d1_the_inspection_that_ends_a_long_stop_is_never_too_early():
    stopped = facts(installed("2024-05-20"), periodic("2025-05-10"), stop("2025-06-01"))
    assert refused(periodic("2026-06-01"), stopped, today=day("2026-06-01")) is None
    assert refused(self_test("2026-06-01"), stopped, today=day("2026-06-01"))[0] == "TOO_EARLY"
    used_again = facts(installed("2024-05-20"), periodic("2025-05-10"), stop("2025-06-01", restarted="2026-06-20"))
    assert refused(periodic("2026-07-01"), used_again, today=day("2026-07-01")) is None
    short = facts(installed("2024-05-20"), periodic("2025-05-10"), stop("2025-08-01"))
    assert refused(periodic("2026-03-01"), short)[0] == "TOO_EARLY"


def test_d1_the_failed_inspection_before_it_may_be_filed_after_it():
    known = facts(installed("2024-05-20"), periodic("2025-05-10"), stop("2025-06-01", inspected="2026-09-15"))
    assert refused(periodic("2026-09-01", "FAILED"), known, today=day("2026-09-20")) is None
    assert refused(periodic("2026-09-18"), known, today=day("2026-09-20"))[0] == "TOO_EARLY"


def test_an_inspector_needs_a_certificate_on_the_day():
    valid = ((day("2020-01-01"), day("2024-12-31")), (day("2025-02-01"), None))
    for on in ("2020-01-01", "2024-12-31", "2025-02-01", "2030-01-01"):
        rules.require_certified(concluded_on=day(on), valid=valid)
    for on in ("2019-12-31", "2025-01-01", "2025-01-31"):
        with pytest.raises(rules.InspectorNotCertified) as refusal:
            rules.require_certified(concluded_on=day(on), valid=valid)
        assert (refusal.value.code, refusal.value.params) == ("INSPECTOR_NOT_CERTIFIED", {"concluded_on": day(on)})


def test_a_number_stands_for_one_content():
    assert rules.require_same_content("J-1", known=None, given="a") is False
    assert rules.require_same_content("J-1", known="a", given="a") is True
    with pytest.raises(rules.NumberTaken) as refusal:
        rules.require_same_content("J-1", known="a", given="b")
    assert (refusal.value.code, refusal.value.params) == ("NUMBER_TAKEN", {"number": "J-1"})


# --- words and rules are the same --------------------------------------------------------------------------------------


def test_every_word_of_the_rules_has_a_label():
    assert set(choices.SupervisionKind.values) == {f.INSTALLATION, f.ALTERATION, f.MAJOR_REPAIR, f.RELOCATION}
    assert set(choices.RuleGeneration.values) == {f.T7001_2023, f.EARLIER}
    assert set(choices.InspectionKind.values) == set(o.ORDER)
    assert set(choices.Verdict.values) == f.PASSES | f.FAILURES | {f.UNSTATED}
    assert set(choices.ItemSign.values) == {v.MEETS, v.DOES_NOT, v.RECTIFIED, v.NOT_APPLICABLE}
    assert set(choices.DueState.values) == o.CLOSED | o.BARRING | {o.APPLY_LATE, o.APPLY_NOW, o.OPEN, o.FUTURE}
    assert {row.condition for row in ROWS["item_condition"]} == {
        item_rules.OVER_YEARS,
        item_rules.SUPERVISED_FROM,
        item_rules.MADE_FROM,
        item_rules.BUILT_AFTER_EDITION,
        item_rules.BRAKE_TEST_DUE,
        item_rules.OF_CLASSES,
    }


def test_law_without_calendar_rows_asks_for_no_window():
    assert refused(periodic("2026-03-31"), law=Law(cycle=())) is None
    assert refused(periodic("2026-03-31"), law=Law(cycle=CYCLE)) is not None
