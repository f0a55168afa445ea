"""Whom an import may create and change elevators for: the same questions as the pages ask, for a chunk at once."""

from collections.abc import Iterable

from accounts.choices import USING_KINDS, UnitKind
from accounts.models import Area, Unit
from accounts.queries import open_units, reach_of
from accounts.roles import Permission
from accounts.rules import Reach
from common.actor import Actor
from common.intake.issues import EMPTY, KEPT
from common.intake.kinds import Run
from registry.actions.elevators import place_in
from registry.models import Elevator, Nameplate, Responsibility, Site
from registry.queries.scope import covers
from registry.rules import REGISTRATION_FIELDS

KINDS = {"USING_UNIT": USING_KINDS, "MAINTENANCE_UNIT": (UnitKind.MAINTENANCE_UNIT,)}
REGISTRATION_COLUMNS = REGISTRATION_FIELDS | {"managing_district", "city"}


def sees_all(actor: Actor) -> bool:
    return reach_of(actor, Permission.VIEW_ELEVATOR).everything


def changeable(actor: Actor):
    return Elevator.objects.visible_to(actor, Permission.CHANGE_ELEVATOR)


def visible_sites(actor: Actor):
    return Site.objects.visible_to(actor, Permission.VIEW_ELEVATOR)


def _reach(run: Run, permission: Permission) -> Reach:
    reaches = run.memory.setdefault("reaches", {})
    if permission not in reaches:
        reaches[permission] = reach_of(run.by, permission)
    return reaches[permission]


def areas(run: Run) -> dict[str, Area]:
    """{code: area} of every area that the reader names."""
    if "areas" not in run.memory:
        wanted = run.reader.area.all_codes
        run.memory["areas"] = {area.code: area for area in Area.objects.filter(code__in=wanted)}
    return run.memory["areas"]


def area_of(run: Run, reading) -> Area:
    """The area of a row; an unknown one is the city."""
    return areas(run)[reading.area_code or run.reader.area.city_code]


def _over(reach: Reach, area: Area) -> bool:
    return reach.everything or any(covers(grant, area) for grant in reach.areas)


def may_register(run: Run, area: Area) -> bool:
    """May the actor decide on use registrations in this area?"""
    return _over(_reach(run, Permission.CHANGE_REGISTRATION), area)


def may_register_elevator(run: Run, elevator: Elevator) -> bool:
    reach = _reach(run, Permission.CHANGE_REGISTRATION)
    return reach.everything or any(_holds(grant, elevator) for grant in reach.areas)


def _holds(grant, elevator: Elevator) -> bool:
    if grant.place_types and elevator.place_type not in grant.place_types:
        return False
    return grant.area_id in (elevator.city_id, elevator.managing_district_id, elevator.area_id)


def refuse_foreign(plans: Iterable, run: Run) -> None:
    """A new elevator needs an area grant over its place, or an own using unit (registry.queries.require_may_create)."""
    reach = _reach(run, Permission.CREATE_ELEVATOR)
    if reach.everything:
        return
    for plan in plans:
        if plan.refused or plan.elevator is not None:
            continue
        using_unit = plan.assigned.get("USING_UNIT")
        if _over(reach, area_of(run, plan.reading)):
            continue
        if using_unit is None or using_unit.pk not in reach.unit_ids:
            plan.refuse(run.reader.area.column, "area-outside")


def refuse_taken_rescue_codes(plans: list, run: Run) -> None:
    """A rescue code is unique in its city and tells nothing else: one that another elevator or a plate has which is not
    its own refuses the row. Who does not register brings none for a new elevator (import_plans), taken or not."""
    if (header := run.reader.keys.get("rescue_code")) is None:
        return
    codes = {plan.reading.fields["rescue_code"] for plan in plans if plan.reading.fields.get("rescue_code")}
    there = Elevator.objects.filter(rescue_code__in=codes).values_list("rescue_code", "city_id", "pk")
    holders: dict[tuple, set] = {}
    for code, city, pk in [*there, *_on_plates(codes)]:
        holders.setdefault((code, city), set()).add(pk)
    for plan in plans:
        if plan.refused or not (code := plan.reading.fields.get("rescue_code")):
            continue
        area = area_of(run, plan.reading)
        if plan.elevator is None and not may_register(run, area):
            continue
        if plan.elevator is not None and plan.elevator.rescue_code == code:
            continue
        if holders.get((code, place_in(area)["city_id"]), set()) - {plan.elevator.pk if plan.elevator else -1}:
            plan.refuse(header, "code-taken")


def _on_plates(codes) -> list[tuple]:
    """[(code, city, elevator or None)] of the plates that carry `codes`."""
    return list(Nameplate.objects.filter(code__in=codes).values_list("code", "city_id", "elevator_id"))


