"""PostgreSQL ends in the middle of a sweep, beat and its worker are killed, two planners share a city: nothing is lost, nothing
doubled, and all is there soon after the first tick."""

import datetime as dt
import os

import pytest

from common import clock
from tests.factories.due import many_elevators, owe
from tests.faults.conftest import wait_for
from tests.faults.test_sweeps import LATE, SECONDS, await_all, raised, seconds_from_the_tick, sent

OWE = (
    "import datetime as dt; from common import clock; from tests.factories.due import many_elevators, owe;"
    f"owe(many_elevators({LATE}), due_on=clock.today() - dt.timedelta(days=1))"
)
BEAT = ("-m", "celery", "-A", "config", "beat", "--pidfile=", "--schedule")


@pytest.mark.long  # short: test_database_restart
def test_a_database_that_crashes_in_a_sweep_costs_a_tick(platform_with_cluster, cluster, broker):
    """The worker is not restarted; what was committed stays, what was in hand is due again."""
    platform = platform_with_cluster
    platform.env["REDIS_URL"] = broker.url()
    platform.shell(OWE)
    worker = platform.worker("default")
    wait_for(lambda: "ready" in platform.logs(), what="the worker")
    sent(platform)
    wait_for(lambda: raised(platform) > 0, what="the first alerts")
    cluster.kill()
    cluster.start()
    found = raised(platform)
    assert 0 < found < LATE, "crashed too late to prove anything"
    assert found % 500 == 0, "half a set survived"
    platform.shell("from common.tasks import run_sweep; run_sweep.apply_async(['compliance.steps'], queue='default')")
    await_all(platform)
    assert seconds_from_the_tick(platform) < SECONDS
    assert worker.poll() is None, "the worker had to be restarted"


@pytest.mark.long
def test_beat_and_worker_killed_in_mid_tick_go_on_when_they_are_started_again(platform_with_broker):
    """Beat keeps its schedule in a file, which the kill may have left half-written."""
    platform = platform_with_broker
    owe(many_elevators(LATE), due_on=clock.today() - dt.timedelta(days=1))
    platform.tell("DELETE FROM compliance_elevatordue")  # by the facts, the copies owe nothing
    schedule = str(platform.folder / "beat-schedule")
    worker = platform.worker("default")
    wait_for(lambda: "ready" in platform.logs(), what="the worker")
    beat = platform.start(*BEAT, schedule)
    wait_for(lambda: raised(platform) > 0, what=f"the first tick ({platform.logs()[-2000:]})")
    platform.kill(worker)
    platform.kill(beat)
    assert 0 < raised(platform) < LATE, "killed too late to prove anything"
    for _ in range(2):
        platform.worker("default")
    again = platform.start(*BEAT, schedule)
    await_all(platform)
    assert again.poll() is None
    assert seconds_from_the_tick(platform) < SECONDS


PLAN = "from common import sweeps, clock; sweeps.run('compliance.plan', clock=clock.now)"
PLANNED = """
SELECT count(*), count(DISTINCT elevator_id), count(DISTINCT (elevator_id, kind, period)),
       (SELECT count(*) FROM compliance_elevatordue)
FROM compliance_obligation WHERE kind = 'PERIODIC_INSPECTION' AND period = %s
"""


@pytest.fixture
def unplanned(platform_with_broker):
    """A city that was noted and not planned yet."""
    today = clock.today()
    many_elevators(LATE, registration_state="IN_USE", commissioned_on=today.replace(year=today.year - 1, day=1))
    return platform_with_broker


def planned(platform) -> tuple:
    return platform.ask(PLANNED, str(clock.today().year))[0]


def test_a_planner_killed_in_a_sweep_loses_no_note_and_two_that_follow_plan_each_elevator_once(unplanned):
    first = unplanned.start("manage.py", "shell", "-v", "0", "-c", PLAN)
    wait_for(lambda: planned(unplanned)[0] > 0, what=f"the first set ({unplanned.logs()[-2000:]})")
    unplanned.kill(first)
    rows, _elevators, _keys, noted = planned(unplanned)
    assert 0 < rows < LATE, "killed too late to prove anything"
    assert noted >= LATE - rows, "a note was lost with the set"
    both = [unplanned.start("manage.py", "shell", "-v", "0", "-c", PLAN) for _ in range(2)]
    for one in both:
        assert one.wait(timeout=90) == os.EX_OK, unplanned.logs()[-2000:]
    assert planned(unplanned) == (LATE, LATE, LATE, 0)
