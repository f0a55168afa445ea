"""Signs of life of the processes that must always run."""

import datetime as dt

from django.db import connection

_BEAT = """
INSERT INTO common_heartbeat (name, seen_at) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET seen_at = greatest(common_heartbeat.seen_at, EXCLUDED.seen_at)
"""


def beat(name: str, *, at: dt.datetime) -> None:
    """Say that process `name` is alive."""
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, [name, at])
