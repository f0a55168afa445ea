"""The sweep that notices that time has passed: warnings told, alerts raised, the next period planned."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

from common.apart import APART, in_parts
from common.clock import local_date, local_day
from compliance import rules
from compliance.actions.alerts import open_alerts
from compliance.actions.news import note_stages
from compliance.actions.plans import midnight
from compliance.queries import Policies, policies_on

SWEEP = "compliance.steps"
SET = 500

# The elevator is held too: a plan of it would want this row, and we the note that the plan has taken (decision 0020).
_CLAIM = f"""
SELECT o.id FROM compliance_obligation o JOIN registry_elevator e ON e.id = o.elevator_id
WHERE o.step_at <= %(at)s AND NOT o.id = ANY({APART})
ORDER BY o.step_at, o.id LIMIT %(limit)s FOR NO KEY UPDATE OF o, e SKIP LOCKED
"""
_CLAIM_OTHERS = f"""
SELECT id FROM compliance_obligation WHERE step_at <= %(at)s AND elevator_id IS NULL AND NOT id = ANY({APART})
ORDER BY step_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
_ROWS = """
SELECT id, elevator_id, kind, opens_on, due_on, alert_after, last_step FROM compliance_obligation
WHERE id = ANY(%s) ORDER BY step_at, id
"""
# Unless it was planned since the period opened: such a plan has the one after it already.
_NOTE_OPENED = f"""
INSERT INTO compliance_elevatordue (elevator_id)
SELECT DISTINCT elevator_id FROM compliance_obligation
WHERE id = ANY(%s) AND elevator_id IS NOT NULL AND {local_day("planned_at")} < opens_on ORDER BY elevator_id
ON CONFLICT DO NOTHING
"""
_WRITE = """
UPDATE compliance_obligation o SET last_step = t.step, step_at = t.step_at
FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[]) AS t (id, step, step_at) WHERE o.id = t.id
"""


@dataclass(frozen=True, slots=True)
class Steps:
    """What one look at the clock did."""

    taken: int = 0
    told: int = 0
    alerts: int = 0


class Due(NamedTuple):
    """What a look at the clock asks of an obligation."""

    pk: int
    elevator_id: int | None
    kind: str
    opens_on: dt.date
    due_on: dt.date
    alert_after: dt.date
    last_step: int | None


@transaction.atomic
def take_steps(*, at: dt.datetime, limit: int = SET) -> Steps:
    """Do what is due of up to `limit` obligations that nobody else holds. Run twice equals run once.

    What is to be done follows from the dates and the policy of today, never from how long nobody looked: of several
    warnings that were missed only the nearest is told.
    """
    ids = _claim(at, limit)
    if not ids:
        return Steps()
    policies = policies_on(local_date(at))
    parts = in_parts(SWEEP, ids, lambda part: _take(part, policies, at), at=at).done
    # what was set apart was looked at, too
    return Steps(len(ids), sum(part.told for part in parts), sum(part.alerts for part in parts))


def _claim(at: dt.datetime, limit: int) -> list[int]:
    """Due rows with their elevators, in nobody else's hands. What an action or a plan holds comes with the next look."""
    ids = []
    with connection.cursor() as cursor:
        for claim in (_CLAIM, _CLAIM_OTHERS):
            cursor.execute(claim, {"sweep": SWEEP, "at": at, "limit": limit - len(ids)})
            ids += [pk for (pk,) in cursor.fetchall()]
    return ids


def _take(ids: Sequence[int], policies: Policies, at: dt.datetime) -> Steps:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(ids)])
        rows = [Due(*row) for row in cursor.fetchall()]
    today = local_date(at)
    stages = {row.pk: _stage(row, policies, today) for row in rows}
    told = _tell([row for row in rows if stages[row.pk] != row.last_step], stages, at)
    late = [row for row in rows if stages[row.pk] == rules.OVERDUE]
    alerts = open_alerts(obligations=late, policies=policies, at=at) if late else 0
    _note_opened([row for row in rows if row.last_step is None and stages[row.pk] is not None])
    _move_on(rows, stages, policies, today)
    return Steps(len(rows), told, alerts)


def take_all_steps(*, at: dt.datetime) -> int:
    """Everything that is due, set by set; returns how many rows."""
    total = 0
    while taken := take_steps(at=at).taken:
        total += taken
    return total


def _dates(row: Due, policies: Policies) -> dict:
    return {
        "opens_on": row.opens_on,
        "due_on": row.due_on,
        "alert_after": row.alert_after,
        "policy": policies[row.kind],
    }


def _stage(row: Due, policies: Policies, today: dt.date) -> int | None:
    return rules.stage(**_dates(row, policies), today=today)


def _tell(rows: Sequence[Due], stages: dict, at: dt.datetime) -> int:
    """A notice of each new stage, and the news of it; that it opened is no news to anybody."""
    return note_stages({row.pk: stages[row.pk] for row in rows if stages[row.pk] not in (None, rules.OPENED)}, at)


def _note_opened(rows: Sequence[Due]) -> None:
    """The first step of a period: its elevator is planned anew, so that the period after it exists in time."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE_OPENED, [[row.pk for row in rows]])


def _move_on(rows: Sequence[Due], stages: dict, policies: Policies, today: dt.date) -> None:
    days = [rules.next_step_on(**_dates(row, policies), after=today) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                [row.pk for row in rows],
                [stages[row.pk] for row in rows],
                [None if day is None else midnight(day) for day in days],
            ],
        )
