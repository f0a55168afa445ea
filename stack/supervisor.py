"""Starts programs in order, starts a crashed one again, stops them in reverse order, and leaves none behind.

Single-threaded on purpose: Linux ties a child's death signal to the thread that forked it.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack import process
from stack.errors import Trouble
from stack.paths import shown
from stack.speech import say
from stack.undertaker import Undertaker

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOG_LIMIT = 10 * 1024 * 1024
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY = 60.0  # a child that ran this long has recovered: its next pause is the first again


class Stopped(Exception):
    """Somebody asked us to stop while we were still starting."""


@dataclass(frozen=True)
class Program:
    """What to run and how to treat it. Programs of a higher `stage` start later and stop earlier."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    stage: int = 0
    is_ready: Callable[[], bool] | None = None
    ready_within: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    last_signal: signal.Signals = signal.SIGKILL
    grace: float = 6
    identity: str = "same"
    database: bool = False  # others need it while they stop


@dataclass
class Child:
    """One program and its present process, if any."""

    program: Program
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    log_start: int = 0
    pause: float = FIRST_PAUSE
    start_again_at: float | None = None
    awaits_return: bool = False

    def last_lines(self, count: int) -> str:
        """The end of what it wrote since its last start."""
        try:
            with self.log.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                start = self.log_start if self.log_start <= size else 0  # the log was shortened meanwhile
                file.seek(max(start, size - 8000))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(f"    {line[:300]}" for line in text.strip().splitlines()[-count:])


