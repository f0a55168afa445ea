"""/readyz tells each part with its state; only what keeps people from working makes it 503."""

import datetime as dt
import shutil

import pytest
import redis
from django.test import Client

from common import readiness
from common.clock import now
from common.heartbeats import beat
from common.hooks import READINESS_CHECKS
from common.models import Deadline, Delivery, Heartbeat, Job, Message
from tests.factories.make import client_for

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def well(db):
    """Everything as it should be."""
    for name in ("pulse", "beat"):
        beat(name, at=now())


def ask():
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def red() -> list[str]:
    status, body = ask()
    assert body["ready"] is (status == 200)
    return [name for name, part in body["parts"].items() if not part["ok"]]


def put(**times):
    """A pending deadline; times relative to now, in seconds."""
    moments = {name: now() + seconds * SECOND for name, seconds in times.items()}
    moments.setdefault("attempt_after", moments["due_at"])
    return Deadline(kind="x", subject_type="x", subject_id=1, created_at=now(), **moments)


def test_ready_when_all_is_well(well):
    status, body = ask()
    parts = ["database", "redis", "oldest_due", "processes", "messages", "disk", "sweeps"]
    assert (status, list(body["parts"])) == (200, parts)
    assert red() == []


def test_healthz_asks_nobody():
    """No database in this test: a query would be an error."""
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_database_away_is_red_at_once_and_alone_asked(well, monkeypatch):
    import psycopg

    def away(**_options):
        raise psycopg.OperationalError("canary: 10.0.0.1")

    monkeypatch.setattr(readiness, "connect_directly", away)
    status, body = ask()
    assert status == 503
    assert body["parts"]["database"] == {"ok": False, "error": "OperationalError"}
    assert body["parts"]["oldest_due"] == body["parts"]["processes"] == {"ok": False, "error": "no database"}
    assert (body["parts"]["redis"]["ok"], body["parts"]["disk"]["ok"]) == (True, True)


def test_redis_away_is_told_but_ready(well, monkeypatch, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    status, body = ask()
    assert (status, body["parts"]["redis"]) == (200, {"ok": True, "reachable": False, "error": "ConnectionError"})


def test_beat_silent_is_red(well):
    beat("pulse", at=now())
    Heartbeat.objects.filter(name="beat").update(seen_at=now() - 61 * SECOND)
    assert red() == ["processes"]


def test_beat_silent_because_redis_is_away_is_still_ready(well, settings):
    """Beat speaks through Redis; a minute after its loss nothing else has become worse."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    Heartbeat.objects.filter(name="beat").delete()
    status, body = ask()
    assert (status, body["parts"]["processes"]["beat"]) == (200, None)


@pytest.mark.parametrize("url", ["here", "redis://127.0.0.1:1/0"])
def test_pulse_silent_is_red_with_and_without_redis(well, settings, url):
    settings.REDIS_URL = settings.REDIS_URL if url == "here" else url
    Heartbeat.objects.filter(name="pulse").update(seen_at=now() - 61 * SECOND)
    assert red() == ["processes"]
    Heartbeat.objects.filter(name="pulse").delete()
    assert red() == ["processes"]


def test_heartbeat_never_goes_back(well):
    latest = Heartbeat.objects.get(name="pulse").seen_at
    beat("pulse", at=latest - 10 * SECOND)
    assert Heartbeat.objects.get(name="pulse").seen_at == latest


@pytest.mark.parametrize(("late", "parts"), [(25, []), (35, ["oldest_due"])])
def test_deadline_that_nobody_tries_is_red_after_half_a_minute(well, late, parts):
    put(due_at=-late).save()
    assert red() == parts
    assert ask()[1]["parts"]["oldest_due"]["deadline_seconds"] >= late


def test_deadline_that_keeps_failing_is_told_but_ready(well):
    """One bad row must not take the web out of service; the same whatever else is pending."""
    poison = put(due_at=-900, attempt_after=250)
    poison.attempts = 9
    poison.save()
    assert red() == []
    assert ask()[1]["parts"]["oldest_due"]["failing_seconds"] >= 900
    other = put(due_at=60)
    other.subject_id = 2
    other.save()
    assert ask()[1]["parts"]["oldest_due"]["failing_seconds"] >= 900


def test_old_job_is_told_but_ready(well):
    Job.objects.create(kind="x", owner_kind="SYSTEM", owner_id="x", created_at=now() - 500 * SECOND)
    assert red() == []
    assert ask()[1]["parts"]["oldest_due"]["job_seconds"] >= 500


def test_disk_nearly_full_is_red(well, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**12, 10**12, 10))
    assert red() == ["disk"]


def test_check_that_raises_is_itself_the_finding(well, monkeypatch):
    monkeypatch.setattr(READINESS_CHECKS, "_registrations", dict(READINESS_CHECKS._registrations))

    def broken(at):
        raise redis.RedisError("canary")

    READINESS_CHECKS.register("tests.broken", broken)
    assert ask()[1]["parts"]["tests.broken"] == {"ok": False, "error": "RedisError"}


def test_messages_that_wait_and_were_given_up_are_told_and_stop_nothing(well):
    message = Message.objects.create(
        key="k1",
        recipient_kind="PERSON",
        recipient_id="p-1",
        kind="x",
        created_at=now(),
        actor_kind="SYSTEM",
        actor_id="x",
    )
    for channel, state, ended_at in (("SMS", "QUEUED", None), ("EMAIL", "GIVEN_UP", now())):
        due = now() - 600 * SECOND
        Delivery.objects.create(
            message=message,
            channel=channel,
            state=state,
            due_at=due,
            attempt_after=due,
            created_at=due,
            ended_at=ended_at,
        )
    status, body = ask()
    part = body["parts"]["messages"]
    assert (status, part["ok"], part["oldest_seconds"] >= 600, part["given_up_in_a_day"]) == (200, True, True, 1)


@pytest.mark.parametrize(
    "headers",
    [{"REMOTE_ADDR": "192.0.2.9"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.9"}],
)
def test_strangers_learn_which_part_and_no_figures(well, headers):
    """Free bytes and ages told anybody how far the disk or the queue still is from its end."""
    body = Client(**headers).get("/readyz").json()
    assert set(map(tuple, map(dict.keys, body["parts"].values()))) == {("ok",)}
    assert "free_bytes" in Client(REMOTE_ADDR="127.0.0.1").get("/readyz").json()["parts"]["disk"]


@pytest.mark.parametrize(("name", "told"), [("audit_admin", True), ("system_admin", True), ("own_manager", False)])
def test_those_who_run_the_platform_read_the_figures_from_anywhere(well, cast, name, told):
    answer = client_for(getattr(cast, name).user).get("/readyz", REMOTE_ADDR="192.0.2.9")
    assert ("free_bytes" in answer.json()["parts"]["disk"]) is told
