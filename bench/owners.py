"""What only the owner of the tables may do for a measure: empty what is append-only, copy a table with all that it costs."""

import time
from contextlib import contextmanager

import psycopg
from django.conf import settings

from stack.errors import Trouble

# What lies in the ledger of what is due, and on it.
LEDGER = "compliance_obligation, compliance_alert, compliance_alertcause, compliance_alertstep, compliance_notice"
_GUARDS = """
SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE t.tgname IN (c.relname || '_append_only', c.relname || '_no_truncate') AND c.relname LIKE 'compliance%'
"""
_FOREIGN = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'
"""


@contextmanager
def owner():
    """A session of the tables' owner, each statement its own transaction unless it says otherwise."""
    if not settings.DATABASE_OWNER_URL:
        raise Trouble("This measure makes and empties tables: set DATABASE_OWNER_URL too.")
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as session:
        yield session


@contextmanager
def unguarded(session: psycopg.Connection):
    """Inside, what is append-only in compliance may be taken away; one transaction."""
    with session.transaction():
        guards = session.execute(_GUARDS).fetchall()
        for table, trigger in guards:
            session.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield
        for table, trigger in guards:
            session.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def empty_ledger() -> None:
    """As before anything was planned."""
    with owner() as session:
        with unguarded(session):
            session.execute(f"TRUNCATE {LEDGER} RESTART IDENTITY CASCADE")
        tidy(session)


def tidy(session: psycopg.Connection) -> None:
    """As autovacuum would have it in a minute."""
    session.execute(f"VACUUM (ANALYZE) {LEDGER}, compliance_elevatordue, common_sweepfault")


def insert_seconds_of(session: psycopg.Connection, table: str, copy: str) -> float:
    """Seconds of one INSERT of all rows of `table` into an empty table of the same columns, indexes and constraints."""
    session.execute(f"DROP TABLE IF EXISTS {copy}_rows, {copy}")
    session.execute(f"CREATE UNLOGGED TABLE {copy}_rows AS SELECT * FROM {table} ORDER BY id")
    session.execute(f"CREATE TABLE {copy} (LIKE {table} INCLUDING ALL)")
    for (definition,) in session.execute(_FOREIGN, [table]).fetchall():
        session.execute(f"ALTER TABLE {copy} ADD {definition}")
    named = session.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attname <> 'id'",
        [table],
    ).fetchone()[0]
    began = time.perf_counter()
    session.execute(f"INSERT INTO {copy} ({named}) SELECT {named} FROM {copy}_rows ORDER BY id")
    seconds = time.perf_counter() - began
    session.execute(f"DROP TABLE {copy}_rows, {copy}")
    return seconds
