"""Writing one planned chunk of elevators: one statement per table, however many rows it has."""

import datetime as dt
from decimal import Decimal

from common.copying import copy_in
from common.intake.kinds import Run
from common.models.intake import ImportBatch, RowOutcome
from registry.actions.import_matching import ElevatorPlan
from registry.actions.life_events import NewEvent, record_events
from registry.choices import LifeEventKind
from registry.models import Elevator, Responsibility, StatusFlag


def write_rows(plans: list[ElevatorPlan], run: Run) -> None:
    """Elevators, flags, responsibilities and life events of a chunk, in the open transaction."""
    created = [plan for plan in plans if plan.outcome == RowOutcome.CREATED]
    updated = [plan for plan in plans if plan.outcome == RowOutcome.UPDATED]
    copy_in(Elevator, [plan.elevator for plan in created])
    _write_changes(updated, run)
    _write_flags([*created, *updated], run)
    _write_units([*created, *updated], run)
    record_events([event for plan in plans for event in _events(plan, run)], by=run.by)
    for plan in plans:
        if plan.outcome != RowOutcome.REFUSED:
            plan.subject_id = plan.elevator.pk


def say_changes(plans: list[ElevatorPlan]) -> None:
    """{field: [old, new]} in plain values, for the preview, and for the undo of an update."""
    for plan in plans:
        plan.changes = {name: [_plain(old), _plain(new)] for name, (old, new) in plan.edits.items()}
        if plan.outcome == RowOutcome.UPDATED:
            # flags by their public id: an undo closes the one and opens the other
            if plan.opened_flag:
                plan.changes[f"flag.{plan.opened_flag.kind}"] = [None, str(plan.opened_flag.public_id)]
            for flag in plan.lifted_flags:
                plan.changes[f"flag.{flag.kind}"] = [str(flag.public_id), None]
            for role, unit in plan.assigned.items():
                plan.changes[f"unit.{role}"] = [None, str(unit.public_id)]


def preview(plan: ElevatorPlan) -> dict:
    """What a new elevator would be: {field: [None, value]}."""
    elevator = plan.elevator
    values = {name: value for name in SHOWN if (value := getattr(elevator, name)) not in (None, "")}
    beside = {"site_name": plan.reading.site_name, "flag": plan.opened_flag.kind if plan.opened_flag else ""}
    units = {f"unit.{role}": str(unit.public_id) for role, unit in plan.assigned.items()}
    values |= {name: value for name, value in beside.items() if value} | units
    return {name: [None, _plain(value)] for name, value in values.items()}


SHOWN = (
    "equipment_code",
    "registration_code",
    "certificate_number",
    "rescue_code",
    "source_key",
    "area_id",
    "address",
    "building",
    "internal_number",
    "class_code_id",
    "manufacturer_name",
    "rated_load_kg",
    "rated_speed_mps",
    "travel_m",
    "commissioned_on",
    "registration_state",
    "latitude",
    "longitude",
)


def _write_changes(updated: list[ElevatorPlan], run: Run) -> None:
    columns = {"version", "updated_at"}
    for plan in updated:
        for name, (_old, new) in plan.edits.items():
            if name.startswith("technical."):
                plan.elevator.technical[name.removeprefix("technical.")] = new
                name = "technical"
            else:
                setattr(plan.elevator, name, new)
            columns.add(name)
        for role, unit in plan.assigned.items():
            setattr(plan.elevator, f"{role.lower()}_id", unit.pk)
            columns.add(role.lower())
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


def _write_flags(plans: list[ElevatorPlan], run: Run) -> None:
    StatusFlag.objects.bulk_create([plan.opened_flag for plan in plans if plan.opened_flag])
    if lifted := [flag.pk for plan in plans for flag in plan.lifted_flags]:
        StatusFlag.objects.filter(pk__in=lifted).update(ended_at=run.at)


def _write_units(plans: list[ElevatorPlan], run: Run) -> None:
    """Units that answer from the import on, where nobody did."""
    Responsibility.objects.bulk_create(
        [
            Responsibility(
                elevator=plan.elevator, unit=unit, role=role, started_at=run.at, reference=run.reader.source[:120]
            )
            for plan in plans
            for role, unit in plan.assigned.items()
        ],
        batch_size=1000,
    )


def _events(plan: ElevatorPlan, run: Run) -> list[NewEvent]:
    """The life events of one row; an unchanged elevator has none."""
    row = {"row": plan.record.number}
    events = []
    if plan.outcome == RowOutcome.CREATED:
        events.append(_event(plan, LifeEventKind.IMPORTED, run, row))
    elif plan.outcome == RowOutcome.UPDATED:
        changes = {name: [_plain(old), _plain(new)] for name, (old, new) in sorted(plan.edits.items())}
        if state := changes.pop("registration_state", None):
            details = row | {"from": state[0], "to": state[1], "reference": run.reader.source}
            events.append(_event(plan, LifeEventKind.STATE_CHANGED, run, details, outcome=state[1]))
            changes.pop("registration_state_at")
        if changes:
            details = row | {"fields": sorted(changes), "changes": changes}
            events.append(_event(plan, LifeEventKind.CHANGED, run, details))
    for role, unit in plan.assigned.items():
        details = row | {"role": role, "unit": str(unit.public_id), "from": run.at.isoformat()}
        events.append(_event(plan, LifeEventKind.RESPONSIBILITY_STARTED, run, details, outcome=role))
    if plan.opened_flag:
        events.append(_event(plan, LifeEventKind.FLAGGED, run, row, outcome=plan.opened_flag.kind))
    events += [_event(plan, LifeEventKind.UNFLAGGED, run, row, outcome=flag.kind) for flag in plan.lifted_flags]
    return events


def _event(plan: ElevatorPlan, kind: str, run: Run, details: dict, *, outcome: str = "") -> NewEvent:
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
