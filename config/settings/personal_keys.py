"""Keys of personal data, as text: `01:64 hex digits 02:…`, oldest first. The last one seals, all of them read."""

import re

from django.core.exceptions import ImproperlyConfigured

_ENTRY = re.compile(r"([0-9a-f]{2}):([0-9a-f]{64})")
# since these stand in a public repository
_PUBLIC = (bytes.fromhex("d0" * 32), bytes.fromhex("d1" * 32))


def keys_of(text: str) -> dict[int, bytes]:
    """{key id: key}. ImproperlyConfigured names the place of a wrong entry, never the key."""
    keys: dict[int, bytes] = {}
    for place, entry in enumerate(text.split(), start=1):
        if not (match := _ENTRY.fullmatch(entry)):
            raise ImproperlyConfigured(
                f"PERSONAL_DATA_KEYS, entry {place}: two hexadecimal digits, a colon, 64 of them."
            )
        if (number := int(match[1], 16)) in keys:
            raise ImproperlyConfigured(f"PERSONAL_DATA_KEYS, entry {place}: the key id {match[1]} is there twice.")
        keys[number] = bytes.fromhex(match[2])
    return keys


def index_key_of(text: str) -> bytes:
    """The key of the hashes by which equal values are found."""
    if text and not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ImproperlyConfigured("PERSONAL_INDEX_KEY: 64 hexadecimal digits.")
    return bytes.fromhex(text)


def development_keys() -> tuple[dict[int, bytes], bytes]:
    """What a developer's machine seals with: no secret at all."""
    return {1: _PUBLIC[0]}, _PUBLIC[1]


def require_secret(keys: dict[int, bytes], index_key: bytes) -> None:
    """Production's: there, random and different from one another."""
    used = [*keys.values(), index_key]
    if not keys or not index_key or len(set(used)) < len(used) or any(len(set(key)) < 10 for key in used):
        raise ImproperlyConfigured(
            "PERSONAL_DATA_KEYS and PERSONAL_INDEX_KEY must hold random keys, each another (docs/operations.md)."
        )
