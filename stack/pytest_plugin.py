"""pytest on real services: `-p stack.pytest_plugin` starts them before Django's settings are read.

One PostgreSQL and one Valkey per test run, in a temporary folder, gone with it however it ends. Also here: what happens
to tests that need something the machine lacks (a browser, the real registers). They are skipped and the very last lines
say which and what brings them; with CI=true or REQUIRE_ALL=1 a skipped test is a failed one.
"""

import contextlib
import gc
import os
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from stack import chromium, postgres, registers, testdb
from stack.ephemeral import Broker, Cluster
from stack.errors import Trouble
from stack.undertaker import Undertaker

ONLY_ASKING = {"-h", "--help", "-V", "--version", "--markers", "--fixtures", "--collect-only", "--co"}


MEMORY = Path("/dev/shm")  # files in memory, where the system has it; a container's own is often 64 MB
ROOM = 4 * 1024**3  # a run takes a fifth of it; `make faults` with the registers whole most of it


def quickest_place(memory: Path = MEMORY) -> Path | None:
    """Where the services' data lies: in memory where there is room, unless TMPDIR wishes otherwise; None: the usual place.

    A database of 900 files is made after every test that commits. On a disk that takes half a second, in memory a tenth.
    """
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK):
        return None
    state = os.statvfs(memory)
    return memory if state.f_bavail * state.f_frsize >= ROOM else None


class Run:
    """The services of one test run, in the process that started them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="elevator-tests-", dir=quickest_place()))
        self._undertaker = Undertaker()
        self._undertaker.remove(self.folder)
        self._cluster: Cluster | None = None
        self._foreign: testdb.Services | None = None
        # Inside a test of ours (pytest in pytest) DATABASE_URL is the outer run's, not the developer's wish.
        if (url := os.environ.get("DATABASE_URL")) and testdb.VARIABLE not in os.environ:
            services = self._foreign = testdb.use_server(url, self.folder)
        else:
            self._cluster = Cluster(self.folder, undertaker=self._undertaker)
            self._cluster.start()
            services = self._describe(self._cluster)
        self._broker = Broker(self.folder, undertaker=self._undertaker, durable=False)
        self._broker.start()
        values = {"redis_url": self._broker.url(), "redis_pid": self._broker.pid}
        self.services = testdb.replace(services, **values)

    def _describe(self, cluster: Cluster) -> testdb.Services:
        return testdb.Services(
            database_url=cluster.url(),
            owner_url=cluster.url(postgres.OWNER_ROLE),
            admin_url=cluster.url("postgres", "postgres"),
            redis_url="",
            template=postgres.DATABASE,
            database=postgres.DATABASE,
            owner_role=postgres.OWNER_ROLE,
            app_role=postgres.APP_ROLE,
            folder=self.folder,
            postgres_data=cluster.data,
            postgres_pid=cluster.pid,
        )

    def close(self) -> None:
        if self._foreign:
            testdb.leave_server(self._foreign)
        self._broker.close()
        if self._cluster:
            self._cluster.close()
        self._undertaker.dismiss()
        os.environ.pop(testdb.VARIABLE, None)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config, args):
    """A wrapper runs before every plain implementation, pytest-django's included, which reads the settings."""
    if ONLY_ASKING.isdisjoint(args):
        try:
            _provide_services(early_config)
        except Trouble as trouble:
            raise pytest.UsageError(str(trouble)) from None
    return (yield)


def _provide_services(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    inherited = testdb.Services.from_environment() if worker else None
    if inherited:
        inherited.for_worker(worker, 1 + int(worker.removeprefix("gw"))).export()
        return
    _keep_bytecode()
    run = Run()
    config.add_cleanup(run.close)
    # The workers inherit the description of the whole run; this process, if it runs tests itself, is "main".
    run.services.for_worker("main", 0).export()
    if getattr(config.known_args_namespace, "numprocesses", None):
        # The migrations take one core for twenty seconds, in which the workers collect the tests.
        threading.Thread(target=_migrate_ahead, args=[run.services], daemon=True).start()


def _migrate_ahead(services: testdb.Services) -> None:
    with contextlib.suppress(Trouble, OSError):  # a worker that needs it says why there is none; or the run has ended
        testdb.ensure_template(services)


def _keep_bytecode() -> None:
    """The run starts dozens of Python processes; where the environment forbids bytecode each would compile all of it anew."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_collection_finish() -> None:
    """What is imported now stays to the end: the collector need not walk through it each time (a tenth of our CPU time)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_configure(config: pytest.Config) -> None:
    from stack import pytest_fixtures

    config.pluginmanager.register(pytest_fixtures, "stack-fixtures")


# --- what the machine lacks ------------------------------------------------------------------------------------------


def everything_is_required() -> bool:
    """In CI, and for whoever wants to be sure, nothing may be skipped."""
    return os.environ.get("CI", "").lower() in ("1", "true") or os.environ.get("REQUIRE_ALL", "") not in ("", "0")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not chromium.find():
        pytest.skip(f"needs a Chromium; this brings it: {chromium.REMEDY}")
    if item.get_closest_marker("registers") and (missing := registers.missing()):
        pytest.skip(f"needs {', '.join(missing)}; {registers.REMEDY}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    return _as_failure(report)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector):
    report = yield
    return _as_failure(report)


def _as_failure(report):
    if report.skipped and not hasattr(report, "wasxfail") and everything_is_required():
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, but everything is required here: {_reason(report)}"
    return report


def _reason(report) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """After everybody else's summary: what was not tested, why, and what brings it."""
    yield
    reasons: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reasons.setdefault(_reason(report), []).append(report.nodeid)
    for reason, names in reasons.items():
        shown = sorted(set(names))
        terminalreporter.write_line(f"Skipped, {reason}", yellow=True, bold=True)
        for name in shown[:30]:
            terminalreporter.write_line(f"    {name}")
        if len(shown) > 30:
            terminalreporter.write_line(f"    … and {len(shown) - 30} more (pytest -rs lists them)")
