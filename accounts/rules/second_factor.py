"""The code of an authenticator app (RFC 6238): which step it belongs to, and how long wrong ones keep somebody waiting."""

import datetime as dt
import hashlib
import re
import unicodedata
from base64 import b32decode
from collections.abc import Iterable

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

# What every authenticator app understands; RFC 6238 recommends the step, RFC 4226 the length of the secret.
DIGITS, STEP, SECRET_BYTES = 6, 30, 20
# A phone's clock may be a step behind or ahead (RFC 6238, 5.2), and no more.
DRIFT = 1
RECOVERY_CODES = 10
# Without characters that are read as another one; 16 of them are 79 bits, so that a plain hash cannot be tried out.
RECOVERY_ALPHABET, RECOVERY_LENGTH = "abcdefghjkmnpqrstuvwxyz23456789", 16
TRIES = 5
FIRST_LOCK, LONGEST_LOCK = dt.timedelta(minutes=15), dt.timedelta(hours=24)


def canonical_code(text: str) -> str:
    """A code as it is compared: one width, lower case, without the blanks and hyphens that group it."""
    return re.sub(r"[\s\-–—]", "", unicodedata.normalize("NFKC", text)).lower()


def is_app_code(code: str) -> bool:
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def is_recovery_code(code: str) -> bool:
    return len(code) == RECOVERY_LENGTH and not set(code) - set(RECOVERY_ALPHABET)


def app(secret: str) -> TOTP:
    """The app's arithmetic for a base32 secret. SHA-1 because apps know nothing else; HMAC does not rest on collisions."""
    return TOTP(b32decode(secret), DIGITS, SHA1(), STEP)


def code_at(secret: str, at: dt.datetime) -> str:
    return app(secret).generate(int(at.timestamp())).decode()


def matching_step(secret: str, code: str, at: dt.datetime, *, after: int) -> int | None:
    """The step whose code this is, if it is a later one than `after`: a code counts once (RFC 6238, 5.2).

    All steps are compared, so that the time taken says nothing.
    """
    if not is_app_code(code):
        return None
    present, totp, found = int(at.timestamp()) // STEP, app(secret), None
    for step in range(present - DRIFT, present + DRIFT + 1):
        if bytes_eq(totp.generate(step * STEP), code.encode()) and step > after:
            found = step
    return found


def recovery_digest(owner: str, code: str) -> str:
    """What is stored of a recovery code; bound to its owner, so that equal codes of two people look different."""
    return hashlib.sha256(f"recovery:{owner}:{code}".encode()).hexdigest()


def spoken(code: str) -> str:
    """In groups of four, as it is read and typed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def lock_after(failures: int) -> dt.timedelta | None:
    """How long nothing is accepted after so many wrong codes on end: at each fifth, twice as long as before, a day at most."""
    if failures % TRIES:
        return None
    return min(FIRST_LOCK * 2 ** min(failures // TRIES - 1, 10), LONGEST_LOCK)


def needs_second_factor(held: Iterable[str], required: Iterable[str]) -> bool:
    """Does one of the roles held take a second factor?"""
    return bool(set(held) & set(required))
