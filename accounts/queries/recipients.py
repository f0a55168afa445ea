"""Who is meant when a unit or an area is to be told something: the people there whose role carries a permission."""

import datetime as dt
from collections.abc import Collection

from accounts.models import AreaGrant, Membership
from accounts.roles import roles_with


def people_to_tell(
    *, permission, at: dt.datetime, unit_ids: Collection[int] = (), area_ids: Collection[int] = ()
) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """({unit: public ids}, {area: public ids}) of present people who can sign in. One statement for units, one for areas;
    grants over places of one sort only are left out: whoever holds one answers for no area."""
    roles = [role.code for role in roles_with(permission)]
    rows = {"role__in": roles, "user__is_active": True}
    units: dict[int, list[str]] = {}
    areas: dict[int, list[str]] = {}
    if unit_ids:
        found = Membership.objects.current(at).filter(unit_id__in=list(unit_ids), **rows)
        for unit, person in found.values_list("unit_id", "user__public_id").distinct():
            units.setdefault(unit, []).append(str(person))
    if area_ids:
        found = AreaGrant.objects.current(at).filter(area_id__in=list(area_ids), place_types=[], **rows)
        for area, person in found.values_list("area_id", "user__public_id").distinct():
            areas.setdefault(area, []).append(str(person))
    return units, areas
