"""A backup is worth what its restore is: the scripts of deploy/, for real, from one cluster into another."""

import os
import subprocess
import sys

import psycopg
import pytest

from stack import postgres
from stack.ephemeral import Cluster
from stack.paths import ROOT

pytestmark = pytest.mark.long


def run(*argv, **environ):
    programs = str(postgres.find_programs().folder)
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8", **environ}
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def script(name, cluster, user, **environ):
    password = {"postgres": cluster.server.passwords.superuser, postgres.OWNER_ROLE: cluster.server.passwords.owner}
    address = {"PGHOST": "127.0.0.1", "PGPORT": str(cluster.port), "PGUSER": user, "PGDATABASE": postgres.DATABASE}
    argv = environ.pop("argv", ())
    return run("sh", f"deploy/{name}", *argv, **address, PGPASSWORD=password[user], **environ)


def manage(cluster, *arguments, files):
    answer = run(
        *(sys.executable, "manage.py", *arguments),
        DJANGO_SETTINGS_MODULE="config.settings.development",
        DATABASE_URL=cluster.url(),
        DATABASE_OWNER_URL=cluster.url(postgres.OWNER_ROLE),
        FILES_DIR=str(files),
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    return answer.stdout


def counts(cluster):
    with psycopg.connect(cluster.url("postgres")) as session:
        tables = session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return {name: session.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables}


def empty(cluster, secrets):
    """As the image leaves a new cluster: a database of the superuser's, no role of ours; then init.sh."""
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as session:
        for statement in (
            "DROP DATABASE elevator",
            "DROP ROLE elevator_app",
            "DROP ROLE elevator_owner",
            "CREATE DATABASE elevator",
        ):
            session.execute(statement)
    secrets.mkdir()
    (secrets / "database_owner_password").write_text(cluster.server.passwords.owner, encoding="utf-8")
    (secrets / "database_app_password").write_text(cluster.server.passwords.app, encoding="utf-8")
    bootstrap = str(ROOT / "deploy" / "postgres")
    for _ in ("first start", "new passwords later"):
        answer = script("postgres/init.sh", cluster, "postgres", SECRETS_DIR=str(secrets), BOOTSTRAP_DIR=bootstrap)
        assert answer.returncode == 0, answer.stderr


@pytest.fixture
def folders(tmp_path):
    for name in ("files", "backups", "files-restored"):
        (tmp_path / name).mkdir()
    (tmp_path / "files" / "电梯.txt").write_text("a file", encoding="utf-8")
    return tmp_path


def test_a_city_is_backed_up_lost_and_restored(folders):
    backups, files, restored = (folders / name for name in ("backups", "files", "files-restored"))
    with Cluster() as first:
        manage(first, "migrate", "--noinput", files=files)
        manage(first, "seed_city", "--elevators", "60", "--seed", "1", files=files)
        manage(first, "shell", "-c", "from common.tasks import seal_ledgers; seal_ledgers()", files=files)
        before = counts(first)
        answer = script("backup/backup.sh", first, postgres.OWNER_ROLE, BACKUP_DIR=str(backups), FILES_DIR=str(files))
        assert answer.returncode == 0, answer.stderr
    (made,) = backups.iterdir()
    with Cluster() as second:
        empty(second, folders / "secrets")
        restore = {"argv": (str(made),), "FILES_DIR": str(restored)}
        answer = script("backup/restore.sh", second, "postgres", **restore)
        assert answer.returncode == 0, answer.stderr
        assert counts(second) == before
        assert before["registry_elevator"] == 60
        assert (restored / "电梯.txt").read_text(encoding="utf-8") == "a file"
        manage(second, "rebase_ledgers", files=restored)
        chain = manage(second, "verify_chain", files=restored)
        assert chain.endswith("no fault found\n")
        assert before["common_ledgerseal"] > 0
        assert "seals of registry.life_events: none yet" not in chain
        with psycopg.connect(second.url(), autocommit=True) as app:
            assert app.execute("SELECT count(*) FROM registry_elevator").fetchone() == (60,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("DELETE FROM common_auditrecord")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("CREATE TABLE mine (id int)")
        # nothing is ever restored over something
        again = script("backup/restore.sh", second, "postgres", **restore)
        assert (again.returncode, "empty" in again.stderr) == (1, True)
        # and a damaged backup not at all
        with (made / "files.tar").open("ab") as file:
            file.write(b"x")
        damaged = script("backup/restore.sh", second, "postgres", **restore)
        assert (damaged.returncode != 0, "files.tar" in damaged.stdout + damaged.stderr) == (True, True)
