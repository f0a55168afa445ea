"""What a unit owes because of one event, and not by a cycle: entered and ended by the app that saw it."""

import datetime as dt

from django.db import transaction
from django.db.models import F

from accounts.choices import AreaKind
from accounts.models import Unit
from compliance.actions.alerts import settle
from compliance.choices import ObligationStatus
from compliance.models import Obligation


@transaction.atomic
def owe(
    *,
    unit: Unit,
    kind: str,
    period: str,
    opens_on: dt.date,
    due_on: dt.date,
    rule: str,
    clause: str,
    source,
    at: dt.datetime,
) -> Obligation:
    """See that a unit owes this once; what had ended is wanted again. A `due_on` in the past alerts at the next sweep.

    `kind`: one that a planner names. `source`: the row that asks for it.
    """
    area = unit.area
    values = {
        "opens_on": opens_on,
        "due_on": due_on,
        "alert_after": due_on,
        "rule": rule,
        "clause": clause,
        "source_type": source._meta.label_lower,
        "source_id": str(source.public_id),
        "for_unit": unit,
        "city_id": area.city_id or (area.pk if area.kind == AreaKind.CITY else None),
        "managing_district_id": area.managing_district_id,
        "area_id": area.pk,
        "step_at": at,
        "planned_at": at,
    }
    row, new = Obligation.objects.select_for_update(of=("self",)).get_or_create(
        unit=unit, kind=kind, period=period, defaults=values
    )
    if not new and row.status != ObligationStatus.PENDING:
        values |= {"status": ObligationStatus.PENDING, "met_on": None, "last_step": None, "version": row.version + 1}
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
    return row


@transaction.atomic
def end_owed(*, unit: Unit, kind: str, period: str, status: str, met_on: dt.date | None, at: dt.datetime) -> None:
    """It is met (`met_on`) or no longer wanted; its alert ends with the last cause. Again changes nothing."""
    pending = Obligation.objects.filter(unit=unit, kind=kind, period=period, status=ObligationStatus.PENDING)
    ids = list(pending.select_for_update(of=("self",)).values_list("pk", flat=True))
    if ids:
        Obligation.objects.filter(pk__in=ids).update(
            status=status, met_on=met_on, step_at=None, version=F("version") + 1
        )
        settle(obligation_ids=ids, at=at)
