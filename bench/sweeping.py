"""A sweep's look at the clock with nothing due, and a thousand alerts due at one moment with two real workers."""

import datetime as dt
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

from celery import Celery
from django.db import connection

from bench import owners
from bench.calls import paired_ms
from bench.nights import settle_city
from bench.report import Report, Row
from common import clock, sweeps
from compliance.actions import store_plans
from compliance.models import ElevatorDue, Obligation
from compliance.queries import policies_on
from compliance.rules import Planned
from registry.models import Elevator
from stack.ephemeral import Broker
from stack.errors import Trouble
from stack.paths import ROOT

STEPS = "compliance.steps"
DUE, WORKERS, ROUNDS = 1000, 2, 3
MOST_LOOK_MS, MOST_LATE_S = 20.0, 1.0
KIND = "BENCH"
_GONE = (
    "DELETE FROM compliance_notice n USING compliance_obligation o WHERE o.id = n.obligation_id AND o.kind LIKE %s",
    "DELETE FROM compliance_alertcause c USING compliance_obligation o WHERE o.id = c.obligation_id AND o.kind LIKE %s",
    "DELETE FROM compliance_news n USING compliance_alert a WHERE a.id = n.alert_id AND a.kind LIKE %s",
    "DELETE FROM compliance_news n USING compliance_obligation o WHERE o.id = n.obligation_id AND o.kind LIKE %s",
    "DELETE FROM compliance_alertstep s USING compliance_alert a WHERE a.id = s.alert_id AND a.kind LIKE %s",
    "DELETE FROM compliance_alert WHERE kind LIKE %s",
    "DELETE FROM compliance_obligation WHERE kind LIKE %s",
)
# (alerts, elevators, standing causes, notices, sets): a transaction is a set
_COUNTS = """
SELECT count(*), count(DISTINCT elevator_id), count(DISTINCT xmin::text),
       (SELECT count(*) FROM compliance_alertcause c JOIN compliance_obligation o ON o.id = c.obligation_id
        WHERE o.kind = %(kind)s AND c.ended_at IS NULL),
       (SELECT count(*) FROM compliance_notice n JOIN compliance_obligation o ON o.id = n.obligation_id WHERE o.kind = %(kind)s)
FROM compliance_alert WHERE kind = 'OVERDUE_' || %(kind)s
"""


def looks(report: Report) -> None:
    """Each sweep as a worker runs it, its record included."""
    settle_city()
    for key in ("compliance.plan", STEPS, "compliance.hazards", "compliance.escalations"):
        sweeps.run(key, clock=clock.now)
    settle_city()
    waiting = Obligation.objects.filter(step_at__isnull=False).count()
    ours, floor = paired_ms(_look, _ask, times=101)
    what = f"sweep of warnings and alerts, {waiting:,} pending, none due"
    report.add(Row(what, ours, "ms", f"≤ {MOST_LOOK_MS:g} ms", ours <= MOST_LOOK_MS, floor))


def _look() -> None:
    if sweeps.run(STEPS, clock=clock.now):
        raise RuntimeError("something was due")


def _ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def at_once(report: Report) -> None:
    """Two Celery workers, a thousand elevators late at one tick: the slowest of the rounds."""
    settle_city()
    _clear()
    elevators = list(Elevator.objects.filter(registration_state="IN_USE").order_by("-pk")[: DUE * ROUNDS])
    try:
        with Broker(durable=False) as broker, _workers(broker.url()) as tick:
            took, counts = [], []
            for number in range(ROUNDS):
                kind = f"{KIND}_{number}"
                _make_late(elevators[number * DUE : (number + 1) * DUE], kind)
                took.append(_seconds_until_all(kind, tick))
                time.sleep(1)  # long enough for a second alert to show
                counts.append(_counts(kind))
    finally:
        _clear()
        ElevatorDue.objects.all().delete()
    sets = [count[2] for count in counts]
    once = sum(count[:2] + count[3:] == (DUE,) * 4 for count in counts)
    what = f"{DUE:,} alerts due at once, {WORKERS} workers, in {min(sets)}–{max(sets)} sets"
    report.add(
        Row(f"{what}: rounds in which each came once", once, "", f"{ROUNDS} of {ROUNDS}", once == ROUNDS, ROUNDS)
    )
    late = max(took)
    report.add(Row(f"{what}: the last after the tick", late * 1000, "ms", "≤ 1 s", late <= MOST_LATE_S, _floor_ms()))


def _make_late(elevators: list[Elevator], kind: str) -> None:
    """One obligation each that was due yesterday and that nobody has looked at."""
    at, day = clock.now(), clock.today()
    planned = Planned(kind, "1", day - dt.timedelta(days=90), day - dt.timedelta(days=1))
    plans = {elevator.pk: [planned] for elevator in elevators}
    store_plans(plans=plans, kinds=[kind], policies=policies_on(day), at=at)


def _seconds_until_all(kind: str, tick) -> float:
    began = time.perf_counter()
    tick()
    with connection.cursor() as cursor:
        while time.perf_counter() - began < 30:
            cursor.execute("SELECT count(*) FROM compliance_alert WHERE kind = %s", [f"OVERDUE_{kind}"])
            if cursor.fetchone()[0] >= DUE:
                return time.perf_counter() - began
            time.sleep(0.01)
    return float("inf")


def _counts(kind: str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"kind": kind})
        return cursor.fetchone()


def _floor_ms() -> float:
    """One statement that opens as many alerts: what SQL alone needs."""
    began = time.perf_counter()
    with suppress(ZeroDivisionError), connection.cursor() as cursor:
        from django.db import transaction

        with transaction.atomic():
            cursor.execute(
                "INSERT INTO compliance_alert (public_id, kind, elevator_id, city_id, managing_district_id, area_id, state,"
                " level, severity, clause, policy, opened_at, acknowledged_by_kind, acknowledged_by_id, note, version)"
                " SELECT gen_random_uuid(), 'BENCH_FLOOR', id, city_id, managing_district_id, area_id, 'OPEN', 'UNIT', 'RED',"
                " '', '', now(), '', '', '', 1 FROM registry_elevator ORDER BY id DESC LIMIT %s",
                [DUE],
            )
            connection.check_constraints()
            transaction.set_rollback(True)
    return (time.perf_counter() - began) * 1000


def _clear() -> None:
    with owners.owner() as session:
        with owners.unguarded(session):
            for statement in _GONE:
                session.execute(statement, [f"%{KIND}%"])
        owners.tidy(session)


@contextmanager
def _workers(broker_url: str):
    """As many workers of the default queue, awake; yields what gives each of them the tick."""
    environment = {**os.environ, "REDIS_URL": broker_url}
    arguments = ["worker", "-Q", "default", "--concurrency", "1", "--without-gossip", "--without-mingle"]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", *arguments, "-n", f"bench{number}@%h"],
            cwd=ROOT,
            env=environment,
        )
        for number in range(WORKERS)
    ]
    sender = Celery("bench", broker=broker_url)

    def tick() -> None:
        for _worker in running:
            sender.send_task("common.tasks.run_sweep", args=[STEPS], queue="default")

    try:
        deadline = time.monotonic() + 90
        while len(sender.control.ping(timeout=1) or []) < WORKERS:
            if time.monotonic() > deadline or any(process.poll() is not None for process in running):
                raise Trouble("A worker did not start.")
        for _twice in range(2):  # connections and modules are there afterwards
            tick()
            time.sleep(1.5)
        yield tick
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=30)
