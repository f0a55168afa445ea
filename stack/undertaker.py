"""Outlives the process that started it by a few seconds, to end whatever that process left behind when it was killed.

PR_SET_PDEATHSIG (child.py) asks each direct child to stop when the supervisor dies. That is not enough: a worker may
be busy, a web server's own children may ignore it, and macOS has no such thing. So this small process holds the reading
end of a pipe whose writing end only the supervisor has. The kernel closes it however that one dies; then we clear up.

It also inherits the demo's lock, so that a new `make demo` waits until the old one's database has really stopped.

Lines on standard input: `add PID START SIGNAL KIND`, `drop PID`, `remove PATH` (a folder that goes when we go), `bye`.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from stack import process

PATIENCE = 4.0  # seconds between the request to stop and the end without asking; twice that is the longest we stay


@dataclass
class Left:
    """What we would have to clear up."""

    # By process number: when it started, how it is asked to stop, whether the others need it while they stop.
    children: dict[int, tuple[str, signal.Signals, bool]] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    said_bye: bool = False

    def read(self, lines: Iterable[str]) -> None:
        """Follow the supervisor until its end of the pipe closes."""
        for line in lines:
            match line.split(maxsplit=4):
                case ["add", pid, started, number, kind]:
                    self.children[int(pid)] = (started, signal.Signals(int(number)), kind.strip() == "database")
                case ["drop", pid]:
                    self.children.pop(int(pid), None)
                case ["remove", *_]:
                    self.folders.append(Path(line.rstrip("\n").partition(" ")[2]))
                case ["bye"]:
                    self.said_bye = True

    def clear_up(self) -> None:
        """End the children: those that use the databases first, so that the databases close in good order."""
        databases = [pid for pid, child in self.children.items() if child[2]]
        users = [pid for pid in self.children if pid not in databases]
        for pids in (users, databases):
            for pid in pids:
                self._ask(pid)
            process.wait_until(lambda pids=pids: not any(map(self._is_left, pids)), timeout=PATIENCE)
            for pid in pids:
                if self._is_left(pid):
                    # PostgreSQL's own emergency stop takes its backends along; SIGKILL would leave that to them.
                    process.signal_group(pid, signal.SIGQUIT if pid in databases else signal.SIGKILL)
        if not process.wait_until(lambda: not any(map(self._is_left, self.children)), timeout=1):
            for pid in self.children:
                process.signal_group(pid, signal.SIGKILL)

    def _ask(self, pid: int) -> None:
        started, number, _ = self.children[pid]
        if process.is_alive(pid, started):
            os.kill(pid, number)

    def _is_left(self, pid: int) -> bool:
        started = self.children[pid][0]
        now = process.started_at(pid)
        return now == started if now else process.group_is_alive(pid)


class Undertaker:
    """The supervisor's side of the pipe."""

    def __init__(self, *, keep_open: Iterable[int] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stack.undertaker"],
            cwd=Path(__file__).resolve().parent.parent,
            env={name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=tuple(keep_open),
            text=True,
        )

    def add(self, pid: int, *, stop_signal: signal.Signals, database: bool = False) -> None:
        """Watch over a child from now on."""
        kind = "database" if database else "program"
        self._tell(f"add {pid} {process.started_at(pid) or '-'} {int(stop_signal)} {kind}")

    def drop(self, pid: int) -> None:
        """The child ended and its group was cleared."""
        self._tell(f"drop {pid}")

    def remove(self, folder: Path) -> None:
        """Delete this folder at the very end, however the end comes."""
        self._tell(f"remove {folder}")

    def dismiss(self) -> None:
        """Everything was stopped in order: nothing to do but remove folders."""
        self._tell("bye")
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except OSError:
            pass  # somebody killed it; PR_SET_PDEATHSIG is still there


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    left = Left()
    left.read(sys.stdin)
    if not left.said_bye:
        time.sleep(0.05)  # the death signals of the kernel are on their way
        left.clear_up()
    for folder in left.folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
