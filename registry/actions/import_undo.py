"""Taking back what an import did to elevators, where nothing happened to them since."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import F
from django.db.models.functions import Greatest

from common.actor import Actor
from common.intake.kinds import RESTORED, TOUCHED, WITHDRAWN, Undone
from common.models.intake import ImportBatch, RowOutcome, SourceRow
from registry.actions.import_scope import changeable
from registry.actions.life_events import NewEvent, record_events
from registry.choices import LifeEventKind, RegistrationState
from registry.models import Elevator, LifeEvent, Responsibility, StatusFlag

IDENTIFIERS = ("equipment_code", "registration_code", "certificate_number", "rescue_code", "source_key")


def undo_rows(rows: Sequence[SourceRow], *, batch: ImportBatch, by: Actor, at: dt.datetime) -> list[Undone]:
    """Withdraw the elevators that these rows created, restore those that they changed; name what was touched since.

    A withdrawn elevator stays as a row, because ledgers point at it; its codes are free again and stand in its last
    life event.
    """
    ids = sorted({row.subject_id for row in rows})
    there = {e.pk: e for e in changeable(by).filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))}
    untouched = _last_touched_by(batch, there)
    withdrawn, restored, undone = [], [], []
    for row in rows:
        elevator = there.get(row.subject_id)
        if elevator is None or elevator.pk not in untouched:
            undone.append(Undone(row.row_number, TOUCHED, elevator.main_code if elevator else ""))
        elif row.outcome == RowOutcome.CREATED:
            withdrawn.append(elevator)
            undone.append(Undone(row.row_number, WITHDRAWN))
        else:
            restored.append((elevator, row))
            undone.append(Undone(row.row_number, RESTORED))
    _withdraw(withdrawn, batch, by, at)
    _restore(restored, batch, by, at)
    return undone


def _last_touched_by(batch: ImportBatch, there: dict[int, Elevator]) -> set[int]:
    """Elevators whose newest life event is this batch's own."""
    newest = (
        LifeEvent.objects.filter(elevator_id__in=there)
        .order_by("elevator_id", "-sequence")
        .distinct("elevator_id")
        .values_list("elevator_id", "source_type", "source_id")
    )
    mine = (ImportBatch._meta.label_lower, str(batch.public_id))
    return {elevator for elevator, *source in newest if tuple(source) == mine}


def _withdraw(elevators: list[Elevator], batch: ImportBatch, by: Actor, at: dt.datetime) -> None:
    if not elevators:
        return
    ids = [elevator.pk for elevator in elevators]
    _end_units(Responsibility.objects.filter(elevator_id__in=ids), at)
    StatusFlag.objects.filter(elevator_id__in=ids, ended_at=None).update(ended_at=_not_before_start(at))
    events = [
        _event(e, LifeEventKind.WITHDRAWN, batch, at, {"identifiers": _codes(e), "state": e.registration_state})
        for e in elevators
    ]
    Elevator.objects.filter(pk__in=ids).update(
        **dict.fromkeys(IDENTIFIERS[:-1]),
        source_key="",
        registration_state=RegistrationState.WITHDRAWN,
        registration_state_at=at,
        using_unit=None,
        using_unit_until=None,
        maintenance_unit=None,
        maintenance_unit_until=None,
        version=F("version") + 1,
        updated_at=at,
    )
    record_events(events, by=by)


def _codes(elevator: Elevator) -> dict[str, str]:
    return {name: value for name in IDENTIFIERS if (value := getattr(elevator, name))}


def _end_units(rows, at: dt.datetime) -> None:
    """What the batch began is over; it never counted, but it stays in the books with its shortest time."""
    rows = list(rows.unfinished(at).order_by("pk"))
    for row in rows:
        row.ended_at = max(at, row.started_at + dt.timedelta(microseconds=1))
    Responsibility.objects.bulk_update(rows, ["ended_at"], batch_size=1000)


def _not_before_start(at: dt.datetime):
    """A flag may have begun (by the register's word) after now only on paper; periods run forward."""
    return Greatest(F("started_at"), at)


def _event(elevator: Elevator, kind: str, batch: ImportBatch, at: dt.datetime, details: dict) -> NewEvent:
    return NewEvent(
        elevator,
        kind,
        at,
        details=details,
        source_type=ImportBatch._meta.label_lower,
        source_id=str(batch.public_id),
    )


# --- changes that were made to elevators which were there before ------------------------------------------------------


def _restore(pairs: list[tuple[Elevator, SourceRow]], batch: ImportBatch, by: Actor, at: dt.datetime) -> None:
    if not pairs:
        return
    columns, events = {"version", "updated_at"}, []
    for elevator, row in pairs:
        columns |= _put_back(elevator, row.changes, batch, at)
        elevator.version += 1
        elevator.updated_at = at
        fields = sorted(name for name in row.changes if "." not in name or name.startswith("technical."))
        # the same rows again, the other way round
        changes = {name: [new, old] for name, (old, new) in row.changes.items()}
        details = {"row": row.row_number, "fields": fields, "changes": changes}
        events.append(_event(elevator, LifeEventKind.IMPORT_UNDONE, batch, at, details))
    Elevator.objects.bulk_create(
        [elevator for elevator, _row in pairs],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=sorted(columns),
    )
    record_events(events, by=by)


def _put_back(elevator: Elevator, changes: dict, batch: ImportBatch, at: dt.datetime) -> set[str]:
    """Set the old values; returns the columns that changed."""
    columns = set()
    for name, (old, new) in changes.items():
        what, _dot, part = name.partition(".")
        if what == "technical":
            elevator.technical.pop(part, None)
            if old is not None:
                elevator.technical[part] = old
            columns.add("technical")
        elif what == "flag":
            _put_flag_back(old, new, at)
        elif what == "unit":
            rows = Responsibility.objects.filter(elevator=elevator, role=part, unit__public_id=new)
            _end_units(rows.filter(started_at=batch.created_at), at)
            for column in (part.lower(), f"{part.lower()}_until"):
                setattr(elevator, column, None)
                columns.add(column)
        else:
            field = Elevator._meta.get_field(name.removesuffix("_id") if name.endswith("_id") else name)
            setattr(elevator, field.attname, old if field.is_relation else field.to_python(old))
            columns.add(field.name)
    return columns


def _put_flag_back(old: str | None, new: str | None, at: dt.datetime) -> None:
    if new is not None:
        StatusFlag.objects.filter(public_id=new, ended_at=None).update(ended_at=_not_before_start(at))
    else:
        StatusFlag.objects.filter(public_id=old).update(ended_at=None)
