"""Real processes of the platform that a test may kill, over this test's own database and broker."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

from stack import process, testdb
from stack.ephemeral import Broker, Cluster
from stack.paths import ROOT
from stack.ports import free_port
from stack.postgres import OWNER_ROLE

TRACE = "CREATE TABLE faults_trace (id bigserial PRIMARY KEY, subject bigint, process int)"


def wait_for(condition, *, within: float = 60, what: str = "it"):
    """The value of `condition()` as soon as it is true."""
    end = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} did not happen within {within} s"
        time.sleep(0.05)
    return value


class Web:
    """A granian that serves the platform, as `make demo` starts it."""

    def __init__(self, start, port: int):
        self._start, self.port = start, port
        self.process = None

    def start(self):
        self.process = self._start(
            *("-m", "granian", "--interface", "wsgi", "config.wsgi:application", "--host", "127.0.0.1"),
            *("--port", str(self.port), "--workers", "1", "--blocking-threads", "8", "--no-ws"),
        )
        wait_for(lambda: self.get("/healthz")[0] == 200, what="web")
        return self

    def get(self, path, *, data=None, timeout=30, **headers):
        """(status, text); status 0 when nobody answers."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Platform:
    """Starts the platform's processes and looks into its database."""

    def __init__(self, folder: Path, *, database_url: str, owner_url: str, redis_url: str):
        self.folder = folder
        self.database_url = database_url
        self.env = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"} | {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_FOLDER": str(folder),
            "SECRET_KEY": "only-for-fault-tests",
            "LOG_LEVEL": "INFO",
        }
        self._processes = []
        with psycopg.connect(owner_url, autocommit=True) as owner:
            owner.execute(TRACE)

    def start(self, *arguments):
        log = (self.folder / f"process-{len(self._processes)}.log").open("wb")
        started = process.spawn([sys.executable, *arguments], env=self.env, output=log.fileno(), cwd=ROOT)
        log.close()
        self._processes.append(started)
        return started

    def pulse(self):
        return self.start("manage.py", "pulse")

    def worker(self, queue="bulk"):
        worker = ("worker", "--without-gossip", "--without-mingle", "-Q", queue, "--concurrency", "1")
        return self.start("-m", "celery", "-A", "config", *worker, "-n", f"{queue}{len(self._processes)}@%h")

    def web(self):
        return Web(self.start, free_port()).start()

    def kill(self, started):
        """kill -9 of a process with all its children, which get no chance to say goodbye."""
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()

    def shell(self, code: str) -> str:
        """What a program of the platform prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("process-*.log")))

    # --- the database, seen from outside ----------------------------------------------------------------------------

    def ask(self, statement, *params):
        with psycopg.connect(self.database_url, autocommit=True) as session:
            return session.execute(statement, params).fetchall()

    def tell(self, statement, *params):
        with psycopg.connect(self.database_url, autocommit=True) as session:
            session.execute(statement, params)

    def traces(self) -> list[int]:
        return [row[0] for row in self.ask("SELECT subject FROM faults_trace ORDER BY subject, id")]

    def arm(self, kind: str, count: int) -> None:
        """Deadlines that are due now, and the call that wakes every pulse."""
        with psycopg.connect(self.database_url) as session:
            session.execute(
                "INSERT INTO common_deadline (public_id, kind, subject_type, subject_id, fence, due_at, attempt_after,"
                " attempts, last_error, created_at) SELECT gen_random_uuid(), %s, 'faults.nothing', n, 1, now(), now(), 0,"
                " '', now() FROM generate_series(1, %s) n",
                [kind, count],
            )
            session.execute("SELECT pg_notify('pulse', '')")

    def pending(self) -> int:
        return self.ask("SELECT count(*) FROM common_deadline WHERE fired_at IS NULL AND withdrawn_at IS NULL")[0][0]

    def listening(self) -> int:
        return self.ask(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN pulse'"
        )[0][0]

    def await_pulses(self, count: int) -> None:
        wait_for(lambda: self.listening() >= count, what=f"{count} pulses ({self.logs()[-2000:]})")

    def await_mark(self, name: str = "inside") -> None:
        wait_for((self.folder / name).exists, what=f"somebody inside ({self.logs()[-2000:]})")

    def job(self, public_id: str):
        return self.ask("SELECT state, done, lease_fence FROM common_job WHERE public_id = %s", public_id)[0]

    def close(self):
        for started in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
            started.wait()


@pytest.fixture
def platform(transactional_db, services, tmp_path):
    """The platform over the test run's servers, with a database of its own."""
    made = Platform(
        tmp_path, database_url=services.database_url, owner_url=services.owner_url, redis_url=services.redis_url
    )
    yield made
    made.close()


@pytest.fixture
def broker():
    """A Valkey that a test may stop."""
    with Broker() as own:
        yield own


@pytest.fixture
def platform_with_broker(platform, broker):
    platform.env["REDIS_URL"] = broker.url()
    return platform


@pytest.fixture
def cluster(django_db_setup, services):
    """A PostgreSQL that a test may stop, with the platform in it."""
    with Cluster(durable=True) as own:
        testdb.fill_cluster(services, own)
        yield own


@pytest.fixture
def platform_with_cluster(cluster, services, tmp_path):
    made = Platform(
        tmp_path, database_url=cluster.url(), owner_url=cluster.url(OWNER_ROLE), redis_url=services.redis_url
    )
    yield made
    made.close()
