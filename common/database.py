"""What Django has no words for: a connection outside its pool, a statement that the server plans once."""

import psycopg
from django.db import connection


def connect_directly(**options) -> psycopg.Connection:
    """A connection of one's own with autocommit, to the same database as everybody's; the caller closes it."""
    params = connection.get_connection_params()
    for own in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(own, None)
    return psycopg.connect(**params, **options, autocommit=True)


def fetch_prepared(sql: str, given: dict) -> tuple | None:
    """The first row of a statement that this connection keeps prepared: for one asked all day whose planning costs more than
    its answer (a join of nine tables: 3 ms against 0.2). Within Django's transaction, outside its query log."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        try:
            return cursor.execute(sql, given, prepare=True).fetchone()
        except psycopg.errors.FeatureNotSupported:
            # a migration has changed the type of a column since: the server keeps refusing the old plan until we reconnect
            return cursor.execute(sql, given, prepare=False).fetchone()
