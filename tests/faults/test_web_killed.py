"""The web is killed in the middle of a POST: the same key once more does the work, once."""

import json
import threading

import psycopg

from registry.models import Elevator
from tests.common.conftest import make_manager
from tests.common.together import wait_until_blocked
from tests.faults.test_redis import session_cookie

ELEVATORS = "/api/v1/registry/elevators/"


def test_web_killed_in_a_post_does_it_once_on_retry(platform, services):
    manager = make_manager()
    cookie = session_cookie(manager, platform)
    web = platform.web()
    body = json.dumps({"area": "320106001", "address": "1 Killed Road"}).encode()

    def post():
        token = "a" * 32
        headers = {
            "Cookie": f"{cookie}; csrftoken={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/json",
            "Idempotency-Key": "retry-me",
        }
        return web.get(ELEVATORS, data=body, **headers)

    answers = []
    with psycopg.connect(services.owner_url) as blocker:
        blocker.execute(
            "LOCK TABLE common_auditrecord IN EXCLUSIVE MODE"
        )  # the elevator is written, its audit row waits
        thread = threading.Thread(target=lambda: answers.append(post()))
        thread.start()
        wait_until_blocked()
        web.kill()
        thread.join(30)
    assert answers[0][0] == 0
    assert not Elevator.objects.filter(address="1 Killed Road").exists()

    web.start()
    (status, first), (again, second) = post(), post()
    assert (status, again, second) == (201, 201, first)
    assert Elevator.objects.filter(address="1 Killed Road").count() == 1
