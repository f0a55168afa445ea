"""The hash chain of an elevator's life: each event covers the one before, so nothing can change, vanish or move."""

import hashlib

from common.canonical import canonical

FORM_VERSION = 1
GENESIS = b"\0" * 32


def event_hash(
    previous: bytes,
    *,
    elevator: str,
    sequence: int,
    kind: str,
    outcome: str,
    occurred_at: str,
    actor_kind: str,
    actor_id: str,
    acting_unit_id: int | None,
    source_type: str,
    source_id: str,
    details: dict,
) -> bytes:
    """sha256 over the previous hash and the canonical form (version 1) of the event. 32 bytes.

    `elevator` is its public id, `occurred_at` an aware moment (or its ISO form in UTC with microseconds). Personal
    fields never enter `details`.
    """
    form = [
        FORM_VERSION,
        elevator,
        sequence,
        kind,
        outcome,
        occurred_at,
        actor_kind,
        actor_id,
        acting_unit_id,
        source_type,
        source_id,
        details,
    ]
    return hashlib.sha256(previous + canonical(form)).digest()
