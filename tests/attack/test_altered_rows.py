"""One column of one row of a ledger altered past every protection, as a superuser with triggers off: verify_chain finds it."""

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from common.hooks import LEDGERS
from stack.testdb import with_database
from tests.common.conftest import make_manager
from tests.common.test_ledgers import live_a_little, seal_all, verify

OTHER = {
    "bigint": "{} + 1000",
    "integer": "{} + 1",
    "smallint": "{} + 1",
    "text": "{} || 'x'",
    "character varying": "coalesce({}, '') || 'x'",
    "timestamp with time zone": "{} + interval '1 microsecond'",
    "bytea": "set_byte({0}, 0, get_byte({0}, 0) # 1)",
    "jsonb": """{} || '{{"x": "y"}}'""",
    "uuid": "gen_random_uuid()",
}


def columns(table: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s ORDER BY 1", [table]
        )
        return cursor.fetchall()


@pytest.mark.long
def test_each_column_of_each_ledger(transactional_db, services, tried):
    manager = make_manager()
    for _ in range(3):
        live_a_little(manager)
        seal_all()
    assert verify() == []
    tables = sorted({registration.answer()._meta.db_table for registration in LEDGERS} | {"common_ledgerseal"})
    unfound, found, mine = [], 0, connection.settings_dict.copy()
    admin = psycopg.conninfo.conninfo_to_dict(with_database(services.admin_url, services.database))
    connection.close()
    connection.settings_dict |= {"USER": admin["user"], "PASSWORD": admin["password"]}
    try:
        for table, column, kind in [(name, *pair) for name in tables for pair in columns(name)]:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL session_replication_role = replica")
                    cursor.execute(f"SELECT id FROM {table} ORDER BY id OFFSET 1 LIMIT 1")
                    [key] = cursor.fetchone()
                    cursor.execute(f"SELECT {column} IS NULL FROM {table} WHERE id = %s", [key])
                    change = "1" if cursor.fetchone()[0] else OTHER[kind].format(column)
                    try:
                        with transaction.atomic():
                            cursor.execute(f"UPDATE {table} SET {column} = {change} WHERE id = %s", [key])
                        refused = cursor.rowcount != 1
                    except IntegrityError:
                        refused = True  # by a constraint, which no superuser's trigger setting turns off
                if refused or verify():
                    found += 1
                else:
                    unfound.append(f"{table}.{column}")
                transaction.set_rollback(True)
    finally:
        connection.close()
        connection.settings_dict |= {"USER": mine["USER"], "PASSWORD": mine["PASSWORD"]}
    assert verify() == []
    assert unfound == UNSEALED
    tried("columns of ledger rows altered and found", found)


# Of the seals themselves (docs/open-work.md): when one was made, and in which form; no row of a ledger hangs on either.
UNSEALED = ["common_ledgerseal.form_version", "common_ledgerseal.sealed_at"]
