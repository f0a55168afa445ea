"""A change of the maintenance unit on pages and over REST: what each side reads, a refusal, whose turn it is, the timeline."""

import datetime as dt
import re

import pytest

from common import jobs
from common.clock import now, today
from common.models import Attachment
from registry.actions import handovers as actions
from registry.models import MaintenanceChange
from registry.views.efile import timeline_panel
from registry.views.handovers import tiles
from tests.factories.make import GULOU, client_for, make_elevator
from tests.matrix.documents import attachment
from tests.registry.handing_over import EN, SAID, carried_out, contract, in_days, propose

pytestmark = pytest.mark.usefixtures("places")


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
    from tests.registry.one_elevator import BY

    at = now()
    held = cast.elevator_own.responsibilities.get(role="MAINTENANCE_UNIT", ended_at=None)
    end_responsibility(responsibility=held, ended_at=at, by=BY, at=at)
    given = {"elevator": cast.elevator_own, "unit": cast.former_maintenance_unit, "role": "MAINTENANCE_UNIT"}
    assign_responsibility(started_at=at, by=BY, at=at, **given)
    events = timeline_panel(cast.own_manager.actor(), cast.elevator_own, at).context["events"][:2]
    assert [str(event["title"]) for event in events] == ["responsibility began", "responsibility ended"]
    assert not any(" on 2" in event["detail"] for event in events)


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


def test_each_side_is_told_at_home_whose_turn_the_record_is(cast):
    def told(who):
        return [(str(tile.label), tile.value) for tile in tiles(cast.players[who].actor(), now())]

    record = carried_out(cast).records.get()
    assert (told("maintainer"), told("former")) == ([("handover records to write", 1)], [])
    actions.hand_over(record=record, by=cast.maintainer.actor(), at=now(), **SAID)
    assert (told("maintainer"), told("former")) == ([], [("handover records to read and close", 1)])
    actions.receive_handover(record=record, note="", by=cast.former.actor(), at=now())
    assert (told("maintainer"), told("former")) == ([], [])
