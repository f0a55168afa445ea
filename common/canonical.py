"""The one byte form of a value that hashes cover (form version 1). Plain Python: rules use it too."""

import datetime as dt
import json
import uuid
from decimal import Decimal


def _plain(value):
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, dt.date | Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(value) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8; moments in UTC with microseconds, bytes in hexadecimal."""
    return json.dumps(value, default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
