"""What elevators owe: a night's changes and the whole ledger, beside the same rows written by plain SQL."""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Max

from bench import owners
from bench.effort import Effort, measured
from bench.report import Report, Row
from common import clock
from compliance.actions import escalate_all_due, plan_all_due, take_all_steps
from compliance.models import ElevatorDue, News, Obligation
from registry.models import Elevator
from stack.errors import Trouble
from stack.paths import ROOT

TOUCHED, ROUNDS = 10_000, 3
MOST_TIMES_SQL, MOST_TIMES_HALF, MOST_TIMES_INSERT = 5, 1.2, 3

# Reports that met what was due by now: once they are withdrawn, their elevators have something new to be late with.
_CHOSEN = """
SELECT report FROM (
    SELECT DISTINCT ON (o.elevator_id) o.elevator_id, i.id AS report FROM compliance_obligation o
    JOIN inspection_inspection i ON i.elevator_id = o.elevator_id AND i.concluded_on = o.met_on AND i.withdrawn_at IS NULL
         AND i.kind = CASE o.kind WHEN 'PERIODIC_INSPECTION' THEN 'PERIODIC' ELSE o.kind END
    WHERE o.kind IN ('PERIODIC_INSPECTION', 'SELF_TEST') AND o.status = 'MET' AND o.due_on < %s
    ORDER BY o.elevator_id, o.due_on DESC
) t ORDER BY md5(elevator_id::text) LIMIT %s
"""
_WITHDRAW = "UPDATE inspection_inspection SET withdrawn_at = %s WHERE id = ANY(%s)"
_NOTE = """
INSERT INTO compliance_elevatordue (elevator_id)
SELECT DISTINCT elevator_id FROM inspection_inspection WHERE id = ANY(%s) ON CONFLICT DO NOTHING
"""
# What one night wrote, by table.
_WRITTEN = {
    "obligation": "planned_at = %(at)s OR id IN (SELECT obligation_id FROM compliance_notice WHERE told_at = %(at)s)",
    "notice": "told_at = %(at)s",
    "alert": "opened_at = %(at)s",
    "alertcause": "since = %(at)s",
    "alertstep": "at = %(at)s",
    "news": "id > %(news)s",
    "elevatordue": "true",
}
_LEDGER = (
    "elevator_id, kind, period, opens_on, due_on, apply_by, alert_after, status, met_on, days_late, failed_on, rule, clause,"
    " source_type, source_id, city_id, managing_district_id, area_id, step_at IS NULL OR step_at > now() AS quiet"
)


@dataclass
class Night:
    """What each round cost, what was done, and how many rows were written."""

    ours: list[Effort] = field(default_factory=list)
    floor: list[Effort] = field(default_factory=list)
    planned: int = 0
    stepped: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    def best(self, side: str, clock: str) -> float:
        """Seconds of the best round of `ours` or `floor`, by `wall` or `cpu`."""
        return min(getattr(effort, clock) for effort in getattr(self, side))


def settle_city() -> None:
    """Until nothing is due any more: what is left to be noticed is this measure's own."""
    while ElevatorDue.objects.exists() or Obligation.objects.filter(step_at__lte=clock.now()).exists():
        plan_all_due(at=clock.now())
        take_all_steps(at=clock.now())
    escalate_all_due(at=clock.now())


def chosen(count: int) -> list[int]:
    """Keys of that many reports, of as many elevators all over the city."""
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN, [clock.today(), count])
        found = [pk for (pk,) in cursor.fetchall()]
    if len(found) < count:
        raise Trouble(f"Only {len(found):,} elevators of this city have been inspected in time.")
    return found


def measured_night(touched: int, rounds: int = ROUNDS) -> Night:
    """The night of `touched` elevators whose last report is withdrawn and who are late now, and its floor, in turn.

    Both in a transaction that checks its constraints and is undone, so that each round finds the same city.
    """
    settle_city()
    night, reports = Night(), chosen(touched)
    with owners.owner() as session:
        for _round in range(rounds):
            effort, rows = undone(lambda: _ours(reports, night))
            night.ours.append(effort)
            lay_out(session, rows)
            night.floor.append(undone(lambda: _floor(reports)))
        session.execute(f"DROP TABLE {', '.join(f'night_{table}' for table in _WRITTEN)}")
        owners.tidy(session)
    return night


def undone(work):
    with transaction.atomic():
        result = work()
        transaction.set_rollback(True)
    return result


def _touch(reports: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, [clock.now(), reports])
        cursor.execute(_NOTE, [reports])
    connection.check_constraints()


def _ours(reports: list[int], night: Night) -> tuple[Effort, dict[str, bytes]]:
    _touch(reports)
    at, rows = clock.now(), {}
    written = {"at": at, "news": News.objects.aggregate(last=Max("pk", default=0))["last"]}
    with measured() as effort:
        night.planned, night.stepped = plan_all_due(at=at), take_all_steps(at=at)
        connection.check_constraints()
    for table, condition in _WRITTEN.items():
        with connection.cursor() as cursor:
            chosen_rows = f"SELECT * FROM compliance_{table} WHERE {condition}"
            cursor.execute(f"SELECT count(*) FROM ({chosen_rows}) t", written)
            night.rows[table] = cursor.fetchone()[0]
            with cursor.copy(f"COPY ({chosen_rows}) TO STDOUT (FORMAT BINARY)", written) as copy:
                rows[table] = b"".join(copy)
    return effort, rows


