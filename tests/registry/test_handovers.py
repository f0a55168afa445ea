"""Another unit maintains an elevator: proposed with proof, confirmed by the other side, applied once, recorded."""

import datetime as dt
import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from accounts.queries import actor_for
from common import jobs
from common.clock import now, today
from common.deadlines import fire_due
from common.errors import NotPermitted, Refusal
from common.models import Attachment
from registry.actions import handovers as actions
from registry.choices import ChangeState
from registry.models import ChangeItem, Elevator, HandoverRule, MaintenanceChange, Responsibility
from registry.queries import chain_faults
from registry.rules.handovers import answer_until, bad_start, start_moment
from registry.views.efile import timeline_panel
from registry.views.handovers import tiles
from tests.common.together import at_once
from tests.factories.make import GULOU, client_for, hold, make_elevator, make_unit, make_user
from tests.matrix.documents import attachment

EN = {"Accept-Language": "en"}
SAID = {"keys": "ALL", "files": "PARTLY", "tools": "NONE", "remarks": "two binders"}


@pytest.fixture(autouse=True)
def sealed(settings, tmp_path):
    settings.SEALED_DIR = tmp_path


def in_days(days: int) -> dt.date:
    return today() + dt.timedelta(days=days)


def propose(cast, elevators=None, **values) -> actions.Proposed:
    by = values.pop("by", cast.own_manager.actor())
    values = {"new_unit": cast.former_maintenance_unit, "starts_on": in_days(30), "reference": "M-7"} | values
    files = values.pop("files", None) or [attachment(by)]
    return actions.propose_change(elevators=elevators or [cast.elevator_own], files=files, by=by, at=now(), **values)


def confirm(cast, change, who="former") -> MaintenanceChange:
    return actions.confirm_change(change=change, by=cast.players[who].actor(), at=now())


def carried_out(cast, **values) -> MaintenanceChange:
    change = confirm(cast, propose(cast, **values).change)
    assert jobs.run(change.job_id, at=now()).state == "SUCCEEDED"
    change.refresh_from_db()
    return change


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
    from tests.registry.test_actions import BY

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


def test_each_side_is_told_at_home_whose_turn_the_record_is(cast):
    def told(who):
        return [(str(tile.label), tile.value) for tile in tiles(cast.players[who].actor(), now())]

    record = carried_out(cast).records.get()
    assert (told("maintainer"), told("former")) == ([("handover records to write", 1)], [])
    actions.hand_over(record=record, by=cast.maintainer.actor(), at=now(), **SAID)
    assert (told("maintainer"), told("former")) == ([], [("handover records to read and close", 1)])
    actions.receive_handover(record=record, note="", by=cast.former.actor(), at=now())
    assert (told("maintainer"), told("former")) == ([], [])


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


# --- pages and REST -----------------------------------------------------------------------------------------------------


def contract() -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (60, 40), "white").save(content, "PNG")
    return SimpleUploadedFile("contract.png", content.getvalue(), "image/png")


def test_from_the_e_file_to_the_closed_record_on_pages(cast):
    using, coming, leaving = (client_for(cast.players[n].user, **EN) for n in ("own_manager", "former", "maintainer"))
    file = using.get(f"/elevators/{cast.elevator_own.public_id}/").content.decode()
    assert f"/elevators/changes/new/?ids={cast.elevator_own.public_id}" in file
    form = {"ids": [str(cast.elevator_own.public_id)], "starts_on": in_days(20).isoformat(), "reference": "M-7"}
    form |= {"new_unit": cast.former_maintenance_unit.credit_code, "idempotency_key": "propose-change-1"}
    assert using.post("/elevators/changes/new/", form).status_code == 422, "no proof"
    sent = using.post("/elevators/changes/new/", form | {"files": contract(), "idempotency_key": "propose-change-2"})
    address = sent["Location"]
    assert "aintenance proposals to answer" in coming.get("/").content.decode()
    assert leaving.get(address).status_code == 404, "nobody is told before it is agreed"
    agreed = {"idempotency_key": "confirm-change-1", "seen": actions.fingerprint(MaintenanceChange.objects.get())}
    assert coming.post(f"{address}confirm/", agreed)["Location"] == address
    jobs.run(MaintenanceChange.objects.get().job_id, at=now())
    seen = leaving.get(address)
    assert seen.status_code == 200 and "M-7" not in seen.content.decode(), "the contract is not theirs to read"
    proof = Attachment.objects.get(subject_type="registry.maintenancechange")
    assert leaving.get(f"{address}files/{proof.public_id}/").status_code == 404
    assert coming.get(f"{address}files/{proof.public_id}/").status_code == 200
    record = MaintenanceChange.objects.get().records.get()
    steps = f"{address}records/{record.public_id}/"
    leaving.post(f"{steps}hand-over/", SAID | {"idempotency_key": "hand-over-1", "open_faults": "door of floor 3"})
    page = coming.get(address).content.decode()
    assert "door of floor 3" in page and "Close the record" in page
    closing = coming.get(f"{steps}receive/").content.decode()
    assert "door of floor 3" in closing and "two binders" in closing
    unread = coming.post(f"{steps}receive/", {"idempotency_key": "receive-1"})
    assert unread.status_code == 422, "nobody closes what they were not shown"
    seen = re.search(r'name="seen" value="([^"]+)"', closing)[1]
    closed = coming.post(f"{steps}receive/", {"idempotency_key": "receive-2", "seen": seen})
    assert closed["Location"] == address


