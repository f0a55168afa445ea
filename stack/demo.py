"""`python -m stack.demo`: the whole platform on one machine, with real services, until Ctrl-C.

PostgreSQL, Valkey, migrations, a seeded city, then web, workers, beat and pulse. Data stays in var/ between runs.
Environment: PORT (8000), HOST (127.0.0.1), ELEVATORS (3000), DATABASE_URL with DATABASE_OWNER_URL, REDIS_URL.
"""

import http.client
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack import postgres, services, valkey
from stack.errors import Trouble
from stack.lock import FolderLock
from stack.paths import ROOT, VAR, shown, writable_folder, write_private
from stack.ports import can_listen, free_port
from stack.speech import say
from stack.supervisor import Program, Stopped, Supervisor

QUEUES = {"emergency": 1, "default": 2, "bulk": 1}  # queue: processes; a long export must not hold up an alarm
READY_WITHIN = 120


@dataclass(frozen=True)
class Wishes:
    """What the person asked for, checked."""

    host: str
    port: int
    elevators: int
    database_url: str
    owner_url: str
    redis_url: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Wishes":
        database_url = environ.get("DATABASE_URL", "")
        return cls(
            host=environ.get("HOST") or "127.0.0.1",
            port=_number(environ, "PORT", 8000, 1, 65535),
            elevators=_number(environ, "ELEVATORS", 3000, 0, 10_000_000),
            database_url=database_url,
            owner_url=environ.get("DATABASE_OWNER_URL") or database_url if database_url else "",
            redis_url=environ.get("REDIS_URL", ""),
        )

    @property
    def local_host(self) -> str:
        """Where this machine itself reaches the server."""
        return "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host

    @property
    def address(self) -> str:
        return f"http://{self.local_host}:{self.port}/"


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or not least <= int(text) <= most:
        raise Trouble(f"{name} must be a whole number from {least} to {most}, not {text!r}.", code=2)
    return int(text)


def main() -> int:
    try:
        wishes = Wishes.read(os.environ)
        writable_folder(VAR)
        with FolderLock(VAR / "demo.lock", wishes.address) as lock:
            if not can_listen(wishes.host, wishes.port):
                raise Trouble(
                    f"Port {wishes.port} of {wishes.host} is taken by another program (or not ours to use). "
                    f"Choose another: make demo PORT={wishes.port + 1 if wishes.port < 65535 else 8000}",
                    code=2,
                )
            run(wishes, lock)
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
        return trouble.code
    say("Stopped. The data is kept in var/.")
    return 0


def run(wishes: Wishes, lock: FolderLock) -> None:
    """Everything between taking the lock and giving it back."""
    with Supervisor(VAR / "log", keep_open=[lock.descriptor]) as supervisor:
        try:
            addresses = start_services(supervisor, wishes)
            runtime = runtime_environment(addresses, wishes)
            services.publish(addresses)
            prepare(supervisor, addresses, runtime, wishes)
            start_platform(supervisor, runtime, wishes)
            announce(supervisor, runtime, wishes)
            supervisor.watch()
        except Stopped:
            pass
        finally:
            services.withdraw()
        say("\nStopping …")


def start_services(supervisor: Supervisor, wishes: Wishes) -> dict[str, str]:
    """PostgreSQL and Valkey, unless the environment names others; returns the addresses."""
    addresses = {
        "DATABASE_URL": wishes.database_url,
        "DATABASE_OWNER_URL": wishes.owner_url,
        "REDIS_URL": wishes.redis_url,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or _secret_key(VAR / "secret_key"),
    }
    if not wishes.database_url:
        folder = VAR / "postgres"
        say("Starting PostgreSQL …" if folder.exists() else "Making a PostgreSQL data folder and starting PostgreSQL …")
        server = postgres.open_folder(folder, free_port(), say=say)
        supervisor.start(postgres_program(server))
        addresses |= {"DATABASE_URL": server.url(), "DATABASE_OWNER_URL": server.url(postgres.OWNER_ROLE)}
    if not wishes.redis_url:
        broker = valkey.Valkey(writable_folder(VAR / "valkey"), free_port(), valkey.new_password())
        supervisor.start(valkey_program(broker))
        addresses["REDIS_URL"] = broker.url
    return addresses


def postgres_program(server: postgres.Postgres) -> Program:
    return Program(
        name="postgres",
        argv=server.argv(),
        env=postgres.environment(),
        stage=0,
        is_ready=server.is_ready,
        ready_within=120,  # after a hard end it reads its log again
        stop_signal=postgres.STOP_SIGNAL,
        last_signal=postgres.EMERGENCY_SIGNAL,
        grace=20,
        identity=server.identity,
        database=True,
    )


