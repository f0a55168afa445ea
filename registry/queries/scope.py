"""Who may enter an elevator where, with a certificate number or not, and why a unit cannot close."""

import datetime as dt

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.choices import AreaKind
from accounts.models import Area, Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.errors import NotPermitted, Refusal
from common.pagination import COUNT_CAP
from registry.models import Responsibility


class NumberOfRegulator(Refusal):
    code = "certificate-number-of-regulator"
    field = "certificate_number"
    message = _(
        "The regulator gives the certificate number when the elevator is registered. Leave it out; attach an old "
        "certificate to the application."
    )


def require_may_create(actor: Actor, *, area: Area, using_unit: Unit | None) -> None:
    """Raise NotPermitted unless the actor may enter an elevator there: area grant over it, or for an own using unit."""
    scope = reach_of(actor, Permission.CREATE_ELEVATOR)
    if scope.everything or any(covers(grant, area) for grant in scope.areas):
        return
    if using_unit is not None and using_unit.pk in scope.unit_ids:
        return
    raise NotPermitted(permission=Permission.CREATE_ELEVATOR)


def may_number(actor: Actor) -> bool:
    """May the actor enter certificate numbers somewhere: with elevators of an area, not with those of an own unit."""
    scope = reach_of(actor, Permission.CREATE_ELEVATOR)
    return scope.everything or bool(scope.areas)


def require_may_number(actor: Actor, values: dict) -> None:
    """Raise NumberOfRegulator where a number comes with a new elevator outside the actor's areas: nobody issues their own."""
    scope = reach_of(actor, Permission.CREATE_ELEVATOR)
    if not values.get("certificate_number") or scope.everything:
        return
    if not any(covers(grant, values["area"]) for grant in scope.areas):
        raise NumberOfRegulator


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
