"""Risk bands found anew for what changed, beside the same rows written by plain SQL and beside half the city."""

import datetime as dt

from django.db import connection

from bench import owners
from bench.effort import Effort, measured
from bench.nights import Night, lay_out, of_half, settle_city, undone
from bench.report import Report, Row
from common import clock
from compliance.actions.risk import find_all_bands
from compliance.models import RiskScore
from registry.models import Elevator
from stack.errors import Trouble

TOUCHED, ROUNDS = 10_000, 3
MOST_TIMES_SQL, MOST_TIMES_HALF = 5, 1.2

# Something that they owe in time, of elevators all over the city that are not red.
_CHOSEN = """
SELECT min(o.id) FROM compliance_obligation o JOIN compliance_riskscore r USING (elevator_id)
WHERE o.status = 'PENDING' AND o.alert_after >= %s AND r.band IN ('GREEN', 'YELLOW')
GROUP BY o.elevator_id ORDER BY md5(o.elevator_id::text) LIMIT %s
"""
_MAKE_LATE = "UPDATE compliance_obligation SET alert_after = %s WHERE id = ANY(%s)"  # its trigger notes them
# What one sweep wrote, by table.
_WRITTEN = {
    "riskscore": "computed_at = %(at)s",
    "riskchange": "at = %(at)s",
    "alert": "opened_at = %(at)s",
    "alertcause": "since = %(at)s",
    "alertstep": "at = %(at)s",
}


def measured_bands(touched: int, rounds: int = ROUNDS) -> Night:
    """The sweep after something of `touched` elevators came to be late, and its floor, in turn; each undone."""
    settle_city()
    find_all_bands(at=clock.now())
    found, obligations = Night(), _chosen(touched)
    with owners.owner() as session:
        for _round in range(rounds):
            effort, rows = undone(lambda: _ours(obligations, found))
            found.ours.append(effort)
            lay_out(session, rows)
            found.floor.append(undone(lambda: _floor(obligations)))
        session.execute(f"DROP TABLE {', '.join(f'night_{table}' for table in _WRITTEN)}")
        owners.tidy(session)
    return found


def _chosen(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN, [clock.today(), count])
        found = [pk for (pk,) in cursor.fetchall()]
    if len(found) < count:
        raise Trouble(f"Only {len(found):,} elevators of this city owe something in time and are not red.")
    return found


def _touch(obligations: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_LATE, [clock.today() - dt.timedelta(days=1), obligations])
    connection.check_constraints()


def _ours(obligations: list[int], found: Night) -> tuple[Effort, dict[str, bytes]]:
    _touch(obligations)
    at, rows = clock.now(), {}
    with measured() as effort:
        found.planned = find_all_bands(at=at)
        connection.check_constraints()
    for table, condition in _WRITTEN.items():
        with connection.cursor() as cursor:
            chosen_rows = f"SELECT * FROM compliance_{table} WHERE {condition}"
            cursor.execute(f"SELECT count(*) FROM ({chosen_rows}) t", {"at": at})
            found.rows[table] = cursor.fetchone()[0]
            with cursor.copy(f"COPY ({chosen_rows}) TO STDOUT (FORMAT BINARY)", {"at": at}) as copy:
                rows[table] = b"".join(copy)
    return effort, rows


def _floor(obligations: list[int]) -> Effort:
    """The same rows by plain set SQL, the bands known beforehand."""
    _touch(obligations)
    columns = [f.column for f in RiskScore._meta.concrete_fields if not f.primary_key and f.column != "elevator_id"]
    values = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
    statements = [
        "DELETE FROM compliance_riskdue",
        "INSERT INTO compliance_riskscore SELECT * FROM night_riskscore"
        f" ON CONFLICT (elevator_id) DO UPDATE SET {values}",
        *(
            f"INSERT INTO compliance_{table} SELECT * FROM night_{table}"
            for table in ("riskchange", "alert", "alertcause", "alertstep")
        ),
    ]
    with measured() as effort:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.check_constraints()
    return effort


def bands_part(report: Report) -> None:
    """One city's sweep, told: `bands` compares it."""
    found = measured_bands(TOUCHED)
    for name in ("wall", "cpu"):
        what = f"risk bands in a city of {Elevator.objects.count():,}, best round by {name}"
        report.add(Row(what, found.best("ours", name), "s", floor=found.best("floor", name)))


def bands(report: Report) -> None:
    """10,000 elevators that changed, beside plain SQL and beside half the city; judged by the processor's time."""
    elevators = Elevator.objects.count()
    report.say(f"  half the city: {elevators // 2:,} elevators")
    half = of_half(elevators // 2, "bands_part")
    report.say("  the whole city")
    found = measured_bands(TOUCHED)
    rows = ", ".join(f"{number:,} {table}" for table, number in found.rows.items())
    what = f"risk bands of {found.planned:,} that changed ({rows})"
    for name in ("cpu", "wall"):
        ours, floor = found.best("ours", name), found.best("floor", name)
        judged = name == "cpu"
        target = f"≤ {MOST_TIMES_SQL} × the same rows by SQL" if judged else ""
        report.add(Row(f"{what}, {name}", ours, "s", target, ours <= MOST_TIMES_SQL * floor or not judged, floor))
        target = f"≤ {MOST_TIMES_HALF:g} × of {elevators // 2:,}" if judged else ""
        again = f"the same bands, {elevators:,} elevators beside {elevators // 2:,}, {name}"
        report.add(Row(again, ours, "s", target, ours <= MOST_TIMES_HALF * half[name] or not judged, half[name]))
