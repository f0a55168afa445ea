"""What elevators owe: a night's changes and the whole ledger, beside the same rows written by plain SQL."""

import datetime as dt
import time
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Max

from bench import owners
from bench.effort import Effort, measured
from bench.report import Report, Row
from bench.rounds import ROUNDS, Rounds, compare, half_the_city, in_turn, tell_best, timed
from common import clock
from compliance.actions import escalate_all_due, plan_all_due, take_all_steps
from compliance.models import ElevatorDue, News, Obligation
from registry.models import Elevator
from stack.errors import Trouble

TOUCHED, MOST_TIMES_INSERT = 10_000, 3

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


def measured_night(touched: int, rounds: int = ROUNDS) -> Rounds:
    """The night of `touched` elevators whose last report is withdrawn and who are late now, and its floor, in turn."""
    settle_city()
    night, reports = Rounds(), chosen(touched)
    return in_turn(night, ours=lambda: _ours(reports, night), floor=lambda: _floor(reports), rounds=rounds)


def _touch(reports: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, [clock.now(), reports])
        cursor.execute(_NOTE, [reports])
    connection.check_constraints()


def _ours(reports: list[int], night: Rounds) -> tuple[Effort, dict[str, bytes]]:
    _touch(reports)
    at = clock.now()
    params = {"at": at, "news": News.objects.aggregate(last=Max("pk", default=0))["last"]}
    with measured() as effort:
        night.planned, night.stepped = plan_all_due(at=at), take_all_steps(at=at)
        connection.check_constraints()
    return effort, night.take(_WRITTEN, params)


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
    return timed(statements)


def night(report: Report) -> None:
    """One city's night, told: `nightly` compares it."""
    tell_best(report, f"night of {Elevator.objects.count():,} elevators", measured_night(TOUCHED))


def nightly(report: Report) -> None:
    """10,000 elevators touched and newly late, beside plain SQL and beside half the city."""
    half, found = half_the_city(report, "night"), measured_night(TOUCHED)
    what = f"night of {found.planned:,} touched, {found.stepped:,} looked at"
    compare(report, what, "the same night", found, half)


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