def _unfinished(plans: Iterable, run: Run) -> set[tuple[int, str]]:
    """(elevator, role) of those for which somebody will answer later: nobody can take them on meanwhile."""
    wanted = [plan.elevator.pk for plan in plans if plan.elevator is not None and plan.assigned]
    if not wanted:
        return set()
    rows = Responsibility.objects.filter(elevator__in=wanted, role__in=KINDS).unfinished(run.at)
    return set(rows.values_list("elevator_id", "role"))


# --- units ------------------------------------------------------------------------------------------------------------


def name_units(plans: Iterable, run: Run) -> None:
    """Find the units that rows name, among those that the actor sees; new elevators get them at once."""
    if not run.reader.units:
        _default_unit(plans, run)
        return
    for role, header in run.reader.units.items():
        _find(plans, role, header, run)
    run.memory["busy"] = _unfinished(plans, run)
    _default_unit(plans, run)


def _find(plans: Iterable, role: str, header: str, run: Run) -> None:
    named = [plan for plan in plans if not plan.refused and role in plan.reading.units]
    meant = run.reader.unit_words.get(role, {})
    words = {meant.get(word, word) for plan in named for word in [plan.reading.units[role]]}
    found = _units(words, role, run)
    for plan in named:
        word = plan.reading.units[role]
        units = found.get(_folded(meant.get(word, word)), [])
        if len(units) == 1:
            _assign(plan, role, header, units[0], run)
        else:
            plan.say(header, "unit-ambiguous" if units else "unit-unknown", EMPTY)


def _units(words: set[str], role: str, run: Run) -> dict[str, list[Unit]]:
    """{folded word: units}: by credit code, else by whole name."""
    known = run.memory.setdefault(f"units.{role}", {})
    if new := {word for word in words if _folded(word) not in known}:
        seen = open_units(run.by, Permission.VIEW_UNIT).filter(kind__in=KINDS[role])
        codes = {"".join(word.split()).upper() for word in new}
        for word in new:
            known[_folded(word)] = []
        for unit in seen.filter(credit_code__in=codes):
            known[_folded(unit.credit_code)] = [unit]
        for unit in seen.filter(name__in=new | {" ".join(word.split()) for word in new}):
            known.setdefault(_folded(unit.name), []).append(unit)
    return known


def _folded(word: str) -> str:
    return "".join(word.split()).upper()


def _assign(plan, role: str, header: str, unit: Unit, run: Run) -> None:
    """A new elevator: registrars say who answers, a using unit may enter its own. A known one: see below."""
    if plan.elevator is None:
        own = role == "USING_UNIT" and unit.pk in _reach(run, Permission.CREATE_ELEVATOR).unit_ids
        permission = Permission.CREATE_ELEVATOR if role == "USING_UNIT" else Permission.ASSIGN_RESPONSIBILITY
        if not own and not _over(_reach(run, permission), area_of(run, plan.reading)):
            plan.say(header, "unit-not-yours", EMPTY)
            return
    plan.assigned[role] = unit


def _default_unit(plans: Iterable, run: Run) -> None:
    """Whoever enters elevators for one unit alone means that unit."""
    reach = _reach(run, Permission.CREATE_ELEVATOR)
    if reach.everything or reach.areas or len(reach.unit_ids) != 1:
        return
    if "own_unit" not in run.memory:
        run.memory["own_unit"] = Unit.objects.filter(pk__in=reach.unit_ids, closed_on=None).first()
    if (unit := run.memory["own_unit"]) is None:
        return
    for plan in plans:
        if not plan.refused and plan.elevator is None and "USING_UNIT" not in plan.reading.units:
            plan.assigned.setdefault("USING_UNIT", unit)


def plan_units_of_known(plan, run: Run) -> None:
    """A unit takes on an elevator for which nobody answers; where another one does, that is a hand-over of its own."""
    busy = run.memory.get("busy", ())
    for role, unit in list(plan.assigned.items()):
        elevator, header = plan.elevator, run.reader.units[role]
        present = getattr(elevator, f"{role.lower()}_id")
        until = getattr(elevator, f"{role.lower()}_until")
        if present is not None and (until is None or until > run.at):
            if present != unit.pk:
                plan.say(header, "unit-differs", KEPT)
            del plan.assigned[role]
        elif (elevator.pk, role) in busy:
            plan.say(header, "unit-differs", KEPT)
            del plan.assigned[role]
        elif not _may_assign(run, elevator):
            plan.say(header, "unit-not-yours", EMPTY)
            del plan.assigned[role]


def _may_assign(run: Run, elevator: Elevator) -> bool:
    reach = _reach(run, Permission.ASSIGN_RESPONSIBILITY)
    return reach.everything or any(_holds(grant, elevator) for grant in reach.areas)
