"""What the city's regulator enters: licences of bodies, orders that move windows (R9), what was found about a busy tester."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import UnitKind
from accounts.models import Area, Unit
from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from common.errors import Refusal
from compliance.actions import note_elevators
from inspection.actions.testers import end_alert
from inspection.choices import ReportKind
from inspection.models import BodyLicence, TesterExcess, WindowOverride
from inspection.rules.dates import add_years
from registry.models import Elevator


class NotABody(Refusal):
    code = "not-a-body"
    field = "unit"
    message = _("Licences are entered for inspection bodies that are not closed.")


class KindsUnfit(Refusal):
    code = "kinds-unfit"
    field = "kinds"
    message = _("Name at least one kind of report that the licence is for.")


class DaysBackwards(Refusal):
    code = "days-backwards"
    message = _("The last day lies before the first.")


class LicenceDiffers(Refusal):
    code = "licence-differs"
    status = 409
    field = "number"
    message = _("A licence of this number and day is recorded with other details. If it is wrong, withdraw it first.")


class OneOfAreaAndElevators(Refusal):
    code = "area-or-elevators"
    field = "area"
    message = _("An order is about an area or about single elevators: name one of the two.")


class OrderedInFuture(Refusal):
    code = "ordered-in-future"
    field = "issued_on"
    message = _("The document is dated after today. Enter it once it has been issued.")


class WindowTooFar(Refusal):
    code = "window-too-far"
    field = "due_on"
    message = _("The window must lie within a year of the calendar year that it is about.")


class OrderDiffers(Refusal):
    code = "order-differs"
    status = 409
    field = "document"
    message = _("This document is entered for this area and year with other days. If it is wrong, withdraw it first.")


@transaction.atomic
def record_licence(
    *,
    unit: Unit,
    number: str,
    kinds: Collection[str],
    valid_from: dt.date,
    valid_until: dt.date,
    by: Actor,
    at: dt.datetime,
) -> BodyLicence:
    """Enter a licence (核准证) of an inspection body. The same again is the same. Raises NotABody, KindsUnfit, DaysBackwards,
    LicenceDiffers."""
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    number, kinds = " ".join(number.split()), [kind for kind in ReportKind.values if kind in kinds]
    if unit.kind != UnitKind.INSPECTION_BODY or unit.closed_on is not None:
        raise NotABody
    if not kinds:
        raise KindsUnfit
    if valid_until < valid_from:
        raise DaysBackwards(field="valid_until")
    there = BodyLicence.objects.counting().filter(unit=unit, number=number, valid_from=valid_from).first()
    if there is not None:
        if (there.kinds, there.valid_until) == (kinds, valid_until):
            return there
        raise LicenceDiffers
    licence = BodyLicence.objects.create(
        unit=unit,
        number=number,
        kinds=kinds,
        valid_from=valid_from,
        valid_until=valid_until,
        recorded_at=at,
        recorded_by_kind=by.kind,
        recorded_by_id=by.id,
    )
    changes = {"unit": [None, unit.name], "number": [None, number], "valid_until": [None, valid_until]}
    record_change(action="inspection.record_licence", subject=licence, by=by, changes=changes)
    return licence


@transaction.atomic
def withdraw_licence(*, licence_id: int, reason: str, by: Actor, at: dt.datetime) -> BodyLicence:
    """It should not have been entered, or ends on another day (then it is entered anew). Reports that were taken stay."""
    licence = BodyLicence.objects.select_for_update().get(pk=licence_id)
    if licence.withdrawn_at is not None:
        return licence
    licence.withdrawn_at, licence.withdrawn_reason = at, " ".join(reason.split())[:300]
    licence.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    record_change(
        action="inspection.withdraw_licence",
        subject=licence,
        by=by,
        changes={"withdrawn_reason": ["", licence.withdrawn_reason]},
    )
    return licence


@transaction.atomic
def order_windows(
    *,
    year: int,
    opens_on: dt.date,
    due_on: dt.date,
    document: str,
    issued_on: dt.date,
    reason: str,
    by: Actor,
    at: dt.datetime,
    area: Area | None = None,
    elevators: Sequence[Elevator] = (),
) -> WindowOverride:
    """R9: the windows of a calendar year are these, for an area or single elevators; they are planned anew by the sweep.

    The same document again is the same order. Raises OneOfAreaAndElevators, DaysBackwards, WindowTooFar, OrderedInFuture,
    OrderDiffers.
    """
    document = " ".join(document.split())
    if (area is None) == (not elevators):
        raise OneOfAreaAndElevators
    if due_on < opens_on:
        raise DaysBackwards(field="due_on")
    if not add_years(dt.date(year, 1, 1), -1) <= opens_on <= due_on < add_years(dt.date(year, 1, 1), 2):
        raise WindowTooFar
    if issued_on > local_date(at):
        raise OrderedInFuture
    if (there := _ordered(area, elevators, year, document)) is not None:
        if (there.opens_on, there.due_on, there.issued_on) == (opens_on, due_on, issued_on):
            return there
        raise OrderDiffers
    order = WindowOverride.objects.create(
        area=area,
        year=year,
        opens_on=opens_on,
        due_on=due_on,
        document=document,
        issued_on=issued_on,
        reason=" ".join(reason.split()),
        entered_at=at,
        entered_by_kind=by.kind,
        entered_by_id=by.id,
    )
    order.elevators.set(elevators)
    changes = {
        "document": [None, document],
        "year": [None, year],
        "opens_on": [None, opens_on],
        "due_on": [None, due_on],
    }
    record_change(action="inspection.order_windows", subject=order, by=by, changes=changes)
    note_elevators(elevators_of(order))
    return order


def _ordered(area: Area | None, elevators: Sequence[Elevator], year: int, document: str) -> WindowOverride | None:
    same = WindowOverride.objects.counting().filter(area=area, year=year, document=document).order_by("pk")
    if area is not None:
        return same.first()
    wanted = {elevator.pk for elevator in elevators}
    return next((row for row in same if set(row.elevators.values_list("pk", flat=True)) == wanted), None)


def elevators_of(order: WindowOverride):
    """The elevators that an order is about."""
    if order.area_id is None:
        return order.elevators.all()
    column = {"CITY": "city", "SUBDISTRICT": "area"}.get(order.area.kind, "managing_district")
    return Elevator.objects.filter(**{column: order.area_id})


@transaction.atomic
def withdraw_windows(*, order_id: int, by: Actor, at: dt.datetime) -> WindowOverride:
    """The order no longer holds; what it asked for is planned anew. Again changes nothing."""
    order = WindowOverride.objects.select_for_update(of=("self",)).get(pk=order_id)
    if order.withdrawn_at is None:
        order.withdrawn_at = at
        order.save(update_fields=["withdrawn_at"])
        changes = {"withdrawn_at": [None, at]}
        record_change(action="inspection.withdraw_windows", subject=order, by=by, changes=changes)
        note_elevators(elevators_of(order))
    return order


@transaction.atomic
def settle_excess(*, excess_id: int, note: str, by: Actor, at: dt.datetime) -> TesterExcess:
    """An officer has looked at it and says what was found; more tests in that month open it again. Again changes nothing."""
    row = TesterExcess.objects.select_for_update(of=("self",)).get(pk=excess_id)
    if row.ended_at is None:
        row.ended_at, row.ended_by_kind, row.ended_by_id = at, by.kind, by.id
        row.note = " ".join(note.split())[:300]
        row.save(update_fields=["ended_at", "ended_by_kind", "ended_by_id", "note"])
        record_change(action="inspection.settle_excess", subject=row, by=by, changes={"note": ["", row.note]})
        end_alert(row, status="MET", at=at)
    return row
