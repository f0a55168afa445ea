"""A project of its own for the launcher's tests: the real stack/ with the smallest web, worker and manage.py around it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from stack.paths import ROOT
from stack.ports import free_port

FILES = {
    "manage.py": """
        import os, sys, time
        with open("commands.txt", "a") as file:
            role = os.environ.get("DATABASE_URL", "").split("//")[-1].split(":")[0]
            print(*sys.argv[1:], "as", role, file=file)
        if sys.argv[1] == "demo_logins":
            print("inspector / a-word")
        if sys.argv[1] == os.environ.get("FAIL"):
            sys.exit("this command was told to fail")
        while sys.argv[1] == "pulse":
            time.sleep(1)
    """,
    "config/__init__.py": """
        import os
        from celery import Celery
        app = Celery("small", broker=os.environ.get("REDIS_URL"))
    """,
    "config/settings/__init__.py": "",
    "config/settings/development.py": "SECRET_KEY = 'x'",
    "config/wsgi.py": """
        def application(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"ready"]
    """,
}


def processes_of(folder: Path) -> dict[int, str]:
    """Everything that lives in a folder: by command line, program or working folder. Number: command."""
    found = {}
    for process in psutil.process_iter():
        try:
            with process.oneshot():
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                traces = [*process.cmdline(), process.cwd(), process.exe()]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if any(str(folder) in trace for trace in traces):
            found[process.pid] = " ".join(traces)
    return found


def wait_for(condition, *, within: float = 15, what: str = "it"):
    """The value of `condition()` as soon as it is true."""
    end = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} did not happen in {within} s"
        time.sleep(0.05)
    return value


def heed_signals() -> None:
    """A test run under nohup or in a script's background ignores these, and its children would inherit it."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


class Running:
    """A started program whose output can be waited for."""

    def __init__(self, argv: list[str], *, cwd: Path, env: dict[str, str], **options) -> None:
        self.process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=heed_signals,
            **options,
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.output += line

    def says(self, pattern: str, *, within: float = 40) -> re.Match:
        """Wait until the output holds a match."""

        def search():
            if (match := re.search(pattern, self.output)) is None and self.process.poll() is not None:
                self._reader.join(2)
                match = re.search(pattern, self.output)
                assert match, f"ended with {self.process.returncode} and never said {pattern!r}:\n{self.output}"
            return match

        return wait_for(search, within=within, what=f"{pattern!r}, but this:\n{self.output}\nwhich")

    def ends(self, *, within: float = 40) -> int:
        code = self.process.wait(within)
        self._reader.join(2)
        return code


class Project:
    """A folder with the small project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._running: list[Running] = []
        shutil.copytree(ROOT / "stack", folder / "stack", ignore=shutil.ignore_patterns("__pycache__"))
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = text.strip("\n").splitlines()
            path.write_text("\n".join(line.removeprefix(" " * 8) for line in lines) + "\n", encoding="utf-8")

    def environment(self, **wishes: str) -> dict[str, str]:
        """A clean one: the tests' own services must not reach the demo."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, "PORT": str(self.port), **wishes}

    def demo(self, **wishes: str) -> Running:
        return self.run("-m", "stack.demo", **wishes)

    def run(self, *arguments: str, **wishes: str) -> Running:
        running = Running([sys.executable, *arguments], cwd=self.folder, env=self.environment(**wishes))
        self._running.append(running)
        return running

    def commands(self) -> list[str]:
        """What manage.py was asked to do, and as which database role."""
        return (self.folder / "commands.txt").read_text(encoding="utf-8").splitlines()

    def processes(self) -> dict[int, str]:
        return processes_of(self.folder)

    def close(self) -> None:
        for running in self._running:
            if running.process.poll() is None:
                running.process.send_signal(signal.SIGTERM)
                running.process.wait(30)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def project(tmp_path):
    # A folder name as people have them: with a blank and Chinese in it.
    made = Project(tmp_path / "电梯 project")
    yield made
    made.close()
