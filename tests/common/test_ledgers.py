"""Ledgers: the database refuses to change them, and whoever changes them all the same is found."""

import datetime as dt
import os
import re
import subprocess
import sys
import time

import psycopg
import pytest
from django.db import connection, transaction
from django.db.models import Max

from accounts.actions.audit import ACTION, request_verification
from common import clock, jobs, ledgers
from common.actor import system
from common.audit import record_access
from common.hooks import LEDGERS
from common.models import AuditRecord, LedgerSeal
from registry import actions
from registry.queries import chain_faults
from stack.paths import ROOT
from stack.postgres import find_programs
from stack.testdb import with_database
from tests.common.conftest import superuser

BY = system("tests")
LEDGER_NAMES = ["common.access", "common.audit", "registry.life_events"]


def verify() -> list[tuple[str, str]]:
    """(ledger, what) of everything that verify_chain would say."""
    faults = list(chain_faults().faults)
    for registration in LEDGERS:
        faults += ledgers.verify(registration.key)
    return sorted({(fault.ledger, fault.what) for fault in faults})


def seal_all() -> list[str]:
    """Seal everything written so far; the ledgers that got a seal.

    The horizon is the whole server's oldest transaction: other test processes may hold it back for a moment.
    """
    written = max(r.answer()._base_manager.aggregate(tx=Max("tx"))["tx"] or 0 for r in LEDGERS)
    await_horizon(written + 1)
    return [made.ledger for made in ledgers.seal_all()]


def await_horizon(tx: int) -> None:
    end = time.monotonic() + 240  # as long as the longest test with one transaction, on a slow machine
    while ledgers._horizon() < tx:
        assert time.monotonic() < end, "some transaction never ended"
        time.sleep(0.05)


def live_a_little(manager):
    """Something in every ledger."""
    elevator = manager.elevator
    actions.change_elevator(
        elevator_id=elevator.pk,
        values={"building": f"block {elevator.version}"},
        version=None,
        by=manager.actor,
        at=clock.now(),
    )
    elevator.refresh_from_db()
    for _ in range(2):
        record_access(
            subject_type="registry.elevator", subject_id=str(elevator.public_id), via="page", by=manager.actor
        )


# --- refusal ----------------------------------------------------------------------------------------------------------


def ledger_tables() -> list[str]:
    tables = {registration.answer()._meta.db_table for registration in LEDGERS}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'common_accessrecord'::regclass"
        )
        partitions = {row[0] for row in cursor.fetchall()}
    assert len(partitions) >= 3, "this month, the next and the rest"
    return sorted(tables | partitions | {"common_ledgerseal", "common_sourcerow"})


@pytest.mark.parametrize("role", ["app", "owner"])
def test_ledgers_refuse_change_to_the_application_and_to_the_owner(live_manager, services, role):
    live_a_little(live_manager)
    seal_all()
    tables, let_through = ledger_tables(), []
    with psycopg.connect(services.database_url if role == "app" else services.owner_url) as session:
        for table in tables:
            column = session.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND atttypid = 'int8'::regtype",
                [table],
            ).fetchone()[0]
            for statement in (
                f"UPDATE {table} SET {column} = {column}",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"TRUNCATE {table} CASCADE",
            ):
                try:
                    with session.transaction():
                        done = session.execute(statement)
                        if done.rowcount > 0 or statement.startswith("TRUNCATE"):
                            let_through.append(statement)
                        raise psycopg.Rollback
                except psycopg.errors.InsufficientPrivilege:
                    pass
    assert let_through == []