def valkey_program(broker: valkey.Valkey) -> Program:
    return Program(
        name="valkey",
        argv=broker.argv(),
        env={"PATH": os.environ.get("PATH", os.defpath)},
        stage=1,
        is_ready=broker.is_ready,
        stop_signal=valkey.STOP_SIGNAL,
        grace=10,
        database=True,
    )


def runtime_environment(addresses: Mapping[str, str], wishes: Wishes) -> dict[str, str]:
    """What web and workers see: not the owner's password, which could undo what protects the ledgers."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    environment |= {name: value for name, value in addresses.items() if name != "DATABASE_OWNER_URL"}
    environment |= {"HOST": wishes.host, "PORT": str(wishes.port), "PYTHONUNBUFFERED": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings.development"
    return environment


def prepare(supervisor: Supervisor, addresses: Mapping[str, str], runtime: Mapping[str, str], wishes: Wishes) -> None:
    """Migrations as the owner of the schema; the city as the application itself, when there is none yet."""
    owner = {"DATABASE_OWNER_URL": addresses["DATABASE_OWNER_URL"]}
    as_owner = {**runtime, **owner, "DATABASE_URL": addresses["DATABASE_OWNER_URL"]}
    say("Applying migrations …")
    supervisor.run_once("migrate", _manage("migrate", "--noinput"), as_owner, complaint="The migrations failed")
    # they lie with the data, so that they go with the data
    seeded, inspected, on_duty = (VAR / "postgres" / name for name in ("seeded", "inspected", "on-duty"))
    own_database = not wishes.database_url
    if not (own_database and seeded.exists()):
        say(f"Seeding a synthetic city of {wishes.elevators} elevators, if there is none yet …")
        seed = _manage("seed_city", "--elevators", str(wishes.elevators), "--seed", "1", "--if-empty")
        supervisor.run_once("seed", seed, {**runtime, **owner}, complaint="Seeding the city failed")
    if not (own_database and inspected.exists()):
        seed = _manage("seed_inspections")
        supervisor.run_once("seed-inspections", seed, runtime, complaint="Seeding the inspections failed")
    if not (own_database and on_duty.exists()):
        seed = _manage("seed_duties")
        supervisor.run_once("seed-duties", seed, runtime, complaint="Seeding the safety duties failed")
    if own_database:
        for done in (seeded, inspected, on_duty):
            done.touch()


def start_platform(supervisor: Supervisor, runtime: Mapping[str, str], wishes: Wishes) -> None:
    """Web, pulse, beat and workers at once: each spends its first seconds importing, on as many cores as there are."""
    say("Starting web, pulse, beat and workers …")
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    worker = [*celery, "worker", "--without-gossip", "--without-mingle"]  # they only slow the start of a single worker
    web = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"),
        *("--host", wishes.host, "--port", str(wishes.port), "--workers", "2", "--blocking-threads", "64", "--no-ws"),
        # A crashed worker is replaced while the other serves; if that one ends at once too, we start the server again.
        *("--respawn-failed-workers", "--respawn-interval", "0.5"),
        *("--workers-kill-timeout", "3"),  # an open event stream would keep a worker for ever
    ]
    supervisor.start(
        Program("web", web, runtime, stage=4),
        Program("pulse", _manage("pulse"), runtime, stage=3),
        Program("beat", [*celery, "beat", "--schedule", str(VAR / "beat-schedule"), "--pidfile="], runtime, stage=3),
        *(
            Program(
                f"worker-{queue}",
                [*worker, "-Q", queue, "-n", f"{queue}@%h", "--concurrency", str(processes)],
                runtime,
                stage=2,
            )
            for queue, processes in QUEUES.items()
        ),
    )


def announce(supervisor: Supervisor, runtime: Mapping[str, str], wishes: Wishes) -> None:
    """Wait for /readyz and say where to go and as whom."""
    state = Readiness(wishes.local_host, wishes.port)
    try:
        supervisor.wait_for(state.is_ready, within=READY_WITHIN, sentence="The platform did not get ready")
    except Trouble as trouble:
        raise Trouble(f"{trouble} /readyz: {state.last_answer or 'no answer'} (see {shown(VAR / 'log')}/)") from None
    logins = supervisor.run_once("logins", _manage("demo_logins"), runtime, complaint="The logins cannot be listed")
    say(f"\nThe Nanjing Smart Elevator Platform is ready: {wishes.address}\n\n{logins.strip()}\n")
    say(f"Logs: {shown(VAR / 'log')}/   Stop: Ctrl-C")


class Readiness:
    """Asks /readyz and remembers the last answer, for the message when it never comes."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.last_answer = ""

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            self.last_answer = f"{answer.status} {answer.read(2000).decode(errors='replace')}"
            return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def _secret_key(file: Path) -> str:
    """Made once per folder: sessions survive a restart of the demo."""
    if not file.exists():
        write_private(file, secrets.token_urlsafe(64))
    return file.read_text(encoding="utf-8").strip()


if __name__ == "__main__":
    sys.exit(main())
