"""Waivers: what is waived is silent, what is postponed is due later, and both come back on the right day, once."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from common.actor import system
from compliance.actions import (
    grant_waiver,
    note_everything,
    plan_all_due,
    replan,
    revoke_waiver,
    take_all_steps,
    turn_all_waivers,
)
from compliance.actions.plans import ledger_rows
from compliance.actions.waivers import WaiverNotPossible
from compliance.models import Alert, AlertCause, ElevatorDue, Notice, Obligation, Waiver
from compliance.rules import waivers as rules
from compliance.rules.waivers import Excuse, Owed, as_excused
from registry.models import LifeEvent
from tests.compliance.conftest import moment, owed
from tests.factories.make import GULOU, make_elevator, make_unit

OFFICER, COLLEAGUE = system("officer"), system("colleague")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


LAW = Owed("PENDING", day("2028-05-31"), day("2028-05-31"))
SUMMER = Excuse("WAIVED", day("2028-05-01"), day("2028-08-31"))
EARLY = Excuse("WAIVED", day("2028-04-01"), day("2028-04-30"))
LATER = Excuse("POSTPONED", day("2028-05-01"), day("2028-09-30"))
REVOKED_BEFORE = Excuse("WAIVED", day("2028-05-01"), day("2028-04-30"))


@pytest.mark.parametrize(
    ("excuses", "today", "counts"),
    [
        ([], "2028-05-15", ("PENDING", "2028-05-31")),
        ([SUMMER], "2028-04-30", ("PENDING", "2028-05-31")),
        ([SUMMER], "2028-05-01", ("WAIVED", "2028-08-31")),
        ([SUMMER], "2028-08-31", ("WAIVED", "2028-08-31")),
        ([SUMMER], "2028-09-01", ("PENDING", "2028-08-31")),  # overdue since this day
        ([EARLY], "2028-04-30", ("WAIVED", "2028-05-31")),
        ([EARLY], "2028-05-01", ("PENDING", "2028-05-31")),  # the law's last day is still to come
        ([LATER], "2028-05-01", ("PENDING", "2028-09-30")),
        ([LATER], "2028-12-01", ("PENDING", "2028-09-30")),
        ([REVOKED_BEFORE], "2028-05-15", ("PENDING", "2028-05-31")),
        ([EARLY, SUMMER], "2028-05-01", ("WAIVED", "2028-08-31")),
    ],
)
def test_what_counts_of_what_the_law_wants(excuses, today, counts):
    found = as_excused(LAW, excuses, day(today))
    assert (found.status, str(found.due_on)) == counts
    assert found.alert_after == found.due_on


@pytest.mark.parametrize(
    ("met_on", "late", "counts"),
    [
        ("2028-04-20", 0, ("2028-05-31", 0)),  # before the document held: the law alone judges
        ("2028-07-01", 31, ("2028-08-31", 0)),
        ("2028-09-03", 95, ("2028-08-31", 3)),
    ],
)
def test_what_was_done_under_a_waiver_is_late_only_from_its_end(met_on, late, counts):
    found = as_excused(replace(LAW, status="MET", met_on=day(met_on), days_late=late), [SUMMER], day("2028-12-01"))
    assert (found.status, str(found.due_on), found.days_late) == ("MET", *counts)


@pytest.mark.parametrize("status", ["SUSPENDED", "SUPERSEDED", "WITHDRAWN", "MISSED", "WAIVED"])
def test_what_facts_have_ended_no_document_changes(status):
    law = replace(LAW, status=status)
    assert as_excused(law, [SUMMER], day("2028-06-01")) == law


@pytest.mark.parametrize(
    ("kind", "from_on", "until_on", "others", "reason"),
    [
        ("WAIVED", "2028-05-01", "2028-05-01", [], ""),
        ("WAIVED", "2028-04-30", "2028-06-01", [], "begins_past"),
        ("WAIVED", "2028-05-02", "2028-05-01", [], "backwards"),
        ("WAIVED", "2028-05-01", "2031-05-02", [], ""),
        ("WAIVED", "2028-05-01", "2031-05-03", [], "too_long"),
        ("WAIVED", "2031-05-03", "2031-05-03", [], "too_long"),
        ("WAIVED", "9999-12-31", "9999-12-31", [], "too_long"),  # a year mistyped twice; nobody reckons a day after it
        ("POSTPONED", "2028-05-01", "2028-05-31", [], "not_later"),
        ("POSTPONED", "2028-05-01", "2028-06-01", [], ""),
        ("WAIVED", "2028-05-01", "2028-06-01", [EARLY, REVOKED_BEFORE], ""),
        ("WAIVED", "2028-05-01", "2028-06-01", [LATER], "waived_already"),
    ],
)
def test_which_days_can_be_granted(kind, from_on, until_on, others, reason):
    def judge():
        rules.require_grant(
            kind=kind,
            from_on=day(from_on),
            until_on=day(until_on),
            due_on=LAW.due_on,
            others=others,
            today=day("2028-05-01"),
        )

    said = ""
    try:
        judge()
    except rules.WaiverRefused as refused:
        said = refused.reason
    assert said == reason


@pytest.mark.parametrize(
    ("today", "ends_on"),
    [("2028-04-01", "2028-04-30"), ("2028-05-01", "2028-04-30"), ("2028-08-31", "2028-08-30"), ("2028-09-01", "over")],
)
def test_revoked_today_it_held_until_yesterday(today, ends_on):
    try:
        assert str(rules.ends_on_revoked(SUMMER, day(today))) == ends_on
    except rules.WaiverRefused as refused:
        assert refused.reason == ends_on


# --- in the ledger ----------------------------------------------------------------------------------------------------


@pytest.fixture
def elevator(law):
    row = make_elevator(area_code=GULOU, using_unit=make_unit("Using unit", area_code=GULOU))
    law[row.pk] = [owed()]
    replan(elevator_ids=[row.pk], at=moment("2028-01-01 09:00"))
    return row


@pytest.fixture
def file(db, monkeypatch):
    """Whoever grants has a file; how files come is the attachments' story."""
    from compliance.actions import waivers

    monkeypatch.setattr(waivers, "claim_attachments", lambda files, **_given: files)
    return ["file"]


