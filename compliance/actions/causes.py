"""Alerts that are kept open by rows without a column of their own in AlertCause: named by the label and key of the row.

For whoever has a fact that wants an alert and is neither an obligation, a hazard nor a complaint. In sets, each alert once.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from compliance import rules
from compliance.actions.alerts import resolve_unless_caused
from compliance.actions.news import note_alerts
from compliance.choices import Topic
from compliance.rules import Policy


@dataclass(frozen=True, slots=True)
class Caused:
    """That a row (`source_id` within its `source_type`) keeps an alert open about an elevator, or about a unit. Several of
    one elevator or unit keep the same alert; its severity is that of the one given last."""

    source_id: str
    severity: str
    clause: str = ""
    elevator_id: int | None = None
    unit_id: int | None = None

    def __post_init__(self):
        if (self.elevator_id is None) == (self.unit_id is None):
            raise ValueError("an alert is about an elevator or about a unit")


_GIVEN = (
    "unnest(%(elevators)s::bigint[], %(units)s::bigint[], %(sources)s::text[], %(severities)s::text[], %(clauses)s::text[])"
    " WITH ORDINALITY AS t (elevator_id, unit_id, source_id, severity, clause, place)"
)
_OPEN = f"""
WITH opened AS (
INSERT INTO compliance_alert (public_id, kind, elevator_id, unit_id, for_unit_id, city_id, managing_district_id, area_id,
    state, level, severity, clause, policy, opened_at, escalates_at, acknowledged_by_kind, acknowledged_by_id, note, version)
SELECT DISTINCT ON (t.elevator_id, t.unit_id)
       gen_random_uuid(), %(kind)s, t.elevator_id, t.unit_id, t.unit_id, e.city_id, e.managing_district_id, e.area_id,
       'OPEN', %(level)s, t.severity, t.clause, %(version)s, %(at)s, %(escalates_at)s, '', '', '', 1
FROM {_GIVEN} LEFT JOIN registry_elevator e ON e.id = t.elevator_id
ORDER BY t.elevator_id, t.unit_id, t.place
ON CONFLICT DO NOTHING
RETURNING id
), noted AS (
INSERT INTO compliance_alertstep (alert_id, level, at) SELECT id, %(level)s, %(at)s FROM opened
)
SELECT id FROM opened
"""
# The alert of each row, locked: nobody resolves it between here and the cause.
_CAUSES = f"""
WITH standing AS MATERIALIZED (
SELECT s.source_id, s.severity, s.place, a.id FROM (
    SELECT t.source_id, t.severity, t.place, a.id FROM {_GIVEN}
    JOIN compliance_alert a ON a.elevator_id = t.elevator_id AND a.kind = %(kind)s AND a.state <> 'RESOLVED'
    UNION ALL
    SELECT t.source_id, t.severity, t.place, a.id FROM {_GIVEN}
    JOIN compliance_alert a ON a.unit_id = t.unit_id AND a.kind = %(kind)s AND a.state <> 'RESOLVED'
) s JOIN compliance_alert a ON a.id = s.id
WHERE a.state <> 'RESOLVED' ORDER BY a.id FOR UPDATE OF a
), caused AS (
INSERT INTO compliance_alertcause (alert_id, source_type, source_id, since)
SELECT id, %(source_type)s, source_id, %(at)s FROM standing
ON CONFLICT (source_type, source_id) WHERE ended_at IS NULL AND NOT (source_id = '') DO NOTHING
), graded AS (
UPDATE compliance_alert a SET severity = s.severity, version = a.version + 1
FROM (SELECT DISTINCT ON (id) id, severity FROM standing ORDER BY id, place DESC) s
WHERE a.id = s.id AND a.severity <> s.severity
)
SELECT source_id FROM standing
"""
_CONCERNED = """
SELECT a.id FROM compliance_alert a
WHERE a.state <> 'RESOLVED' AND a.id IN (
    SELECT c.alert_id FROM compliance_alertcause c
    WHERE c.source_type = %(source_type)s AND c.source_id = ANY(%(sources)s) AND c.ended_at IS NULL AND c.source_id <> ''
) ORDER BY a.id FOR UPDATE
"""
_END = """
UPDATE compliance_alertcause SET ended_at = %(at)s
WHERE source_type = %(source_type)s AND source_id = ANY(%(sources)s) AND ended_at IS NULL AND source_id <> ''
"""


@transaction.atomic
def open_caused(
    *, kind: str, source_type: str, causes: Sequence[Caused], policy: Policy, at: dt.datetime, tell: bool = True
) -> int:
    """See that each of these (locked) rows keeps an alert of `kind` open; returns how many were opened. `tell`: that it
    opened is news."""
    opened, left = 0, {cause.source_id: cause for cause in causes}
    while left:  # an alert that is resolved at this very moment gives way to another
        params = _params(kind, source_type, list(left.values()), policy, at)
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, params)
            new = [pk for (pk,) in cursor.fetchall()]
            cursor.execute(_CAUSES, params)
            for (source_id,) in cursor.fetchall():
                left.pop(source_id, None)
        if tell:
            note_alerts(Topic.OPENED, new, at)
        opened += len(new)
    return opened


def _params(kind: str, source_type: str, causes: Sequence[Caused], policy: Policy, at: dt.datetime) -> dict:
    rung = rules.next_rung(policy.ladder, 0)
    return {
        "kind": kind,
        "source_type": source_type,
        "elevators": [cause.elevator_id for cause in causes],
        "units": [cause.unit_id for cause in causes],
        "sources": [cause.source_id for cause in causes],
        "severities": [cause.severity for cause in causes],
        "clauses": [cause.clause[:120] for cause in causes],
        "level": rules.level_after(policy.ladder, 0),
        "version": policy.version,
        "escalates_at": None if rung is None else at + dt.timedelta(days=rung),
        "at": at,
    }


@transaction.atomic
def end_caused(*, source_type: str, source_ids: Collection[str], at: dt.datetime, tell: bool = True) -> None:
    """End what these (locked) rows no longer cause, and resolve alerts whose last cause that was."""
    params = {"source_type": source_type, "sources": list(source_ids), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_CONCERNED, params)
        alerts = [pk for (pk,) in cursor.fetchall()]
        if alerts:
            cursor.execute(_END, params)
    if alerts:
        resolve_unless_caused(alerts, at, tell=tell)
