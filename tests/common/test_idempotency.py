"""A request that is sent twice does its work once: over REST with Idempotency-Key, in forms with the form's own key."""

import threading
import time

import pytest

from common.idempotency import KeyReused, digest_of, fit_for_key, run_once
from common.models import AuditRecord, IdempotencyKey
from registry.models import Elevator, LifeEvent
from tests.common.together import Together, at_once, wait_until_blocked

ELEVATORS = "/api/v1/registry/elevators/"
NEW = {"area": "320106001", "address": "1 Test Road"}


# --- REST -------------------------------------------------------------------------------------------------------------


def test_same_key_and_body_get_the_first_answer_byte_for_byte(manager):
    first = manager.post(ELEVATORS, NEW, key="k-1")
    Elevator.objects.filter(address=NEW["address"]).update(address="changed since")
    second = manager.post(ELEVATORS, NEW, key="k-1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert {name: second[name] for name in ("Content-Type", "Location", "ETag")} == {
        name: first[name] for name in ("Content-Type", "Location", "ETag")
    }
    assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert Elevator.objects.count() == 2
    assert AuditRecord.objects.filter(action="registry.create_elevator", actor_id=manager.actor.id).count() == 1


def test_same_key_with_other_content_is_refused(manager):
    manager.post(ELEVATORS, NEW, key="k-1")
    answer = manager.post(ELEVATORS, NEW | {"address": "2 Test Road"}, key="k-1")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["code"] == "idempotency-key-reused"
    # elsewhere is other content, too
    assert manager.post(f"{ELEVATORS}bulk-change/", NEW, key="k-1").json()["code"] == "idempotency-key-reused"
    assert Elevator.objects.count() == 2


