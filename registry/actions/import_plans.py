"""What is to become of one chunk of elevators' rows: read, matched and compared. Nothing is written but new sites.

Everything is done in sets: one look-up per identifier, however many rows the chunk has.
"""

from collections.abc import Sequence

from common.copying import copy_in
from common.intake.issues import KEPT
from common.intake.kinds import Run
from common.intake.mapping import MappingSpec
from common.intake.tables import Record
from common.models.intake import RowOutcome, SourceRow
from registry import rules
from registry.actions import import_scope
from registry.actions.elevators import place_in
from registry.actions.import_matching import ElevatorPlan, match, read
from registry.mappings import RowReading, read_row
from registry.models import Elevator, Site, StatusFlag

UNKNOWN_SINCE = "as the register says; since when is not known"
NOT_YET = -1  # a site that a dry run would have made
KIND = "registry.elevators"


def plan_rows(records: Sequence[Record], run: Run) -> list[ElevatorPlan]:
    """Read, match and compare a chunk; sites that are not there yet are made where the run writes."""
    plans = [read(record, run) for record in records]
    match(plans, run)
    import_scope.name_units(plans, run)
    import_scope.refuse_foreign(plans, run)
    _compare(plans, _sites(plans, run), run)
    return plans


# --- what would change -----------------------------------------------------------------------------------------------


def _sites(plans: list[ElevatorPlan], run: Run) -> dict[str, int]:
    """{site key: primary key} for the rows of this chunk; sites that are not there yet are made."""
    wanted: dict[str, ElevatorPlan] = {}
    for plan in plans:
        if not plan.refused and plan.reading.site_key:
            wanted.setdefault(plan.reading.site_key, plan)
    if not wanted:
        return {}
    known = _known_sites(wanted, run)
    new = [_new_site(key, plan, run) for key, plan in wanted.items() if key not in known]
    if not run.writes:
        return known | {site.source_key: NOT_YET for site in new}
    copy_in(Site, new)
    return known | {site.source_key: site.pk for site in new}


def _known_sites(keys, run: Run) -> dict[str, int | None]:
    """None for a site that the actor may not see: the elevator gets none then."""
    rows = Site.objects.filter(source=run.reader.source, source_key__in=keys).exclude(source_key="")
    known = dict(rows.values_list("source_key", "pk"))
    if known and not import_scope.sees_all(run.by):
        seen = import_scope.visible_sites(run.by).filter(pk__in=known.values()).values_list("pk", flat=True)
        seen = set(seen)
        known = {key: pk if pk in seen else None for key, pk in known.items()}
    return known


def _new_site(key: str, plan: ElevatorPlan, run: Run) -> Site:
    return Site(
        name=plan.reading.site_name[:160],
        address=plan.reading.fields.get("address", ""),
        source=run.reader.source,
        source_key=key,
        created_at=run.at,
        **_place(plan.reading, run),
    )


def _place(reading: RowReading, run: Run) -> dict:
    """The area columns of a row; an unknown area is the city."""
    placed = place_in(import_scope.area_of(run, reading))
    return {
        "area_id": placed["area"].pk,
        "city_id": placed["city_id"],
        "managing_district_id": placed["managing_district_id"],
    }


def _compare(plans: list[ElevatorPlan], sites: dict[str, int], run: Run) -> None:
    known = [plan for plan in plans if plan.elevator is not None and not plan.refused]
    said_before = _said_before(known, run)
    open_flags = _open_flags(known)
    for plan in plans:
        if plan.refused:
            continue
        if plan.elevator is None:
            _plan_new(plan, sites, run)
        else:
            pk = plan.elevator.pk
            _plan_change(plan, sites, said_before.get(pk), open_flags.get(pk, []), run)


def _values(plan: ElevatorPlan, sites: dict[str, int], run: Run) -> dict:
    """What the row says, as columns of Elevator. A blank says nothing: it never erases what stands."""
    values = dict(plan.reading.fields)
    if plan.reading.area_code:
        values |= _place(plan.reading, run)
    if (site := sites.get(plan.reading.site_key)) is not None:
        values["site_id"] = site
    return values


def _plan_new(plan: ElevatorPlan, sites: dict[str, int], run: Run) -> None:
    reading = plan.reading
    values = _place(reading, run) | _values(plan, sites, run)
    registers = import_scope.may_register(run, import_scope.area_of(run, reading))
    if reading.state and registers:
        values["registration_state"] = reading.state
    elif reading.state not in ("", "UNREGISTERED") or reading.flag:
        plan.say(run.reader.state.column, "not-yours-to-set", KEPT)
    if values.get("rescue_code") and not registers:
        # a number belongs to the plate (decision 0011); only who registers may type that of an old one
        del values["rescue_code"]
        plan.say(run.reader.keys["rescue_code"], "not-yours-to-set", KEPT)
    plan.elevator = Elevator(
        source=run.reader.source if reading.key else "",
        technical=reading.technical,
        registration_state_at=(registers and reading.state_since) or run.at,
        created_at=run.at,
        updated_at=run.at,
        **values,
    )
    for role, unit in plan.assigned.items():
        setattr(plan.elevator, f"{role.lower()}_id", unit.pk)
    plan.outcome = RowOutcome.CREATED
    if reading.flag and registers:
        plan.opened_flag = _new_flag(plan, run)


def _new_flag(plan: ElevatorPlan, run: Run) -> StatusFlag:
    since = plan.reading.state_since
    return StatusFlag(
        elevator=plan.elevator,
        kind=plan.reading.flag,
        reason="" if since else UNKNOWN_SINCE,
        reference=run.reader.source,
        started_at=since or run.at,
    )


