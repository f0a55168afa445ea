"""Elevators by code, with their neighbours; sites by name."""

from collections.abc import Sequence

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from accounts.queries import areas_by_id
from accounts.roles import Permission
from common.actor import Actor
from common.errors import Refusal
from common.reference import Reference
from registry import rules
from registry.models import Elevator, ElevatorClass, Site, StatusFlag

elevator_classes = Reference(lambda: {row.pk: row for row in ElevatorClass.objects.order_by("code")})

# What a line of a list shows; neighbours come by `name_neighbours`.
LIST_FIELDS = (
    "id",
    "public_id",
    "rescue_code",
    "equipment_code",
    "registration_code",
    "certificate_number",
    "source_key",
    "internal_number",
    "building",
    "address",
    "area_id",
    "city_id",
    "managing_district_id",
    "site_id",
    "class_code_id",
    "registration_state",
    "flag_bits",
    "using_unit_id",
    "maintenance_unit_id",
)


def name_neighbours(elevators: Sequence[Elevator], *, flags: bool = False) -> Sequence[Elevator]:
    """Give each elevator its area, class, site and units. Two statements however many rows, three with open flags."""
    areas, classes = areas_by_id(), elevator_classes()
    sites = Site.objects.only("id", "public_id", "name").in_bulk({e.site_id for e in elevators} - {None})
    unit_ids = {e.using_unit_id for e in elevators} | {e.maintenance_unit_id for e in elevators}
    units = Unit.objects.only("id", "public_id", "name", "kind").in_bulk(unit_ids - {None})
    for elevator in elevators:
        # an area or class younger than this process's copy is looked up by the row itself
        for name, known in (("area", areas), ("city", areas), ("managing_district", areas), ("class_code", classes)):
            if (key := getattr(elevator, f"{name}_id")) is None or key in known:
                setattr(elevator, name, known.get(key))
        elevator.site = sites.get(elevator.site_id)
        elevator.using_unit = units.get(elevator.using_unit_id)
        elevator.maintenance_unit = units.get(elevator.maintenance_unit_id)
    if flags:
        prefetch_related_objects(
            elevators, Prefetch("flags", StatusFlag.objects.filter(ended_at__isnull=True), to_attr="open_flags")
        )
    return elevators


def code_condition(text: str) -> Q:
    """Elevators that carry a typed code; a legacy register's own key counts as a code."""
    condition = Q(source_key=text.strip()) & ~Q(source_key="")
    for name, code in rules.classify_code(text):
        condition |= Q(**{name: code})
    return condition


def elevators_with_code(text: str, *, actor: Actor, permission=Permission.VIEW_ELEVATOR) -> QuerySet[Elevator]:
    """What a typed code finds exactly, within the actor's scope."""
    return Elevator.objects.visible_to(actor, permission).filter(code_condition(text))


class UnknownCode(Refusal):
    code = "not-found"
    status = 404
    message = _("There is no such record.")


class AmbiguousCode(Refusal):
    code = "ambiguous-code"
    status = 409
    message = _("Several elevators have this code. Name the city as well: ?city=CODE.")


def elevator_by_code(text: str, *, actor: Actor, city: str = "", permission=Permission.VIEW_ELEVATOR) -> Elevator:
    """The one elevator that a code names (rescue, equipment, registration code, certificate or source key).

    Raises UnknownCode (also for a foreign one) and AmbiguousCode, which `city` (an area code) resolves.
    """
    found = elevators_with_code(text, actor=actor, permission=permission)
    if city:
        found = found.filter(city__code=city)
    rows = list(found.with_neighbours()[:2])
    if not rows:
        raise UnknownCode
    if len(rows) > 1:
        raise AmbiguousCode
    return rows[0]


SITE_SEPARATOR = " · "


def sites_named(sites: QuerySet[Site], text: str) -> QuerySet[Site]:
    """Those of `sites` that a text names: the whole name, or name · address as the picker suggests it."""
    name, _separator, address = text.partition(SITE_SEPARATOR)
    found = sites.filter(name=name)
    return found.filter(address=address) if address else found
