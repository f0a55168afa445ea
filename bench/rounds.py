"""What a sweep writes, beside the same rows by plain SQL and beside half the city: round for round, each undone."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction

from bench import owners
from bench.effort import Effort, measured
from bench.report import Report, Row
from registry.models import Elevator
from stack.errors import Trouble
from stack.paths import ROOT

ROUNDS = 3
MOST_TIMES_SQL, MOST_TIMES_HALF = 5, 1.2


@dataclass
class Rounds:
    """What each round cost, what was done, and how many rows were written."""

    ours: list[Effort] = field(default_factory=list)
    floor: list[Effort] = field(default_factory=list)
    planned: int = 0
    stepped: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    def best(self, side: str, clock: str) -> float:
        """Seconds of the best round of `ours` or `floor`, by `wall` or `cpu`."""
        return min(getattr(effort, clock) for effort in getattr(self, side))

    def take(self, written: Mapping[str, str], params: Mapping) -> dict[str, bytes]:
        """The rows that a round wrote, {table: condition}, as binary COPY; their numbers are kept."""
        taken = {}
        for table, condition in written.items():
            chosen = f"SELECT * FROM compliance_{table} WHERE {condition}"
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM ({chosen}) t", params)
                self.rows[table] = cursor.fetchone()[0]
                with cursor.copy(f"COPY ({chosen}) TO STDOUT (FORMAT BINARY)", params) as copy:
                    taken[table] = b"".join(copy)
        return taken


def in_turn(
    found: Rounds, *, ours: Callable[[], tuple[Effort, dict[str, bytes]]], floor: Callable[[], Effort], rounds: int
) -> Rounds:
    """`ours` and `floor` in turn, each in a transaction that checks its constraints and is undone, so that each round finds the
    same city. What `ours` wrote lies in tables night_… for `floor`."""
    with owners.owner() as session:
        for _round in range(rounds):
            effort, rows = _undone(ours)
            found.ours.append(effort)
            _lay_out(session, rows)
            found.floor.append(_undone(floor))
        session.execute(f"DROP TABLE {', '.join(f'night_{table}' for table in found.rows)}")
        owners.tidy(session)
    return found


def timed(statements: Iterable[str]) -> Effort:
    """What plain statements cost, with their constraints."""
    with measured() as effort:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.check_constraints()
    return effort


def _undone(work):
    with transaction.atomic():
        result = work()
        transaction.set_rollback(True)
    return result


def _lay_out(session, rows: Mapping[str, bytes]) -> None:
    """What was written, as tables that everybody may read."""
    for table, data in rows.items():
        session.execute(f"DROP TABLE IF EXISTS night_{table}")  # of a run that was stopped
        session.execute(f"CREATE UNLOGGED TABLE night_{table} (LIKE compliance_{table})")
        with session.cursor().copy(f"COPY night_{table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(data)
        session.execute(f"ANALYZE night_{table}")
        session.execute(f"GRANT SELECT ON night_{table} TO PUBLIC")


# --- told ---------------------------------------------------------------------------------------------------------------


def tell_best(report: Report, what: str, found: Rounds) -> None:
    """One city's rounds, for whoever compares them (`half_the_city`)."""
    for name in ("wall", "cpu"):
        report.add(Row(f"{what}, best round by {name}", found.best("ours", name), "s", floor=found.best("floor", name)))


def half_the_city(report: Report, part: str) -> dict[str, float]:
    """Seconds by wall and cpu of `part` in a city of its own with half the elevators, by a process of its own."""
    elevators = Elevator.objects.count() // 2
    report.say(f"  half the city: {elevators:,} elevators")
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "bench", part, "--elevators", str(elevators), "--json", str(file)]
        if subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False).returncode:
            raise Trouble("Half the city could not be measured.")
        wall, cpu = (row["ours"] for row in json.loads(file.read_text()))
    report.say("  the whole city")
    return {"wall": wall, "cpu": cpu}


def compare(
    report: Report, what: str, again: str, found: Rounds, half: Mapping[str, float], most: float = MOST_TIMES_SQL
) -> None:
    """Beside plain SQL (`most` times its rows) and beside half the city; judged by the processor's time."""
    elevators = Elevator.objects.count()
    rows = ", ".join(f"{number:,} {table}" for table, number in found.rows.items())
    for name in ("cpu", "wall"):
        ours, floor, judged = found.best("ours", name), found.best("floor", name), name == "cpu"
        target = f"≤ {most:g} × the same rows by SQL" if judged else ""
        held = ours <= most * floor or not judged
        report.add(Row(f"{what} ({rows}), {name}", ours, "s", target, held, floor))
        target = f"≤ {MOST_TIMES_HALF:g} × of {elevators // 2:,}" if judged else ""
        held = ours <= MOST_TIMES_HALF * half[name] or not judged
        words = f"{again}, {elevators:,} elevators beside {elevators // 2:,}, {name}"
        report.add(Row(words, ours, "s", target, held, half[name]))
