"""Whoever finds risk bands dies in mid-sweep, two do it at once, the broker forgets: each elevator is judged, none is twice
in the history, and the alert of each red one is there once."""

import datetime as dt
import os

import pytest

from common import clock
from compliance.actions.risk import SET
from tests.factories.due import many_elevators, owe
from tests.faults.conftest import wait_for

LATE = 3 * SET  # elevators whose inspection is late, and one beside them that owes nothing
SEND = "from common.tasks import run_sweep; run_sweep.apply_async(['compliance.risk'], queue='default')"
SWEEP = "from common import clock, sweeps; sweeps.run('compliance.risk', clock=clock.now)"
JUDGED = "SELECT count(*) FROM compliance_riskchange"
COUNTS = """
SELECT (SELECT count(*) FROM compliance_riskscore WHERE band = 'RED'),
       (SELECT count(*) FROM compliance_riskchange WHERE band = 'RED'),
       (SELECT count(*) FROM compliance_alert WHERE kind = 'RISK' AND state = 'OPEN'),
       (SELECT count(DISTINCT elevator_id) FROM compliance_alert WHERE kind = 'RISK'),
       (SELECT count(*) FROM compliance_alertcause WHERE source_type = 'compliance.riskscore' AND ended_at IS NULL),
       (SELECT count(*) FROM compliance_alertstep),
       (SELECT count(*) FROM compliance_riskchange) - (SELECT count(*) FROM registry_elevator),
       (SELECT count(*) FROM compliance_riskdue)
"""
ALL_ONCE = [(*(LATE,) * 6, 0, 0)]


@pytest.fixture
def noted(platform_with_broker):
    """A platform in which nobody has looked at what the triggers noted."""
    owe(many_elevators(LATE), due_on=clock.today() - dt.timedelta(days=1))
    assert platform_with_broker.ask(COUNTS) == [(0, 0, 0, 0, 0, 0, -LATE - 1, LATE + 1)]
    return platform_with_broker


def judged(platform) -> int:
    return platform.ask(JUDGED)[0][0]


def kill_half_way(platform, started) -> None:
    wait_for(lambda: judged(platform) > 0, what=f"the first bands ({platform.logs()[-2000:]})")
    platform.kill(started)
    assert 0 < judged(platform) <= LATE, "killed too late to prove anything"
    assert judged(platform) % SET == 0, "half a set was written"


def sweeper(platform):
    return platform.start("manage.py", "shell", "-v", "0", "-c", SWEEP)


def test_a_sweeper_killed_half_way_and_two_at_once_after_it(noted):
    kill_half_way(noted, sweeper(noted))
    for one in [sweeper(noted) for _ in range(2)]:
        assert one.wait(timeout=90) == os.EX_OK, noted.logs()[-2000:]
    assert noted.ask(COUNTS) == ALL_ONCE


@pytest.mark.long
def test_a_worker_killed_in_mid_sweep_and_two_that_follow(noted):
    worker = noted.worker("default")
    wait_for(lambda: "ready" in noted.logs(), what="the worker")
    noted.start("manage.py", "shell", "-v", "0", "-c", SEND)
    kill_half_way(noted, worker)
    for _ in range(2):
        noted.worker("default")
    for _ in range(2):
        noted.shell(SEND)
    wait_for(lambda: noted.ask(COUNTS) == ALL_ONCE, what=f"every band once ({noted.logs()[-2000:]})")


@pytest.mark.long
def test_a_flushed_broker_costs_a_tick(noted):
    noted.worker("default")
    wait_for(lambda: "ready" in noted.logs(), what="the worker")
    noted.start("manage.py", "shell", "-v", "0", "-c", SEND)
    wait_for(lambda: judged(noted) > 0, what="the first bands")
    noted.shell("import redis; from django.conf import settings; redis.Redis.from_url(settings.REDIS_URL).flushall()")
    noted.shell(SEND)
    wait_for(lambda: noted.ask(COUNTS) == ALL_ONCE, what=f"every band once ({noted.logs()[-2000:]})")
