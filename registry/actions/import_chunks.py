"""One chunk of a register's rows: read, matched and compared (a plan), then written in the caller's transaction.

Everything is done in sets: one look-up per identifier, one statement per table, however many rows the chunk has.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.models import Area
from common.actor import Actor
from common.copying import copy_in
from registry import rules
from registry.actions.elevators import place_in
from registry.actions.life_events import NewEvent, record_events
from registry.actions.register_files import Record
from registry.choices import LifeEventKind, RowOutcome
from registry.mappings import Issue, RegisterMapping, RowReading, clean_cells, read_row
from registry.mappings.base import KEPT, REFUSED
from registry.models import Elevator, ImportBatch, Site, SourceRow, StatusFlag

UNKNOWN_SINCE = "as the register says; since when is not known"
NOT_YET = -1  # a site that a dry run would have made


@dataclass(frozen=True, slots=True)
class Run:
    """What stays the same over all chunks of an import. `batch` is None in a dry run: then nothing is written."""

    mapping: RegisterMapping
    areas: dict[str, Area]
    repeated: dict[tuple[str, str], list[int]]
    by: Actor
    at: dt.datetime
    batch: ImportBatch | None = None


@dataclass(slots=True)
class RowPlan:
    """What is to become of one row. `changes`: {field: [old, new]} of an elevator that is there already."""

    record: Record
    cells: dict[str, str]
    reading: RowReading | None
    issues: list[Issue]
    elevator: Elevator | None = None
    outcome: str = RowOutcome.REFUSED
    changes: dict = field(default_factory=dict)
    opened_flag: StatusFlag | None = None
    lifted_flags: list[StatusFlag] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return any(issue.effect == REFUSED for issue in self.issues)

    def refuse(self, column: str, code: str, **params) -> None:
        self.issues.append(Issue(column, code, REFUSED, params))


def bring_in(records: Sequence[Record], run: Run) -> list[RowPlan]:
    """Plan a chunk and, unless it is a dry run, write it. Returns the plan with the outcomes."""
    plans = [_read(record, run) for record in records]
    _match(plans, run)
    _compare(plans, _sites(plans, run), run)
    if run.batch is not None:
        _write(plans, run)
    return plans


# --- reading and matching --------------------------------------------------------------------------------------------


def _read(record: Record, run: Run) -> RowPlan:
    cells, issues = clean_cells(record.cells, run.mapping.personal)
    if record.refused:
        return RowPlan(record, cells, None, [*issues, *record.issues])
    raw = record.cells if run.mapping.personal else cells
    reading = read_row(run.mapping, raw, [*issues, *record.issues])
    plan = RowPlan(record, cells, reading, reading.issues)
    for header in run.mapping.identifiers.values():
        if rows := run.repeated.get((header, record.cells[header].strip())):
            plan.refuse(header, "key-twice", rows=_listed(rows))
    return plan


def _listed(rows: list[int]) -> str:
    return ", ".join(map(str, rows[:10])) + (" …" if len(rows) > 10 else "")


def _match(plans: list[RowPlan], run: Run) -> None:
    """Find the elevator that each row is about, by rules.MATCHING_ORDER; lock those that will be written."""
    open_plans = [plan for plan in plans if not plan.refused]
    found: dict[int, set[int]] = {}
    for identifier in run.mapping.identifiers:
        known = _known(identifier, {plan.reading.fields.get(identifier) for plan in open_plans} - {None}, run.mapping)
        for place, plan in enumerate(open_plans):
            if (pk := known.get(plan.reading.fields.get(identifier))) is not None:
                found.setdefault(place, set()).add(pk)
    elevators = Elevator.objects.filter(pk__in={pk for pks in found.values() for pk in pks}).order_by("pk")
    if run.batch is not None:
        elevators = elevators.select_for_update(of=("self",))
    by_pk = {elevator.pk: elevator for elevator in elevators} if found else {}
    taken = _taken_before(by_pk, run)
    for place, pks in sorted(found.items()):
        plan = open_plans[place]
        if len(pks) > 1:
            plan.refuse("", "two-elevators")
        elif (pk := next(iter(pks))) in taken:
            plan.refuse("", "elevator-twice")
        else:
            taken.add(pk)
            plan.elevator = by_pk[pk]


def _known(identifier: str, values: set[str], mapping: RegisterMapping) -> dict[str, int]:
    """{value: elevator's key} of those on the platform."""
    if not values:
        return {}
    rows = Elevator.objects.filter(**{f"{identifier}__in": values})
    if identifier == "source_key":
        # said again so that the partial unique index serves
        rows = rows.filter(source=mapping.source).exclude(source_key="")
    return dict(rows.values_list(identifier, "pk"))


def _taken_before(by_pk: dict, run: Run) -> set[int]:
    """Elevators that an earlier chunk of this file was about."""
    if run.batch is None or not by_pk:
        return set()
    return set(SourceRow.objects.filter(batch=run.batch, elevator__in=by_pk).values_list("elevator_id", flat=True))


# --- what would change -----------------------------------------------------------------------------------------------


def _sites(plans: list[RowPlan], run: Run) -> dict[str, int]:
    """{site key: primary key} for the rows of this chunk; sites that are not there yet are made."""
    wanted: dict[str, RowPlan] = {}
    for plan in plans:
        if not plan.refused and plan.reading.site_key:
            wanted.setdefault(plan.reading.site_key, plan)
    if not wanted:
        return {}
    known = dict(
        Site.objects.filter(source=run.mapping.source, source_key__in=wanted)
        .exclude(source_key="")
        .values_list("source_key", "pk")
    )
    new = [_new_site(key, plan, run) for key, plan in wanted.items() if key not in known]
    if run.batch is None:
        return known | {site.source_key: NOT_YET for site in new}
    copy_in(Site, new)
    return known | {site.source_key: site.pk for site in new}


def _new_site(key: str, plan: RowPlan, run: Run) -> Site:
    return Site(
        name=plan.reading.site_name[:160],
        address=plan.reading.fields.get("address", ""),
        source=run.mapping.source,
        source_key=key,
        created_at=run.at,
        **_place(plan.reading, run),
    )


def _place(reading: RowReading, run: Run) -> dict:
    """The area columns of a row; an unknown area is the city."""
    placed = place_in(run.areas[reading.area_code or run.mapping.area.city_code])
    return {
        "area_id": placed["area"].pk,
        "city_id": placed["city_id"],
        "managing_district_id": placed["managing_district_id"],
    }


def _compare(plans: list[RowPlan], sites: dict[str, int], run: Run) -> None:
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


def _values(plan: RowPlan, sites: dict[str, int], run: Run) -> dict:
    """What the row says, as columns of Elevator. A blank says nothing: it never erases what stands."""
    values = dict(plan.reading.fields)
    if plan.reading.area_code:
        values |= _place(plan.reading, run)
    if plan.reading.site_key:
        values["site_id"] = sites[plan.reading.site_key]
    return values


def _plan_new(plan: RowPlan, sites: dict[str, int], run: Run) -> None:
    reading = plan.reading
    values = _place(reading, run) | _values(plan, sites, run)
    if reading.state:
        values["registration_state"] = reading.state
    plan.elevator = Elevator(
        source=run.mapping.source,
        technical=reading.technical,
        registration_state_at=reading.state_since or run.at,
        created_at=run.at,
        updated_at=run.at,
        **values,
    )
    plan.outcome = RowOutcome.CREATED
    if reading.flag:
        plan.opened_flag = _new_flag(plan, run)


def _new_flag(plan: RowPlan, run: Run) -> StatusFlag:
    since = plan.reading.state_since
    return StatusFlag(
        elevator=plan.elevator,
        kind=plan.reading.flag,
        reason="" if since else UNKNOWN_SINCE,
        reference=run.mapping.source,
        started_at=since or run.at,
    )


def _plan_change(plan: RowPlan, sites: dict[str, int], before: RowReading | None, flags: list, run: Run) -> None:
    """Compare with what stands. Where the register says what it said last time, the platform's own later entry stays.

    A register's new word wins over the platform's, and the old value is kept in the life event.
    """
    elevator, reading = plan.elevator, plan.reading
    values = _values(plan, sites, run)
    if before is not None:
        values = {name: value for name, value in values.items() if not _repeats(name, value, before, run)}
    if "latitude" in values or "longitude" in values:
        values |= {name: reading.fields[name] for name in ("latitude", "longitude", "coord_source")}
    plan.changes = {
        name: [getattr(elevator, name), value] for name, value in values.items() if getattr(elevator, name) != value
    }
    _plan_technical(plan, before)
    if before is None or before.fields.get("source_status") != reading.fields.get("source_status"):
        _plan_state(plan, run)
        _plan_flags(plan, flags, run)
    changed = plan.changes or plan.opened_flag or plan.lifted_flags
    plan.outcome = RowOutcome.UPDATED if changed else RowOutcome.UNCHANGED


def _repeats(name: str, value, before: RowReading, run: Run) -> bool:
    if name in ("area_id", "city_id", "managing_district_id"):
        return bool(before.area_code) and _place(before, run)[name] == value
    if name == "site_id":
        return False  # the key of the site is the register's own business
    return before.fields.get(name) == value


def _plan_technical(plan: RowPlan, before: RowReading | None) -> None:
    old = plan.elevator.technical
    said = before.technical if before is not None else {}
    for name, value in plan.reading.technical.items():
        if said.get(name) != value and old.get(name) != value:
            plan.changes[f"technical.{name}"] = [old.get(name), value]


def _plan_state(plan: RowPlan, run: Run) -> None:
    elevator, reading = plan.elevator, plan.reading
    if not reading.state or reading.state == elevator.registration_state:
        return
    try:
        rules.require_transition(elevator.registration_state, reading.state)
    except rules.InvalidTransition:
        plan.issues.append(Issue(run.mapping.state.column, "state-not-possible", KEPT, {}))
        return
    plan.changes["registration_state"] = [elevator.registration_state, reading.state]
    plan.changes["registration_state_at"] = [elevator.registration_state_at, reading.state_since or run.at]


def _plan_flags(plan: RowPlan, flags: list[StatusFlag], run: Run) -> None:
    """Open the flag that the register now says; lift those that it said before and no longer does."""
    wanted = plan.reading.flag
    if wanted and all(flag.kind != wanted for flag in flags):
        plan.opened_flag = _new_flag(plan, run)
    plan.lifted_flags = [flag for flag in flags if flag.reference == run.mapping.source and flag.kind != wanted]


def _said_before(known: list[RowPlan], run: Run) -> dict[int, RowReading]:
    """What this register said last time, read again by today's mapping: {elevator: reading}."""
    if not known:
        return {}
    rows = (
        SourceRow.objects.filter(elevator__in=[plan.elevator.pk for plan in known], batch__source=run.mapping.source)
        .order_by("elevator_id", "-pk")
        .distinct("elevator_id")
    )
    if run.batch is not None:
        rows = rows.exclude(batch=run.batch)
    blank = dict.fromkeys(run.mapping.headers, "")
    return {
        elevator: read_row(run.mapping, blank | cells, [])
        for elevator, cells in rows.values_list("elevator_id", "cells")
    }


def _open_flags(known: list[RowPlan]) -> dict[int, list[StatusFlag]]:
    flags: dict[int, list[StatusFlag]] = {}
    if known:
        wanted = [plan.elevator.pk for plan in known]
        for flag in StatusFlag.objects.filter(elevator__in=wanted, ended_at=None).order_by("pk"):
            flags.setdefault(flag.elevator_id, []).append(flag)
    return flags


# --- writing ---------------------------------------------------------------------------------------------------------


def _write(plans: list[RowPlan], run: Run) -> None:
    created = [plan for plan in plans if plan.outcome == RowOutcome.CREATED]
    updated = [plan for plan in plans if plan.outcome == RowOutcome.UPDATED]
    copy_in(Elevator, [plan.elevator for plan in created])
    _write_changes(updated, run)
    _write_flags([*created, *updated], run)
    record_events([event for plan in plans for event in _events(plan, run)], by=run.by)
    copy_in(
        SourceRow,
        [
            SourceRow(
                batch=run.batch,
                row_number=plan.record.number,
                elevator=None if plan.outcome == RowOutcome.REFUSED else plan.elevator,
                outcome=plan.outcome,
                cells=plan.cells,
                issues=[issue.as_json() for issue in plan.issues],
            )
            for plan in plans
        ],
    )


def _write_changes(updated: list[RowPlan], run: Run) -> None:
    columns = {"version", "updated_at"}
    for plan in updated:
        for name, (_old, new) in plan.changes.items():
            if name.startswith("technical."):
                plan.elevator.technical[name.removeprefix("technical.")] = new
                name = "technical"
            else:
                setattr(plan.elevator, name, new)
            columns.add(name)
        plan.elevator.version += 1
        plan.elevator.updated_at = run.at
    if updated:
        # one upsert on the primary key: a CASE per column and row would take minutes
        Elevator.objects.bulk_create(
            [plan.elevator for plan in updated],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=sorted(columns),
        )


def _write_flags(plans: list[RowPlan], run: Run) -> None:
    StatusFlag.objects.bulk_create([plan.opened_flag for plan in plans if plan.opened_flag])
    if lifted := [flag.pk for plan in plans for flag in plan.lifted_flags]:
        StatusFlag.objects.filter(pk__in=lifted).update(ended_at=run.at)


def _events(plan: RowPlan, run: Run) -> list[NewEvent]:
    """The life events of one row; an unchanged elevator has none."""
    row = {"row": plan.record.number}
    events = []
    if plan.outcome == RowOutcome.CREATED:
        events.append(_event(plan, LifeEventKind.IMPORTED, run, row))
    elif plan.outcome == RowOutcome.UPDATED:
        changes = {name: [_plain(old), _plain(new)] for name, (old, new) in sorted(plan.changes.items())}
        if state := changes.pop("registration_state", None):
            details = row | {"from": state[0], "to": state[1], "reference": run.mapping.source}
            events.append(_event(plan, LifeEventKind.STATE_CHANGED, run, details, outcome=state[1]))
            changes.pop("registration_state_at")
        if changes:
            details = row | {"fields": sorted(changes), "changes": changes}
            events.append(_event(plan, LifeEventKind.CHANGED, run, details))
    if plan.opened_flag:
        events.append(_event(plan, LifeEventKind.FLAGGED, run, row, outcome=plan.opened_flag.kind))
    events += [_event(plan, LifeEventKind.UNFLAGGED, run, row, outcome=flag.kind) for flag in plan.lifted_flags]
    return events


def _event(plan: RowPlan, kind: str, run: Run, details: dict, *, outcome: str = "") -> NewEvent:
    return NewEvent(
        plan.elevator,
        kind,
        run.at,
        outcome=outcome,
        details=details,
        source_type=ImportBatch._meta.label_lower,
        source_id=str(run.batch.public_id),
    )


def _plain(value):
    return str(value) if isinstance(value, Decimal | dt.date) else value
