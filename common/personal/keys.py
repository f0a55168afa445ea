"""The key ring: several keys that read, one that seals, one for the blind indexes.

A sealed value is `version (1 byte) · key id (1) · nonce (12) · AES-256-GCM ciphertext and tag`. Its place (model, field,
row) is authenticated with it, so that nobody with write access to the tables makes one person's number another's.
"""

import functools
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = 1
HEAD = 2  # bytes before the nonce
NONCE = 12
INDEX_BYTES = 16


class CannotBeRead(Exception):
    """A sealed value whose key is not in the ring, or that was altered or moved to another row."""


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """`keys` by id; `current` seals. Never shown: its repr has no key in it."""

    keys: Mapping[int, AESGCM]
    current: int
    index_key: bytes

    def seal(self, text: str, place: bytes) -> bytes:
        head, nonce = bytes((VERSION, self.current)), os.urandom(NONCE)
        return head + nonce + self.keys[self.current].encrypt(nonce, text.encode(), head + place)

    def open(self, token: bytes, place: bytes) -> str:
        """The plain text. Raises CannotBeRead."""
        head, nonce, sealed = token[:HEAD], token[HEAD : HEAD + NONCE], token[HEAD + NONCE :]
        if len(head) < HEAD or head[0] != VERSION or head[1] not in self.keys:
            raise CannotBeRead
        try:
            return self.keys[head[1]].decrypt(nonce, sealed, head + place).decode()
        except (InvalidTag, ValueError):
            raise CannotBeRead from None

    def index(self, text: str, field: str) -> bytes:
        """What equal values of one field have in common; of other fields it says nothing."""
        return hmac.digest(self.index_key, f"{field}\0{text}".encode(), "sha256")[:INDEX_BYTES]


def key_id(token: bytes) -> int:
    return token[1]


def ring() -> KeyRing:
    """The ring of the settings."""
    return _ring(tuple(settings.PERSONAL_DATA_KEYS.items()), settings.PERSONAL_INDEX_KEY)


def blind_indexes(field, text: str) -> list[bytes]:
    """What a normalised value of a sealed field is found by."""
    return [ring().index(text, field.place)]


@functools.lru_cache(maxsize=4)
def _ring(keys: tuple[tuple[int, bytes], ...], index_key: bytes) -> KeyRing:
    if not keys or not index_key:
        raise ImproperlyConfigured("There are no PERSONAL_DATA_KEYS or no PERSONAL_INDEX_KEY (docs/operations.md).")
    return KeyRing({number: AESGCM(key) for number, key in keys}, keys[-1][0], index_key)
