"""Which rows an actor may see, built on responsibilities and area grants; the one place that says so."""

from django.db.models import Q

from accounts.choices import AreaKind
from accounts.rules import Reach
from common.clock import now

# Column on Elevator that answers for each kind of area.
_AREA_COLUMN = {
    AreaKind.CITY: "city_id",
    AreaKind.DISTRICT: "managing_district_id",
    AreaKind.MANAGEMENT: "managing_district_id",
    AreaKind.SUBDISTRICT: "area_id",
}


def area_condition(scope: Reach, prefix: str = "") -> Q:
    """Rows inside the granted areas, of the granted place types."""
    condition = Q()
    for area in scope.areas:
        one = Q(**{f"{prefix}{_AREA_COLUMN[area.kind]}": area.area_id})
        if area.place_types:
            one &= Q(**{f"{prefix}place_type__in": sorted(area.place_types)})
        condition |= one
    return condition


def whole_areas_condition(scope: Reach) -> Q | None:
    """For rows that repeat an elevator's three areas: what finds them by these columns alone, where a reach is made of whole
    areas and nothing else. None where the elevators themselves have to be asked: of units, of some place types."""
    if not scope.areas or scope.unit_ids or any(area.place_types for area in scope.areas):
        return None
    return area_condition(scope)


def elevator_condition(scope: Reach) -> Q | None:
    """The rows of Elevator that a reach covers: None for all, an impossible condition for none.

    The two great roles stand on the elevator's own row (with their end), so that a list walks one index; units that
    hold any other role are looked up in Responsibility.
    """
    from registry.models.responsibilities import Responsibility

    if scope.everything:
        return None
    if not scope:
        return Q(pk__in=[])
    condition = area_condition(scope)
    if scope.unit_ids:
        at = now()
        held = set(Responsibility.objects.roles_held(scope.unit_ids, at))
        for role, column in (("USING_UNIT", "using_unit"), ("MAINTENANCE_UNIT", "maintenance_unit")):
            if role in held:
                held.discard(role)
                condition |= Q(**{f"{column}_id__in": sorted(scope.unit_ids)}) & (
                    Q(**{f"{column}_until__isnull": True}) | Q(**{f"{column}_until__gt": at})
                )
        if held:
            others = Responsibility.objects.current(at).filter(unit_id__in=scope.unit_ids, role__in=held)
            condition |= Q(pk__in=others.values("elevator_id"))
    return condition or Q(pk__in=[])