class Supervisor:
    """Owns the children from the first start to the last stop. Use it as a context manager, in the main thread."""

    def __init__(self, log_folder: Path, *, keep_open: Iterable[int] = ()) -> None:
        self._log_folder = log_folder
        self._children: list[Child] = []
        self._keep_open = tuple(keep_open)
        self._asked_at: list[float] = []
        self._former_handlers: dict[signal.Signals, object] = {}

    def __enter__(self) -> "Supervisor":
        self._log_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._undertaker = Undertaker(keep_open=self._keep_open)
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started with nohup: the terminal may go
            self._former_handlers[number] = signal.signal(number, self._note_stop)
        # Without a handler of Python's the wake-up pipe stays silent, and a crash would be seen only at the next tick.
        self._former_handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_exception: object) -> None:
        try:
            self.stop()
        finally:
            self._undertaker.dismiss()
            for number, handler in self._former_handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(-1)
            os.close(self._wake_read)
            os.close(self._wake_write)

    @property
    def asked_to_stop(self) -> bool:
        return bool(self._asked_at)

    def start(self, *programs: Program) -> None:
        """Start these together, wait until each is ready. One that ends before is a Trouble: it would end again."""
        children = [Child(program, self._log_folder / f"{program.name}.log") for program in programs]
        for child in children:
            self._children.append(child)
            self._launch(child)
        waiting = [child for child in children if child.program.is_ready]
        for child in waiting:
            self.wait_for(
                child.program.is_ready,
                within=child.program.ready_within,
                sentence=f"{child.program.name} did not get ready in {child.program.ready_within:.0f} s",
                blame=child,
            )

    def wait_for(
        self,
        condition: Callable[[], bool],
        *,
        within: float,
        sentence: str,
        blame: Child | None = None,
    ) -> None:
        """Wait for a condition while all children must live; raises Trouble, or Stopped when somebody asks to stop."""
        end_at = time.monotonic() + within
        while not condition():
            if self.asked_to_stop:
                raise Stopped
            for child in self._children:
                if (code := child.process.poll()) is not None:
                    raise Trouble(f"{child.program.name} ended while starting ({ended(code)}).{self._evidence(child)}")
            if time.monotonic() > end_at:
                raise Trouble(f"{sentence}.{self._evidence(blame) if blame else ''}")
            self._sleep(0.05)

    def run_once(self, name: str, argv: list[str], env: Mapping[str, str], *, complaint: str) -> str:
        """Run a program to its end (migrations, seed) and return what it printed; a failure is a Trouble."""
        child = Child(Program(name, argv, env), self._log_folder / f"{name}.log")
        self._children.append(child)
        self._launch(child)
        try:
            while (code := child.process.poll()) is None:
                if self.asked_to_stop:
                    raise Stopped
                self._sleep(0.1)
        finally:
            if child.process.poll() is None:
                process.end(child.process, stop_signal=signal.SIGTERM, grace=3, last=signal.SIGKILL)
            self._children.remove(child)
            self._undertaker.drop(child.process.pid)
        if code != 0:
            raise Trouble(f"{complaint} ({ended(code)}).{self._evidence(child)}")
        with child.log.open("rb") as file:
            file.seek(child.log_start)
            return file.read().decode("utf-8", errors="replace")

    def watch(self) -> None:
        """Keep everything running until somebody asks to stop."""
        next_look_at_logs = time.monotonic() + 10
        while not self.asked_to_stop:
            now = time.monotonic()
            for child in self._children:
                self._attend(child, now)
            if now > next_look_at_logs:
                next_look_at_logs = now + 10
                for child in self._children:
                    shorten_log(child.log)
            due = [child.start_again_at for child in self._children if child.start_again_at]
            unready = any(child.awaits_return for child in self._children)
            self._sleep(0.2 if unready else min([1.0, *(max(0.01, at - now) for at in due)]))

    def stop(self) -> None:
        """Stop stage by stage, the last started first; a second request a second later stops waiting politely."""
        for stage in sorted({child.program.stage for child in self._children}, reverse=True):
            self._stop_together([child for child in self._children if child.program.stage == stage])
        self._children.clear()

    def _attend(self, child: Child, now: float) -> None:
        if child.process is None:
            if now >= child.start_again_at:
                child.start_again_at = None
                self._launch(child)
                child.awaits_return = child.program.is_ready is not None
            return
        code = child.process.poll()
        if code is None:
            if child.awaits_return and child.program.is_ready():
                child.awaits_return = False
                say(f"{child.program.name} is up again.")
            return
        process.signal_group(child.process.pid, signal.SIGKILL)  # its own workers, or they would hold the port
        self._undertaker.drop(child.process.pid)
        if now - child.started > STEADY:
            child.pause = FIRST_PAUSE
        # The whole story once, then a line each time: a crash loop must not bury what else is said.
        evidence = self._evidence(child, 8 if child.pause == FIRST_PAUSE else 1)
        say(f"{child.program.name} ended ({ended(code)}), starting again in {child.pause:.0f} s.{evidence}")
        child.process = None
        child.start_again_at = now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _launch(self, child: Child) -> None:
        shorten_log(child.log)
        with child.log.open("ab") as output:
            child.log_start = output.tell()
            child.process = process.spawn(
                child.program.argv,
                env=child.program.env,
                output=output.fileno(),
                death_signal=child.program.stop_signal,
                identity=child.program.identity,
            )
        child.started = time.monotonic()
        self._undertaker.add(child.process.pid, stop_signal=child.program.stop_signal, database=child.program.database)

    def _stop_together(self, children: list[Child]) -> None:
        running = [child for child in children if child.process and child.process.poll() is None]
        for child in running:
            child.process.send_signal(child.program.stop_signal)
        end_at = {child.program.name: time.monotonic() + child.program.grace for child in running}
        while running:
            self._sleep(0.03)
            for child in list(running):
                late = time.monotonic() > end_at[child.program.name] or self._is_urgent()
                if child.process.poll() is None and late:
                    process.end(child.process, stop_signal=child.program.last_signal, grace=5, last=signal.SIGKILL)
                if child.process.poll() is not None:
                    running.remove(child)
        for child in children:
            if child.process:
                process.signal_group(child.process.pid, signal.SIGKILL)
                self._undertaker.drop(child.process.pid)

    def _is_urgent(self) -> bool:
        """Asked again a second later: the person does not want to wait. (The first may come twice, by make too.)"""
        return len(self._asked_at) > 1 and self._asked_at[-1] - self._asked_at[0] > 1

    def _note_stop(self, _number: int, _frame: object) -> None:
        self._asked_at.append(time.monotonic())

    def _sleep(self, seconds: float) -> None:
        """Sleep, but wake for a signal: a child's death or a request to stop."""
        try:
            if select.select([self._wake_read], [], [], seconds)[0]:
                os.read(self._wake_read, 4096)
        except OSError:
            pass

    def _evidence(self, child: Child, count: int = 12) -> str:
        lines = child.last_lines(count)
        return f" Its last lines ({shown(child.log)}):\n{lines}" if lines else " It wrote nothing to its log."


def ended(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exit {code}"
    try:
        return f"signal {signal.Signals(-code).name.removeprefix('SIG')}"
    except ValueError:
        return f"signal {-code}"


def shorten_log(log: Path) -> None:
    """Keep one former log. Copied and cut rather than renamed, because the child has it open (for appending)."""
    try:
        if log.stat().st_size < LOG_LIMIT:
            return
        with log.open("r+b") as current, log.with_suffix(".log.1").open("wb") as former:
            current.seek(-LOG_LIMIT // 2, os.SEEK_END)
            former.write(current.read())
            current.truncate(0)
    except OSError:
        pass
