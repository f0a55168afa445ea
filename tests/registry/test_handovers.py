"""Another unit maintains an elevator: proposed with proof, confirmed by the other side, applied once, recorded."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.queries import actor_for
from common import jobs
from common.clock import now
from common.deadlines import fire_due
from common.errors import NotPermitted, Refusal
from registry.actions import handovers as actions
from registry.choices import ChangeState
from registry.models import ChangeItem, Elevator, HandoverRule, MaintenanceChange, Responsibility
from registry.queries import chain_faults
from registry.rules.handovers import answer_until, bad_start, start_moment
from tests.common.together import at_once
from tests.factories.make import GULOU, client_for, hold, make_elevator, make_unit, make_user
from tests.matrix.documents import attachment
from tests.registry.handing_over import EN, SAID, carried_out, confirm, contract, in_days, propose

pytestmark = pytest.mark.usefixtures("places")


def maintained_by(elevator, at) -> list:
    rows = Responsibility.objects.current(at).filter(elevator=elevator, role="MAINTENANCE_UNIT")
    return [row.unit for row in rows]


# --- the straight way ---------------------------------------------------------------------------------------------------


def test_the_change_happens_at_the_first_moment_of_its_day_without_gap_or_overlap(cast):
    change = carried_out(cast)
    assert (change.state, change.items.get().state) == ("DONE", "DONE")
    start, instant = start_moment(change.starts_on), dt.timedelta(microseconds=1)
    assert maintained_by(cast.elevator_own, start - instant) == [cast.maintenance_unit]
    assert maintained_by(cast.elevator_own, start) == [cast.former_maintenance_unit]
    assert Responsibility.objects.get(elevator=cast.elevator_own, started_at=start).reference == "M-7"
    told = cast.elevator_own.life_events.filter(kind="MAINTENANCE_CHANGE").order_by("sequence")
    assert [event.outcome for event in told] == ["CONFIRMED"]  # before, whoever leaves reads nothing
    assert chain_faults().faults == []
    fire_due(at=start)
    cast.elevator_own.refresh_from_db()
    assert cast.elevator_own.maintenance_unit == cast.former_maintenance_unit


def test_repeating_each_step_changes_nothing(cast):
    change = carried_out(cast)
    before = Responsibility.objects.count(), cast.elevator_own.life_events.count()
    assert confirm(cast, change).state == "DONE"
    actions.apply_item(change.items.get(), change, by=cast.former.actor(), at=now())
    assert before == (Responsibility.objects.count(), cast.elevator_own.life_events.count())


def test_refused_withdrawn_or_lapsed_leaves_everything_as_it_was(cast):
    before = list(Responsibility.objects.values_list())
    change = propose(cast).change
    by = cast.former.actor()
    assert actions.refuse_change(change=change, reason="too far", by=by, at=now()).state == "REFUSED"
    change = propose(cast).change
    assert actions.withdraw_change(change=change, by=cast.own_manager.actor(), at=now()).state == "WITHDRAWN"
    with pytest.raises(actions.AlreadyAnswered):
        confirm(cast, change)
    change = propose(cast).change
    fire_due(at=change.expires_at)
    change.refresh_from_db()
    assert (change.state, change.items.get().state) == ("EXPIRED", "DROPPED")
    assert list(Responsibility.objects.values_list()) == before
    propose(cast)  # the elevator is free again


def test_an_answer_comes_too_late_even_before_the_clock_has_struck(cast):
    change = propose(cast).change
    with pytest.raises(actions.AlreadyAnswered):
        actions.confirm_change(change=change, by=cast.former.actor(), at=change.expires_at)


# --- who and what -------------------------------------------------------------------------------------------------------


def test_only_the_sides_take_their_own_steps(cast):
    change = propose(cast).change
    for name in ("own_manager", "maintainer", "stranger", "city_regulator"):
        with pytest.raises(NotPermitted):
            confirm(cast, change, name)
    for name in ("former", "stranger", "colleague"):
        with pytest.raises(NotPermitted):
            actions.withdraw_change(change=change, by=cast.players[name].actor(), at=now())
    for name in ("stranger", "colleague", "maintainer", "city_regulator"):
        with pytest.raises(NotPermitted):
            propose(cast, by=cast.players[name].actor())


@pytest.mark.parametrize("days", [-1, 0, 181])
def test_it_begins_tomorrow_at_the_earliest_and_within_half_a_year(cast, days):
    with pytest.raises(actions.BadStart):
        propose(cast, starts_on=in_days(days))


def test_only_a_maintenance_unit_takes_over_and_not_without_proof(cast):
    with pytest.raises(actions.NotAMaintenanceUnit):
        propose(cast, new_unit=cast.unit_b)
    with pytest.raises(Refusal, match="belongs to something else"):
        propose(cast, files=[attachment(cast.stranger.actor())])
    by = cast.own_manager.actor()
    with pytest.raises(actions.ProofNeeded):
        given = {"new_unit": cast.former_maintenance_unit, "starts_on": in_days(3), "reference": "x", "files": []}
        actions.propose_change(elevators=[cast.elevator_own], by=by, at=now(), **given)
    assert not MaintenanceChange.objects.exists()


def test_good_rows_go_in_and_the_others_are_named(cast):
    gone, busy, theirs = (make_elevator(area_code=GULOU, using_unit=cast.unit_a) for _n in range(3))
    Elevator.objects.filter(pk=gone.pk).update(registration_state="SCRAPPED")
    propose(cast, [busy])
    same = make_elevator(area_code=GULOU, using_unit=cast.unit_a, maintenance_unit=cast.former_maintenance_unit)
    made = propose(cast, [cast.elevator_own, gone, busy, same, cast.elevator_foreign, theirs])
    assert made.skipped == {
        gone.pk: "gone",
        busy.pk: "open-change",
        same.pk: "same-unit",
        cast.elevator_foreign.pk: "not-yours",
    }
    assert {item.elevator for item in made.change.items.all()} == {cast.elevator_own, theirs}
    with pytest.raises(actions.NothingToChange):
        propose(cast, [gone, same])
    with pytest.raises(IntegrityError, match="change_one_open"), transaction.atomic():
        ChangeItem.objects.create(change=made.change, elevator=busy)


def test_when_none_can_change_each_reason_is_told_with_its_elevators(cast):
    gone, busy = (make_elevator(area_code=GULOU, using_unit=cast.unit_a) for _n in range(2))
    Elevator.objects.filter(pk=gone.pk).update(registration_state="SCRAPPED")
    propose(cast, [busy])
    new = cast.former_maintenance_unit
    same = [make_elevator(area_code=GULOU, using_unit=cast.unit_a, maintenance_unit=new) for _n in range(7)]
    form = {"ids": [str(row.public_id) for row in (gone, busy, *same)], "starts_on": in_days(20).isoformat()}
    form |= {"reference": "M-8", "new_unit": new.credit_code, "idempotency_key": "propose-none-1", "files": contract()}
    answer = client_for(cast.own_manager.user, **EN).post("/elevators/changes/new/", form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f"it is scrapped or deregistered ({gone.main_code})" in page
    assert f"another proposal for it is open ({busy.main_code})" in page
    told = ", ".join(row.main_code for row in same[:5])
    assert f"this unit maintains it already ({told} and 2 more)" in page


def test_what_changed_meanwhile_is_left_and_named(cast):
    change = confirm(cast, propose(cast).change)
    using = cast.elevator_own.responsibilities.get(role="USING_UNIT", ended_at=None)
    from registry.actions.responsibilities import assign_responsibility, end_responsibility
    from tests.registry.one_elevator import BY

    end_responsibility(responsibility=using, ended_at=now(), by=BY, at=now())
    moment = now()
    given = {"elevator": cast.elevator_own, "unit": cast.unit_b, "role": "USING_UNIT"}
    assign_responsibility(started_at=moment, by=BY, at=moment, **given)
    jobs.run(change.job_id, at=now())
    item = change.items.get()
    assert (item.state, item.problem) == ("FAILED", "not-yours")
    assert maintained_by(cast.elevator_own, start_moment(change.starts_on)) == [cast.maintenance_unit]


def test_two_answers_at_once_are_one(transactional_db):
    using, present, coming = (
        make_unit("A"),
        make_unit("B", kind="MAINTENANCE_UNIT"),
        make_unit("C", kind="MAINTENANCE_UNIT"),
    )
    elevator = make_elevator(area_code=GULOU, using_unit=using, maintenance_unit=present)
    manager, office = make_user("manager"), make_user("office")
    hold(manager, "USING_UNIT_MANAGER", unit=using)
    hold(office, "MAINTENANCE_OFFICE", unit=coming)
    by, other, at = actor_for(manager, now()), actor_for(office, now()), now()
    given = {"new_unit": coming, "starts_on": in_days(9), "reference": "x", "files": [attachment(by)]}
    change = actions.propose_change(elevators=[elevator], by=by, at=at, **given).change
    answers = at_once(
        lambda: actions.confirm_change(change=change, by=other, at=at),
        lambda: actions.confirm_change(change=change, by=other, at=at),
        lambda: actions.refuse_change(change=change, reason="no", by=other, at=at),
    )
    change.refresh_from_db()
    kinds = sorted(type(answer).__name__ for answer in answers)
    if change.state == ChangeState.CONFIRMED:
        assert kinds == ["AlreadyAnswered", "MaintenanceChange", "MaintenanceChange"]
    else:
        assert (change.state, kinds) == ("REFUSED", ["AlreadyAnswered", "AlreadyAnswered", "MaintenanceChange"])
    jobs_queued = 1 if change.state == ChangeState.CONFIRMED else 0
    assert MaintenanceChange.objects.filter(job__isnull=False).count() == jobs_queued


# --- the handover record ------------------------------------------------------------------------------------------------


def test_the_unit_that_leaves_writes_its_record_and_the_other_closes_it(cast):
    change = carried_out(cast)
    record = change.records.get()
    assert (record.old_unit, record.due_on) == (cast.maintenance_unit, change.starts_on + dt.timedelta(days=10))
    leaves, comes = cast.maintainer.actor(), cast.former.actor()
    with pytest.raises(Refusal, match="not written"):
        actions.receive_handover(record=record, note="", by=comes, at=now())
    with pytest.raises(NotPermitted):
        actions.hand_over(record=record, by=comes, at=now(), **SAID)
    actions.hand_over(record=record, by=leaves, at=now(), objection="unpaid visits", **SAID)
    actions.hand_over(record=record, by=leaves, at=now(), **SAID)
    with pytest.raises(NotPermitted):
        actions.receive_handover(record=record, note="", by=leaves, at=now())
    closed = actions.receive_handover(record=record, note="one key short", by=comes, at=now())
    assert (closed.keys, closed.objection, closed.received_note) == ("ALL", "", "one key short")
    with pytest.raises(actions.AlreadyRecorded):
        actions.hand_over(record=record, by=leaves, at=now(), **SAID)


@pytest.mark.parametrize("remarks", ["", "  "])
def test_some_of_them_says_which(cast, remarks):
    record = carried_out(cast).records.get()
    with pytest.raises(actions.RemarksNeeded):
        actions.hand_over(record=record, by=cast.maintainer.actor(), at=now(), **SAID | {"remarks": remarks})
    record.refresh_from_db()
    assert record.handed_at is None
    form = SAID | {"remarks": remarks, "idempotency_key": "hand-over-bare"}
    path = f"/elevators/changes/{record.change.public_id}/records/{record.public_id}/hand-over/"
    answer = client_for(cast.maintainer.user, **EN).post(path, form)
    assert answer.status_code == 422 and "Say in the remarks" in answer.content.decode()


def test_a_record_rewritten_after_the_look_stays_open(cast):
    record = carried_out(cast).records.get()
    leaves, comes, at = cast.maintainer.actor(), cast.former.actor(), now()
    read = actions.hand_over(record=record, by=leaves, at=at, **SAID).handed_at.isoformat()
    later = at + dt.timedelta(seconds=5)
    actions.hand_over(record=record, by=leaves, at=later, **SAID | {"keys": "NONE"})
    with pytest.raises(actions.RecordMoved):
        actions.receive_handover(record=record, note="", by=comes, at=later, seen=read)
    closed = actions.receive_handover(record=record, note="", by=comes, at=later, seen=later.isoformat())
    assert closed.received_at == later


def test_an_objection_does_not_stop_the_change(cast):
    change = carried_out(cast)
    by = cast.maintainer.actor()
    actions.hand_over(record=change.records.get(), by=by, at=now(), objection="we disagree", **SAID)
    fire_due(at=start_moment(change.starts_on))
    cast.elevator_own.refresh_from_db()
    assert cast.elevator_own.maintenance_unit == cast.former_maintenance_unit


# --- rules --------------------------------------------------------------------------------------------------------------


def test_days_and_moments():
    day = dt.date(2026, 3, 1)
    assert start_moment(day) == dt.datetime(2026, 2, 28, 16, tzinfo=dt.UTC)
    assert [bad_start(day, today=dt.date(2026, 2, 28) + dt.timedelta(days=n)) for n in (0, 1)] == ["", "early"]
    at = dt.datetime(2026, 2, 27, tzinfo=dt.UTC)
    assert answer_until(day, at=at, days=7) == start_moment(day)
    assert answer_until(dt.date(2026, 5, 1), at=at, days=7) == at + dt.timedelta(days=7)


def test_the_days_of_an_answer_are_a_dated_row(cast):
    HandoverRule.objects.update(answer_days=2)
    change = propose(cast).change
    assert change.expires_at - change.proposed_at == dt.timedelta(days=2)
