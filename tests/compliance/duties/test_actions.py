"""Who is named, what is filed, and what that ends."""

import uuid

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from common.actor import Actor
from compliance.actions.duties import (
    Finding,
    appoint,
    approve_risk_list,
    bind_elevators,
    change_risk_item,
    dismiss,
    draft_risk_list,
    file_report,
    plan_all_due_units,
)
from compliance.actions.duties.refusals import (
    AppointedAlready,
    DutyNotDone,
    FiledAlready,
    ListNotDraft,
    NoRiskList,
    NotAppointed,
    NotTheirElevator,
    PersonMayNotFile,
    TextsMissing,
)
from compliance.models import DutyAppointment, DutyRecord, Hazard, Obligation, OfficerBinding, RiskList
from compliance.queries.duties import without_officer
from registry.models import Elevator, LifeEvent
from tests.compliance.duties.conftest import at, day
from tests.factories.make import hold, make_elevator, make_user

REVIEW = {"summary": "all looked at", "analysis": "doors", "supervision": "two visits", "plan": "doors again"}
MINUTES = {"attendees": "head, director", "heard": "the month", "decisions": "none", "tasks": "none"}


def reason(refused) -> str:
    return refused.value.code


def another_officer(stage, name="second"):
    user = make_user(name)
    hold(user, "SAFETY_OFFICER", unit=stage.unit)
    by = stage.head.actor(at())
    return appoint(unit=stage.unit, user=user, role="OFFICER", started_on=day(), reference="", by=by, at=at())


# --- who is named -----------------------------------------------------------------------------------------------------


def test_somebody_without_a_role_that_files_cannot_be_appointed(stage):
    for user in (stage.cast.colleague.user, stage.cast.stranger.user):
        with pytest.raises(PersonMayNotFile):
            appoint(
                unit=stage.unit,
                user=user,
                role="OFFICER",
                started_on=day(),
                reference="",
                by=stage.head.actor(),
                at=at(),
            )


def test_a_unit_has_one_director_at_a_time_and_the_same_letter_again_is_the_same(stage):
    values = {"unit": stage.unit, "started_on": day(stage.began), "reference": "", "by": stage.head.actor(), "at": at()}
    assert appoint(user=stage.officer.user, role="OFFICER", **values) == stage.appointment
    with pytest.raises(AppointedAlready):
        appoint(user=stage.head.user, role="DIRECTOR", **values)
    assert DutyAppointment.objects.count() == 3


def test_an_elevator_changes_hands_on_a_day_and_has_one_officer_at_any_time(stage):
    second = another_officer(stage)
    by = stage.head.actor()
    values = {"elevator_ids": [stage.elevator.pk], "by": by, "at": at()}
    assert bind_elevators(appointment=second, from_on=day(3), **values) == 1
    assert bind_elevators(appointment=second, from_on=day(3), **values) == 0
    rows = OfficerBinding.objects.order_by("started_on").values_list("appointment", "started_on", "ended_on")
    assert list(rows) == [(stage.appointment.pk, day(-20), day(3)), (second.pk, day(3), None)]
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficerBinding.objects.create(
            elevator=stage.elevator, unit=stage.unit, appointment=stage.appointment, started_on=day(9)
        )


def test_only_elevators_of_the_unit_are_bound_and_not_for_days_that_have_passed(stage):
    by = stage.head.actor()
    with pytest.raises(NotTheirElevator):
        bind_elevators(
            appointment=stage.appointment,
            elevator_ids=[stage.elevator.pk, stage.cast.elevator_foreign.pk],
            from_on=day(),
            by=by,
            at=at(),
        )
    with pytest.raises(DutyNotDone) as refused:
        bind_elevators(appointment=stage.appointment, elevator_ids=[stage.elevator.pk], from_on=day(-1), by=by, at=at())
    assert reason(refused) == "duty-backdated"
    director = DutyAppointment.objects.get(role="DIRECTOR")
    with pytest.raises(NotAppointed):
        bind_elevators(appointment=director, elevator_ids=[stage.elevator.pk], from_on=day(), by=by, at=at())


def test_when_an_officer_goes_the_elevators_are_without_one_and_somebody_has_to_be_named(stage):
    assert list(without_officer(stage.unit, day(), at())) == []
    dismiss(appointment=stage.appointment, ended_on=day(), reason="left", by=stage.head.actor(), at=at())
    assert list(without_officer(stage.unit, day(), at())) == [stage.elevator]
    assert OfficerBinding.objects.get().ended_on == day()
    gap = Obligation.objects.get(kind="OFFICER_NAMED", unit=stage.unit, status="PENDING")
    assert (gap.opens_on, gap.due_on, gap.for_unit) == (day(), day(7), stage.unit)
    second = another_officer(stage)
    bind_elevators(appointment=second, elevator_ids=[stage.elevator.pk], from_on=day(), by=stage.head.actor(), at=at())
    gap.refresh_from_db()
    assert (gap.status, gap.met_on) == ("MET", day())


