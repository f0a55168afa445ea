"""Private PostgreSQL and Valkey in a temporary folder: for tests, checks, and fault tests that restart them.

    with Cluster() as cluster:            # or Broker()
        cluster.restart()

`python -m stack.ephemeral COMMAND …` runs a command with both services in its environment (`make check` does).
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from stack import postgres, process, valkey
from stack.errors import Trouble
from stack.ports import free_port
from stack.undertaker import Undertaker


class Server:
    """What Cluster and Broker share: one child process over one folder, on a port that stays the same over restarts."""

    name: str
    stop_signal: signal.Signals
    emergency_signal: signal.Signals
    ready_within = 60.0

    def __init__(self, folder: Path | None = None, *, undertaker: Undertaker | None = None) -> None:
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="elevator-stack-"))
        # Whoever brings no undertaker gets one, so that a killed test run leaves neither a process nor a folder.
        self._own_undertaker = undertaker is None
        self._undertaker = undertaker or Undertaker()
        if self._own_folder:
            self._undertaker.remove(self.folder)
        self.log = self.folder / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process, for tests that kill it. Raises when it is not running."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers; a start that fails is a Trouble with the last lines of its log."""
        with self.log.open("ab") as output:
            self._process = self._spawn(output.fileno())
        self._undertaker.add(self._process.pid, stop_signal=self.stop_signal, database=True)
        process.wait_until(lambda: self._is_ready() or self._process.poll() is not None, timeout=self.ready_within)
        if not self._is_ready():
            self.kill()
            last = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
            raise Trouble(f"{self.name} did not start:\n{last}")

    def stop(self, *, grace: float = 10) -> None:
        """An orderly stop; harmless when it does not run."""
        if self._process is not None:
            process.end(self._process, stop_signal=self.stop_signal, grace=grace, last=self.emergency_signal)
            self._forget()

    def kill(self) -> None:
        """A crash: no checkpoint, no goodbye. start() afterwards recovers what was durable."""
        if self._process is not None:
            process.end(self._process, stop_signal=self.emergency_signal, grace=5, last=signal.SIGKILL)
            self._forget()

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop and remove the folder, if it was ours."""
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._own_undertaker:
            self._undertaker.dismiss()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _forget(self) -> None:
        self._undertaker.drop(self._process.pid)
        self._process = None

    # Both kinds of service say for themselves how they start and when they answer; there is no default to fall back on.
    def _spawn(self, output: int) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _is_ready(self) -> bool:
        raise NotImplementedError


class Cluster(Server):
    """A private PostgreSQL with the platform's roles and an empty database; not durable unless asked."""

    name = "postgres"
    stop_signal = postgres.STOP_SIGNAL
    emergency_signal = postgres.EMERGENCY_SIGNAL

    def __init__(
        self, folder: Path | None = None, *, undertaker: Undertaker | None = None, durable: bool = False
    ) -> None:
        super().__init__(folder, undertaker=undertaker)
        self.server = postgres.open_folder(self.folder / "postgres", free_port(), durable=durable)
        self.port = self.server.port
        self.data = self.server.data

    def url(self, role: str = postgres.APP_ROLE, database: str = postgres.DATABASE) -> str:
        """The address for `elevator_app`, `elevator_owner` or `postgres` (the superuser)."""
        return self.server.url(role, database)

    def _spawn(self, output: int) -> subprocess.Popen[bytes]:
        return process.spawn(
            self.server.argv(),
            env=postgres.environment(),
            output=output,
            death_signal=self.stop_signal,
            identity=self.server.identity,
        )

    def _is_ready(self) -> bool:
        return self.server.is_ready()


class Broker(Server):
    """A private Valkey. Durable by default, so that a test can restart it and find its queues again."""

    name = "valkey"
    stop_signal = valkey.STOP_SIGNAL
    emergency_signal = signal.SIGKILL

    def __init__(
        self, folder: Path | None = None, *, undertaker: Undertaker | None = None, durable: bool = True
    ) -> None:
        super().__init__(folder, undertaker=undertaker)
        self.server = valkey.Valkey(self.folder / "valkey", free_port(), valkey.new_password(), durable)
        self.port = self.server.port

    def url(self, number: int = 0) -> str:
        """The address of one of its 64 numbered databases."""
        return self.server.url.removesuffix("/0") + f"/{number}"

    def _spawn(self, output: int) -> subprocess.Popen[bytes]:
        env = {"PATH": os.environ.get("PATH", os.defpath)}
        return process.spawn(self.server.argv(), env=env, output=output, death_signal=self.stop_signal)

    def _is_ready(self) -> bool:
        return self.server.is_ready()


def main(argv: list[str]) -> int:
    """Run a command against empty services; its exit code is ours."""
    try:
        with Cluster() as cluster, Broker(durable=False) as broker:
            addresses = {
                "DATABASE_URL": cluster.url(),
                "DATABASE_OWNER_URL": cluster.url(postgres.OWNER_ROLE),
                "REDIS_URL": broker.url(),
            }
            return subprocess.run(argv, env={**os.environ, **addresses}, check=False).returncode
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
