"""The one timer engine: arm, withdraw, fire. Rows claimed in sets; run twice equals once; nothing depends on Redis."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

import structlog
from django.apps import apps
from django.db import connection, transaction

from common.hooks import DEADLINE_HANDLERS
from common.models import Deadline

log = structlog.get_logger(__name__)
CHANNEL = "pulse"
# An attempt that failed waits 2, 4, 8 … seconds, at most five minutes; it is never given up.
LONGEST_WAIT = dt.timedelta(minutes=5)
# A subject that somebody is changing right now is looked at again this much later.
BUSY_WAIT = dt.timedelta(milliseconds=200)

_ARM = """
INSERT INTO common_deadline
    (public_id, kind, subject_type, subject_id, fence, due_at, attempt_after, attempts, last_error, created_at)
VALUES (%(public_id)s, %(kind)s, %(subject_type)s, %(subject_id)s, 1, %(due_at)s, %(due_at)s, 0, '', %(at)s)
ON CONFLICT (kind, subject_type, subject_id) WHERE fired_at IS NULL AND withdrawn_at IS NULL
DO UPDATE SET due_at = EXCLUDED.due_at, attempt_after = EXCLUDED.attempt_after, attempts = 0, last_error = '',
              fence = common_deadline.fence + 1
"""


def arm(*, kind: str, subject, due_at: dt.datetime, at: dt.datetime) -> None:
    """Set (or set anew) the one pending deadline of this kind for `subject`, a saved model instance."""
    if kind not in DEADLINE_HANDLERS:
        raise ValueError(f"no handler is registered for deadlines of kind {kind}")
    params = {
        "public_id": Deadline._meta.get_field("public_id").get_default(),
        "kind": kind,
        "subject_type": subject._meta.label_lower,
        "subject_id": subject.pk,
        "due_at": due_at,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ARM, params)
        # delivered at commit, to whoever listens; nobody need
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def withdraw(*, kind: str, subject, at: dt.datetime) -> bool:
    """Take back the pending deadline of this kind; False when there is none."""
    return bool(
        Deadline.objects.pending()
        .filter(kind=kind, subject_type=subject._meta.label_lower, subject_id=subject.pk)
        .update(withdrawn_at=at)
    )


@dataclass(frozen=True, slots=True)
class Tick:
    """What one look at the clock did."""

    fired: int = 0
    failed: int = 0


@transaction.atomic
def fire_due(*, at: dt.datetime, limit: int = 500) -> Tick:
    """Claim up to `limit` due deadlines that nobody else holds and run their handlers in this very transaction.

    A handler that raises costs its own rows one attempt and no other row anything. A process killed here has done
    nothing: the rows are due again at once.
    """
    claimed = list(Deadline.objects.due(at).order_by("attempt_after").select_for_update(skip_locked=True)[:limit])
    if busy := _busy(claimed):
        Deadline.objects.filter(pk__in=busy).update(attempt_after=at + BUSY_WAIT)
        claimed = [deadline for deadline in claimed if deadline.pk not in busy]
    by_kind = defaultdict(list)
    for deadline in claimed:
        by_kind[deadline.kind].append(deadline)
    failed = sum(_fire_set(kind, deadlines, at) for kind, deadlines in by_kind.items())
    return Tick(fired=len(claimed) - failed, failed=failed)


def _busy(claimed: list[Deadline]) -> set[int]:
    """Lock the subjects; the deadlines whose subject is in somebody else's hands are left for later.

    Actions lock the subject first and its deadline (arm, withdraw) afterwards, we the other way round: if we waited
    for the subject here, the two would wait for each other and PostgreSQL would end one of them.
    """
    busy = set()
    for subject_type in {deadline.subject_type for deadline in claimed}:
        try:
            subjects = apps.get_model(subject_type)._base_manager
        except (LookupError, ValueError):
            continue  # a kind whose app has gone; its handler says so
        wanted = {deadline.subject_id for deadline in claimed if deadline.subject_type == subject_type}
        free = set(
            subjects.filter(pk__in=wanted)
            .order_by("pk")
            .select_for_update(skip_locked=True, of=("self",))
            .values_list("pk", flat=True)
        )
        if missing := wanted - free:  # locked, or gone for good
            held = set(subjects.filter(pk__in=missing).values_list("pk", flat=True))
            busy |= {d.pk for d in claimed if d.subject_type == subject_type and d.subject_id in held}
    return busy


def _fire_set(kind: str, deadlines: list[Deadline], at: dt.datetime) -> int:
    """Fire deadlines of one kind together; when that fails, one by one, so that a bad one stands alone. Returns failures."""
    try:
        with transaction.atomic():
            # first, so that a handler may arm the next one of the same kind for the same subject
            Deadline.objects.filter(pk__in=[d.pk for d in deadlines]).update(fired_at=at)
            DEADLINE_HANDLERS[kind](deadlines, at)
        return 0
    except Exception as error:
        if len(deadlines) > 1:
            return sum(_fire_set(kind, [deadline], at) for deadline in deadlines)
        _postpone(deadlines[0], error, at)
        return 1


def _postpone(deadline: Deadline, error: Exception, at: dt.datetime) -> None:
    """Note the failure by its type (a message may quote personal data) and try again later."""
    if connection.needs_rollback or not connection.is_usable():
        raise error
    wait = min(dt.timedelta(seconds=2 ** min(deadline.attempts + 1, 10)), LONGEST_WAIT)
    Deadline.objects.filter(pk=deadline.pk).update(
        attempts=min(deadline.attempts + 1, 32_000), attempt_after=at + wait, last_error=type(error).__name__[:200]
    )
    log.error("deadline failed", kind=deadline.kind, deadline=str(deadline.public_id), exc_info=error)


def next_attempt_at() -> dt.datetime | None:
    """When the next pending deadline wants to be looked at."""
    return Deadline.objects.pending().order_by("attempt_after").values_list("attempt_after", flat=True).first()