def lay_out(session, rows: dict[str, bytes]) -> None:
    """What was written, as tables that everybody may read."""
    for table, data in rows.items():
        session.execute(f"DROP TABLE IF EXISTS night_{table}")  # of a run that was stopped
        session.execute(f"CREATE UNLOGGED TABLE night_{table} (LIKE compliance_{table})")
        with session.cursor().copy(f"COPY night_{table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(data)
        session.execute(f"ANALYZE night_{table}")
        session.execute(f"GRANT SELECT ON night_{table} TO PUBLIC")


def _floor(reports: list[int]) -> Effort:
    """The same rows by plain set SQL: each obligation once, with its last values."""
    _touch(reports)
    columns = [f.column for f in Obligation._meta.concrete_fields if not f.primary_key and f.column != "public_id"]
    values = ", ".join(f"{column} = n.{column}" for column in columns)
    statements = [
        "DELETE FROM compliance_elevatordue",
        f"UPDATE compliance_obligation o SET {values} FROM night_obligation n WHERE o.id = n.id",
        "INSERT INTO compliance_obligation SELECT n.* FROM night_obligation n"
        " WHERE NOT EXISTS (SELECT FROM compliance_obligation o WHERE o.id = n.id)",
        *(
            f"INSERT INTO compliance_{table} SELECT * FROM night_{table}"
            for table in ("notice", "alert", "alertcause", "alertstep", "news", "elevatordue")
        ),
    ]
    with measured() as effort:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.check_constraints()
    return effort


def night(report: Report) -> None:
    """One city's night, told: `nightly` compares it."""
    found = measured_night(TOUCHED)
    for name in ("wall", "cpu"):
        what = f"night of {Elevator.objects.count():,} elevators, best round by {name}"
        report.add(Row(what, found.best("ours", name), "s", floor=found.best("floor", name)))


def nightly(report: Report) -> None:
    """10,000 elevators touched and newly late, beside plain SQL and beside half the city; judged by the processor's time."""
    elevators = Elevator.objects.count()
    report.say(f"  half the city: {elevators // 2:,} elevators")
    half = of_half(elevators // 2)
    report.say("  the whole city")
    found = measured_night(TOUCHED)
    rows = ", ".join(f"{number:,} {table}" for table, number in found.rows.items())
    what = f"night of {found.planned:,} touched, {found.stepped:,} looked at ({rows})"
    for name in ("cpu", "wall"):
        ours, floor = found.best("ours", name), found.best("floor", name)
        judged = name == "cpu"
        target = f"≤ {MOST_TIMES_SQL} × the same rows by SQL" if judged else ""
        report.add(Row(f"{what}, {name}", ours, "s", target, ours <= MOST_TIMES_SQL * floor or not judged, floor))
        target = f"≤ {MOST_TIMES_HALF:g} × of {elevators // 2:,}" if judged else ""
        again = f"the same night, {elevators:,} elevators beside {elevators // 2:,}, {name}"
        report.add(Row(again, ours, "s", target, ours <= MOST_TIMES_HALF * half[name] or not judged, half[name]))


def of_half(elevators: int, part: str = "night") -> dict[str, float]:
    """Seconds by wall and cpu of the same part in a city of its own, by a process of its own."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "bench", part, "--elevators", str(elevators), "--json", str(file)]
        if subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False).returncode:
            raise Trouble("Half the city could not be measured.")
        wall, cpu = (row["ours"] for row in json.loads(file.read_text()))
        return {"wall": wall, "cpu": cpu}


# --- the whole ledger -------------------------------------------------------------------------------------------------


def rebuild(report: Report) -> None:
    """The ledger from nothing, beside one INSERT of its rows; the same as a night's increment leaves it."""
    seconds, floor, rows, differing = measured_rebuild(TOUCHED)
    what = f"rebuild of the ledger: {rows:,} rows of {Elevator.objects.count():,} elevators"
    target = f"≤ {MOST_TIMES_INSERT} × INSERT of these rows"
    report.add(Row(what, seconds, "s", target, seconds <= MOST_TIMES_INSERT * floor, floor))
    what = f"rows of the rebuild that differ from {TOUCHED:,} elevators' increment"
    report.add(Row(what, differing, "", "none", differing == 0))


def measured_rebuild(touched: int, processes: int = 2) -> tuple[float, float, int, int]:
    """(seconds, seconds of the INSERT, rows, rows that differ from the increment)."""
    settle_city()
    with withdrawn(chosen(touched)), owners.owner() as session:
        settle_city()
        session.execute("DROP TABLE IF EXISTS bench_increment")
        session.execute(
            f"CREATE UNLOGGED TABLE bench_increment AS SELECT {_LEDGER} FROM compliance_obligation"
            " WHERE status <> 'WITHDRAWN'"
        )
        owners.empty_ledger()
        began = time.perf_counter()
        call_command("plan_elevators", all=True, processes=processes, verbosity=0)
        seconds = time.perf_counter() - began
        take_all_steps(at=clock.now())
        differing = session.execute(_differing()).fetchone()[0]
        session.execute("DROP TABLE bench_increment")
        floor = owners.insert_seconds_of(session, "compliance_obligation", "bench_obligation")
        return seconds, floor, Obligation.objects.count(), differing


def _differing() -> str:
    ledger = f"SELECT {_LEDGER} FROM compliance_obligation"
    kept = "SELECT * FROM bench_increment"
    return f"SELECT count(*) FROM (({ledger} EXCEPT ALL {kept}) UNION ALL ({kept} EXCEPT ALL {ledger})) t"


@contextmanager
def withdrawn(reports: list[int]):
    """These reports do not count inside, and their elevators are noted."""

    def note(moment: dt.datetime | None) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_WITHDRAW, [moment, reports])
            cursor.execute(_NOTE, [reports])

    note(clock.now())
    try:
        yield
    finally:
        note(None)
