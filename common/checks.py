"""System checks for what would fail silently."""

from django.core.checks import Error, Tags, register
from django.db import connection


@register(Tags.database)
def chinese_trigrams(app_configs, databases, **kwargs):
    """A cluster made with LC_ALL=C drops every Chinese character from trigrams, without an error (design/stack.md)."""
    if not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm('电梯'))")
        if cursor.fetchone()[0]:
            return []
    return [
        Error(
            "pg_trgm finds nothing in Chinese text on this cluster.",
            hint="Create the cluster with `initdb -E UTF8 --locale=C.UTF-8` and load a dump into it.",
            id="common.E001",
        )
    ]
