"""The databases of a test run: a migrated template, a copy per test process, a fresh one after tests that commit.

Tests run as the application's role, which owns nothing: what the migrations forbid it (changing a ledger row,
TRUNCATE) is forbidden in the tests too. That is why Django's own flush cannot be used; a copy is also quicker.
"""

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from stack import postgres
from stack.errors import Trouble
from stack.paths import ROOT

VARIABLE = "ELEVATOR_TEST_SERVICES"  # how the pytest controller tells its workers
STRATEGY = "WAL_LOG"  # 0.14 s for our 10 MB; FILE_COPY took 0.24 s, most of it its two checkpoints


@dataclass(frozen=True)
class Services:
    """What a test may ask about its services. The addresses are those of this test process's own database."""

    database_url: str  # as the application's role
    owner_url: str  # as the owner of the schema
    admin_url: str  # as the superuser, on the database `postgres`
    redis_url: str
    template: str
    database: str
    owner_role: str
    app_role: str
    folder: Path  # of the whole test run; removed at its end
    postgres_data: Path | None = None  # None when DATABASE_URL named a server of yours
    postgres_pid: int | None = None
    redis_pid: int | None = None

    @property
    def postgres_port(self) -> int:
        return urlsplit(self.database_url).port or 5432

    @property
    def redis_port(self) -> int:
        return urlsplit(self.redis_url).port or 6379

    def for_worker(self, worker: str, number: int) -> "Services":
        """The same services, seen from one test process: its own database and its own Redis number."""
        database = f"{self.template}_{worker}"
        return replace(
            self,
            database=database,
            database_url=with_database(self.database_url, database),
            owner_url=with_database(self.owner_url, database),
            redis_url=with_database(self.redis_url, str(number)),
        )

    def export(self, environ=os.environ) -> None:
        """Into the environment, where the settings of this process and of those it starts find it."""
        environ["DATABASE_URL"] = self.database_url
        environ["DATABASE_OWNER_URL"] = self.owner_url
        environ["DATABASE_APP_ROLE"] = self.app_role
        environ["REDIS_URL"] = self.redis_url
        environ[VARIABLE] = json.dumps(asdict(self), default=str)

    @classmethod
    def from_environment(cls) -> "Services | None":
        if not (text := os.environ.get(VARIABLE)):
            return None
        values = json.loads(text)
        values["folder"] = Path(values["folder"])
        values["postgres_data"] = Path(values["postgres_data"]) if values["postgres_data"] else None
        return cls(**values)


def with_database(url: str, database: str) -> str:
    """The same address with another database's name or number."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def migrate(services: Services, owner_url: str) -> None:
    """`manage.py migrate` as the owner, in a process of its own: this one's settings name the application's role."""
    environ = {**os.environ, "DATABASE_URL": owner_url, "DATABASE_OWNER_URL": owner_url}
    environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    answer = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--noinput", "--verbosity", "0"],
        env=environ,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise Trouble(f"The migrations failed (exit {answer.returncode}):\n{answer.stdout[-3000:]}")


def ensure_template(services: Services) -> None:
    """Migrate the template once per test run, whichever process needs it first; the others wait."""
    done, failed = services.folder / "template-done", services.folder / "template-failed"
    with (services.folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if failed.exists():
            raise Trouble(failed.read_text(encoding="utf-8"))
        if done.exists():
            return
        try:
            migrate(services, with_database(services.owner_url, services.template))
        except Trouble as trouble:
            failed.write_text(str(trouble), encoding="utf-8")
            raise
        done.touch()


def make_database(services: Services, name: str = "") -> None:
    """This process's database: a fresh copy of the template, whatever was there and whoever is connected to it."""
    import psycopg  # not at the top: the launcher of the demo has this package without its dependencies' cost

    name = name or services.database
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(
            f"CREATE DATABASE {name} OWNER {services.owner_role} TEMPLATE {services.template} STRATEGY {STRATEGY}"
        )
        for statement in postgres.access_sql(name, services.app_role):
            admin.execute(statement)


def fill_cluster(services: Services, cluster) -> None:
    """The migrated tables into another test's own `ephemeral.Cluster`: a second instead of twenty of migrations."""
    import psycopg

    if services.postgres_data is None:  # the developer's own server: its roles have other names than the cluster's
        migrate(services, cluster.url(postgres.OWNER_ROLE))
        return
    programs, copy = postgres.find_programs(), f"{services.database}_copy"
    # Not from the template itself: while somebody reads that, no other process could make its database.
    make_database(services, copy)
    dump = services.folder / copy
    subprocess.run(
        [programs["pg_dump"], "-Fc", "-Z0", "-f", str(dump), with_database(services.admin_url, copy)], check=True
    )
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {copy} WITH (FORCE)")
    target = cluster.url("postgres", postgres.DATABASE)
    subprocess.run(
        [programs["pg_restore"], "--clean", "--if-exists", "--exit-on-error", "-d", target, str(dump)], check=True
    )
    dump.unlink()


def use_server(url: str, folder: Path) -> Services:
    """Tests on the developer's own server (DATABASE_URL): roles and databases of this run's own, dropped at its end."""
    import psycopg

    run = f"elevator_test_{os.getpid()}"
    owner, app = f"{run}_owner", f"{run}_app"
    passwords = postgres.Passwords()
    try:
        with psycopg.connect(url, autocommit=True) as admin:
            if not admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()[0]:
                raise Trouble(
                    "The tests make their own roles and databases, so DATABASE_URL must be that of a superuser. "
                    "Unset it, and they start a PostgreSQL of their own."
                )
            roles = postgres.role_sql(run, owner, app, passwords)
            for statement in [*roles[:4], f"CREATE DATABASE {run} OWNER {owner} TEMPLATE template0", *roles[4:]]:
                admin.execute(statement)
        with psycopg.connect(with_database(url, run), autocommit=True) as admin:
            for statement in postgres.schema_sql(owner, app):
                admin.execute(statement)
    except psycopg.OperationalError as error:
        raise Trouble(f"DATABASE_URL is set, but its server does not answer: {error}") from None

    def address(role: str, password: str) -> str:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{role}:{password}@{host}", path=f"/{run}"))

    return Services(
        database_url=address(app, passwords.app),
        owner_url=address(owner, passwords.owner),
        admin_url=url,
        redis_url="",
        template=run,
        database=run,
        owner_role=owner,
        app_role=app,
        folder=folder,
    )


def leave_server(services: Services) -> None:
    """Drop what use_server() and the workers made."""
    import psycopg

    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        names = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [services.template])
        for (name,) in names.fetchall():
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.execute(f"DROP ROLE {services.owner_role}, {services.app_role}")
