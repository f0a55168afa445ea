"""A statement that the server plans once."""

import psycopg
import pytest
from django.db import connection

from common.database import fetch_prepared

KEPT = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
SQL = "SELECT word FROM planned_once WHERE id = %(id)s"


@pytest.fixture
def owner(services):
    """The owner's own connection, as a migration's: a change made by another session is not seen by the client library."""
    with psycopg.connect(services.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE planned_once (id int, word varchar(5))")
        owner.execute("INSERT INTO planned_once VALUES (1, 'lift')")
        owner.execute("GRANT SELECT ON planned_once TO public")
        yield owner
        owner.execute("DROP TABLE planned_once")


@pytest.fixture
def table(transactional_db, owner):
    with connection.cursor() as cursor:
        yield cursor


def test_the_server_keeps_the_plan_of_one_statement_for_the_next_call(table):
    assert [fetch_prepared(SQL, {"id": 1}), fetch_prepared(SQL, {"id": 2})] == [("lift",), None]
    table.execute(KEPT, ["%planned_once WHERE%$1"])
    assert table.fetchone() == (1,)


def test_no_other_statement_is_prepared(table):
    for _ in range(8):
        table.execute("SELECT word FROM planned_once WHERE id = 1 AND word <> %s", [""])
    table.execute(KEPT, ["%word <>%"])
    assert table.fetchone() == (0,)


def test_a_column_that_a_migration_widened_costs_no_answer(table, owner):
    fetch_prepared(SQL, {"id": 1})
    owner.execute("ALTER TABLE planned_once ALTER COLUMN word TYPE varchar(9)")
    assert fetch_prepared(SQL, {"id": 1}) == ("lift",)
