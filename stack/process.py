"""Processes: starting one that cannot outlive us, recognising one for sure, ending one with all its children."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

CHILD = Path(__file__).with_name("child.py")


def tied(argv: Sequence[str], *, death_signal: signal.Signals, identity: str = "same") -> list[str]:
    """The command line that runs `argv` tied to the calling process (see child.py for the identities)."""
    return [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(int(death_signal)), identity, *argv]


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    output: IO[bytes] | int,
    death_signal: signal.Signals = signal.SIGTERM,
    identity: str = "same",
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, which gets `death_signal` when the calling thread ends.

    Its own session keeps the terminal's Ctrl-C away from it: the supervisor stops things in order. Call this from the
    main thread only, since Linux sends the death signal at the end of the thread that forked.
    """
    return subprocess.Popen(
        tied(argv, death_signal=death_signal, identity=identity),
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output != subprocess.DEVNULL else subprocess.DEVNULL,
        start_new_session=True,
        cwd=cwd,
    )


def started_at(pid: int) -> str:
    """When a process started, as the kernel counts; '' if it is gone. With the number it names a process for good."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
        return _started_at_by_ps(pid)
    return "" if fields[0] in "ZX" else fields[19]


def _started_at_by_ps(pid: int) -> str:
    """The same where there is no /proc (macOS)."""
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, moment = answer.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else moment.strip()


def is_alive(pid: int, started: str) -> bool:
    """Whether the very process that had this number at that start is still there (numbers are used again)."""
    return bool(started) and started_at(pid) == started


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a session leader's whole group: the workers that it forked too. Silent when nobody is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def group_is_alive(pid: int) -> bool:
    """Whether anybody but zombies is left in the group of this session leader."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    if not Path("/proc/self/stat").exists():
        return True
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[2] == str(pid) and fields[0] not in "ZX":
            return True
    return False


def end(process: subprocess.Popen[bytes], *, stop_signal: signal.Signals, grace: float, last: signal.Signals) -> bool:
    """Ask a child to stop, wait, then insist with `last`; its group goes with it. True when it went by itself."""
    gently = True
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            gently = False
            process.send_signal(last)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    signal_group(process.pid, signal.SIGKILL)  # what a dead leader leaves: nobody else will end it
    return gently


def wait_until(condition, *, timeout: float, step: float = 0.05) -> bool:
    """Poll until `condition()` is true; False when the time is over."""
    end_at = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end_at:
            return False
        time.sleep(step)
    return True
