"""The alert of a complaint that somebody lets lie: its unit's, or the officials' whose turn it is."""

import datetime as dt

from django.db import transaction
from django.db.models import F

from compliance import rules
from compliance.actions.news import note_alerts
from compliance.choices import AlertState, Topic
from compliance.models import Alert, AlertCause, AlertStep, Complaint
from compliance.queries import Policies
from registry.models import Elevator

ANSWER, REVIEW = "COMPLAINT", "COMPLAINT_OFFICIALS"  # the unit's turn, the officials'
KINDS = (ANSWER, REVIEW)


def alert_kind(complaint: Complaint) -> str:
    return ANSWER if complaint.unit_id and complaint.state != "ANSWERED" else REVIEW


@transaction.atomic
def open_complaint_alert(*, complaint: Complaint, policies: Policies, at: dt.datetime) -> None:
    """See that this late, locked complaint keeps its elevator's alert open.

    An alert is about an elevator: of a complaint about a whole site the first one of the site stands for it; where the site
    has none, the alert is about the site.
    """
    subject, kind = _subject(complaint), alert_kind(complaint)
    policy = policies[kind]
    rung = rules.next_rung(policy.ladder, 0)
    alert = None
    while alert is None:  # it may be resolved between the two statements
        new = Alert(
            kind=kind,
            **subject,
            city_id=complaint.city_id,
            managing_district_id=complaint.managing_district_id,
            area_id=complaint.area_id,
            level=rules.level_after(policy.ladder, 0),
            severity=policy.severity,
            clause=complaint.category.source[:120],
            policy=policy.version,
            opened_at=at,
            escalates_at=None if rung is None else at + dt.timedelta(days=rung),
        )
        Alert.objects.bulk_create([new], ignore_conflicts=True)
        alert = Alert.objects.standing().select_for_update().filter(**subject, kind=kind).first()
    AlertStep.objects.bulk_create([AlertStep(alert=alert, level=alert.level, at=at)], ignore_conflicts=True)
    AlertCause.objects.bulk_create([AlertCause(alert=alert, complaint=complaint, since=at)], ignore_conflicts=True)
    if alert.public_id == new.public_id:
        note_alerts(Topic.OPENED, [alert.pk], at)


def _subject(complaint: Complaint) -> dict[str, int]:
    """The column that says what the alert is about."""
    elevators = Elevator.objects.filter(site=complaint.site_id).order_by("pk").values_list("pk", flat=True)
    elevator_id = complaint.elevator_id or elevators.first()
    return {"elevator_id": elevator_id} if elevator_id else {"site_id": complaint.site_id}


@transaction.atomic
def settle_complaint(*, complaint: Complaint, at: dt.datetime) -> None:
    """End what this (locked) complaint causes, and resolve the alert whose last cause that was."""
    causes = AlertCause.objects.filter(complaint=complaint, ended_at=None)
    alerts = list(Alert.objects.standing().filter(pk__in=causes.values("alert")).order_by("pk").select_for_update())
    if not alerts:
        return
    causes.update(ended_at=at)
    done = Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).exclude(
        pk__in=AlertCause.objects.filter(ended_at=None).values("alert")
    )
    resolved = list(done.values_list("pk", flat=True))
    done.update(state=AlertState.RESOLVED, resolved_at=at, escalates_at=None, version=F("version") + 1)
    note_alerts(Topic.RESOLVED, resolved, at)