def test_an_officer_who_left_the_unit_looks_after_nothing(stage):
    stage.officer.user.memberships.update(ended_at=at())
    assert list(without_officer(stage.unit, day(), at(0, "10:00"))) == [stage.elevator]
    plan_all_due_units(at=at(0, "10:00"))
    assert Obligation.objects.filter(kind="OFFICER_NAMED", unit=stage.unit, status="PENDING").exists()
    assert not Obligation.objects.filter(kind="DAILY_CHECK", due_on=day()).exists()


# --- the list ---------------------------------------------------------------------------------------------------------


def test_a_list_begins_with_the_template_and_says_what_it_rests_on(stage):
    item = stage.item()
    assert (item.risk_en, item.certainty, item.hazard_item_id) == (
        "doors do not open and close properly, or catch people",
        "D",
        "DOOR",
    )
    assert stage.risk_list.items.count() == 14


def test_a_new_version_ends_the_one_before_and_only_the_director_approves_it(stage):
    by = stage.head.actor()
    draft = draft_risk_list(unit=stage.unit, by=by, at=at())
    assert draft_risk_list(unit=stage.unit, by=by, at=at()) == draft
    line = draft.items.get(position=1)
    change_risk_item(risk_list=draft, item=line, values={"measure": "每日开关门三次"}, by=by, at=at())
    line.refresh_from_db()
    assert (line.measure, line.measure_en, line.certainty) == ("每日开关门三次", "", "")
    with pytest.raises(NotAppointed):
        approve_risk_list(risk_list=draft, by=by, at=at())
    approve_risk_list(risk_list=draft, by=stage.director.actor(), at=at())
    approve_risk_list(risk_list=draft, by=stage.director.actor(), at=at(0, "10:00"))
    rows = RiskList.objects.order_by("number").values_list("number", "started_on", "ended_on")
    assert list(rows) == [(1, day(-20), day()), (2, day(), None)]
    with pytest.raises(ListNotDraft):
        change_risk_item(risk_list=draft, item=line, values={}, remove=True, by=by, at=at())


# --- the daily check --------------------------------------------------------------------------------------------------


def owed(stage, offset=0) -> Obligation:
    return Obligation.objects.get(kind="DAILY_CHECK", person=stage.officer.user, due_on=day(offset))


def test_nothing_found_is_a_record_too_and_ends_what_was_due(stage):
    record = stage.check(-20)
    assert (record.findings_count, record.days_late, record.elevators) == (0, 0, [stage.elevator.pk])
    row = owed(stage, -20)
    assert (row.status, row.met_on, row.days_late, row.source_id) == ("MET", day(-20), 0, str(record.public_id))


def test_a_cross_is_a_hazard_of_the_elevator_found_by_the_using_unit(stage):
    found = Finding(stage.elevator.pk, stage.item().pk, "光幕  不动作", stopped=True)
    record = stage.check(findings=[found])
    [finding] = record.findings.all()
    hazard = Hazard.objects.get()
    assert finding.hazard == hazard
    assert (finding.remark, finding.stopped) == ("光幕 不动作", True)
    assert (hazard.elevator, hazard.item_id, hazard.source, hazard.state, hazard.found_on, hazard.unit) == (
        stage.elevator,
        "DOOR",
        "USING_UNIT",
        "FOUND",
        day(),
        stage.unit,
    )
    assert LifeEvent.objects.filter(elevator=stage.elevator, kind="HAZARD").count() == 1


def test_the_same_defect_the_next_day_is_the_same_hazard(stage):
    found = [Finding(stage.elevator.pk, stage.item().pk, "still")]
    first, second = stage.check(-1, findings=found), stage.check(0, findings=found)
    assert first.findings.get().hazard == second.findings.get().hazard
    assert Hazard.objects.count() == 1


def test_a_phone_that_sends_twice_files_once(stage):
    number = uuid.uuid4()
    first = stage.check(client_id=number)
    assert stage.check(0, "09:05", client_id=number) == first
    assert stage.check(0, "09:06") == first  # the page was opened again and says the same
    found = [Finding(stage.elevator.pk, stage.item().pk, "x")]
    for client_id in (number, uuid.uuid4()):
        with pytest.raises(FiledAlready):
            stage.check(findings=found, client_id=client_id)
    with pytest.raises(FiledAlready):
        stage.check(0, of=-1, client_id=number)
    assert DutyRecord.objects.count() == 1


