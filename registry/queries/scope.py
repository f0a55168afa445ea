"""Who may enter an elevator where, and why a unit cannot close."""

import datetime as dt

from django.utils.translation import ngettext

from accounts.choices import AreaKind
from accounts.models import Area, Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.errors import NotPermitted
from common.pagination import COUNT_CAP
from registry.models import Responsibility


def require_may_create(actor: Actor, *, area: Area, using_unit: Unit | None) -> None:
    """Raise NotPermitted unless the actor may enter an elevator there: area grant over it, or for an own using unit."""
    scope = reach_of(actor, Permission.CREATE_ELEVATOR)
    if scope.everything or any(covers(grant, area) for grant in scope.areas):
        return
    if using_unit is not None and using_unit.pk in scope.unit_ids:
        return
    raise NotPermitted(permission=Permission.CREATE_ELEVATOR)


def covers(grant, area: Area) -> bool:
    if grant.place_types:
        return False
    if grant.kind == AreaKind.CITY:
        return area.city_id == grant.area_id
    if grant.kind == AreaKind.SUBDISTRICT:
        return area.pk == grant.area_id
    return area.managing_district_id == grant.area_id


def unit_blockers(unit: Unit, at: dt.datetime) -> list[str]:
    """Why a unit cannot close yet: it answers for elevators now or will (registered at accounts.signals.UNIT_BLOCKERS)."""
    held = Responsibility.objects.filter(unit=unit).exclude(ended_at__lte=at)
    count = held.values("elevator_id").distinct()[: COUNT_CAP + 1].count()
    if not count:
        return []
    return [
        ngettext(
            "It answers for %(n)s elevator. Hand it over first.",
            "It answers for %(n)s elevators. Hand them over first.",
            count,
        )
        % {"n": count}
    ]
