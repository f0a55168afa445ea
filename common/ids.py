"""Public identifiers: uuid7, ordered by time, so that they index well and tell nothing but their minute of birth."""

import uuid

import uuid6


def new_public_id() -> uuid.UUID:
    """A uuid7 (RFC 9562) as the standard library's type."""
    return uuid.UUID(int=uuid6.uuid7().int)
