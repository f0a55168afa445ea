"""Personal data at rest: sealed with AES-GCM, found by a keyed hash, masked wherever it is shown.

Plain text exists in two moments: while somebody types it in, and when `Sealed.reveal` is asked for by an action that
writes down who looked and what for. Everywhere else, `str`, `repr`, pages, logs and SQL, there is a mask or a ciphertext.
"""

from common.personal.fields import BlindIndexField, SealedField
from common.personal.keys import CannotBeRead, blind_indexes
from common.personal.kinds import ID_NUMBER, KINDS, PHONE, Malformed
from common.personal.sealed import Sealed

__all__ = [
    "ID_NUMBER",
    "KINDS",
    "PHONE",
    "BlindIndexField",
    "CannotBeRead",
    "Malformed",
    "Sealed",
    "SealedField",
    "blind_indexes",
]