def test_rest_proposes_and_confirms(cast):
    def post(who, path, body, key):
        headers = {"Idempotency-Key": f"rest-{key}-change"}
        client = client_for(cast.players[who].user, **EN)
        return client.post(f"/api/v1/registry/maintenance-changes/{path}", body, "application/json", headers=headers)

    by = cast.own_manager.actor()
    body = {
        "elevators": [str(cast.elevator_own.public_id)],
        "new_unit": str(cast.former_maintenance_unit.public_id),
        "starts_on": in_days(20).isoformat(),
        "reference": "M-7",
        "files": [str(attachment(by).public_id)],
    }
    foreign = body | {"elevators": [*body["elevators"], str(cast.elevator_foreign.public_id)]}
    assert post("own_manager", "", foreign, "foreign").status_code == 404
    assert post("own_manager", "", body | {"state": "CONFIRMED"}, "set").status_code == 400
    assert post("own_manager", "", body | {"new_unit": str(cast.unit_b.public_id)}, "unit").status_code == 400
    made = post("own_manager", "", body, "made")
    assert (made.status_code, made.json()["state"], made.json()["skipped"]) == (201, "PROPOSED", [])
    path = f"{made.json()['id']}/"
    assert post("own_manager", f"{path}confirm/", {}, "own").status_code == 403
    assert post("maintainer", f"{path}confirm/", {}, "leaving").status_code == 404
    done = post("former", f"{path}confirm/", {}, "done")
    assert done.json()["state"] == "CONFIRMED"
    again = post("former", f"{path}confirm/", {}, "done")
    assert again["Idempotency-Replayed"] == "true" and again.content == done.content
    assert post("former", f"{path}refuse/", {"reason": "no"}, "no").json()["code"] == "already-answered"
    client = client_for(cast.maintainer.user, **EN)
    seen = client.get(f"/api/v1/registry/maintenance-changes/{path}").json()
    assert (seen["reference"], len(seen["items"]), len(seen["records"])) == ("", 1, 1)


# --- after a refusal ----------------------------------------------------------------------------------------------------


def refused(cast, *elevators) -> MaintenanceChange:
    change = propose(cast, list(elevators) or None).change
    return actions.refuse_change(change=change, reason="too far", by=cast.former.actor(), at=now())


def page_of(cast, who, change) -> str:
    return client_for(cast.players[who].user, **EN).get(f"/elevators/changes/{change.public_id}/").content.decode()


def test_a_refusal_says_who_and_when_and_leads_on(cast):
    change = refused(cast)
    page = page_of(cast, "own_manager", change)
    answered = page[page.index("<dt>Answered</dt>") :].partition("</div>")[0]
    assert cast.former_maintenance_unit.name in answered and f"{today():%Y-%m-%d}" in answered
    assert f'href="/elevators/{cast.elevator_own.public_id}/"' in page
    again = f"/elevators/changes/new/?again={change.public_id}"
    assert again in page
    form = client_for(cast.own_manager.user, **EN).get(again).content.decode()
    assert f'name="ids" value="{cast.elevator_own.public_id}"' in form
    other = page_of(cast, "former", change)
    assert "again=" not in other, "only whoever proposed proposes again"
    assert f'href="/elevators/{cast.elevator_own.public_id}/"' not in other, "no link to an e-file that is not theirs"