def grant(elevator, file, at: str, until: str, *, kind="WAIVED", from_on="", by=OFFICER, **values) -> Waiver:
    row = Obligation.objects.get(elevator=elevator)
    words = {"reason": "the building is evacuated", "clause": "art. 40", "reference": "GL-2028-7", **values}
    days = {"from_on": day(from_on or at[:10]), "until_on": day(until)}
    return grant_waiver(obligation_id=row.pk, kind=kind, files=file, by=by, at=moment(at), **days, **words)


def ledger(elevator) -> tuple:
    row = Obligation.objects.get(elevator=elevator)
    return row.status, str(row.due_on), str(row.law_due_on) if row.law_due_on else None


def sweep(at: str) -> None:
    for run in (plan_all_due, turn_all_waivers, take_all_steps):
        run(at=moment(at))


def alerts() -> list:
    return list(Alert.objects.order_by("pk").values_list("state", "opened_at"))


def test_a_waived_obligation_is_silent_and_comes_back_the_day_after_once(elevator, file):
    grant(elevator, file, "2028-03-10 10:00", "2028-08-31")
    assert ledger(elevator) == ("WAIVED", "2028-08-31", "2028-05-31")
    for at in ("2028-04-01 00:01", "2028-05-31 23:59", "2028-06-01 00:01", "2028-08-31 23:59"):
        sweep(at)
    assert (alerts(), Notice.objects.count()) == ([], 0)
    for at in ("2028-09-01 00:01", "2028-09-01 00:01", "2028-09-02 09:00"):
        sweep(at)
    assert ledger(elevator) == ("PENDING", "2028-08-31", "2028-05-31")
    assert alerts() == [("OPEN", moment("2028-09-01 00:01"))]
    assert list(Waiver.objects.get().steps.order_by("pk").values_list("kind", flat=True)) == ["grant", "end"]


def test_a_waiver_that_ended_while_the_platform_was_down_is_found_by_the_first_look(elevator, file):
    waiver = grant(elevator, file, "2028-03-10 10:00", "2028-08-31", from_on="2028-04-01")
    assert ledger(elevator) == ("PENDING", "2028-05-31", None)
    sweep("2028-12-24 08:00")  # it neither saw it begin nor end
    assert alerts() == [("OPEN", moment("2028-12-24 08:00"))]
    assert list(waiver.steps.order_by("pk").values_list("kind", flat=True)) == ["grant", "begin", "end"]
    assert Waiver.objects.get().step_at is None


