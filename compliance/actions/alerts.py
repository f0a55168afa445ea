"""Alerts: opened by what is late, moved on while nobody acts, resolved by facts."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.apart import apart, in_parts
from common.audit import record_change
from common.clock import local_date
from common.errors import Refusal
from compliance import rules
from compliance.actions.emergencies import tell_major
from compliance.actions.news import note_alerts
from compliance.choices import AlertState, Topic
from compliance.models import Alert, AlertCause, AlertStep, Hazard, Obligation
from compliance.queries import Policies, policies_on
from compliance.rules.risk import ALERT_KIND

SWEEP = "compliance.escalations"
OVERDUE_KIND = "OVERDUE_"  # + the obligation's kind

_OPEN = """
WITH opened AS (
INSERT INTO compliance_alert (public_id, kind, elevator_id, unit_id, person_id, for_unit_id, city_id, managing_district_id,
    area_id, state, level, severity, clause, policy, opened_at, escalates_at, acknowledged_by_kind, acknowledged_by_id, note,
    version)
SELECT DISTINCT ON (o.elevator_id, o.unit_id, o.person_id, o.for_unit_id, o.kind)
       gen_random_uuid(), %(prefix)s || o.kind, o.elevator_id, o.unit_id, o.person_id, o.for_unit_id, o.city_id,
       o.managing_district_id, o.area_id, 'OPEN', p.level, p.severity, o.clause, p.version, %(at)s, p.escalates_at, '', '', '', 1
FROM compliance_obligation o
JOIN unnest(%(kinds)s::text[], %(levels)s::text[], %(severities)s::text[], %(versions)s::text[], %(moments)s::timestamptz[])
     AS p (kind, level, severity, version, escalates_at) ON p.kind = o.kind
WHERE o.id = ANY(%(ids)s)
ORDER BY o.elevator_id, o.unit_id, o.person_id, o.for_unit_id, o.kind, o.alert_after
ON CONFLICT DO NOTHING
RETURNING id, level
), noted AS (
INSERT INTO compliance_alertstep (alert_id, level, at) SELECT id, level, %(at)s FROM opened
)
SELECT id FROM opened
"""
# The alert of each obligation, locked: nobody resolves it between here and the cause.
_CAUSES = """
WITH standing AS MATERIALIZED (
SELECT s.obligation_id, a.id FROM (
    SELECT o.id AS obligation_id, a.id FROM compliance_obligation o
    JOIN compliance_alert a ON a.elevator_id = o.elevator_id AND a.kind = %(prefix)s || o.kind AND a.state <> 'RESOLVED'
    WHERE o.id = ANY(%(ids)s)
    UNION ALL
    SELECT o.id, a.id FROM compliance_obligation o
    JOIN compliance_alert a ON a.unit_id = o.unit_id AND a.kind = %(prefix)s || o.kind AND a.state <> 'RESOLVED'
    WHERE o.id = ANY(%(ids)s)
    UNION ALL
    SELECT o.id, a.id FROM compliance_obligation o
    JOIN compliance_alert a ON a.person_id = o.person_id AND a.kind = %(prefix)s || o.kind AND a.state <> 'RESOLVED'
                            AND a.for_unit_id IS NOT DISTINCT FROM o.for_unit_id
    WHERE o.id = ANY(%(ids)s)
) s JOIN compliance_alert a ON a.id = s.id
WHERE a.state <> 'RESOLVED' ORDER BY a.id FOR UPDATE OF a
), caused AS (
INSERT INTO compliance_alertcause (alert_id, obligation_id, since)
SELECT id, obligation_id, %(at)s FROM standing ON CONFLICT (obligation_id) WHERE ended_at IS NULL DO NOTHING
)
SELECT obligation_id FROM standing
"""
_END_CAUSES = """
UPDATE compliance_alertcause c SET ended_at = %(at)s,
    waiver_id = CASE WHEN o.status IN ('PENDING', 'WAIVED') AND o.law_alert_after < %(today)s THEN o.waiver_id END
FROM compliance_obligation o
WHERE c.obligation_id = ANY(%(ids)s) AND c.ended_at IS NULL AND o.id = c.obligation_id
  AND NOT (o.status = 'PENDING' AND o.alert_after < %(today)s)
