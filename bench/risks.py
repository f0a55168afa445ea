"""Risk bands found anew for what changed, beside the same rows written by plain SQL and beside half the city."""

import datetime as dt

from django.db import connection

from bench.effort import Effort, measured
from bench.nights import settle_city
from bench.report import Report
from bench.rounds import ROUNDS, Rounds, compare, half_the_city, in_turn, tell_best, timed
from common import clock
from compliance.actions.risk import find_all_bands
from compliance.models import RiskScore
from registry.models import Elevator
from stack.errors import Trouble

TOUCHED = 10_000

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


def measured_bands(touched: int, rounds: int = ROUNDS) -> Rounds:
    """The sweep after something of `touched` elevators came to be late, and its floor, in turn."""
    settle_city()
    find_all_bands(at=clock.now())
    found, obligations = Rounds(), _chosen(touched)
    return in_turn(found, ours=lambda: _ours(obligations, found), floor=lambda: _floor(obligations), rounds=rounds)


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


def _ours(obligations: list[int], found: Rounds) -> tuple[Effort, dict[str, bytes]]:
    _touch(obligations)
    at = clock.now()
    with measured() as effort:
        found.planned = find_all_bands(at=at)
        connection.check_constraints()
    return effort, found.take(_WRITTEN, {"at": at})


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
    return timed(statements)


def bands_part(report: Report) -> None:
    """One city's sweep, told: `bands` compares it."""
    tell_best(report, f"risk bands in a city of {Elevator.objects.count():,}", measured_bands(TOUCHED))


def bands(report: Report) -> None:
    """10,000 elevators that changed, beside plain SQL and beside half the city."""
    half, found = half_the_city(report, "bands_part"), measured_bands(TOUCHED)
    compare(report, f"risk bands of {found.planned:,} that changed", "the same bands", found, half)