def test_what_is_postponed_is_warned_of_before_the_new_day_and_late_after_it(elevator, file):
    grant(elevator, file, "2028-05-20 10:00", "2028-09-30", kind="POSTPONED")
    assert ledger(elevator) == ("PENDING", "2028-09-30", "2028-05-31")
    for at in ("2028-06-01 00:01", "2028-09-23 00:01", "2028-09-30 23:59", "2028-10-01 00:01"):
        sweep(at)
    told = [(step, str(due)) for step, due in Notice.objects.order_by("pk").values_list("step", "due_on")]
    assert told == [(7, "2028-09-30"), (0, "2028-09-30"), (-1, "2028-09-30")]
    assert alerts() == [("OPEN", moment("2028-10-01 00:01"))]


def test_an_open_alert_is_resolved_by_the_waiver_which_it_names(elevator, file):
    sweep("2028-06-10 09:00")
    waiver = grant(elevator, file, "2028-06-20 10:00", "2028-08-31")
    assert list(Alert.objects.values_list("state", "resolved_at")) == [("RESOLVED", moment("2028-06-20 10:00"))]
    assert AlertCause.objects.get().waiver == waiver
    sweep("2028-09-01 00:01")
    assert [state for state, _at in alerts()] == ["RESOLVED", "OPEN"]


def test_a_fact_that_ends_an_alert_names_no_waiver(elevator, law):
    sweep("2028-06-10 09:00")
    law[elevator.pk] = [owed(status="MET", met_on=day("2028-06-20"), days_late=20)]
    replan(elevator_ids=[elevator.pk], at=moment("2028-06-20 10:00"))
    assert AlertCause.objects.values_list("waiver", "ended_at").get() == (None, moment("2028-06-20 10:00"))


def test_revoked_it_is_owed_again_at_once_and_alerts_with_the_next_look(elevator, file):
    waiver = grant(elevator, file, "2028-03-10 10:00", "2028-08-31")
    sweep("2028-07-01 09:00")
    revoked = revoke_waiver(waiver_id=waiver.pk, reason="people moved in", by=COLLEAGUE, at=moment("2028-07-15 10:00"))
    again = revoke_waiver(waiver_id=waiver.pk, reason="other words", by=OFFICER, at=moment("2028-07-16 10:00"))
    assert (str(revoked.ends_on), again.revoked_reason) == ("2028-07-14", "people moved in")
    assert ledger(elevator) == ("PENDING", "2028-07-14", "2028-05-31")
    sweep("2028-07-15 10:00")
    assert alerts() == [("OPEN", moment("2028-07-15 10:00"))]


def test_revoked_before_it_began_it_never_held(elevator, file):
    waiver = grant(elevator, file, "2028-03-10 10:00", "2028-08-31", from_on="2028-05-01")
    revoke_waiver(waiver_id=waiver.pk, reason="a slip", by=OFFICER, at=moment("2028-03-11 10:00"))
    sweep("2028-05-02 09:00")
    assert ledger(elevator) == ("PENDING", "2028-05-31", None)
    grant(elevator, file, "2028-05-03 10:00", "2028-08-31", reference="GL-2028-8")
    assert ledger(elevator) == ("WAIVED", "2028-08-31", "2028-05-31")


def test_a_rebuild_of_everything_gives_the_same_rows_as_what_happened_step_by_step(elevator, file, law):
    other = make_elevator(area_code=GULOU)
    law[other.pk] = [owed(due="2028-06-30")]
    replan(elevator_ids=[other.pk], at=moment("2028-01-01 09:00"))
    grant(elevator, file, "2028-03-10 10:00", "2028-08-31")
    grant(other, file, "2028-05-10 10:00", "2028-08-31", kind="POSTPONED")
    for at in ("2028-07-01 09:00", "2028-09-05 09:00"):
        sweep(at)
        before, law_dates = list(ledger_rows()), list(Obligation.objects.order_by("pk").values_list("law_due_on"))
        note_everything()
        plan_all_due(at=moment(at))
        assert list(ledger_rows()) == before
        assert list(Obligation.objects.order_by("pk").values_list("law_due_on")) == law_dates
    assert AlertCause.objects.filter(ended_at=None).count() == 2


