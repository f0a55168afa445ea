"""Rows that many tests begin with: made once in each test process by what makes them, then written again as they were.

A test gets them in its own transaction (or commits them, where it commits), as if it had made them itself: same columns,
same numbers, own copies of the objects in Python. What triggers write (entries of the search, what is due to be judged, the
stamps of ledgers) they write again, so nothing is older than its test but the moments that the maker wrote.
"""

import datetime as dt
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection, transaction

from common.clock import today

T = TypeVar("T")

BY_TRIGGERS = {
    "registry_searchentry",
    "registry_qualitydue",
    "compliance_elevatordue",
    "compliance_dutyclock",
    "compliance_riskdue",
    "inspection_reportplace",
}
STAMPS = ["tx", "recorded_at", "noted_at", "look_at"]  # what the database says itself about a row

# Sites first, since the trigger of an elevator asks for its site's address; partitions through their table.
TABLES = """
SELECT c.relname, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname <> ALL(%(stamps)s)
  AND NOT (a.attname = 'id' AND c.relname = ANY(%(triggers)s))
  AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
GROUP BY c.oid, c.relname ORDER BY c.relname <> 'registry_site', c.oid
"""
# Numbers given out from now on lie behind those of the rows; the application's role may not set a sequence.
PASS = (
    "SELECT count(nextval('{sequence}')) FROM generate_series((SELECT last_value FROM {sequence}),"
    ' (SELECT max("id") FROM "{table}"))'
)

_KEPT: dict[tuple[Callable, dt.date], "_Kept"] = {}


def kept(make: Callable[..., T], *given) -> T:
    """What `make(*given)` returns, and its rows in the database. `make` may only insert, and have nothing done on commit.

    given: what is itself kept, so that each test has it with the same numbers.
    """
    key = (make, today())  # what is so many days old is so after midnight, too
    if key not in _KEPT:
        _KEPT[key] = _take(lambda: make(*given))
    return _KEPT[key].put()


@dataclass(frozen=True)
class _Kept:
    script: str
    made: bytes

    def put(self):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self.script)
        return pickle.loads(self.made)


class NotRepeatable(Exception):
    """`make` did what writing its rows again would not do."""


def _take(make: Callable) -> _Kept:
    with transaction.atomic():
        waiting, before = len(connection.run_on_commit), _rows()
        made = make()
        if len(connection.run_on_commit) > waiting:
            raise NotRepeatable("something is to be done on commit")
        after = _rows()
        transaction.set_rollback(True)  # the first test gets them as every other does
    taken = _Kept(_script(before, after), pickle.dumps(made))
    with transaction.atomic():
        taken.put()
        again = _rows()
        transaction.set_rollback(True)
    if different := [
        table for (table, _columns), rows in again.items() if sorted(rows) != sorted(after[table, _columns])
    ]:
        raise NotRepeatable(f"other rows of {different}")
    return taken


def _script(before: dict, after: dict) -> str:
    lines = []
    for (table, columns), rows in after.items():
        known = set(before[table, columns])
        if table in BY_TRIGGERS:
            continue
        if gone := known - set(rows):
            raise NotRepeatable(f"{len(gone)} rows of {table} that were there were changed")
        if new := [row for row in rows if row not in known]:
            lines.append(f'INSERT INTO "{table}" ({columns}) VALUES {", ".join(new)}')
            lines += _passes(table)
    return ";\n".join(lines)


def _passes(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_serial_sequence(attrelid::regclass::text, attname) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attname = 'id'",
            [table],
        )
        return [PASS.format(sequence=name, table=table) for (name,) in cursor.fetchall() if name]


def _rows() -> dict[tuple[str, str], list[str]]:
    """{(table, its columns): its rows as they lie there, as INSERT takes them}"""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(TABLES, {"stamps": STAMPS, "triggers": list(BY_TRIGGERS)})
        for table, columns in cursor.fetchall():
            values = ", ', ', ".join(f"quote_nullable({column}::text)" for column in columns)
            cursor.execute(f"""SELECT concat('(', {values}, ')') FROM "{table}" ORDER BY ctid""")
            found[table, ", ".join(columns)] = [row for (row,) in cursor.fetchall()]
    return found
