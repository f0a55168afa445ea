"""Recording the climate of a machine room."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from common.errors import Refusal
from registry.actions.documents import filing_unit
from registry.actions.life_events import record_event
from registry.choices import ClimateQuantity, LifeEventKind
from registry.models import ClimateLimit, ClimateReading, Elevator
from registry.rules import climate as rules

CLOCKS_APART = dt.timedelta(minutes=5)


class ReadingLater(Refusal):
    code = "reading-later"
    field = "measured_at"
    message = _("The moment of measuring lies in the future.")


class ReadingDiffers(Refusal):
    code = "reading-differs"
    status = 409
    field = "measured_at"
    message = _("Another reading of this moment is recorded. If it is wrong, correct that one.")


class AlreadyCorrected(Refusal):
    code = "already-corrected"
    status = 409
    message = _("This reading has been corrected already. Correct the newer one.")


@transaction.atomic
def record_climate(
    *,
    elevator: Elevator,
    measured_at: dt.datetime,
    temperature: Decimal,
    by: Actor,
    at: dt.datetime,
    humidity: Decimal | None = None,
    corrects: ClimateReading | None = None,
) -> ClimateReading:
    """Record a reading (°C, percent), or one in the place of a wrong one of the same elevator.

    The same values of the same moment again are the same reading. Raises ReadingLater, ReadingDiffers, AlreadyCorrected.
    """
    if measured_at > at + CLOCKS_APART:
        raise ReadingLater
    elevator = Elevator.objects.select_for_update(of=("self",)).get(pk=elevator.pk)
    there = ClimateReading.objects.filter(elevator=elevator, corrects=corrects)
    if corrects is None:
        there = there.filter(measured_at=measured_at)
    if (same := there.first()) is not None:
        if (same.measured_at, same.temperature, same.humidity) == (measured_at, temperature, humidity):
            return same
        raise AlreadyCorrected if corrects is not None else ReadingDiffers
    limits = _limits_of(local_date(measured_at))
    made = ClimateReading.objects.create(
        elevator=elevator,
        measured_at=measured_at,
        temperature=temperature,
        humidity=humidity,
        verdict=rules.verdict(
            temperature,
            humidity,
            temperatures=limits.get(ClimateQuantity.TEMPERATURE),
            humidities=limits.get(ClimateQuantity.HUMIDITY),
        ),
        temperature_limit=limits.get(ClimateQuantity.TEMPERATURE),
        humidity_limit=limits.get(ClimateQuantity.HUMIDITY) if humidity is not None else None,
        corrects=corrects,
        filed_unit_id=filing_unit(elevator, by=by, at=at, permission=Permission.RECORD_CLIMATE),
        filed_at=at,
        filed_by_kind=by.kind,
        filed_by_id=by.id,
    )
    details = {"temperature": str(temperature), "humidity": "" if humidity is None else str(humidity)}
    if corrects is not None:
        details["corrects"] = str(corrects.public_id)
    record_event(
        elevator, LifeEventKind.CLIMATE_RECORDED, by=by, at=at, source=made, outcome=made.verdict, details=details
    )
    record_change(
        action="registry.record_climate", subject=made, by=by, changes={k: [None, v] for k, v in details.items()}
    )
    return made


def _limits_of(day: dt.date) -> dict[str, ClimateLimit]:
    """The limits in force on a day, by quantity."""
    rows = ClimateLimit.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day), valid_from__lte=day)
    return {row.quantity: row for row in rows.order_by("valid_from")}
