"""The supervisor with small programs, in a process of its own that can be killed."""

import os
import pty
import signal
import time

import pytest

from tests.stack.conftest import heed_signals, wait_for

# A supervisor over the programs named in the arguments as NAME=STAGE=SHELL COMMAND.
SCRIPT = """
import pathlib, sys
from stack.errors import Trouble
from stack.speech import say
from stack.supervisor import Program, Stopped, Supervisor

try:
    with Supervisor(pathlib.Path("log")) as supervisor:
        try:
            for argument in sys.argv[1:]:
                name, stage, command = argument.split("=", 2)
                supervisor.start(Program(name, ["sh", "-c", command], {"PATH": "/usr/bin:/bin"}, int(stage), grace=1))
            say("all started")
            supervisor.watch()
        except Stopped:
            pass
    say("all stopped")
except Trouble as trouble:
    say(trouble)
    sys.exit(1)
"""
FOREVER = "while :; do sleep 0.1; done"
DEAF = f"trap '' TERM INT HUP; {FOREVER}"


@pytest.fixture
def supervise(project):
    def start(*programs: str):
        (project.folder / "script.py").write_text(SCRIPT, encoding="utf-8")
        # The path in the command line is how the test finds what is left.
        return project.run("script.py", *(f"{program} # {project.folder}" for program in programs))

    return start


def test_stop_takes_the_last_started_first(supervise, project):
    def loop(name: str) -> str:
        return f"trap 'echo {name} >> order.txt; exit' TERM; {FOREVER}"

    supervisor = supervise(f"database=0={loop('database')}", f"worker=1={loop('worker')}", f"web=2={loop('web')}")
    supervisor.says("all started")
    time.sleep(0.5)  # the shells set their traps
    supervisor.process.send_signal(signal.SIGTERM)

    assert supervisor.ends() == 0
    assert (project.folder / "order.txt").read_text().split() == ["web", "worker", "database"]
    assert project.processes() == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop_leaves_no_process_not_even_a_deaf_one(supervise, project, number):
    supervisor = supervise(f"simple=0={FOREVER}", f"deaf=1={DEAF}", f"parent=1=({DEAF}) & {FOREVER}")
    supervisor.says("all started")
    wait_for(lambda: len(project.processes()) >= 5, what="every shell and its loop")
    supervisor.process.send_signal(number)

    assert supervisor.ends() == 0
    assert "all stopped" in supervisor.output
    assert project.processes() == {}


def test_killed_supervisor_leaves_no_process_not_even_a_deaf_grandchild(supervise, project):
    supervisor = supervise(f"simple=0={FOREVER}", f"deaf=1={DEAF}", f"parent=1=({DEAF}) & {FOREVER}")
    supervisor.says("all started")
    supervisor.process.kill()

    wait_for(lambda: project.processes() == {}, within=20, what=f"the end of {project.processes()}")


def test_killed_supervisor_and_undertaker_still_end_the_children(supervise, project):
    supervisor = supervise(f"simple=0={FOREVER}")
    supervisor.says("all started")
    for pid, command in project.processes().items():
        if "stack.undertaker" in command:
            os.kill(pid, signal.SIGKILL)
    supervisor.process.kill()

    wait_for(lambda: project.processes() == {}, within=20, what="the kernel's death signal")


def test_crashed_program_is_started_again_later_and_later_and_said(supervise):
    supervisor = supervise("fragile=0=sleep 0.3; echo the reason; exit 7")
    supervisor.says(
        r"fragile ended \(exit 7\), starting again in 1 s\. Its last lines \(log/fragile\.log\):\n +the reason"
    )
    supervisor.says(r"fragile ended \(exit 7\), starting again in 2 s\.")
    supervisor.says(r"fragile ended \(exit 7\), starting again in 4 s\.")


def test_crashed_program_takes_its_own_children_along(supervise, project):
    supervisor = supervise(f"parent=0=({DEAF}) & sleep 0.4; exit 1")
    supervisor.says("starting again in 1 s")
    wait_for(lambda: len(project.processes()) == 2, within=20, what="supervisor and undertaker alone")


def test_signal_that_ended_a_program_is_named(supervise, project):
    supervisor = supervise(f"victim=0={FOREVER}")
    supervisor.says("all started")

    def victims() -> list[int]:
        return [pid for pid, line in project.processes().items() if FOREVER in line and "script.py" not in line]

    # For a moment after "all started" it still looks like the supervisor, and like two whenever it forks its sleep.
    [victim] = wait_for(lambda: found if len(found := victims()) == 1 else None, what="one victim")
    os.kill(victim, signal.SIGKILL)
    supervisor.says(r"victim ended \(signal KILL\)")


def test_program_that_ends_while_starting_ends_the_start(project):
    (project.folder / "script.py").write_text(
        SCRIPT.replace("grace=1", "grace=1, is_ready=lambda: False"), encoding="utf-8"
    )
    supervisor = project.run("script.py", "first=0=echo no such file; exit 3")

    assert supervisor.ends() == 1
    assert "first ended while starting (exit 3). Its last lines (log/first.log):\n    no such file" in supervisor.output


def test_hang_up_stops_in_order_although_nobody_can_be_told(project):
    (project.folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    (project.folder / "start.py").write_text(
        "import fcntl, os, sys, termios\n"
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"  # the terminal is ours: its end is a hang-up for us
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
    )
    ours, theirs = pty.openpty()
    import subprocess
    import sys

    command = [sys.executable, "start.py", "script.py", f"one=0=trap 'echo ended > order.txt; exit' TERM; {FOREVER}"]
    process = subprocess.Popen(
        command,
        cwd=project.folder,
        env=project.environment(PYTHONPATH="."),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=heed_signals,
    )
    os.close(theirs)
    text = b""
    while b"all started" not in text:
        text += os.read(ours, 1000)
    time.sleep(0.5)
    os.close(ours)

    assert process.wait(15) == 0
    assert (project.folder / "order.txt").read_text() == "ended\n"
    assert project.processes() == {}
