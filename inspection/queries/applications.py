"""What may be applied for, by whom it can be answered, and how an application stands."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.choices import UnitKind
from accounts.models import Unit
from accounts.roles import Permission
from common.actor import Actor
from compliance.models import Obligation
from inspection.models import Application, BodyLicence
from registry.choices import ResponsibilityRole
from registry.models import Responsibility

KIND = "PERIODIC_INSPECTION"


def bodies_on(day: dt.date) -> QuerySet[Unit]:
    """Inspection bodies that are licensed for periodic inspections on a day."""
    licences = BodyLicence.objects.counting().filter(
        unit=OuterRef("pk"), kinds__contains=["PERIODIC"], valid_from__lte=day, valid_until__gte=day
    )
    return Unit.objects.filter(Exists(licences), kind=UnitKind.INSPECTION_BODY)


def is_in_charge(unit_id: int, elevator_id: int, at: dt.datetime) -> bool:
    """Is the unit the elevator's inspection body at this moment?"""
    rows = Responsibility.objects.filter(
        unit_id=unit_id, elevator_id=elevator_id, role=ResponsibilityRole.INSPECTION_BODY, started_at__lte=at
    )
    return rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at)).exists()


def appliable(actor: Actor, today: dt.date) -> QuerySet[Obligation]:
    """Periodic inspections of one's own elevators that nobody has applied for, and that may be (rules.require_appliable)."""
    standing = Application.objects.standing().filter(elevator=OuterRef("elevator"), period=OuterRef("period"))
    rows = Obligation.objects.visible_to(actor, Permission.APPLY_INSPECTION).pending().filter(kind=KIND)
    return rows.filter(Q(opens_on__lte=today) | Q(apply_by__lte=today)).exclude(Exists(standing))
