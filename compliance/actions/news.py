"""Writing down what somebody has to be told, in the transaction that makes it news: one statement for any number of rows."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import connection

from compliance.rules.telling import tell_at

# Who answers for an elevator now, and whoever else a row is about. `{row}` is the alias of the alert or obligation.
_UNITS = """
    (CASE WHEN e.using_unit_until IS NULL OR e.using_unit_until > %(at)s THEN e.using_unit_id END, NULL::bigint, NULL::bigint),
    (CASE WHEN e.maintenance_unit_until IS NULL OR e.maintenance_unit_until > %(at)s THEN e.maintenance_unit_id END, NULL, NULL),
    ({row}.unit_id, NULL, NULL),
    (NULL, NULL, {row}.person_id)
"""
_INTO = """
INSERT INTO compliance_news (topic, unit_id, area_id, person_id, alert_id, obligation_id, overdue, month, hazards, tell_at)
"""
# DISTINCT takes away the second row of a unit that both uses and maintains
_ALERTS = f"""
{_INTO}
SELECT DISTINCT %(topic)s, t.unit_id, t.area_id, t.person_id, a.id, NULL::bigint, 1, 0, 0, %(tell_at)s::timestamptz
FROM compliance_alert a LEFT JOIN registry_elevator e ON e.id = a.elevator_id
CROSS JOIN LATERAL (VALUES {_UNITS.format(row="a")},
    (NULL, CASE a.level WHEN 'SUBDISTRICT' THEN a.area_id WHEN 'DISTRICT' THEN a.managing_district_id
                        WHEN 'CITY' THEN a.city_id END, NULL)
) AS t (unit_id, area_id, person_id)
WHERE a.id = ANY(%(alerts)s) AND num_nonnulls(t.unit_id, t.area_id, t.person_id) = 1
"""
# The notice is the proof that somebody was warned; only a new one is news. Of an overdue one the alert speaks.
_NOTICES = f"""
WITH told AS (
    INSERT INTO compliance_notice (obligation_id, step, due_on, told_at)
    SELECT o.id, t.step, o.due_on, %(at)s
    FROM unnest(%(ids)s::bigint[], %(steps)s::smallint[]) AS t (id, step) JOIN compliance_obligation o ON o.id = t.id
    ON CONFLICT DO NOTHING RETURNING obligation_id, step
), news AS (
    {_INTO}
    SELECT DISTINCT %(topic)s, t.unit_id, t.area_id, t.person_id, NULL::bigint, o.id, 1, 0, 0, %(tell_at)s::timestamptz
    FROM told JOIN compliance_obligation o ON o.id = told.obligation_id LEFT JOIN registry_elevator e ON e.id = o.elevator_id
    CROSS JOIN LATERAL (VALUES {_UNITS.format(row="o")}) AS t (unit_id, area_id, person_id)
    WHERE told.step >= 0 AND num_nonnulls(t.unit_id, t.area_id, t.person_id) = 1
)
SELECT count(*) FROM told
"""
_HAZARD = """
INSERT INTO compliance_news (topic, unit_id, hazard_id, overdue, month, hazards, tell_at)
SELECT DISTINCT %(topic)s, t.unit_id, h.id, 1, 0, 0, %(tell_at)s::timestamptz
FROM compliance_hazard h JOIN registry_elevator e ON e.id = h.elevator_id
CROSS JOIN LATERAL (VALUES
    (CASE WHEN e.using_unit_until IS NULL OR e.using_unit_until > %(at)s THEN e.using_unit_id END),
    (CASE WHEN e.maintenance_unit_until IS NULL OR e.maintenance_unit_until > %(at)s THEN e.maintenance_unit_id END)
) AS t (unit_id)
WHERE h.id = %(hazard)s AND t.unit_id IS NOT NULL AND t.unit_id IS DISTINCT FROM %(besides)s::bigint
"""


def note_hazard(topic: str, hazard, at: dt.datetime, *, besides: int | None = None) -> None:
    """That this hazard was found, extended or sent back: news to the units that answer for its elevator, `besides` the one whose
    person did it."""
    params = {"topic": topic, "hazard": hazard.pk, "at": at, "tell_at": tell_at(topic, at), "besides": besides}
    with connection.cursor() as cursor:
        cursor.execute(_HAZARD, params)


def note_alerts(topic: str, alert_ids: Collection[int], at: dt.datetime) -> None:
    """That these alerts opened, moved on or ended: news to the units that answer, and to the officers whose turn it is."""
    if alert_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                _ALERTS, {"topic": topic, "alerts": list(alert_ids), "at": at, "tell_at": tell_at(topic, at)}
            )


def note_stages(steps: Mapping[int, int], at: dt.datetime) -> int:
    """A notice of each new stage, {obligation: step}, and the news of it; returns how many notices are new."""
    if not steps:
        return 0
    params = {"ids": list(steps), "steps": list(steps.values()), "topic": "SOON"}
    with connection.cursor() as cursor:
        cursor.execute(_NOTICES, {**params, "at": at, "tell_at": tell_at("SOON", at)})
        return cursor.fetchone()[0]
