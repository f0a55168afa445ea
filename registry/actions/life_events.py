"""Appending to the life of elevators, one event or a hundred thousand, in the caller's transaction."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from common.actor import Actor
from common.copying import copy_in
from common.request_id import current_request_id
from registry import rules
from registry.models import Elevator, LifeEvent

WORTH_A_COPY = 100  # rows from which on a COPY is cheaper than an INSERT


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append. `details` hold plain JSON values without personal data."""

    elevator: Elevator
    kind: str
    occurred_at: dt.datetime
    outcome: str = ""
    details: dict = field(default_factory=dict)
    source_type: str = ""
    source_id: str = ""


def record_event(
    elevator: Elevator,
    kind: str,
    *,
    by: Actor,
    at: dt.datetime,
    source=None,
    outcome: str = "",
    details: dict | None = None,
) -> LifeEvent:
    """Append one event; `source` is the row that made it happen (its type and id are kept)."""
    event = NewEvent(
        elevator,
        kind,
        at,
        outcome=outcome,
        details=details or {},
        source_type=source._meta.label_lower if source is not None else "",
        source_id=str(getattr(source, "public_id", source.pk)) if source is not None else "",
    )
    return record_events([event], by=by)[0]


@transaction.atomic
def record_events(events: Sequence[NewEvent], *, by: Actor) -> list[LifeEvent]:
    """Append events in the order given, several of one elevator included; three statements however many there are.

    The elevators' rows are locked, so two appenders cannot both continue the same chain.
    """
    ids = sorted({event.elevator.pk for event in events})
    locked = set(
        Elevator.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    )
    heads = {
        row["elevator_id"]: (row["sequence"], bytes(row["hash"]))
        for row in LifeEvent.objects.filter(elevator_id__in=locked)
        .order_by("elevator_id", "-sequence")
        .distinct("elevator_id")
        .values("elevator_id", "sequence", "hash")
    }
    made = []
    for event in events:
        sequence, previous = heads.get(event.elevator.pk, (0, rules.GENESIS))
        row = _row(event, sequence + 1, previous, by)
        heads[event.elevator.pk] = (row.sequence, row.hash)
        made.append(row)
    if len(made) < WORTH_A_COPY:
        return LifeEvent.objects.bulk_create(made)
    return list(copy_in(LifeEvent, made))


def _require_plain(value) -> None:
    """JSON gives floats and keys that are not text back in another form than it got them; the hash would not fit."""
    if isinstance(value, float):
        raise TypeError("details of an event hold no floats: write them as text")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("keys of an event's details are text")
        value = value.values()
    elif not isinstance(value, list | tuple):
        return
    for inner in value:
        _require_plain(inner)


def _row(event: NewEvent, sequence: int, previous: bytes, by: Actor) -> LifeEvent:
    _require_plain(event.details)
    digest = rules.event_hash(
        previous,
        elevator=str(event.elevator.public_id),
        sequence=sequence,
        kind=event.kind,
        outcome=event.outcome,
        occurred_at=event.occurred_at,
        actor_kind=by.kind,
        actor_id=by.id,
        acting_unit_id=by.acting_unit,
        source_type=event.source_type,
        source_id=event.source_id,
        details=event.details,
    )
    return LifeEvent(
        elevator=event.elevator,
        sequence=sequence,
        kind=event.kind,
        outcome=event.outcome,
        occurred_at=event.occurred_at,
        source_type=event.source_type,
        source_id=event.source_id,
        details=event.details,
        form_version=rules.FORM_VERSION,
        previous_hash=previous,
        hash=digest,
        actor_kind=by.kind,
        actor_id=by.id,
        acting_unit_id=by.acting_unit,
        request_id=current_request_id(),
    )
