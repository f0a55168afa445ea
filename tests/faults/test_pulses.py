"""Deadlines with real `manage.py pulse` processes: none fires twice, none is lost."""

import time

from tests.faults.conftest import wait_for


def test_two_pulses_fire_a_thousand_deadlines_once_each(platform):
    platform.pulse()
    platform.pulse()
    platform.await_pulses(2)
    platform.arm("faults.count", 1000)
    wait_for(lambda: platform.pending() == 0, what=f"all fired ({platform.logs()[-2000:]})")
    assert platform.traces() == list(range(1, 1001))
    assert platform.ask("SELECT count(DISTINCT process) FROM faults_trace") == [(2,)], (
        "one did it all: nothing was tested"
    )
    assert platform.ask(
        "SELECT count(*) FROM common_heartbeat WHERE name = 'pulse' AND seen_at > now() - interval '1 min'"
    )


def test_deadlines_of_a_killed_pulse_fire_in_another_once(platform):
    first = platform.pulse()
    platform.await_pulses(1)
    platform.arm("faults.stall", 20)
    platform.await_mark()  # inside the handler, its traces written and not committed
    second = platform.pulse()
    platform.await_pulses(2)
    time.sleep(0.5)
    assert (platform.pending(), platform.traces()) == (20, []), "the second took what the first holds"

    platform.kill(first)
    wait_for(lambda: platform.pending() == 0, what=f"all fired ({platform.logs()[-2000:]})")
    assert platform.traces() == list(range(1, 21))
    assert {row[0] for row in platform.ask("SELECT process FROM faults_trace")} != {first.pid}
    assert second.poll() is None


def test_pulse_ends_when_asked(platform):
    pulse = platform.pulse()
    platform.await_pulses(1)
    pulse.terminate()
    assert pulse.wait(10) == 0
