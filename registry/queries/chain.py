"""Recomputing the chains of life events."""

from dataclasses import dataclass, field

from common.ledgers import Fault
from registry import rules
from registry.models import LifeEvent


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
