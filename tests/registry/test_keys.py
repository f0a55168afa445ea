"""Special keys: one holder at a time, back in time, lost in the open."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.queries import actor_for
from common.audit import AuditRecord
from common.clock import now
from common.errors import NotPermitted
from registry.actions.keys import (
    KeyGone,
    KeyOut,
    LabelTaken,
    NotAHolder,
    TooLong,
    enter_key,
    issue_key,
    report_key_lost,
    retire_key,
    return_key,
)
from registry.models import KeyIssue, KeyRule, SpecialKey
from registry.queries import chain_faults
from tests.common.together import at_once
from tests.factories.make import GULOU, client_for, hold, make_elevator, make_unit, make_user

EN = {"Accept-Language": "en"}


def enter(cast, **values) -> SpecialKey:
    values = {"elevator": cast.elevator_own, "label": "T 12", "kind": "DOOR", "by": cast.own_manager.actor()} | values
    return enter_key(at=now(), **values)


def issue(cast, key, to, **values) -> KeyIssue:
    values = {"purpose": "monthly visit", "hours": 8, "by": cast.own_manager.actor(), "at": now()} | values
    return issue_key(key=key, holder=cast.players[to].user, **values)


def test_a_key_goes_out_to_one_and_comes_back(cast):
    key = enter(cast)
    out = issue(cast, key, "maintainer")
    assert issue(cast, key, "maintainer") == out
    with pytest.raises(KeyOut):
        issue(cast, key, "colleague")
    with pytest.raises(IntegrityError, match="key_one_holder"), transaction.atomic():
        KeyIssue.objects.create(
            key=key, holder=cast.colleague.user, purpose="x", issued_at=now(), due_at=now(), issued_by_kind="x"
        )
    by = cast.own_manager.actor()
    assert return_key(key=return_key(key=key, by=by, at=now()), by=by, at=now()).state == "KEPT"
    out.refresh_from_db()
    assert (out.ending, out.ended_by_id) == ("RETURNED", by.id)
    assert issue(cast, key, "colleague").key == key


def test_a_key_goes_to_nobody_of_another_unit(cast):
    key = enter(cast)
    for name in ("stranger", "former", "city_regulator", "nobody"):
        with pytest.raises(NotAHolder):
            issue(cast, key, name)
    with pytest.raises(TooLong):
        issue(cast, key, "colleague", hours=25)
    KeyRule.objects.update(longest_hours=72)
    assert issue(cast, key, "colleague", hours=25).due_at > now() + dt.timedelta(hours=24)


def test_another_units_keys_are_nobodys_to_touch(cast):
    key = enter(cast)
    for name in ("stranger", "maintainer", "colleague", "city_regulator"):
        by = cast.players[name].actor()
        with pytest.raises(NotPermitted):
            return_key(key=key, by=by, at=now())
        with pytest.raises(NotPermitted):
            report_key_lost(key=key, note="x", by=by, at=now())
    with pytest.raises(NotPermitted):
        enter(cast, by=cast.city_regulator.actor())


def test_labels_are_once_a_unit_until_the_key_is_retired(cast):
    key = enter(cast)
    assert enter(cast, label=" T  12 ") == key
    with pytest.raises(LabelTaken):
        enter(cast, kind="CABINET")
    theirs = enter(cast, by=cast.maintainer.actor())
    assert theirs.unit == cast.maintenance_unit
    retire_key(key=key, reason="lock changed", by=cast.own_manager.actor(), at=now())
    assert enter(cast, kind="CABINET") != key
    with pytest.raises(KeyGone):
        return_key(key=key, by=cast.own_manager.actor(), at=now())


def test_a_lost_key_is_a_life_event_and_is_not_handed_out(cast):
    key, by = enter(cast), cast.own_manager.actor()
    out = issue(cast, key, "maintainer")
    for _time in range(2):
        report_key_lost(key=key, note="fell into the pit", by=by, at=now())
    out.refresh_from_db()
    assert out.ending == "LOST"
    assert cast.elevator_own.life_events.filter(kind="KEY_LOST").count() == 1
    assert chain_faults().faults == []
    with pytest.raises(KeyGone):
        issue(cast, key, "colleague")
    assert return_key(key=key, by=by, at=now()).state == "KEPT", "found again"
    actions = set(AuditRecord.objects.filter(subject_id=str(key.public_id)).values_list("action", flat=True))
    assert actions == {f"registry.{verb}" for verb in ("enter_key", "issue_key", "report_key_lost", "return_key")}


def test_two_keepers_hand_it_to_two_people_and_one_gets_it(transactional_db):
    unit = make_unit("Sample property")
    elevator = make_elevator(area_code=GULOU, using_unit=unit)
    people = [make_user(name) for name in ("first", "second")]
    for person in people:
        hold(person, "SAFETY_OFFICER", unit=unit)
    at = now()
    by = actor_for(people[0], at)
    key = enter_key(elevator=elevator, label="T", kind="DOOR", by=by, at=at)

    def hand(person):
        return lambda: issue_key(key=key, holder=person, purpose="visit", hours=1, by=by, at=at)

    answers = at_once(*[hand(person) for person in people])
    assert sorted(type(answer).__name__ for answer in answers) == ["KeyIssue", "KeyOut"]


def test_pages_hand_out_and_take_back(cast):
    client = client_for(cast.own_manager.user, **EN)
    form = {"label": "T 12", "kind": "DOOR", "idempotency_key": "enter-the-key"}
    made = client.post(f"/elevators/{cast.elevator_own.public_id}/keys/new/", form)
    address = made["Location"]
    given = {"holder": cast.stranger.user.username, "purpose": "visit", "hours": 3, "idempotency_key": "issue-the-key"}
    assert client.post(f"{address}issue/", given).status_code == 422, "of another unit"
    given |= {"holder": cast.maintainer.user.username, "idempotency_key": "issue-the-key-2"}
    assert client.post(f"{address}issue/", given)["Location"] == address
    assert "Maintainer" in client.get(address).content.decode()
    KeyIssue.objects.update(due_at=now() - dt.timedelta(hours=1))
    assert "It should have been back." in client.get(address).content.decode()
    assert "pecial keys lost or out too long" in client.get("/").content.decode()
    assert client.post(f"{address}return/", {"idempotency_key": "return-the-key"})["Location"] == address
    offered = client.get("/elevators/pickers/key-holders/").content.decode()
    assert cast.colleague.user.username in offered and cast.maintainer.user.username not in offered
    panel = client.get(f"/elevators/{cast.elevator_own.public_id}/").content.decode().split('id="special-keys"')[1]
    assert "T 12" in panel
    theirs = client_for(cast.maintainer.user, **EN).get(f"/elevators/{cast.elevator_own.public_id}/").content.decode()
    assert "T 12" not in theirs, "another unit's keys"


def test_rest_hands_out_and_loses(cast):
    client = client_for(cast.own_manager.user, **EN)

    def post(path, body, key):
        headers = {"Idempotency-Key": f"rest-{key}-key"}
        return client.post(f"/api/v1/registry/{path}", body, "application/json", headers=headers)

    own = f"elevators/{cast.elevator_own.public_id}/special-keys/"
    made = post(own, {"label": "T 12", "kind": "DOOR"}, "made")
    assert made.status_code == 201
    key = f"special-keys/{made.json()['id']}/"
    assert post(own, {"label": "T 13", "kind": "DOOR", "state": "LOST"}, "set").status_code == 400
    body = {"holder": cast.stranger.user.username, "purpose": "visit", "hours": 3}
    assert post(f"{key}issue/", body, "foreign").status_code == 400
    out = post(f"{key}issue/", body | {"holder": cast.colleague.user.username}, "out").json()
    assert (out["state"], out["holder"]) == ("ISSUED", cast.colleague.user.display_name)
    assert post(f"{key}retire/", {"note": "x"}, "out-still").json()["code"] == "key-out"
    assert post(f"{key}lose/", {"note": "fell"}, "lost").json()["state"] == "LOST"
    assert client.get(f"/api/v1/registry/{own}").json()["results"][0]["state"] == "LOST"


def test_the_page_of_a_lost_key_says_how_and_when(cast):
    key, by = enter(cast), cast.own_manager.actor()
    report_key_lost(key=key, note="Fell into the pit", by=by, at=now())
    page = client_for(cast.own_manager.user, **EN).get(f"/elevators/keys/{key.public_id}/").content.decode()
    assert "Reported as lost" in page and "Fell into the pit" in page
    return_key(key=key, by=by, at=now())
    page = client_for(cast.own_manager.user, **EN).get(f"/elevators/keys/{key.public_id}/").content.decode()
    assert "Reported as lost" not in page and "Fell into the pit" not in page
    retire_key(key=key, reason="The lock was changed", by=by, at=now())
    assert "The lock was changed" in (
        client_for(cast.own_manager.user, **EN).get(f"/elevators/keys/{key.public_id}/").content.decode()
    )
