"""What everybody who reads a plate is told of inspections."""

import datetime as dt
import json

from registry.signals import PublicFact

# A failed or missing periodic inspection bars the use (law art. 40); a self-test that is late does not. Besides a pass,
# a failure ends with a supervised installation (inspection.md R1, D4), and with supervised works after which the ledger no
# longer wants what had failed (D4: an alteration under the rule in force; R5: a major repair in time).
_SQL = """
SELECT CASE WHEN e.registration_state = 'IN_USE' THEN jsonb_build_object(
    'inspected_on', (SELECT max(i.concluded_on) FROM inspection_inspection i WHERE i.elevator_id = e.id
        AND i.withdrawn_at IS NULL AND i.kind NOT IN ('BRAKE_TEST', 'GOVERNOR_CHECK', 'MAJOR_REPAIR')),
    'failed', (SELECT left(i.verdict, 6) = 'FAILED' AND NOT EXISTS (
            SELECT FROM inspection_inspection s WHERE s.elevator_id = e.id AND s.withdrawn_at IS NULL
            AND s.concluded_on > i.concluded_on AND left(s.verdict, 6) = 'PASSED'
            AND (s.kind IN ('INSTALLATION', 'RELOCATION') OR s.kind IN ('ALTERATION', 'MAJOR_REPAIR') AND NOT EXISTS (
                SELECT FROM compliance_obligation p WHERE p.elevator_id = e.id AND p.status = 'PENDING'
                AND p.kind IN ('PERIODIC_INSPECTION', 'RESTART_INSPECTION') AND p.opens_on <= i.concluded_on)))
        FROM inspection_inspection i WHERE i.elevator_id = e.id
        AND i.withdrawn_at IS NULL AND i.kind IN ('PERIODIC', 'RESTART_INSPECTION')
        ORDER BY i.concluded_on DESC, i.id DESC LIMIT 1),
    'due_on', min(CASE WHEN o.law_due_on >= t.today THEN o.law_due_on ELSE o.due_on END),
    'barred_on', min(o.due_on) FILTER (WHERE o.kind <> 'SELF_TEST'),
    'excused_until', min(o.due_on) FILTER (WHERE o.law_due_on < t.today AND o.due_on >= t.today),
    'today', (%(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date) END
FROM compliance_obligation o, (SELECT (%(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS today) t
WHERE o.elevator_id = e.id AND (o.status = 'PENDING' OR (o.status = 'WAIVED' AND o.law_alert_after IS NOT NULL))
    AND o.kind IN ('PERIODIC_INSPECTION', 'SELF_TEST', 'RESTART_INSPECTION')
"""
VALID, OVERDUE, FAILED, SELF_TEST_OVERDUE, UNKNOWN = "VALID", "OVERDUE", "FAILED", "SELF_TEST_OVERDUE", "UNKNOWN"
EXCUSED = "EXCUSED"


def public_inspection() -> PublicFact:
    """The state of inspection (registered at PUBLIC_FACTS): {"state", "inspected", "next_due"} with months as "2026-05", and
    with OVERDUE and SELF_TEST_OVERDUE "since", the first day after the last good one; EXCUSED: the law's last day is over, and
    an authority gave until "until". Nothing of elevators not in use."""
    return PublicFact("next_inspection_on", _SQL, _read)


def _read(value: str) -> dict:
    said = json.loads(value) if isinstance(value, str) else value
    inspected, due, barred, today = (_day(said[name]) for name in ("inspected_on", "due_on", "barred_on", "today"))
    found = {"state": VALID if due else UNKNOWN, "inspected": _month(inspected), "next_due": _month(due)}
    if said["failed"]:
        found["state"] = FAILED
    elif due is not None and due < today:
        late = barred if barred is not None and barred < today else None
        found["state"] = OVERDUE if late else SELF_TEST_OVERDUE
        found["since"] = ((late or due) + dt.timedelta(days=1)).isoformat()
    elif said.get("excused_until"):
        found |= {"state": EXCUSED, "until": said["excused_until"]}
    return found


def _day(text: str | None) -> dt.date | None:
    return text and dt.date.fromisoformat(text)


def _month(day: dt.date | None) -> str:
    return f"{day:%Y-%m}" if day else ""