def test_application_may_not_undo_the_protection(live_manager, services):
    with psycopg.connect(services.database_url) as session:
        for statement in (
            "ALTER TABLE common_auditrecord DISABLE TRIGGER ALL",
            "DROP TRIGGER common_auditrecord_append_only ON common_auditrecord",
            "DROP TABLE common_accessrecord_rest",
            "SET session_replication_role = replica",
            "CREATE OR REPLACE FUNCTION common_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "INSERT INTO common_auditrecord SELECT * FROM common_auditrecord LIMIT 1"
            " ON CONFLICT (id) DO UPDATE SET action = 'forged'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
                session.execute(statement)


FORGED_BY_THE_APPLICATION = {
    "common_auditrecord": "INSERT INTO common_auditrecord"
    " (tx, recorded_at, actor_kind, actor_id, request_id, action, subject_type, subject_id, changes)"
    " VALUES (%(tx)s, %(at)s, 'PERSON', 'x', '', 'x', 'x', 'forged', '{}') RETURNING tx, recorded_at",
    "common_accessrecord": "INSERT INTO common_accessrecord"
    " (tx, recorded_at, actor_kind, actor_id, request_id, subject_type, subject_id, via)"
    " VALUES (%(tx)s, %(at)s, 'PERSON', 'x', '', 'x', 'forged', 'x') RETURNING tx, recorded_at",
    "registry_lifeevent": "INSERT INTO registry_lifeevent (tx, recorded_at, actor_kind, actor_id, request_id, elevator_id,"
    " sequence, kind, outcome, occurred_at, source_type, source_id, details, form_version, previous_hash, hash)"
    " SELECT %(tx)s, %(at)s, 'PERSON', 'x', '', elevator_id, sequence + 1, kind, '', occurred_at, '', '', '{}', 1, hash,"
    " sha256('x') FROM registry_lifeevent ORDER BY sequence DESC LIMIT 1 RETURNING tx, recorded_at",
}


@pytest.mark.parametrize("tx", [1, 2**60])
@pytest.mark.parametrize("table", FORGED_BY_THE_APPLICATION)
def test_a_forged_row_stands_where_and_when_it_was_written(live_manager, services, table, tx):
    """Whoever holds the application's password may insert, but neither into a closed batch nor beyond the horizon."""
    live_a_little(live_manager)
    seal_all()
    now = clock.now()
    with psycopg.connect(services.database_url) as session:
        given = {"tx": tx, "at": now - dt.timedelta(minutes=1)}
        if (now - dt.timedelta(minutes=1)).month != now.month:
            given["at"] = now
        written = session.execute(FORGED_BY_THE_APPLICATION[table], given).fetchone()
        real = session.execute("SELECT common_ledger_tx(), transaction_timestamp()").fetchone()
        session.rollback()
    assert written[0] == real[0]
    assert abs(written[1] - real[1]) < dt.timedelta(seconds=20)
    assert written[1] != given["at"]


# --- discovery --------------------------------------------------------------------------------------------------------

# what somebody with the superuser's password does → what verify_chain says about it
FORGERIES = {
    "one life event changed": (
        "UPDATE registry_lifeevent SET details = '{\"fields\": [\"forged\"]}' WHERE kind = 'CHANGED'",
        [("registry.life_events", "was changed after it was written")],
    ),
    "a life event's moment of writing changed": (
        "UPDATE registry_lifeevent SET recorded_at = recorded_at - interval '1 day' WHERE kind = 'CREATED'",
        [("registry.life_events", "a row differs from what was sealed")],
    ),
    "one life event changed and its hash made to fit": (
        "UPDATE registry_lifeevent SET outcome = 'X', hash = sha256('x') WHERE kind = 'CREATED'",
        [
            ("registry.life_events", "a row differs from what was sealed"),
            ("registry.life_events", "does not continue the event before it"),
            ("registry.life_events", "was changed after it was written"),
        ],
    ),
    "one life event deleted in the middle": (
        "DELETE FROM registry_lifeevent WHERE sequence = 2",
        [
            ("registry.life_events", "closed over 3 rows, 2 are there"),
            ("registry.life_events", "follows event 1: events are missing"),
        ],
    ),
    "the tail of a life cut off": (
        "DELETE FROM registry_lifeevent WHERE sequence = (SELECT max(sequence) FROM registry_lifeevent)",
        [("registry.life_events", "closed over 1 rows, 0 are there")],
    ),
    "a whole life deleted": (
        "DELETE FROM registry_lifeevent",
        [
            ("registry.life_events", "closed over 1 rows, 0 are there"),
            ("registry.life_events", "closed over 3 rows, 0 are there"),
        ],
    ),
    "a life event slipped into the past": (
        "INSERT INTO registry_lifeevent (tx, actor_kind, actor_id, request_id, elevator_id, sequence, kind, outcome,"
        " occurred_at, source_type, source_id, details, form_version, previous_hash, hash)"
        " SELECT tx, actor_kind, actor_id, request_id, elevator_id, sequence + 1, kind, outcome, occurred_at,"
        " source_type, source_id, details, form_version, hash, sha256('x') FROM registry_lifeevent"
        " WHERE sequence = (SELECT max(sequence) FROM registry_lifeevent)",
        [
            ("registry.life_events", "closed over 1 rows, 2 are there"),
            ("registry.life_events", "was changed after it was written"),
        ],
    ),
    "one audit row changed": (
        "UPDATE common_auditrecord SET actor_id = 'somebody else' WHERE action = 'registry.change_elevator'",
        [("common.audit", "a row differs from what was sealed")],
    ),
    "one audit row deleted": (
        "DELETE FROM common_auditrecord WHERE action = 'registry.create_elevator'",
        [("common.audit", "closed over 3 rows, 2 are there")],
    ),
    "one audit row slipped into the past": (
        "INSERT INTO common_auditrecord (tx, actor_kind, actor_id, request_id, action, subject_type, subject_id, changes)"
        " SELECT tx, actor_kind, actor_id, request_id, action, subject_type, subject_id, changes FROM common_auditrecord"
        " ORDER BY id LIMIT 1",
        [("common.audit", "closed over 3 rows, 4 are there")],
    ),
    "one access row changed": (
        "UPDATE common_accessrecord SET subject_id = 'another' WHERE id = (SELECT min(id) FROM common_accessrecord)",
        [("common.access", "a row differs from what was sealed")],
    ),
    "one access row deleted": (
        "DELETE FROM common_accessrecord WHERE id = (SELECT max(id) FROM common_accessrecord)",
        [("common.access", "closed over 2 rows, 1 are there")],
    ),
    "one access row slipped into the past": (
        "INSERT INTO common_accessrecord (tx, actor_kind, actor_id, request_id, subject_type, subject_id, via)"
        " SELECT tx, actor_kind, actor_id, request_id, subject_type, subject_id, via FROM common_accessrecord LIMIT 1",
        [("common.access", "closed over 2 rows, 3 are there")],
    ),
    "two access rows changed places": (
        "UPDATE common_accessrecord SET id = -id",
        [("common.access", "a row differs from what was sealed")],
    ),
    "one seal changed": (
        "UPDATE common_ledgerseal SET row_count = row_count + 1 WHERE ledger = 'common.audit' AND from_tx > 0",
        [
            ("common.audit", "closed over 2 rows, 1 are there"),
            ("common.audit", "the seal itself was changed"),
        ],
    ),
    "the first seal deleted": (
        "DELETE FROM common_ledgerseal WHERE ledger = 'common.audit' AND from_tx = 0",
        [
            ("common.audit", "begins at transaction N, the one before ends at N"),
            ("common.audit", "the seal itself was changed"),
        ],
    ),
    "a row and its seal changed to fit": (
        "UPDATE common_auditrecord SET action = 'forged' WHERE action = 'registry.create_elevator';"
        "UPDATE common_ledgerseal SET digest = sha256('x') WHERE ledger = 'common.audit' AND from_tx = 0",
        [
            ("common.audit", "a row differs from what was sealed"),
            ("common.audit", "the seal itself was changed"),
        ],
    ),
}


def test_every_forgery_is_found_and_named(live_manager, services, tried):
    live_a_little(live_manager)
    seal_all()
    live_a_little(live_manager)
    seal_all()
    assert LedgerSeal.objects.count() == 6
    assert verify() == []
    found, mine = {}, connection.settings_dict.copy()
    admin = psycopg.conninfo.conninfo_to_dict(with_database(services.admin_url, services.database))
    connection.close()
    connection.settings_dict |= {"USER": admin["user"], "PASSWORD": admin["password"]}
    try:
        for name, (statements, _wanted) in FORGERIES.items():
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL session_replication_role = replica")
                    for statement in statements.split(";"):
                        cursor.execute(statement)
                        assert cursor.rowcount > 0, name
                found[name] = [
                    (ledger, re.sub(r"transaction \d+|at \d+", _numberless, what)) for ledger, what in verify()
                ]
                transaction.set_rollback(True)
    finally:
        connection.close()
        connection.settings_dict |= {"USER": mine["USER"], "PASSWORD": mine["PASSWORD"]}
    assert verify() == []
    assert found == {name: wanted for name, (_statement, wanted) in FORGERIES.items()}
    tried("forgeries of ledgers found", len(found))


def _numberless(match):
    return re.sub(r"\d+", "N", match[0])


def test_tail_of_the_seals_cut_off_shows_against_the_copy_outside(live_manager, services):
    live_a_little(live_manager)
    seal_all()
    live_a_little(live_manager)
    seal_all()
    seals = LedgerSeal.objects.filter(ledger="common.audit").order_by("pk")
    kept, last = [bytes(seal.chain).hex() for seal in seals]
    with superuser(services) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("DELETE FROM common_auditrecord WHERE id = (SELECT max(id) FROM common_auditrecord)")
        session.execute("DELETE FROM common_ledgerseal WHERE id = %s", [seals[1].pk])
    assert ledgers.verify("common.audit") == []
    assert ledgers.verify("common.audit", expected_chain=kept) == []
    assert [fault.where for fault in ledgers.verify("common.audit", expected_chain=last)] == ["tail"]


def test_verify_chain_command_says_where_and_fails(live_manager, services, capsys):
    from django.core.management import call_command

    live_a_little(live_manager)
    seal_all()
    call_command("verify_chain")
    assert "no fault found" in capsys.readouterr().out
    with superuser(services) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("UPDATE registry_lifeevent SET outcome = 'X' WHERE sequence = 2")
    with pytest.raises(SystemExit) as end:
        call_command("verify_chain")
    said = capsys.readouterr().out
    assert end.value.code == 1
    assert f"FAULT registry.life_events, elevator {live_manager.elevator.public_id}, event 2" in said
    with pytest.raises(SystemExit):
        call_command("verify_chain", expect=["common.audit=00ff"])
    assert "the seal kept outside is not here" in capsys.readouterr().out


def test_verification_by_job_names_the_last_seal_and_a_forgery(live_manager, services):
    """What the audit log's page shows: up to where, and what is wrong."""

    def found():
        jobs.run(request_verification(by=BY, at=clock.now()).pk, at=clock.now())
        return AuditRecord.objects.filter(action=ACTION).latest("pk").changes["common.audit"][1]

    seal_all()
    last = LedgerSeal.objects.filter(ledger="common.audit").latest("pk")
    assert found() == [last.sealed_at.isoformat(), last.pk, 0, ""]
    with superuser(services) as connected:
        connected.execute("SET session_replication_role = replica")
        connected.execute("UPDATE common_auditrecord SET actor_id = 'somebody else' WHERE tx < %s", [last.to_tx])
    assert found()[2:] == [1, f"seal {last.pk}: a row differs from what was sealed"]


# --- sealing ----------------------------------------------------------------------------------------------------------


def test_seal_of_nothing_is_none_and_again_too(live_manager):
    assert seal_all() == ["common.audit", "registry.life_events"]
    assert ledgers.seal_all() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")  # transactions pass that write nothing into a ledger
    assert ledgers.seal_all() == []


def test_rows_that_commit_out_of_order_are_sealed_exactly_once(live_manager, services):
    write = (
        "INSERT INTO common_auditrecord (actor_kind, actor_id, request_id, action, subject_type, subject_id, changes)"
        " VALUES ('SYSTEM', 'tests', '', %s, 'x', 'x', '{}')"
    )
    with psycopg.connect(services.database_url) as early, psycopg.connect(services.database_url) as late:
        early.execute(write, ["early begins, commits last"])
        (early_tx,) = early.execute("SELECT common_ledger_tx()").fetchone()
        late.execute(write, ["late"])
        late.commit()
        await_horizon(early_tx)
        ledgers.seal("common.audit")
        sealed_before = sum(LedgerSeal.objects.filter(ledger="common.audit").values_list("row_count", flat=True))
        early.execute(write, ["early writes again after the seal"])
        early.commit()
    seal_all()
    rows = AuditRecord.objects.count()
    assert sealed_before == rows - 3
    assert sum(LedgerSeal.objects.filter(ledger="common.audit").values_list("row_count", flat=True)) == rows
    assert verify() == []


def test_two_sealers_at_once_make_one_chain(live_manager):
    from tests.common.together import at_once

    live_a_little(live_manager)
    await_horizon(AuditRecord.objects.aggregate(tx=Max("tx"))["tx"] + 1)
    answers = at_once(*[lambda: ledgers.seal("common.audit")] * 3)
    assert sorted(answer is None for answer in answers) == [False, True, True]
    assert verify() == []


# --- another cluster --------------------------------------------------------------------------------------------------


def manage(*arguments, **environ):
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", **environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def set_offset(services, offset: int) -> None:
    """As though this cluster had counted so much further, or less."""
    from common.ledger_sql import CLOCK_FUNCTIONS

    with psycopg.connect(services.owner_url, autocommit=True) as owner:
        owner.execute(CLOCK_FUNCTIONS.format(offset=offset))


def test_rebase_after_a_restore_lets_seals_go_on(live_manager, services):
    set_offset(services, 10_000_000)
    live_a_little(live_manager)
    seal_all()
    live_a_little(live_manager)  # unsealed when the backup was made
    set_offset(services, 0)

    with pytest.raises(ledgers.ClockBehind):
        ledgers.seal_all()
    done = manage("rebase_ledgers")
    assert (done.returncode, done.stderr) == (0, "")
    assert int(re.match(r"ledgers go on at transaction (\d+), ", done.stdout)[1]) > 10_000_000
    assert manage("rebase_ledgers").stdout.startswith("nothing to do")

    live_a_little(live_manager)
    assert set(seal_all()) == set(LEDGER_NAMES)
    assert verify() == []
    assert all(
        sum(LedgerSeal.objects.filter(ledger=r.key).values_list("row_count", flat=True))
        == r.answer()._base_manager.count()
        for r in LEDGERS
    )


@pytest.mark.long
def test_rebase_after_dump_and_restore_into_a_fresh_cluster(live_manager, services):
    from stack import postgres
    from stack.ephemeral import Cluster

    set_offset(services, 10_000_000)
    live_a_little(live_manager)
    seal_all()
    programs = find_programs()
    with Cluster() as fresh:
        dump = services.folder / "dump"
        source = with_database(services.admin_url, services.database)
        subprocess.run([programs["pg_dump"], "-Fc", "-f", str(dump), source], check=True)
        target = fresh.url("postgres")
        subprocess.run([programs["pg_restore"], "--clean", "--if-exists", "-d", target, str(dump)], check=True)
        with psycopg.connect(
            target, autocommit=True
        ) as admin:  # the dump brought the rising offset along: take it away
            from common.ledger_sql import CLOCK_FUNCTIONS

            admin.execute(CLOCK_FUNCTIONS.format(offset=0))
        there = {"DATABASE_URL": fresh.url(), "DATABASE_OWNER_URL": fresh.url(postgres.OWNER_ROLE)}
        seal = ["shell", "-c", "from common import ledgers; print(len(ledgers.seal_all()))"]
        assert "ClockBehind" in manage(*seal, **there).stderr
        assert "ledgers go on at transaction" in manage("rebase_ledgers", **there).stdout
        write = (
            "from common.audit import record_change; from tests.common.test_ledgers import BY;"
            "from registry.models import Elevator;"
            "record_change(action='tests', subject=Elevator.objects.first(), by=BY)"
        )
        assert manage("shell", "-c", write, **there).returncode == 0
        assert manage(*seal, **there).stdout.strip().endswith("1")
        checked = manage("verify_chain", **there)
        assert checked.stdout.endswith("no fault found\n"), checked.stdout