"""
_CONCERNED = """
SELECT a.id FROM compliance_alert a
WHERE a.state <> 'RESOLVED' AND a.id IN (
    SELECT c.alert_id FROM compliance_alertcause c WHERE c.obligation_id = ANY(%(ids)s) AND c.ended_at IS NULL
) ORDER BY a.id FOR UPDATE
"""
_RESOLVE = """
UPDATE compliance_alert a SET state = 'RESOLVED', resolved_at = %(at)s, escalates_at = NULL, version = a.version + 1
WHERE a.id = ANY(%(alerts)s) AND a.state <> 'RESOLVED'
  AND NOT EXISTS (SELECT FROM compliance_alertcause c WHERE c.alert_id = a.id AND c.ended_at IS NULL)
RETURNING a.id
"""


HAZARD_KIND = "HAZARD"
_OPEN_HAZARD = """
INSERT INTO compliance_alert (public_id, kind, elevator_id, city_id, managing_district_id, area_id, state, level, severity,
    clause, policy, opened_at, escalates_at, acknowledged_by_kind, acknowledged_by_id, note, version)
SELECT gen_random_uuid(), %(kind)s, h.elevator_id, h.city_id, h.managing_district_id, h.area_id, 'OPEN', %(level)s,
       CASE h.grade WHEN 'MAJOR' THEN 'RED' ELSE 'ORANGE' END, i.source, %(version)s, %(at)s, %(escalates_at)s, '', '', '', 1
FROM compliance_hazard h JOIN compliance_hazarditem i ON i.code = h.item_id WHERE h.id = %(hazard)s
ON CONFLICT DO NOTHING RETURNING id
"""


class AlertResolved(Refusal):
    code = "alert-resolved"
    status = 409
    message = _("This alert is resolved already; there is nothing to take note of.")


@transaction.atomic
def open_alerts(*, obligations: Sequence[Obligation], policies: Policies, at: dt.datetime) -> int:
    """See that each of these overdue, locked obligations keeps an alert open; returns how many were opened.

    An alert that is resolved at this very moment gives way to another: then the look is repeated.
    """
    opened, left = 0, {row.pk for row in obligations}
    while left:
        params = _opening(sorted(left), {row.kind for row in obligations}, policies, at)
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, params)
            new = [pk for (pk,) in cursor.fetchall()]
            cursor.execute(_CAUSES, params)
            left -= {pk for (pk,) in cursor.fetchall()}
        note_alerts(Topic.OPENED, new, at)
        opened += len(new)
    return opened


@transaction.atomic
def open_hazard_alert(*, hazard: Hazard, policies: Policies, at: dt.datetime) -> None:
    """See that this standing, locked hazard keeps its elevator's alert open; a major one makes it red."""
    policy = policies[HAZARD_KIND]
    params = {
        "kind": HAZARD_KIND,
        "level": rules.level_after(policy.ladder, 0),
        "version": policy.version,
        "escalates_at": _after(at, rules.next_rung(policy.ladder, 0)),
        "hazard": hazard.pk,
        "at": at,
    }
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_OPEN_HAZARD, params)
            new = [pk for (pk,) in cursor.fetchall()]
        AlertStep.objects.bulk_create([AlertStep(alert_id=pk, level=params["level"], at=at) for pk in new])
        standing = Alert.objects.standing().select_for_update()
        alert = standing.filter(elevator_id=hazard.elevator_id, kind=HAZARD_KIND).first()
        if alert is not None:  # else it was resolved between the two statements
            break
    AlertCause.objects.bulk_create([AlertCause(alert=alert, hazard=hazard, since=at)], ignore_conflicts=True)
    _colour([alert])
    if hazard.told_at_once:
        tell_major(hazard=hazard, alert=alert, at=at)
    elif hazard.grade != "MAJOR":  # of an old one the morning tells, if it still stands by then
        note_alerts(Topic.OPENED, new, at)


@transaction.atomic
def settle_hazard(*, hazard: Hazard, at: dt.datetime) -> None:
    """End what this (locked) hazard no longer causes, and resolve the alert whose last cause that was."""
    open_causes = AlertCause.objects.filter(hazard=hazard, ended_at=None)
    alerts = list(
        Alert.objects.standing().filter(pk__in=open_causes.values("alert")).order_by("pk").select_for_update()
    )
    if alerts:
        open_causes.update(ended_at=at)
        resolve_unless_caused([alert.pk for alert in alerts], at)
        _colour(alerts)


def _colour(alerts: Collection[Alert]) -> None:
    """Red as long as a major hazard keeps an alert open, orange otherwise (oversight.md §4): for (locked) alerts of hazards.
    One that is resolved keeps the colour that it had."""
    for alert in alerts:
        causes = AlertCause.objects.filter(alert=alert, ended_at=None)
        severity = "RED" if causes.filter(hazard__grade="MAJOR").exists() else "ORANGE"
        Alert.objects.standing().filter(pk=alert.pk).exclude(severity=severity).update(
            severity=severity, version=F("version") + 1
        )


