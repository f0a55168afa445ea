"""Questions about the register."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.choices import AreaKind
from accounts.models import Area, Unit
from accounts.queries import areas_by_id, reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.errors import NotPermitted, Refusal
from common.ledgers import Fault
from common.pagination import COUNT_CAP
from common.reference import Reference
from registry import rules
from registry.choices import ResponsibilityRole
from registry.models import Elevator, ElevatorClass, LifeEvent, Responsibility, Site, StatusFlag

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


def elevators_with_code(text: str, *, actor: Actor, permission=Permission.VIEW_ELEVATOR) -> QuerySet[Elevator]:
    """What a typed code finds exactly, within the actor's scope; a legacy register's own key counts as a code."""
    condition = Q(source_key=text.strip()) & ~Q(source_key="")
    for name, code in rules.classify_code(text):
        condition |= Q(**{name: code})
    return Elevator.objects.visible_to(actor, permission).filter(condition)


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


@dataclass(frozen=True, slots=True)
class ResponsibilityLine:
    """A responsibility as the e-file shows it."""

    row: Responsibility
    state: str  # current, future, past


def responsibility_lines(elevator: Elevator, *, at: dt.datetime) -> list[ResponsibilityLine]:
    """Everybody who answers, answered or will answer for `elevator`: current first, by weight of the role."""

    def state(row):
        if row.started_at > at:
            return "future"
        return "past" if row.ended_at is not None and row.ended_at <= at else "current"

    rows = elevator.responsibilities.select_related("unit").order_by("-started_at", "-pk")
    lines = [ResponsibilityLine(row, state(row)) for row in rows]
    order = list(ResponsibilityRole)
    return sorted(lines, key=lambda line: (("current", "future", "past").index(line.state), order.index(line.row.role)))


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An event with the names of units in place of their keys; '' for none. Never a person's name."""

    event: LifeEvent
    acting_unit: str
    about_unit: str


def timeline(elevator: Elevator, *, longest: int = 50) -> list[TimelineEntry]:
    """The newest events of an elevator's life. Two statements."""
    events = list(elevator.life_events.order_by("-sequence")[:longest])
    acting = {event.acting_unit_id for event in events} - {None}
    about = {event.details["unit"] for event in events if "unit" in event.details}
    units = list(Unit.objects.filter(Q(pk__in=acting) | Q(public_id__in=about)).only("id", "public_id", "name"))
    by_key = {unit.pk: unit.name for unit in units}
    by_id = {str(unit.public_id): unit.name for unit in units}
    return [
        TimelineEntry(event, by_key.get(event.acting_unit_id, ""), by_id.get(event.details.get("unit"), ""))
        for event in events
    ]


def require_may_create(actor: Actor, *, area: Area, using_unit: Unit | None) -> None:
    """Raise NotPermitted unless the actor may enter an elevator there: area grant over it, or for an own using unit."""
    scope = reach_of(actor, Permission.CREATE_ELEVATOR)
    if scope.everything or any(_covers(grant, area) for grant in scope.areas):
        return
    if using_unit is not None and using_unit.pk in scope.unit_ids:
        return
    raise NotPermitted(permission=Permission.CREATE_ELEVATOR)


def _covers(grant, area: Area) -> bool:
    if grant.place_types:
        return False
    if grant.kind == AreaKind.CITY:
        return area.city_id == grant.area_id
    if grant.kind == AreaKind.SUBDISTRICT:
        return area.pk == grant.area_id
    return area.managing_district_id == grant.area_id


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


@dataclass(slots=True)
class ChainCheck:
    """What recomputing every elevator's chain found."""

    elevators: int = 0
    events: int = 0
    faults: list[Fault] = field(default_factory=list)


def chain_faults() -> ChainCheck:
    """Recompute the life-event chain of every elevator from its rows, streamed in order.

    Finds a changed, missing, moved or inserted event; a missing tail shows in the seals (common.ledgers).
    """
    check, current, sequence, previous = ChainCheck(), None, 0, rules.GENESIS
    columns = (
        "elevator_id",
        "elevator__public_id",
        "sequence",
        "kind",
        "outcome",
        "occurred_at",
        "actor_kind",
        "actor_id",
        "acting_unit_id",
        "source_type",
        "source_id",
        "details",
        "previous_hash",
        "hash",
        "form_version",
    )
    rows = LifeEvent.objects.order_by("elevator_id", "sequence").values_list(*columns)
    for (
        elevator_id,
        public_id,
        number,
        kind,
        outcome,
        occurred_at,
        *actor_and_source,
        before,
        digest,
        version,
    ) in rows.iterator(chunk_size=10_000):
        if elevator_id != current:
            current, sequence, previous = elevator_id, 0, rules.GENESIS
            check.elevators += 1
        check.events += 1
        where = f"elevator {public_id}, event {number}"
        if number != sequence + 1:
            check.faults.append(Fault("registry.life_events", where, f"follows event {sequence}: events are missing"))
        elif bytes(before) != previous:
            check.faults.append(Fault("registry.life_events", where, "does not continue the event before it"))
        actor_kind, actor_id, unit, source_type, source_id, details = actor_and_source
        recomputed = rules.event_hash(
            bytes(before),
            elevator=str(public_id),
            sequence=number,
            kind=kind,
            outcome=outcome,
            occurred_at=occurred_at,
            actor_kind=actor_kind,
            actor_id=actor_id,
            acting_unit_id=unit,
            source_type=source_type,
            source_id=source_id,
            details=details,
        )
        if version != rules.FORM_VERSION:
            check.faults.append(Fault("registry.life_events", where, f"has the unknown form version {version}"))
        elif recomputed != bytes(digest):
            check.faults.append(Fault("registry.life_events", where, "was changed after it was written"))
        sequence, previous = number, bytes(digest)
    return check


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
