"""Keys that sign nameplates, as text: `01:64 hex digits 02:…`, oldest first. The last one signs, all of them read."""

import re

from django.core.exceptions import ImproperlyConfigured

_ENTRY = re.compile(r"([0-9A-HJKMNP-TV-Z]{2}):((?:[0-9a-f]{2}){32,64})")


def keys_of(text: str) -> dict[str, bytes]:
    """{key id: key}. ImproperlyConfigured names the place of a wrong entry, never the key."""
    keys: dict[str, bytes] = {}
    for place, entry in enumerate(text.split(), start=1):
        match = _ENTRY.fullmatch(entry)
        if not match:
            raise ImproperlyConfigured(
                f"PLATE_KEYS, entry {place}: two of 0-9 A-Z without I L O U, a colon, 64 to 128 hex digits."
            )
        if match[1] in keys:
            raise ImproperlyConfigured(f"PLATE_KEYS, entry {place}: the key id {match[1]} is there twice.")
        keys[match[1]] = bytes.fromhex(match[2])
    return keys
