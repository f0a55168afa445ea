"""`python -m stack.demo` with the real PostgreSQL, Valkey, granian and Celery around a project of a few lines."""

import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request

import psycopg
import pytest

from stack.services import load_into_environ
from tests.stack.conftest import wait_for

READY = r"is ready: (http://\S+)"


def answer(project) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{project.port}/readyz", timeout=5) as response:
        return response.read().decode()


def published(project) -> dict[str, str]:
    """What another command of the folder would find."""
    environ: dict[str, str] = {}
    load_into_environ(environ, project.folder / "var" / "services.env")
    return environ


def test_demo_serves_keeps_its_data_and_leaves_nothing(project):
    demo = project.demo(ELEVATORS="12")
    demo.says(READY)
    demo.says("Stop: Ctrl-C")

    assert answer(project) == "ready"
    assert "inspector / a-word" in demo.output
    assert project.commands() == [
        "migrate --noinput as elevator_owner",
        "seed_city --elevators 12 --seed 1 --if-empty as elevator_app",
        "seed_inspections as elevator_app",
        "seed_duties as elevator_app",
        "pulse as elevator_app",
        "demo_logins as elevator_app",
    ]
    environ = published(project)
    assert sorted(environ) == ["DATABASE_OWNER_URL", "DATABASE_URL", "REDIS_URL", "SECRET_KEY"]
    for name in ("services.env", "secret_key", "postgres/passwords.json", "valkey/valkey.conf"):
        assert stat.S_IMODE((project.folder / "var" / name).stat().st_mode) == 0o600
    with psycopg.connect(environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS number")

    demo.process.send_signal(signal.SIGINT)
    assert demo.ends() == 0
    assert demo.output.endswith("Stopped. The data is kept in var/.\n")
    assert project.processes() == {}
    assert published(project) == {}

    again = project.demo()
    again.says(READY)
    with psycopg.connect(published(project)["DATABASE_URL"]) as app:
        assert app.execute("SELECT number FROM kept").fetchone() == (42,)
    assert sum(line.startswith("seed_city") for line in project.commands()) == 1


def test_killed_demo_leaves_no_process_and_the_next_one_starts_at_once(project):
    demo = project.demo()
    demo.says(READY)
    # Supervisor, undertaker, PostgreSQL, Valkey, web and its two workers, pulse, beat, three Celery workers and theirs.
    wait_for(lambda: len(project.processes()) >= 15, what="every process")
    demo.process.kill()
    again = project.demo()
    again.says(READY)
    assert answer(project) == "ready"
    again.process.kill()
    wait_for(lambda: project.processes() == {}, within=20, what=f"the end of {project.processes()}")


def test_crashed_web_and_database_come_back(project):
    demo = project.demo()
    demo.says("Stop: Ctrl-C")
    before = project.processes()
    for word in ("granian", "postgres -D"):
        os.kill(min(pid for pid, command in before.items() if word in command), signal.SIGKILL)
    demo.says(r"web ended \(signal KILL\), starting again in 1 s")
    demo.says(r"postgres ended \(signal KILL\), starting again in 1 s")
    demo.says(r"postgres is up again", within=30)
    wait_for(lambda: _serves(project), what="the web")
    with psycopg.connect(published(project)["DATABASE_URL"]) as app:
        app.execute("SELECT 1")


def _serves(project) -> bool:
    try:
        return answer(project) == "ready"
    except OSError:
        return False


def test_second_copy_says_where_the_first_is_and_harms_nothing(project):
    demo = project.demo()
    demo.says(READY)
    second = project.demo()

    assert second.ends() == 1
    address = f"http://127.0.0.1:{project.port}/"
    assert second.output == (
        f"The platform already runs from this folder (process {demo.process.pid}): {address} . "
        "Stop that one first with Ctrl-C, or use it; nothing was started or changed.\n"
    )
    assert answer(project) == "ready"


def test_taken_port_is_said_before_anything_starts(project):
    with socket.socket() as other:
        other.bind(("127.0.0.1", project.port))
        other.listen()
        demo = project.demo()
        assert demo.ends() == 2
    assert demo.output == (
        f"Port {project.port} of 127.0.0.1 is taken by another program (or not ours to use). "
        f"Choose another: make demo PORT={project.port + 1}\n"
    )
    assert not (project.folder / "var" / "postgres").exists()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "eight", "PORT must be a whole number from 1 to 65535, not 'eight'."),
        ("PORT", "70000", "PORT must be a whole number from 1 to 65535, not '70000'."),
        ("ELEVATORS", "-1", "ELEVATORS must be a whole number from 0 to 10000000, not '-1'."),
    ],
)
def test_wrong_wish_is_said(project, name, value, sentence):
    demo = project.demo(**{name: value})
    assert demo.ends() == 2
    assert demo.output == f"{sentence}\n"


def test_failed_migration_ends_the_start_with_its_last_lines(project):
    demo = project.demo(FAIL="migrate")

    assert demo.ends() == 1
    assert "The migrations failed (exit 1). Its last lines (var/log/migrate.log):" in demo.output
    assert "this command was told to fail" in demo.output
    assert project.processes() == {}


def test_half_initialised_data_folder_is_said(project):
    data = project.folder / "var" / "postgres" / "data"
    data.mkdir(parents=True)
    demo = project.demo()

    assert demo.ends() == 1
    assert demo.output.endswith(
        "var/postgres is not a complete PostgreSQL folder: data/PG_VERSION is missing. If nothing in it is needed, "
        "remove it (rm -r var/postgres) and start again; otherwise bring the file back.\n"
    )


def test_named_services_are_used_and_none_started(project, services):
    """Both are this test run's own; the demo shall neither start others nor pass the owner's address to the web."""
    demo = project.demo(
        DATABASE_URL=services.database_url, DATABASE_OWNER_URL=services.owner_url, REDIS_URL=services.redis_url
    )
    demo.says(READY)
    assert published(project)["DATABASE_URL"] == services.database_url
    assert published(project)["REDIS_URL"] == services.redis_url
    assert [command for command in project.processes().values() if "postgres -D" in command] == []
    assert not (project.folder / "var" / "postgres").exists()


def test_folder_without_permission_is_said(project):
    project.folder.chmod(0o555)
    # Root may write anywhere: it gives itself up first, after loading what only it may read.
    script = "import os, pwd, sys; import stack.demo; os.getuid() or os.setuid(65534); sys.exit(stack.demo.main())"
    answer = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    project.folder.chmod(0o755)

    assert answer.returncode == 1
    assert answer.stderr.startswith("No permission: ")
    assert answer.stderr.count("\n") == 1