def _plan_change(plan: ElevatorPlan, sites: dict[str, int], before: RowReading | None, flags: list, run: Run) -> None:
    """Compare with what stands. Where the register says what it said last time, the platform's own later entry stays.

    A register's new word wins over the platform's, and the old value is kept in the life event.
    """
    elevator, reading = plan.elevator, plan.reading
    values = _values(plan, sites, run)
    if before is not None:
        values = {name: value for name, value in values.items() if not _repeats(name, value, before, run)}
    if "latitude" in values or "longitude" in values:
        values |= {name: reading.fields[name] for name in ("latitude", "longitude", "coord_source")}
    plan.edits = {
        name: [getattr(elevator, name), value] for name, value in values.items() if getattr(elevator, name) != value
    }
    _plan_technical(plan, before)
    state_is_new = before is None or before.fields.get("source_status") != reading.fields.get("source_status")
    if import_scope.may_register_elevator(run, elevator):
        if state_is_new and run.reader.state is not None:
            _plan_state(plan, run)
            _plan_flags(plan, flags, run)
    else:
        _drop_registration(plan, state_is_new, run)
    import_scope.plan_units_of_known(plan, run)
    changed = plan.edits or plan.opened_flag or plan.lifted_flags or plan.assigned
    plan.outcome = RowOutcome.UPDATED if changed else RowOutcome.UNCHANGED


def _drop_registration(plan: ElevatorPlan, state_is_new: bool, run: Run) -> None:
    """What only the registration authority sets stays as the platform has it, and the row says so."""
    dropped = [name for name in plan.edits if name.removesuffix("_id") in import_scope.REGISTRATION_COLUMNS]
    for name in dropped:
        del plan.edits[name]
    reading = plan.reading
    if dropped:
        plan.say("", "not-yours-to-set", KEPT)
    elif state_is_new and reading.state not in ("", plan.elevator.registration_state):
        plan.say(run.reader.state.column, "not-yours-to-set", KEPT)


def _repeats(name: str, value, before: RowReading, run: Run) -> bool:
    if name in ("area_id", "city_id", "managing_district_id"):
        return bool(before.area_code) and _place(before, run)[name] == value
    if name == "site_id":
        return False  # the key of the site is the register's own business
    return before.fields.get(name) == value


def _plan_technical(plan: ElevatorPlan, before: RowReading | None) -> None:
    old = plan.elevator.technical
    said = before.technical if before is not None else {}
    for name, value in plan.reading.technical.items():
        if said.get(name) != value and old.get(name) != value:
            plan.edits[f"technical.{name}"] = [old.get(name), value]


def _plan_state(plan: ElevatorPlan, run: Run) -> None:
    elevator, reading = plan.elevator, plan.reading
    if not reading.state or reading.state == elevator.registration_state:
        return
    try:
        rules.require_transition(elevator.registration_state, reading.state)
    except rules.InvalidTransition:
        plan.say(run.reader.state.column, "state-not-possible", KEPT)
        return
    plan.edits["registration_state"] = [elevator.registration_state, reading.state]
    plan.edits["registration_state_at"] = [elevator.registration_state_at, reading.state_since or run.at]


def _plan_flags(plan: ElevatorPlan, flags: list[StatusFlag], run: Run) -> None:
    """Open the flag that the register now says; lift those that it said before and no longer does."""
    wanted = plan.reading.flag
    if wanted and all(flag.kind != wanted for flag in flags):
        plan.opened_flag = _new_flag(plan, run)
    plan.lifted_flags = [flag for flag in flags if flag.reference == run.reader.source and flag.kind != wanted]


def _said_before(known: list[ElevatorPlan], run: Run) -> dict[int, RowReading]:
    """What this register said last time: {elevator: reading}. A mapping declared in code reads its rows by today's
    version; one that people made reads them as it did then, so that a corrected mapping corrects."""
    if not known:
        return {}
    rows = (
        SourceRow.objects.filter(
            subject_id__in=[plan.elevator.pk for plan in known],
            batch__kind=KIND,
            batch__source=run.reader.source,
            batch__undo_started_at=None,
        )
        .order_by("subject_id", "-pk")
        .distinct("subject_id")
    )
    if run.writes:
        rows = rows.exclude(batch=run.batch)
    return {
        elevator: _read_again(batch, spec, cells, run)
        for elevator, cells, batch, spec in rows.values_list("subject_id", "cells", "batch_id", "batch__spec")
    }


def _read_again(batch: int, spec: dict, cells: dict, run: Run) -> RowReading:
    readers = run.memory.setdefault("readers", {})
    if batch not in readers:
        then = MappingSpec.from_json(spec)
        columns = {column for use in then.targets.values() for column in use.columns}
        readers[batch] = run.reader if then.shipped else run.kind.compile(then, sorted(columns), run.by, run.at)
    mapping = readers[batch]
    return read_row(mapping, dict.fromkeys(mapping.headers, "") | cells, [])


def _open_flags(known: list[ElevatorPlan]) -> dict[int, list[StatusFlag]]:
    flags: dict[int, list[StatusFlag]] = {}
    if known:
        wanted = [plan.elevator.pk for plan in known]
        for flag in StatusFlag.objects.filter(elevator__in=wanted, ended_at=None).order_by("pk"):
            flags.setdefault(flag.elevator_id, []).append(flag)
    return flags
