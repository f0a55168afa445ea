"""Use registration as rules: steps, states of the elevator, answers, terms, working days over holidays, numbers."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.workdays import after_working_days, is_working_day
from registry.choices import ApplicationKind, ApplicationState, RegistrationState
from registry.rules import normalise_certificate_number
from registry.rules import registration as rules

DAY = dt.date(2026, 9, 30)
ALL_STEPS = ("submit", "accept", "return", "approve", "refuse", "withdraw")
# as an official would write it on a wall: every step that is not here is refused
WALL = {
    "DRAFT": {"submit": "SUBMITTED", "withdraw": "WITHDRAWN"},
    "SUBMITTED": {"accept": "UNDER_REVIEW", "return": "RETURNED", "refuse": "REFUSED", "withdraw": "WITHDRAWN"},
    "RETURNED": {"submit": "SUBMITTED", "refuse": "REFUSED", "withdraw": "WITHDRAWN"},
    "UNDER_REVIEW": {"approve": "APPROVED", "return": "RETURNED", "refuse": "REFUSED", "withdraw": "WITHDRAWN"},
    "APPROVED": {},
    "REFUSED": {},
    "WITHDRAWN": {},
}


@pytest.mark.parametrize("state", ApplicationState.values)
@pytest.mark.parametrize("step", ALL_STEPS)
def test_only_the_steps_on_the_wall_are_taken(state, step):
    wanted = WALL[state].get(step)
    if wanted is None:
        with pytest.raises(rules.WrongStep):
            rules.next_state(state, step)
    else:
        assert rules.next_state(state, step) == wanted


@given(st.lists(st.sampled_from(ALL_STEPS), max_size=12))
def test_no_path_approves_what_was_not_taken_up_after_it_was_last_submitted(steps):
    state, since_submitted = "DRAFT", []
    for step in steps:
        try:
            state = rules.next_state(state, step)
        except rules.WrongStep:
            continue
        since_submitted = [] if step == "submit" else [*since_submitted, step]
        if state == "APPROVED":
            assert since_submitted == ["accept", "approve"]


FITS = {
    "REGISTER": {"UNREGISTERED"},
    "CHANGE": {"IN_USE", "OUT_OF_USE"},
    "STOP": {"IN_USE"},
    "RESTART": {"OUT_OF_USE"},
    "TRANSFER": {"IN_USE", "OUT_OF_USE"},
    "RELOCATE": {"IN_USE", "OUT_OF_USE"},
    "SCRAP": {"IN_USE", "OUT_OF_USE", "SCRAPPED"},
}


@pytest.mark.parametrize("kind", ApplicationKind.values)
@pytest.mark.parametrize("state", RegistrationState.values)
def test_a_kind_is_refused_from_every_state_that_it_does_not_fit(kind, state):
    assert rules.why_not(kind, state=state, flags=()) == ("" if state in FITS[kind] else "state")


def test_a_sealed_elevator_is_not_put_into_use_by_an_application():
    sealed = {
        kind
        for kind, states in FITS.items()
        for state in states
        if rules.why_not(kind, state=state, flags={"SEALED"}) == "sealed"
    }
    assert sealed == {"REGISTER", "RESTART"}


def test_what_is_scrapped_is_not_scrapped_again():
    assert rules.why_not("SCRAP", state="SCRAPPED", flags=(), ending="SCRAPPED") == "state"
    assert rules.why_not("SCRAP", state="SCRAPPED", flags=(), ending="DEREGISTERED") == ""


def need(name, required=True, target="FIELD"):
    return rules.Need(target, name, required)


def test_answers_are_read_and_each_fault_stands_at_its_name():
    needs = [need("moved_on"), need("next_inspection_on"), need("work"), need("building", required=False)]
    answers = {"moved_on": "2026-10-01", "next_inspection_on": "soon", "building": " 3 幢 "}
    values, faults = rules.read_answers(needs, answers, today=DAY)
    assert values == {"building": "3 幢"}
    assert faults == {"moved_on": "future", "next_inspection_on": "form", "work": "required"}


@pytest.mark.parametrize(
    ("day", "fault"), [("2026-09-29", {"next_inspection_on": "over"}), ("{today}", {}), ("2028-01-01", {})]
)
def test_a_label_never_says_that_the_next_inspection_was(day, fault):
    answers = {"next_inspection_on": day.format(today=DAY)}
    assert rules.read_answers([need("next_inspection_on")], answers, today=DAY)[1] == fault


def test_an_end_before_the_beginning_is_said_at_the_end():
    needs = [need("stopped_on"), need("stopped_until", required=False)]
    answers = {"stopped_on": "2026-10-09", "stopped_until": "2026-10-08"}
    assert rules.read_answers(needs, answers, today=DAY)[1] == {"stopped_until": "backwards"}
    same_day = answers | {"stopped_until": answers["stopped_on"]}
    assert rules.read_answers(needs, same_day, today=DAY)[1] == {"stopped_until": "backwards"}


HOSTILE = (
    None,
    True,
    False,
    0,
    7,
    1.5,
    float("nan"),
    [],
    ["x"],
    {},
    {"a": 1},
    "",
    " ",
    "\x00",
    "0000-00-00",
    "2026-02-30",
)
HOSTILE += ("9" * 5000, "2026-01-01T00:00", "99999-01-01", "٢٠٢٦-٠١-٠١", "on", "SCRAPPED", "<b>", "‮", "2026-01-01")


@given(st.dictionaries(st.sampled_from(sorted(rules.FIELDS)), st.sampled_from(HOSTILE)))
def test_whatever_was_typed_is_a_value_or_a_fault_never_an_error(answers):
    needs = [need(name) for name in rules.FIELDS]
    values, faults = rules.read_answers(needs, answers, today=DAY)
    assert values.keys() | faults.keys() >= set(rules.FIELDS)


def test_an_inspection_is_needed_only_after_a_long_stop():
    rows = [
        need("SELF_INSPECTION", target="DOCUMENT"),
        rules.Need("DOCUMENT", "INSPECTION_REPORT", True, "STOPPED_LONG"),
    ]
    assert [len(rules.needs_of(rows, stopped_days=days, stopped_long=365)) for days in (None, 364, 365)] == [1, 1, 2]


# --- terms ------------------------------------------------------------------------------------------------------------


def days(*texts, working):
    return {dt.date.fromisoformat(text): working for text in texts}


# 2026: 1–7 October free; Saturday 10 October worked
MOVED = days(*(f"2026-10-0{n}" for n in range(1, 8)), working=False) | days("2026-10-10", working=True)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-09-30", 1, "2026-10-08"),  # the whole holiday does not count
        ("2026-09-30", 3, "2026-10-10"),  # the Saturday worked in exchange does
        ("2026-09-30", 4, "2026-10-12"),
        ("2026-10-03", 1, "2026-10-08"),  # submitted in the holiday
        ("2026-11-20", 1, "2026-11-23"),  # Friday → Monday
        ("2026-11-20", 0, "2026-11-20"),
    ],
)
def test_a_term_of_working_days_goes_around_holidays(start, count, end):
    assert after_working_days(dt.date.fromisoformat(start), count, MOVED) == dt.date.fromisoformat(end)


@given(st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 1)), st.integers(1, 60))
def test_a_term_ends_on_a_working_day_and_holds_just_so_many(start, count):
    end = after_working_days(start, count, MOVED)
    between = [start + dt.timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert is_working_day(end, MOVED)
    assert sum(is_working_day(day, MOVED) for day in between) == count


def test_the_term_of_a_kind_goes_before_the_general_one_and_the_newer_before_the_older():
    terms = [rules.Term("APPLY", "", 10, 1), rules.Term("APPLY", "REGISTER", 30, 2), rules.Term("APPLY", "", 20, 3)]
    assert [rules.term_of(terms, "APPLY", kind).days for kind in ("REGISTER", "STOP")] == [30, 20]
    assert rules.term_of(terms, "ANSWER", "STOP") is None


def test_the_day_of_the_event_does_not_count():
    term = rules.Term("APPLY", "", 30)
    assert rules.apply_due_on("REGISTER", {"used_from": dt.date(2026, 1, 1)}, term) == dt.date(2026, 1, 31)
    assert rules.apply_due_on("RESTART", {"self_checked_on": dt.date(2026, 1, 1)}, term) is None


@pytest.mark.parametrize(
    ("code", "serial", "number"),
    [("3110", 7, "梯11苏A0007(26)"), ("3310", 12345, "梯31苏A12345(26)"), ("3430", 999999, "梯43苏A999999(26)")],
)
def test_a_certificate_number_has_class_city_serial_and_year(code, serial, number):
    made = rules.certificate_number(rules.certificate_prefix(code, "苏A"), serial, 2026)
    assert made == number == normalise_certificate_number(made)


# --- remarks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("reason", None, []),
        ("reason", "   ", []),
        ("reason", "  Works  on\nthe facade ", ["Works on the facade"]),
        ("used_from", "2026-01-05", ["2026-01-05"]),
        ("function_removed", "on", [True]),
        ("function_removed", True, [True]),
        ("function_removed", False, []),
    ],
)
def test_answers_are_compared_without_their_blanks(name, raw, said):
    assert rules.said(name, raw) == said


@pytest.mark.parametrize(
    ("was", "now", "reply", "changed", "unanswered", "state"),
    [
        (["a"], ["a"], "", False, True, "STANDS"),
        (["a"], ["b"], "", True, False, "CHANGED"),
        (["a"], [], "", True, False, "CHANGED"),
        (["a"], ["a"], "it is so", False, False, "REPLIED"),
        (["a"], ["b"], "mended", True, False, "CHANGED"),
        (None, ["a"], "", None, False, "STANDS"),  # nobody kept what stood there: not held against the unit
    ],
)
def test_a_remark_stands_until_something_changed_or_is_said(was, now, reply, changed, unanswered, state):
    remark = rules.Remark("FIELD", "reason", "Say more", was, now, reply)
    assert (remark.changed, remark.unanswered, remark.state) == (changed, unanswered, state)
