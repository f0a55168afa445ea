"""Workers that die in the middle of a sweep, a broker that forgets everything, two sweepers at once: no alert is lost, none
is doubled, and all are there soon after the first tick that finds them."""

import datetime as dt
import os

import pytest

from common import clock
from tests.factories.due import many_elevators, owe
from tests.faults.conftest import wait_for

LATE = 5_000  # obligations; a sweep takes them in sets of 500
SECONDS = 5  # after the first tick that finds them (issue 5)
SEND = "from common.tasks import run_sweep; run_sweep.apply_async(['compliance.steps'], queue='default')"
COUNTS = """
SELECT (SELECT count(*) FROM compliance_alert), (SELECT count(DISTINCT elevator_id) FROM compliance_alert),
       (SELECT count(*) FROM compliance_alertcause WHERE ended_at IS NULL), (SELECT count(*) FROM compliance_notice),
       (SELECT count(*) FROM compliance_alertstep), (SELECT count(*) FROM compliance_obligation WHERE step_at IS NOT NULL)
"""
ALL_ONCE = [(LATE, LATE, LATE, LATE, LATE, 0)]


@pytest.fixture
def late(platform_with_broker):
    """A platform in which many inspections are late and nobody has looked yet."""
    owe(many_elevators(LATE), due_on=clock.today() - dt.timedelta(days=1))
    assert platform_with_broker.ask(COUNTS) == [(0, 0, 0, 0, 0, LATE)]
    return platform_with_broker


def raised(platform) -> int:
    return platform.ask("SELECT count(*) FROM compliance_alert")[0][0]


def await_all(platform) -> None:
    wait_for(lambda: platform.ask(COUNTS) == ALL_ONCE, what=f"every alert once ({platform.logs()[-2000:]})")


def seconds_from_the_tick(platform) -> float:
    """From the start of the sweep's last run to the last alert."""
    [(seconds,)] = platform.ask(
        "SELECT extract(epoch FROM (SELECT max(opened_at) FROM compliance_alert) - started_at)::float"
        " FROM common_sweeprun WHERE name = 'compliance.steps'"
    )
    return seconds


def sent(platform):
    """The tick, as beat gives it, without waiting for the program that sends it."""
    return platform.start("manage.py", "shell", "-v", "0", "-c", SEND)


def test_a_worker_killed_in_a_sweep_loses_nothing_and_two_that_follow_double_nothing(late):
    worker = late.worker("default")
    wait_for(lambda: "ready" in late.logs(), what="the worker")
    sent(late)
    wait_for(lambda: raised(late) > 0, what="the first alerts")
    late.kill(worker)
    assert 0 < raised(late) < LATE, "killed too late to prove anything"
    assert raised(late) % 500 == 0, "half a set was written"
    for _ in range(2):
        late.worker("default")
    for _ in range(2):
        sent(late)
    await_all(late)
    assert seconds_from_the_tick(late) < SECONDS


def test_a_flushed_broker_costs_a_tick(late, broker):
    """The message is gone and nobody says so; the next one finds everything."""
    late.worker("default")
    wait_for(lambda: "ready" in late.logs(), what="the worker")
    sent(late)
    wait_for(lambda: raised(late) > 0, what="the first alerts")
    late.shell("import redis; from django.conf import settings; redis.Redis.from_url(settings.REDIS_URL).flushall()")
    late.shell(SEND)
    await_all(late)


def test_without_any_worker_for_a_day_the_first_tick_finds_everything(late):
    """Beat was dead: nothing was sent at all. Two sweeps at once then share the rows."""
    late.tell("UPDATE compliance_obligation SET step_at = step_at - interval '1 day'")
    status = late.shell("from common import clock, sweeps; print(sweeps.check(clock.now())[0])")
    assert status == "False", "what has waited for a day makes the platform not ready"
    sweep = "from common import clock, sweeps; sweeps.run('compliance.steps', clock=clock.now)"
    both = [late.start("manage.py", "shell", "-v", "0", "-c", sweep) for _ in range(2)]
    for one in both:
        assert one.wait(timeout=90) == os.EX_OK, late.logs()[-2000:]
    assert late.ask(COUNTS) == ALL_ONCE
    assert late.shell("from common import clock, sweeps; print(sweeps.check(clock.now())[0])") == "True"