def test_a_planner_alone_begins_and_ends_it_too(elevator, file):
    """Who comes first, the sweep of waivers or a plan, makes no difference."""
    grant(elevator, file, "2028-03-10 10:00", "2028-08-31", from_on="2028-04-01")
    replan(elevator_ids=[elevator.pk], at=moment("2028-04-01 00:01"))
    assert ledger(elevator) == ("WAIVED", "2028-08-31", "2028-05-31")
    replan(elevator_ids=[elevator.pk], at=moment("2028-09-01 00:01"))
    sweep("2028-09-01 00:02")
    assert alerts() == [("OPEN", moment("2028-09-01 00:02"))]


def test_what_the_facts_meet_or_suspend_under_a_waiver_stays_so_when_it_ends(elevator, file, law):
    grant(elevator, file, "2028-03-10 10:00", "2028-08-31")
    law[elevator.pk] = [owed(status="SUSPENDED")]
    replan(elevator_ids=[elevator.pk], at=moment("2028-04-01 09:00"))
    sweep("2028-09-01 00:01")
    assert (ledger(elevator), alerts()) == (("SUSPENDED", "2028-05-31", None), [])


def test_the_same_again_is_the_same_and_a_second_officer_comes_too_late(elevator, file):
    first = grant(elevator, file, "2028-03-10 10:00", "2028-08-31")
    assert grant(elevator, file, "2028-03-10 10:00", "2028-08-31") == first
    with pytest.raises(WaiverNotPossible) as refused:
        grant(elevator, file, "2028-03-10 10:01", "2028-09-30", by=COLLEAGUE)
    assert (refused.value.code, Waiver.objects.count()) == ("waiver-waived-already", 1)


def test_nothing_is_waived_without_a_document_or_when_it_is_not_owed(elevator, file, law):
    with pytest.raises(WaiverNotPossible) as refused:
        grant(elevator, [], "2028-03-10 10:00", "2028-08-31")
    assert (refused.value.code, refused.value.field) == ("waiver-no-document", "files")
    law[elevator.pk] = [owed(status="MET", met_on=day("2028-03-09"))]
    replan(elevator_ids=[elevator.pk], at=moment("2028-03-09 10:00"))
    with pytest.raises(WaiverNotPossible) as refused:
        grant(elevator, file, "2028-03-10 10:00", "2028-08-31")
    assert refused.value.code == "waiver-not-owed"


def test_the_database_lets_only_one_hold_at_a_time_and_keeps_its_steps(elevator, file):
    waiver = grant(elevator, file, "2028-03-10 10:00", "2028-08-31")
    waiver.pk, waiver.public_id, waiver._state.adding = None, "0197b0a0-0000-7000-8000-000000000001", True
    with pytest.raises(IntegrityError, match="waiver_one_at_a_time"), transaction.atomic():
        waiver.save()
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE compliance_waiverstep SET note = ''")


def test_a_period_that_opened_in_silence_has_its_elevator_planned_anew_when_the_waiver_ends(elevator, file):
    grant(elevator, file, "2028-02-10 10:00", "2028-08-31")
    plan_all_due(at=moment("2028-02-10 10:01"))
    turn_all_waivers(at=moment("2028-09-01 00:01"))
    assert list(ElevatorDue.objects.values_list("elevator", flat=True)) == [elevator.pk]


def test_the_life_of_the_elevator_has_each_turn_once(elevator, file):
    grant(elevator, file, "2028-03-10 10:00", "2028-08-31", from_on="2028-04-01")
    for at in ("2028-04-01 00:01", "2028-04-01 00:02", "2028-08-31 23:59", "2028-09-01 00:01", "2028-09-02 00:01"):
        sweep(at)
    kept = LifeEvent.objects.filter(elevator=elevator, kind="WAIVER").order_by("sequence")
    turns = [
        ("grant", moment("2028-03-10 10:00")),
        ("begin", moment("2028-04-01 00:01")),
        ("end", moment("2028-09-01 00:01")),
    ]
    assert list(kept.values_list("outcome", "occurred_at")) == turns
    assert [step.kind for step in Waiver.objects.get().steps.order_by("pk")] == [kind for kind, _at in turns]
