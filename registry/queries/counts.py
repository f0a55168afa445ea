"""How many elevators an actor sees, by state and by district."""

from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import Area
from accounts.queries import areas_by_id
from accounts.roles import Permission
from common.actor import Actor
from registry import rules
from registry.models import Elevator


@dataclass(frozen=True, slots=True)
class StateCounts:
    """How many elevators a scope holds, in all and by state."""

    total: int
    by_state: dict
    sealed: int


def state_counts(actor: Actor) -> StateCounts:
    """One index scan over what the actor sees, and the sealed ones."""
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR)
    by_state = dict(seen.order_by().values_list("registration_state").annotate(n=Count("pk")))
    sealed = seen.filter(flag_bits__gt=0, flag_bits__in=rules.masks_with("SEALED")).count()
    return StateCounts(sum(by_state.values()), by_state, sealed)


@dataclass(frozen=True, slots=True)
class DistrictLine:
    """What a managing district holds of what one sees; `area` is the city itself for elevators without a district."""

    area: Area
    total: int
    in_use: int
    out_of_use: int
    unregistered: int


def district_lines(actor: Actor) -> list[DistrictLine]:
    """One line per managing district that the actor sees elevators of, most first. Two statements."""
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR).order_by()
    rows = list(
        seen.values_list("city_id", "managing_district_id").annotate(
            total=Count("pk"),
            in_use=Count("pk", filter=Q(registration_state="IN_USE")),
            out_of_use=Count("pk", filter=Q(registration_state="OUT_OF_USE")),
            unregistered=Count("pk", filter=Q(registration_state="UNREGISTERED")),
        )
    )
    areas = areas_by_id()
    lines = [DistrictLine(areas[district or city], *counts) for city, district, *counts in rows]
    return sorted(lines, key=lambda line: (-line.total, line.area.code))