def resolve_unless_caused(alert_ids: Collection[int], at: dt.datetime, *, tell: bool = True) -> None:
    """Resolve those of these (locked) alerts that nothing keeps open any more."""
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVE, {"alerts": list(alert_ids), "at": at})
        resolved = [pk for (pk,) in cursor.fetchall()]
    if tell:
        note_alerts(Topic.RESOLVED, resolved, at)


def _opening(ids: list[int], kinds: Collection[str], policies: Policies, at: dt.datetime) -> dict:
    ordered = sorted(kinds)
    chosen = [policies[kind] for kind in ordered]
    return {
        "prefix": OVERDUE_KIND,
        "ids": ids,
        "at": at,
        "kinds": ordered,
        "levels": [rules.level_after(policy.ladder, 0) for policy in chosen],
        "severities": [policy.severity for policy in chosen],
        "versions": [policy.version for policy in chosen],
        "moments": [_after(at, rules.next_rung(policy.ladder, 0)) for policy in chosen],
    }


def _after(at: dt.datetime, days: int | None) -> dt.datetime | None:
    return None if days is None else at + dt.timedelta(days=days)


@transaction.atomic
def settle(*, obligation_ids: Collection[int], at: dt.datetime) -> None:
    """End what these (locked) obligations no longer cause, and resolve alerts whose last cause that was."""
    params = {"ids": list(obligation_ids), "at": at, "today": local_date(at)}
    with connection.cursor() as cursor:
        cursor.execute(_CONCERNED, params)
        alerts = [pk for (pk,) in cursor.fetchall()]
        if alerts:
            cursor.execute(_END_CAUSES, params)
    if alerts:
        resolve_unless_caused(alerts, at)


@transaction.atomic
def escalate_due(*, at: dt.datetime, limit: int = 500) -> int:
    """Move alerts on that nobody ended in time; returns how many. Two at once share the work.

    After days without any sweep an alert goes straight to where it would be by now.
    """
    ids = list(
        Alert.objects.filter(escalates_at__lte=at)
        .exclude(pk__in=apart(SWEEP, at))
        .order_by("escalates_at")
        .select_for_update(skip_locked=True)
        .values_list("pk", flat=True)[:limit]
    )
    if ids:
        policies = policies_on(local_date(at))
        in_parts(SWEEP, ids, lambda part: _escalate(part, policies, at), at=at)
    return len(ids)


def _escalate(ids: Sequence[int], policies: Policies, at: dt.datetime) -> None:
    due, steps = list(Alert.objects.filter(pk__in=ids).order_by("escalates_at", "pk")), []
    for alert in due:
        ladder, days = policies[alert.kind.removeprefix(OVERDUE_KIND)].ladder, (at - alert.opened_at).days
        level, rung = rules.level_after(ladder, days), rules.next_rung(ladder, days)
        if level != alert.level:
            steps.append(AlertStep(alert=alert, level=level, at=at))
        alert.level, alert.version = level, alert.version + 1
        alert.escalates_at = _after(alert.opened_at, rung)
    Alert.objects.bulk_update(due, ["level", "escalates_at", "version"])
    AlertStep.objects.bulk_create(steps, ignore_conflicts=True)
    # of a band the rows that made it have told already (decision 0025)
    note_alerts(Topic.ESCALATED, [step.alert_id for step in steps if step.alert.kind != ALERT_KIND], at)


def escalate_all_due(*, at: dt.datetime) -> int:
    """Every alert that is to move on, set by set; returns how many."""
    total = 0
    while moved := escalate_due(at=at):
        total += moved
    return total


@transaction.atomic
def acknowledge_alert(*, alert_id: int, note: str, by: Actor, at: dt.datetime) -> Alert:
    """Say that one has seen it. It stops no clock; the same again changes nothing. Raises AlertResolved."""
    alert = Alert.objects.select_for_update().get(pk=alert_id)
    if alert.state == AlertState.RESOLVED:
        raise AlertResolved
    if alert.state == AlertState.ACKNOWLEDGED:
        return alert
    note = " ".join(note.split())[:400]
    alert.state, alert.acknowledged_at, alert.note = AlertState.ACKNOWLEDGED, at, note
    alert.acknowledged_by_kind, alert.acknowledged_by_id = by.kind, by.id
    alert.version += 1
    alert.save()
    record_change(
        action="compliance.acknowledge_alert",
        subject=alert,
        by=by,
        changes={"state": [AlertState.OPEN, AlertState.ACKNOWLEDGED], "note": ["", note]},
    )
    return alert
