"""What the statements of a page cost: pages of shared memory touched, by EXPLAIN (ANALYZE, BUFFERS)."""

import json
from contextlib import contextmanager

from django.db import connection, transaction


class Statements(list):
    """The statements that ran, as (sql, params)."""

    def buffers(self) -> int:
        """Shared blocks hit and read by all of them, run once more under EXPLAIN and undone."""
        return sum(cost for cost, _sql, _plan in self.explained())

    def explained(self) -> list[tuple[int, str, str]]:
        """(blocks, sql, plan as text) of each statement that has a plan."""
        found = []
        with transaction.atomic():
            for sql, params in self:
                if sql.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
                    found.append(_explain(sql, params))
            transaction.set_rollback(True)
        return found


def _explain(sql: str, params) -> tuple[int, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}", params)
        (answer,) = cursor.fetchone()
    plan = answer if isinstance(answer, list) else json.loads(answer)
    top = plan[0]["Plan"]
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"], sql, json.dumps(plan, indent=1)


@contextmanager
def recorded():
    """Statements that this thread's connection runs inside."""
    statements = Statements()

    def note(execute, sql, params, many, context):
        if not many:
            statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements
