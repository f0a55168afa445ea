"""Redis only wakes. Without it everything that matters goes on; what it would have started is found again."""

import json

import pytest

from tests.common.conftest import make_manager
from tests.faults.conftest import wait_for

QUEUE = """
from common import clock, jobs
from common.actor import system
print(jobs.queue_job(kind="faults.steps", params={}, by=system("tests"), at=clock.now()).public_id)
"""
SWEEP = "from common.tasks import sweep_jobs; sweep_jobs()"


@pytest.mark.long  # short: emergencies with Redis stopped, a flushed broker
def test_redis_stopped_costs_nothing_but_time(platform_with_broker, broker):
    platform, manager = platform_with_broker, make_manager()
    worker = platform.worker()
    platform.pulse()
    web = platform.web()
    platform.await_pulses(1)
    wait_for(lambda: "ready" in platform.logs(), what="the worker")
    cookie = session_cookie(manager, platform)

    broker.stop()
    platform.arm("faults.count", 3)
    wait_for(lambda: platform.pending() == 0, what="deadlines without Redis")
    status, page = web.get(f"/elevators/{manager.elevator.public_id}/", Cookie=cookie)
    assert (status, manager.elevator.rescue_code in page) == (200, True)
    job = platform.shell(QUEUE)
    assert platform.job(job) == ("QUEUED", 0, 0)
    parts = json.loads(web.get("/readyz")[1])["parts"]
    assert parts["redis"] == {"ok": True, "reachable": False, "error": "ConnectionError"}

    broker.start()
    platform.shell(SWEEP)  # beat sends it each half minute
    wait_for(lambda: platform.job(job)[0] == "SUCCEEDED", what=f"the job ({platform.logs()[-2000:]})")
    assert worker.poll() is None, "the worker had to be restarted"
    assert platform.job(job) == ("SUCCEEDED", 10, 1)
    assert platform.traces() == sorted([1, 2, 3, *range(10)])


def session_cookie(manager, platform) -> str:
    """A cookie that the web of `platform` accepts."""
    code = (
        "from django.test import Client; from accounts.models import User; c = Client();"
        f"c.force_login(User.objects.get(pk={manager.user.pk}), backend='accounts.backends.PlatformBackend');"
        "print(c.cookies['sessionid'].value)"
    )
    return f"sessionid={platform.shell(code)}"
