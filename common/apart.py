"""A row on which a sweep fails is set apart, so that it holds up nobody else.

A sweep claims a set, excludes what is apart (`APART`), and does its work through `in_parts`: when the set raises, its halves
are tried, each in a savepoint, down to the rows that raise by themselves. These wait, twice as long each time.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from common.models import SweepFault

log = structlog.get_logger(__name__)
T = TypeVar("T")

# More rows of one set than this are no bad rows but a mistake of ours or a server in trouble: the sweep fails as a whole.
MOST = 20
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(seconds=30), dt.timedelta(hours=1)

# For claims: an array, so that the claim walks the same index whether anything is apart or not.
APART = "ARRAY(SELECT row_id FROM common_sweepfault WHERE sweep = %(sweep)s AND again_at > %(at)s)"


@dataclass(slots=True)
class Parts(Generic[T]):
    """`done`: what `work` returned of each part that went well; `apart`: the rows that did not, with what they raised."""

    done: list[T] = field(default_factory=list)
    apart: dict[int, Exception] = field(default_factory=dict)


def apart(sweep: str, at: dt.datetime) -> QuerySet:
    """Keys to leave out of a claim by the ORM (`APART` for one in SQL)."""
    return SweepFault.objects.filter(sweep=sweep, again_at__gt=at).values("row_id")


_NOTE = """
INSERT INTO common_sweepfault AS f (sweep, row_id, error, attempts, first_at, failed_at, again_at)
VALUES (%(sweep)s, %(row)s, %(error)s, 1, %(at)s, %(at)s, %(at)s + %(first)s)
ON CONFLICT (sweep, row_id) DO UPDATE
SET error = EXCLUDED.error, attempts = least(f.attempts + 1, 32000), failed_at = EXCLUDED.failed_at,
    again_at = %(at)s + least(%(first)s * 2 ^ least(f.attempts, 20), %(longest)s)
"""


def in_parts(sweep: str, rows: Sequence[int], work: Callable[[Sequence[int]], T], *, at: dt.datetime) -> Parts[T]:
    """`work(rows)`, or of its parts what goes well; rows that fail by themselves are noted to be tried again later.

    In the caller's transaction. What is the server's fault (a lost connection, a deadlock) and what fails more than MOST
    rows is raised: then nothing of the set happened.
    """
    parts = Parts()
    _try(rows, work, parts)
    for row, error in parts.apart.items():
        _note(sweep, row, error, at)
    return parts


def _try(rows: Sequence[int], work: Callable[[Sequence[int]], T], parts: Parts[T]) -> None:
    try:
        with transaction.atomic():
            parts.done.append(work(rows))
        return
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if connection.needs_rollback or len(parts.apart) >= MOST:
            raise
        if len(rows) == 1:
            parts.apart[rows[0]] = error
            return
    half = len(rows) // 2
    for part in (rows[:half], rows[half:]):
        _try(part, work, parts)


def _note(sweep: str, row: int, error: Exception, at: dt.datetime) -> None:
    params = {
        "sweep": sweep,
        "row": row,
        "error": type(error).__name__[:200],
        "at": at,
        "first": FIRST_WAIT,
        "longest": LONGEST_WAIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, params)
    log.error("row of a sweep set apart", sweep=sweep, row=row, exc_info=error)


def forget_tried(sweep: str, *, before: dt.datetime) -> None:
    """After a run that did everything due at `before`: what was to be tried by then and did not fail again went well, or is
    wanted no more."""
    SweepFault.objects.filter(sweep=sweep, again_at__lte=before).delete()
