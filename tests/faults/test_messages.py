"""Senders that are killed with a message in hand, and a platform without Redis: none lost, each told once."""

import pytest

from tests.faults.conftest import wait_for

SAY = """
from common import clock
from common.actor import system
from common.messages.actions import Recipient, queue_message
for number in range({count}):
    queue_message(
        to=Recipient("FAULTS", "f-1"), kind="faults.numbered", params={{"number": number}}, emergency={emergency},
        key=f"k{{number}}", by=system("tests"), at=clock.now(),
    )
"""
SWEEP = "from common.tasks import send_messages; send_messages.apply_async()"


def states(platform) -> dict:
    return dict(platform.ask("SELECT state, count(*) FROM common_delivery GROUP BY state"))


@pytest.mark.long  # short: a worker killed in a sweep, two pulses
def test_messages_of_a_killed_sender_are_sent_by_another(platform_with_broker):
    platform = platform_with_broker
    first = platform.worker("default")
    platform.shell(SAY.format(count=5, emergency=True))  # by day or by night
    platform.await_mark()  # the gateway has not answered: claimed, and not sent
    assert (states(platform), platform.traces()) == ({"QUEUED": 5}, [])
    platform.kill(first)
    platform.worker("default")
    wait_for(
        lambda: platform.ask("SELECT max(attempt_after) < now() FROM common_delivery") == [(True,)],
        what="the end of the lease",
    )
    for _twice in range(2):
        platform.shell(SWEEP)
    wait_for(lambda: states(platform) == {"DELIVERED": 5}, what=f"all sent ({platform.logs()[-2000:]})")
    assert platform.traces() == [0, 1, 2, 3, 4]
    # what the killed one had claimed was claimed once more; what came after its claim, once
    tries = set(platform.ask("SELECT DISTINCT attempts, fence FROM common_delivery"))
    assert (2, 2) in tries <= {(1, 1), (2, 2)}


@pytest.mark.long  # dear: keeps make test within its ten minutes
def test_emergencies_go_out_with_redis_stopped(platform_with_broker, broker):
    platform = platform_with_broker
    (platform.folder / "inside").touch()  # a gateway that answers at once
    broker.stop()
    platform.pulse()
    platform.await_pulses(1)
    platform.shell(SAY.format(count=3, emergency=True))
    wait_for(lambda: states(platform) == {"DELIVERED": 3}, within=20, what=f"all sent ({platform.logs()[-2000:]})")
    assert platform.traces() == [0, 1, 2]
    assert platform.ask("SELECT DISTINCT attempts FROM common_delivery") == [(1,)]


def test_two_pulses_send_each_emergency_once(platform):
    (platform.folder / "inside").touch()
    platform.pulse()
    platform.pulse()
    platform.await_pulses(2)
    platform.shell(SAY.format(count=40, emergency=True))
    wait_for(lambda: states(platform) == {"DELIVERED": 40}, within=30, what=f"all sent ({platform.logs()[-2000:]})")
    assert platform.traces() == list(range(40))