def test_nobody_proposes_again_for_somebody_else(cast):
    change = refused(cast)
    for name in ("stranger", "former", "maintainer", "city_regulator"):
        answer = client_for(cast.players[name].user).get(f"/elevators/changes/new/?again={change.public_id}")
        assert answer.status_code == 404, name
    still_open = propose(cast).change
    own = client_for(cast.own_manager.user)
    assert own.get(f"/elevators/changes/new/?again={still_open.public_id}").status_code == 404


def test_the_home_page_reminds_of_a_refusal_until_another_proposal_or_a_month(cast):
    def reminded(at=None):
        return [tile.value for tile in tiles(cast.own_manager.actor(), at or now()) if "state=REFUSED" in tile.url]

    other = make_elevator(area_code=GULOU, using_unit=cast.unit_a)
    assert reminded() == []
    refused(cast, cast.elevator_own, other)
    assert reminded() == [1]
    assert [reminded(now() + dt.timedelta(days=days)) for days in (29, 31)] == [[1], []]
    propose(cast, [other])
    assert reminded() == []


# --- what is confirmed is what was shown --------------------------------------------------------------------------------


def test_whoever_confirms_reads_day_contract_and_the_first_twenty_elevators(cast):
    rows = [make_elevator(area_code=GULOU, using_unit=cast.unit_a, address=f"Lane {n:02}") for n in range(23)]
    change = propose(cast, rows).change
    client = client_for(cast.former.user, **EN)
    page = client.get(f"/elevators/changes/{change.public_id}/confirm/").content.decode()
    proof = Attachment.objects.kept_for(change).get()
    for said in (f"{change.starts_on:%Y-%m-%d}", "M-7", "23 elevators", "and 3 more", f"/files/{proof.public_id}/"):
        assert said in page
    assert [f"Lane {n:02}" in page for n in (0, 19, 20)] == [True, True, False]
    assert rows[0].main_code in re.sub(r"<[^>]+>|\s", "", page)
    assert str(rows[0].public_id) not in page, "no link to an e-file that is not theirs yet"


def test_until_the_first_day_the_unit_that_comes_reads_the_list_and_no_e_file(cast):
    change = carried_out(cast)
    own = cast.elevator_own
    page = page_of(cast, "former", change)
    assert own.main_code in page and own.address in page and 'data-label="Class"' in page
    assert client_for(cast.former.user).get(f"/elevators/{own.public_id}/").status_code == 404


def test_the_whole_list_of_a_large_change_is_one_link_away(cast, monkeypatch):
    monkeypatch.setattr("registry.views.handovers.SHOWN", 1)
    rows = [make_elevator(area_code=GULOU, using_unit=cast.unit_a, address=f"Lane {n:02}") for n in range(3)]
    change = propose(cast, rows).change
    assert "Lane 02" not in page_of(cast, "former", change)
    everything = client_for(cast.former.user, **EN).get(f"/elevators/changes/{change.public_id}/?all=1")
    assert "Lane 02" in everything.content.decode()


# --- the timeline -------------------------------------------------------------------------------------------------------


def test_the_timeline_says_of_a_future_change_on_which_day_it_happens(cast):
    change = carried_out(cast)
    first, last = change.starts_on, change.starts_on - dt.timedelta(days=1)
    events = timeline_panel(cast.own_manager.actor(), cast.elevator_own, now()).context["events"]
    told = {str(event["title"]): event["detail"] for event in events[:3]}
    assert list(told) == [
        "beginning of a responsibility entered",
        "end of a responsibility entered",
        "change of the maintenance unit",
    ]
    comes, leaves, agreed = told.values()
    assert cast.former_maintenance_unit.name in comes and f"begins on {first}" in comes
    assert cast.maintenance_unit.name in leaves and f"ends on {last}" in leaves
    assert f"begins on {first}" in agreed


def test_what_begins_or_ends_at_once_names_no_other_day(cast):
    from registry.actions.responsibilities import assign_responsibility, end_responsibility
    from tests.registry.test_actions import BY

    at = now()
    held = cast.elevator_own.responsibilities.get(role="MAINTENANCE_UNIT", ended_at=None)
    end_responsibility(responsibility=held, ended_at=at, by=BY, at=at)
    given = {"elevator": cast.elevator_own, "unit": cast.former_maintenance_unit, "role": "MAINTENANCE_UNIT"}
    assign_responsibility(started_at=at, by=BY, at=at, **given)
    events = timeline_panel(cast.own_manager.actor(), cast.elevator_own, at).context["events"][:2]
    assert [str(event["title"]) for event in events] == ["responsibility began", "responsibility ended"]
    assert not any(" on 2" in event["detail"] for event in events)
