"""A worker that is killed in the middle of a job: the job ends exactly once, each step counted once."""

import pytest

from tests.faults.conftest import wait_for
from tests.faults.test_redis import SWEEP

QUEUE = """
from common import clock, jobs
from common.actor import system
print(jobs.queue_job(kind="faults.steps", params={"stall": True}, by=system("tests"), at=clock.now()).public_id)
"""


@pytest.mark.long  # short: an import that is killed twice
def test_job_of_a_killed_worker_ends_once(platform_with_broker):
    platform = platform_with_broker
    first = platform.worker()
    job = platform.shell(QUEUE)
    platform.await_mark()
    assert platform.job(job) == ("RUNNING", 5, 1)
    platform.kill(first)
    platform.worker()
    wait_for(
        lambda: platform.ask("SELECT lease_until < now() FROM common_job WHERE public_id = %s", job) == [(True,)],
        what="the end of the lease",
    )
    for _ in range(2):  # sweeping twice sends the message twice
        platform.shell(SWEEP)
    wait_for(lambda: platform.job(job)[0] == "SUCCEEDED", what=f"the job ({platform.logs()[-2000:]})")
    assert platform.job(job) == ("SUCCEEDED", 10, 2)
    assert platform.traces() == list(range(10))
