"""Sweeps: work that lies in rows until somebody looks. Celery beat wakes them; whatever was missed is found by the next.

An app declares a `Sweep` at `common.sweeps`; `run` records it; `/readyz` and the sweeps' page ask for the oldest row due.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count
from django.utils.functional import Promise

from common.apart import forget_tried
from common.hooks import SWEEPS
from common.models import SweepFault, SweepRun


@dataclass(frozen=True, slots=True)
class Sweep:
    """`run(at)` does everything that is due and returns how many rows; `oldest_due(at)`: the moment at which the row that
    has waited longest became due, None for none; after `late_after` of waiting the platform is not ready. What is set apart
    (common.apart) does not count: it is shown, and one bad row must not take the web out of service.
    """

    label: str | Promise
    run: Callable[[dt.datetime], int]
    oldest_due: Callable[[dt.datetime], dt.datetime | None]
    late_after: dt.timedelta = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SweepLine:
    """A sweep as its page shows it."""

    key: str
    label: str | Promise
    last: SweepRun | None
    oldest_due: dt.datetime | None
    late: bool
    apart: int = 0


_STARTED = """
INSERT INTO common_sweeprun (name, started_at, rows, error, runs) VALUES (%s, %s, 0, '', 1)
ON CONFLICT (name) DO UPDATE SET started_at = EXCLUDED.started_at, runs = common_sweeprun.runs + 1
"""


def run(key: str, *, clock: Callable[[], dt.datetime]) -> int:
    """Run a sweep once and record it. What it raises is raised; the next run finds the same rows."""
    at = clock()
    with connection.cursor() as cursor:
        cursor.execute(_STARTED, [key, at])
    try:
        rows = SWEEPS[key]().run(at)
        forget_tried(key, before=at)
    except Exception as error:
        SweepRun.objects.filter(name=key).update(ended_at=clock(), rows=0, error=type(error).__name__[:200])
        raise
    SweepRun.objects.filter(name=key).update(ended_at=clock(), good_at=clock(), rows=rows, error="")
    return rows


def lines(at: dt.datetime) -> list[SweepLine]:
    """Every sweep with its last run, the row that has waited longest and how many are set apart; two statements, and one for
    each sweep."""
    last = {row.name: row for row in SweepRun.objects.all()}
    apart = dict(SweepFault.objects.values_list("sweep").annotate(Count("pk")))
    return [
        _line(registration.key, registration.answer(), last.get(registration.key), apart.get(registration.key, 0), at)
        for registration in SWEEPS
    ]


def _line(key: str, sweep: Sweep, last: SweepRun | None, apart: int, at: dt.datetime) -> SweepLine:
    oldest = sweep.oldest_due(at)
    late = oldest is not None and at - oldest > sweep.late_after
    return SweepLine(key, sweep.label, last, oldest, late, apart)


def faults(limit: int) -> list[tuple[str | Promise, SweepFault]]:
    """(label of the sweep, fault) of rows that are set apart, those that have failed longest first."""
    labels = {registration.key: registration.answer().label for registration in SWEEPS}
    found = SweepFault.objects.order_by("first_at", "pk")[:limit]
    return [(labels.get(fault.sweep, fault.sweep), fault) for fault in found]


def check(at: dt.datetime) -> tuple[bool, dict]:
    """For /readyz: no row may wait longer than its sweep allows. Rows that are set apart are only told."""
    found = lines(at)
    waiting = {
        line.key: 0.0 if line.oldest_due is None else round(max(0.0, (at - line.oldest_due).total_seconds()), 1)
        for line in found
    }
    apart = {line.key: line.apart for line in found if line.apart}
    return not any(line.late for line in found), {"waiting_seconds": waiting, "set_apart": apart}
