"""Recording whether calls get through from inside the car."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal
from registry.actions.climate import CLOCKS_APART
from registry.actions.documents import filing_unit
from registry.actions.life_events import record_event
from registry.choices import LifeEventKind, SignalOutcome
from registry.models import CarSignal, Elevator


class NothingChecked(Refusal):
    code = "nothing-checked"
    message = _("Say of at least one carrier whether a call got through.")


class CarrierTwice(Refusal):
    code = "carrier-twice"
    message = _("A carrier stands twice in one check.")


class CheckLater(Refusal):
    code = "check-later"
    field = "checked_at"
    message = _("The moment of the check lies in the future.")


class CheckDiffers(Refusal):
    code = "check-differs"
    status = 409
    field = "checked_at"
    message = _("Another check of this moment is recorded. Check again and record that.")


@dataclass(frozen=True, slots=True)
class Tried:
    """One carrier tried inside the car; `strength` in dBm where it was read."""

    carrier: str
    call_possible: bool
    strength: int | None = None


@transaction.atomic
def record_signal(
    *, elevator: Elevator, checked_at: dt.datetime, tried: Sequence[Tried], by: Actor, at: dt.datetime
) -> list[CarSignal]:
    """Record one check with its carriers; the same check again changes nothing.

    Raises NothingChecked, CarrierTwice, CheckLater, CheckDiffers.
    """
    if not tried:
        raise NothingChecked
    if len({one.carrier for one in tried}) != len(tried):
        raise CarrierTwice
    if checked_at > at + CLOCKS_APART:
        raise CheckLater
    elevator = Elevator.objects.select_for_update(of=("self",)).get(pk=elevator.pk)
    there = list(CarSignal.objects.filter(elevator=elevator, checked_at=checked_at).order_by("pk"))
    if there:
        if {Tried(row.carrier, row.call_possible, row.strength) for row in there} == set(tried):
            return there
        raise CheckDiffers
    unit_id = filing_unit(elevator, by=by, at=at, permission=Permission.RECORD_SIGNAL)
    made = CarSignal.objects.bulk_create(
        CarSignal(
            elevator=elevator,
            carrier=one.carrier,
            call_possible=one.call_possible,
            strength=one.strength,
            checked_at=checked_at,
            filed_unit_id=unit_id,
            filed_at=at,
            filed_by_kind=by.kind,
            filed_by_id=by.id,
        )
        for one in tried
    )
    details = {one.carrier: "yes" if one.call_possible else "no" for one in tried}
    record_event(
        elevator,
        LifeEventKind.SIGNAL_CHECKED,
        by=by,
        at=at,
        source=made[0],
        outcome=outcome_of([one.call_possible for one in tried]),
        details=details,
    )
    record_change(
        action="registry.record_signal", subject=elevator, by=by, changes={k: [None, v] for k, v in details.items()}
    )
    return made


def outcome_of(calls: Sequence[bool]) -> SignalOutcome:
    """COVERED when every call got through, NOT_COVERED when none did."""
    if all(calls):
        return SignalOutcome.COVERED
    return SignalOutcome.PARTLY if any(calls) else SignalOutcome.NOT_COVERED
