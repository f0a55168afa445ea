"""Plates in numbers: who has one, who holds which stock, how often bad ones are read."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, OuterRef, Q, Subquery, Sum

from accounts.models import Area, Unit
from accounts.queries import areas_by_id
from accounts.roles import Permission
from common.actor import Actor
from registry.choices import PlateState, RegistrationState
from registry.models import Elevator, Nameplate, PlateCity, PlateScan


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """Of the elevators in use in a managing district (the city itself for those without one): how many have a plate."""

    area: Area
    in_use: int
    hung: int

    @property
    def without(self) -> int:
        return self.in_use - self.hung


def coverage_lines(actor: Actor) -> list[CoverageLine]:
    """One line per managing district that the actor sees elevators in use of, the most without a plate first. Two statements."""
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR).filter(
        registration_state=RegistrationState.IN_USE
    )
    in_use = seen.order_by().values_list("city_id", "managing_district_id").annotate(n=Count("pk"))
    # both sides of the join as they are: an EXISTS for each elevator costs ten times as much
    hung = in_use.filter(nameplates__state=PlateState.BOUND)
    plates = {(city, district): n for city, district, n in hung}
    areas = areas_by_id()
    lines = [CoverageLine(areas[district or city], n, plates.get((city, district), 0)) for city, district, n in in_use]
    return sorted(lines, key=lambda line: (-line.without, line.area.code))


@dataclass(frozen=True, slots=True)
class StockLine:
    """Plates that hang nowhere yet, with one unit (None: in the city's store). `oldest`: when the first was printed."""

    unit: Unit | None
    count: int
    oldest: dt.datetime


def stock_lines(actor: Actor, permission: Permission) -> list[StockLine]:
    """One line per holder whose stock the actor sees, the largest first. Two statements."""
    stock = Nameplate.objects.visible_to(actor, permission).filter(state=PlateState.PRINTED)
    rows = list(stock.order_by().values_list("unit_id").annotate(n=Count("pk"), oldest=Min("created_at")))
    units = Unit.objects.in_bulk([key for key, _n, _oldest in rows if key])
    lines = [StockLine(units.get(key), n, oldest) for key, n, oldest in rows]
    return sorted(lines, key=lambda line: (-line.count, line.unit.name if line.unit else ""))


def bad_scans_since(actor: Actor, day: dt.date) -> int:
    """How often plates that are not good were read since `day`."""
    seen = PlateScan.objects.visible_to(actor, Permission.VIEW_PLATE_SCANS).filter(day__gte=day)
    return seen.aggregate(n=Sum("count"))["n"] or 0


def hung_far_away(actor: Actor) -> int:
    """How many plates hang that somebody hung far from where the register has the elevator. One statement."""
    seen = Nameplate.objects.visible_to(actor, Permission.VIEW_PLATE_SCANS)
    return seen.filter(state=PlateState.BOUND, confirmed_far_m__isnull=False).count()


def scans_by_day(actor: Actor, *, first: dt.date, last: dt.date) -> list[tuple[dt.date, int]]:
    """[(day, scans of bad plates)] of each day of the span, quiet ones with 0."""
    seen = PlateScan.objects.visible_to(actor, Permission.VIEW_PLATE_SCANS).filter(day__range=(first, last))
    counted = dict(seen.order_by().values_list("day").annotate(n=Sum("count")))
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return [(day, counted.get(day, 0)) for day in days]


def plates_named(scans) -> dict[tuple[str, str, int], Nameplate]:
    """The plates that bad scans of one page name, with their elevators: {(city number, code, issue): plate}."""
    wanted = Q(pk__in=[])
    for scan in scans:
        if scan.code:
            wanted |= Q(number=scan.city, code=scan.code, issue=scan.issue)
    number = Subquery(PlateCity.objects.filter(area=OuterRef("city")).values("number")[:1])
    rows = Nameplate.objects.annotate(number=number).filter(wanted).select_related("elevator")
    return {(row.number, row.code, row.issue): row for row in rows}
