"""How many elevators an actor sees, by state and by district."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count

from accounts.models import Area
from accounts.queries import areas_by_id, reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.one_look import once
from registry import rules
from registry.models import Elevator


@dataclass(frozen=True, slots=True)
class StateCounts:
    """How many elevators a scope holds, in all and by state."""

    total: int
    by_state: dict
    sealed: int


def state_counts(actor: Actor) -> StateCounts:
    """What the actor sees, and the sealed ones. Two statements, one where district_lines has been asked in the same look."""
    by_state: Counter = Counter()
    for _city, _district, state, number in _counted(actor):
        by_state[state] += number
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR)
    sealed = seen.filter(flag_bits__gt=0, flag_bits__in=rules.masks_with("SEALED")).count()
    return StateCounts(by_state.total(), by_state, sealed)


def _counted(actor: Actor) -> list[tuple]:
    """[(city, managing district, state, how many)] of what the actor sees: one index scan for all that home says of it."""
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR).order_by()
    rows = seen.values_list("city_id", "managing_district_id", "registration_state").annotate(n=Count("pk"))
    return once(("elevators by place and state", reach_of(actor, Permission.VIEW_ELEVATOR)), lambda: list(rows))


@dataclass(frozen=True, slots=True)
class DistrictLine:
    """What a managing district holds of what one sees; `area` is the city itself for elevators without a district."""

    area: Area
    total: int
    in_use: int
    out_of_use: int
    unregistered: int


def district_lines(actor: Actor) -> list[DistrictLine]:
    """One line per managing district that the actor sees elevators of, most first. One statement, none where state_counts has
    been asked in the same look."""
    areas, found = areas_by_id(), defaultdict(Counter)
    for city, district, state, number in _counted(actor):
        found[district or city][state] += number
    lines = [
        DistrictLine(areas[area], by.total(), by["IN_USE"], by["OUT_OF_USE"], by["UNREGISTERED"])
        for area, by in found.items()
    ]
    return sorted(lines, key=lambda line: (-line.total, line.area.code))
