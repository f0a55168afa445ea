"""The timer engine: a look at the clock with nothing due, and a thousand deadlines due at one moment."""

import datetime as dt
import os
import subprocess
import sys
import time
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection

from bench.apps import KIND
from bench.calls import paired_ms
from bench.report import Report, Row
from common import clock
from common.deadlines import fire_due, next_attempt_at
from common.models import Deadline, Heartbeat
from stack.errors import Trouble
from stack.paths import ROOT

PENDING, DUE, PULSES = 100_000, 1000, 2
MOST_TICK_MS, MOST_LATE_S = 20.0, 1.0
FAR = dt.timedelta(days=365)


@contextmanager
def _pending(count: int):
    """`count` deadlines of the bench's own, a year away; gone afterwards, and those of a run that was killed."""
    _clear()
    with psycopg.connect(_owner_url(), autocommit=True) as owner:
        owner.execute("DROP TABLE IF EXISTS bench_fired")
        owner.execute("CREATE TABLE bench_fired (deadline_id bigint NOT NULL, marked_at timestamptz NOT NULL)")
    _arm(count, due_at=clock.now() + FAR, subject_type="bench.pending")
    _tidy()
    try:
        yield
    finally:
        _clear()
        with psycopg.connect(_owner_url(), autocommit=True) as owner:
            owner.execute("DROP TABLE bench_fired")
        _tidy()


def _owner_url() -> str:
    if not settings.DATABASE_OWNER_URL:
        raise Trouble("The timer measures make a table of their own: set DATABASE_OWNER_URL too.")
    return settings.DATABASE_OWNER_URL


def _clear() -> None:
    Deadline.objects.filter(kind=KIND).delete()


def _tidy() -> None:
    with psycopg.connect(_owner_url(), autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE) common_deadline")


def _arm(count: int, *, due_at: dt.datetime, subject_type: str) -> None:
    at = clock.now()
    Deadline.objects.bulk_create(
        (
            Deadline(
                kind=KIND,
                subject_type=subject_type,
                subject_id=number,
                due_at=due_at + dt.timedelta(microseconds=number if subject_type == "bench.pending" else 0),
                attempt_after=due_at,
                created_at=at,
            )
            for number in range(count)
        ),
        batch_size=5000,
    )


def _ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def tick(report: Report) -> None:
    """Claim what is due and ask when the next is: what each pulse does each second."""
    with _pending(PENDING):
        ours, floor = paired_ms(_look, _ask, times=101)
        what = f"deadline tick, {Deadline.objects.pending().count():,} pending, none due"
        report.add(Row(what, ours, "ms", f"≤ {MOST_TICK_MS:g} ms", ours <= MOST_TICK_MS, floor))


def _look() -> None:
    if fire_due(at=clock.now()).fired:
        raise RuntimeError("something was due")
    next_attempt_at()


def due(report: Report) -> None:
    """Two real pulse processes, a thousand deadlines at one moment: each once, the last within a second."""
    with _pending(PENDING), _pulses():
        moment = clock.now() + dt.timedelta(seconds=4)
        _arm(DUE, due_at=moment, subject_type="bench.due")
        deadline = time.monotonic() + 60
        while (fired := _fired()) < DUE and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(2)  # long enough for a second firing to show
        late = _late(moment)
        twice = _fired() - len(late)
        what = f"{DUE:,} due at once, {PULSES} pulses, {PENDING:,} more pending"
        done = Deadline.objects.filter(kind=KIND, subject_type="bench.due", fired_at__isnull=False).count()
        once = f"{what}: fired {fired:,}, {twice} twice, {DUE - done} lost"
        report.add(Row(once, len(late), "", f"{DUE:,} each once", (len(late), twice, done) == (DUE, 0, DUE), DUE))
        p99 = late[min(len(late) - 1, int(len(late) * 0.99))] if late else float("inf")
        report.add(Row(f"{what}: p99 of marked − due", p99 * 1000, "ms", "≤ 1 s", p99 <= MOST_LATE_S, _claim_floor()))


def _fired() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bench_fired")
        return cursor.fetchone()[0]


def _late(moment: dt.datetime) -> list[float]:
    """Seconds from `moment` to the first mark of each deadline, in ascending order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadline_id, min(marked_at) FROM bench_fired GROUP BY deadline_id")
        return sorted((marked_at - moment).total_seconds() for _id, marked_at in cursor.fetchall())


def _claim_floor() -> float:
    """Milliseconds of claiming and marking as many rows in one statement of one session: what SQL alone needs."""
    _arm(DUE, due_at=clock.now() - dt.timedelta(days=400), subject_type="bench.floor")
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT id FROM common_deadline WHERE attempt_after <= now() AND kind = %s AND fired_at IS NULL"
            " AND withdrawn_at IS NULL FOR UPDATE SKIP LOCKED),"
            " marked AS (INSERT INTO bench_fired SELECT id, clock_timestamp() FROM due)"
            " UPDATE common_deadline SET fired_at = now() FROM due WHERE common_deadline.id = due.id",
            [KIND],
        )
    return (time.perf_counter() - began) * 1000


@contextmanager
def _pulses():
    """As many `manage.py pulse` processes as there would be, awake."""
    Heartbeat.objects.filter(name="pulse").delete()
    command = [sys.executable, "manage.py", "pulse"]
    running = [subprocess.Popen(command, cwd=ROOT, env=dict(os.environ)) for _ in range(PULSES)]
    try:
        deadline = time.monotonic() + 60
        while not Heartbeat.objects.filter(name="pulse").exists():
            if time.monotonic() > deadline or any(process.poll() is not None for process in running):
                raise Trouble("A pulse did not start.")
            time.sleep(0.2)
        time.sleep(3)  # the second one has no name of its own to wait for
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=20)
