"""A database connection outside Django's pool, for what must not wait in its queue."""

import psycopg
from django.db import connection


def connect_directly(**options) -> psycopg.Connection:
    """A connection of one's own with autocommit, to the same database as everybody's; the caller closes it."""
    params = connection.get_connection_params()
    for own in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(own, None)
    return psycopg.connect(**params, **options, autocommit=True)