def test_a_check_of_yesterday_is_late_and_one_of_last_week_is_not_taken(stage):
    assert stage.check(0, "00:01", of=-1).days_late == 1
    assert stage.check(-2, "23:59").days_late == 0
    assert stage.check(0, of=-3).days_late == 3
    for of, code in ((-4, "duty-too-late"), (1, "duty-not-yet")):
        with pytest.raises(DutyNotDone) as refused:
            stage.check(0, of=of)
        assert reason(refused) == code


def test_every_elevator_of_the_round_has_to_be_looked_at(stage):
    place = {"area_code": stage.elevator.area.code, "using_unit": stage.unit, "site": stage.site}
    more = make_elevator(**place)
    Elevator.objects.filter(pk=more.pk).update(registration_state="IN_USE")
    bind_elevators(appointment=stage.appointment, elevator_ids=[more.pk], from_on=day(), by=stage.head.actor(), at=at())
    with pytest.raises(DutyNotDone) as refused:
        stage.check()
    assert reason(refused) == "duty-incomplete"
    with pytest.raises(DutyNotDone) as refused:
        stage.check(elevators=[stage.elevator.pk, more.pk, stage.cast.elevator_foreign.pk])
    assert reason(refused) == "duty-unknown-elevator"
    assert stage.check(elevators=[more.pk, stage.elevator.pk]).elevators == [stage.elevator.pk, more.pk]
    assert stage.check(-1).elevators == [stage.elevator.pk]  # yesterday it was not the officer's


def test_a_finding_names_an_item_of_the_list_that_is_about_that_elevator(stage):
    for item in (stage.item("急停按钮失效"), stage.item("维保不到位")):  # of escalators; of the week
        with pytest.raises(DutyNotDone) as refused:
            stage.check(findings=[Finding(stage.elevator.pk, item.pk, "x")])
        assert reason(refused) == "duty-unknown-item"


def test_the_officer_files_the_own_round_and_the_director_may_for_them(stage):
    with pytest.raises(NotAppointed):
        stage.check(by=stage.head.actor())
    record = stage.check(by=stage.director.actor())
    assert (record.person, record.filed_by_id) == (stage.officer.user, str(stage.director.user.public_id))
    machine = Actor("API_CLIENT", str(uuid.uuid4()), acting_unit=stage.unit.pk)
    assert stage.check(-1, by=machine).filed_by_kind == "API_CLIENT"


def test_without_an_approved_list_there_is_nothing_to_check_by(stage):
    RiskList.objects.update(started_on=day(1))
    with pytest.raises(NoRiskList):
        stage.check()


def test_what_was_filed_cannot_be_changed_in_the_database(stage):
    record = stage.check(findings=[Finding(stage.elevator.pk, stage.item().pk, "x")])
    changes = (
        lambda: DutyRecord.objects.filter(pk=record.pk).update(days_late=0),
        lambda: record.findings.update(remark="nothing"),
        lambda: record.findings.all()._raw_delete("default"),
    )
    for change in changes:
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
            change()


# --- reviews and meetings ---------------------------------------------------------------------------------------------


def report(stage, kind="WEEKLY_REVIEW", *, offset=0, of=None, by=None, content=None, **values):
    player = by or (stage.director if kind == "WEEKLY_REVIEW" else stage.head)
    return file_report(
        kind=kind,
        unit=stage.unit,
        person=player.user,
        day=of or day(offset),
        client_id=values.pop("client_id", None) or uuid.uuid4(),
        content=content or (REVIEW if kind == "WEEKLY_REVIEW" else MINUTES),
        findings=values.pop("findings", ()),
        by=player.actor(at(offset)),
        at=at(offset),
    )


@pytest.mark.parametrize("kind", ["WEEKLY_REVIEW", "MONTHLY_MEETING"])
def test_a_report_is_filed_once_for_its_period_by_whom_it_falls_to(stage, kind):
    plan_all_due_units(at=at(0, "00:01"))
    other = stage.head if kind == "WEEKLY_REVIEW" else stage.director
    with pytest.raises(NotAppointed):
        report(stage, kind, by=other)
    first = report(stage, kind)
    assert report(stage, kind) == first
    with pytest.raises(FiledAlready):
        report(stage, kind, content=dict.fromkeys(first.content, "other words"))
    row = Obligation.objects.get(kind=kind, unit=stage.unit, due_on=first.due_on)
    assert (row.status, row.period) == ("MET", first.period)


def test_a_report_has_all_its_parts(stage):
    with pytest.raises(TextsMissing) as refused:
        report(stage, content=REVIEW | {"plan": "  "})
    assert refused.value.field == "plan"
