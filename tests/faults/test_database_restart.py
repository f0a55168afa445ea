"""PostgreSQL ends and comes back under a running platform: nobody has to restart anything."""

import json
import time

import pytest

from tests.faults.conftest import wait_for

PERSON = """
from django.test import Client
from tests.common.conftest import make_manager
manager = make_manager()
client = Client()
client.force_login(manager.user, backend="accounts.backends.PlatformBackend")
print(client.cookies["sessionid"].value, manager.elevator.public_id)
"""


@pytest.fixture
def stage(platform_with_cluster):
    """A web that has served pages, a pulse that has listened."""
    platform = platform_with_cluster
    session, elevator = platform.shell(PERSON).split()
    web, pulse = platform.web(), platform.pulse()
    platform.await_pulses(1)

    def page():
        return web.get(f"/elevators/{elevator}/", Cookie=f"sessionid={session}")[0]

    assert [page() for _ in range(3)] == [200] * 3
    yield platform, web, page
    assert (web.process.poll(), pulse.poll()) == (None, None), "something had to be started again"


def goes_on(platform, page) -> None:
    assert [page() for _ in range(3)] == [200] * 3, "the first pages after the database came back"
    platform.arm("faults.count", 1)
    wait_for(lambda: platform.pending() == 0, what=f"the pulse again ({platform.logs()[-2000:]})")


def test_crash_of_the_database_needs_no_restart_of_web_or_pulse(stage, cluster):
    platform, web, page = stage
    cluster.kill()
    asked_at = time.monotonic()
    status, text = web.get("/readyz")
    assert time.monotonic() - asked_at < 8, "whoever asks for readiness must not wait for the pool"
    assert (status, json.loads(text)["parts"]["database"]["ok"]) == (503, False)
    assert web.get("/healthz")[0] == 200
    cluster.start()
    goes_on(platform, page)
    assert platform.traces() == [1]


@pytest.mark.long
def test_long_absence_of_the_database_needs_no_restart_either(stage, cluster):
    """The pool waits longer and longer between its attempts; a page asked for must not wait for the next of them."""
    platform, _web, page = stage
    cluster.stop()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert page() == 500
    cluster.start()
    goes_on(platform, page)
    assert platform.traces() == [1]