@pytest.mark.parametrize("key", ["", "k" * 256, "a\x00b", "schlüssel", "a\tb"])
def test_key_must_be_there_and_printable(manager, key):
    answer = manager.post(ELEVATORS, NEW, key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-required")
    assert Elevator.objects.count() == 1


def test_key_of_255_characters_is_taken(manager):
    assert manager.post(ELEVATORS, NEW, key="k" * 255).status_code == 201
    assert [fit_for_key(key) for key in ("k" * 255, "k" * 256)] == [True, False]


def test_keys_of_two_people_are_strangers(manager, cast):
    first = manager.post(ELEVATORS, NEW, key="k-1")
    second = cast.own_manager.client().post(
        ELEVATORS, NEW, content_type="application/json", headers={"Idempotency-Key": "k-1"}
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_refusal_leaves_the_key_free(manager):
    answer = manager.post(ELEVATORS, {"area": "nowhere"}, key="k-1")
    assert answer.status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert manager.post(ELEVATORS, NEW, key="k-1").status_code == 201


def test_refusal_of_an_action_keeps_nothing_of_it(manager):
    manager.post(ELEVATORS, NEW | {"registration_code": "31103201062016050001"})
    counts = [model.objects.count() for model in (Elevator, LifeEvent, AuditRecord, IdempotencyKey)]
    answer = manager.post(ELEVATORS, NEW | {"registration_code": "31103201062016050001"}, key="k-2")
    assert (answer.status_code, answer.json()["code"]) == (409, "code-in-use")
    assert [model.objects.count() for model in (Elevator, LifeEvent, AuditRecord, IdempotencyKey)] == counts


def test_crash_in_the_middle_keeps_nothing(manager, monkeypatch):
    from registry.api.views import ElevatorViewSet

    def crash(*_args, **_kwargs):
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(ElevatorViewSet, "answer", crash)  # the elevator is written by then
        answer = manager.post(ELEVATORS, NEW, key="k-1")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert (Elevator.objects.count(), IdempotencyKey.objects.count()) == (1, 0)
    assert manager.post(ELEVATORS, NEW, key="k-1").status_code == 201


def test_two_posts_at_once_make_one_elevator(live_manager):
    answers = at_once(*[lambda: live_manager.post(ELEVATORS, NEW, key="k-1")] * 3)
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.get("Idempotency-Replayed", "") for answer in answers) == ["", "true", "true"]
    assert Elevator.objects.count() == 2


# --- the mechanism ----------------------------------------------------------------------------------------------------


def once(actor, work, key="k"):
    return run_once(
        actor=actor,
        key=key,
        digest=digest_of(b"x"),
        work=work,
        keep=lambda answer: (200, answer, {}) if answer else None,
        replay=lambda row: bytes(row.body) + b" again",
    )


def test_second_waits_for_the_first_and_replays_it(live_manager):
    actor, go, done, together = live_manager.actor, threading.Event(), [], Together()

    def work():
        done.append("once")
        assert go.wait(20)
        return b"answer"

    together.start(once, actor, work)
    while not done:
        time.sleep(0.01)
    together.start(once, actor, work)
    wait_until_blocked()
    go.set()
    assert together.results() == [b"answer", b"answer again"]
    assert done == ["once"]


def test_second_does_the_work_when_the_first_fails(live_manager):
    actor, go, done, together = live_manager.actor, threading.Event(), [], Together()

    def fail():
        done.append("failed")
        assert go.wait(20)
        raise RuntimeError("worker crashed")

    together.start(once, actor, fail)
    while not done:
        time.sleep(0.01)
    together.start(once, actor, lambda: b"mine")
    wait_until_blocked()
    go.set()
    first, second = together.results()
    assert isinstance(first, RuntimeError)
    assert second == b"mine"


def test_digest_keeps_parts_apart():
    assert digest_of(b"ab", b"c") != digest_of(b"a", b"bc")
    assert digest_of(b"POST", b"/", b"").hex() == digest_of(b"POST", b"/", b"").hex()


def test_another_digest_is_refused(manager):
    once(manager.actor, lambda: b"answer")
    with pytest.raises(KeyReused):
        run_once(actor=manager.actor, key="k", digest=digest_of(b"y"), work=None, keep=None, replay=None)


# --- forms ------------------------------------------------------------------------------------------------------------

FORM = {"idempotency_key": "a-form-key", "area": "320106001", "address": "1 Test Road", "place_type": "OFFICE"}


def test_double_click_creates_one_elevator(manager):
    first = manager.client.post("/elevators/new/", FORM)
    second = manager.client.post("/elevators/new/", FORM)
    assert (first.status_code, second.status_code) == (302, 302)
    assert second["Location"] == first["Location"]
    assert Elevator.objects.count() == 2


def test_double_click_at_once_creates_one_elevator(live_manager):
    answers = at_once(*[lambda: live_manager.client.post("/elevators/new/", FORM)] * 3)
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert len({answer["Location"] for answer in answers}) == 1
    assert Elevator.objects.count() == 2


def test_form_shown_again_may_be_sent_again(manager):
    wrong = manager.client.post("/elevators/new/", FORM | {"registration_code": "12"})
    assert wrong.status_code == 422
    assert 'name="idempotency_key" value="a-form-key"' in wrong.content.decode()
    assert manager.client.post("/elevators/new/", FORM).status_code == 302


def test_form_key_used_for_other_content_is_refused(manager):
    manager.client.post("/elevators/new/", FORM)
    answer = manager.client.post("/elevators/new/", FORM | {"address": "2 Test Road"})
    assert answer.status_code == 422
    assert Elevator.objects.count() == 2


@pytest.mark.parametrize("key", ["", "short", "k" * 65, "\0" * 10, "八个字以上的表单钥匙"])
def test_form_without_a_fit_key_is_refused(manager, key):
    assert manager.client.post("/elevators/new/", FORM | {"idempotency_key": key}).status_code == 400
    assert Elevator.objects.count() == 1


def test_each_form_comes_with_a_key_of_its_own(manager):
    keys = {manager.client.get("/elevators/new/").context["idempotency_key"] for _ in range(2)}
    assert len(keys) == 2
