"""The nameplate's link: city, rescue code, issue number, key id and a MAC nobody can guess (decision 0011).

https://HOST/e/320100-035302-001-01-7K2M9QXW4TBN
               city   code   issue key MAC
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

# No I, L, O, U: what a tired eye mixes up is read as the digit it looks like, in either case (Crockford's base 32).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MAC_BITS = 60
MAC_LENGTH = MAC_BITS // 5
SHORTEST_KEY = 32  # bytes; a shorter one neither signs nor reads
LAST_ISSUE = 999

PREFIX = "/e/"
_LOOKALIKES = str.maketrans("OIL", "011")
_TEXT = re.compile(rf"(\d{{6}})(\d{{6}})(\d{{3}})([{ALPHABET}]{{2}})([{ALPHABET}]{{{MAC_LENGTH}}})", re.ASCII)
_KEY_ID = re.compile(rf"[{ALPHABET}]{{2}}", re.ASCII)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?", re.ASCII)
# As a camera reads it, as it is printed (without the scheme), and as somebody abridges it.
_LINK = re.compile(r"(?:(?:(?:https?:)?//)?([^/?#@\s]+))?/e/([^/?#]*)/?(?:[?#].*)?", re.ASCII | re.IGNORECASE)
# WeChat asks for a file of its own naming beside the links; a plate's text never holds a dot, so the two never meet.
_CHECK_FILE = re.compile(r"[A-Za-z0-9_-]{1,64}\.txt", re.ASCII)
_LONGEST_INPUT = 80  # with generous spaces; more is not a plate and is not even folded


@dataclass(frozen=True)
class Plate:
    """What a plate says of itself. `issue` counts the plates ever made for this code: a void plate stays void."""

    city: str
    code: str
    issue: int
    key_id: str


class Verdict(Enum):
    VALID = "VALID"
    FORGED = "FORGED"
    MALFORMED = "MALFORMED"
    UNKNOWN_KEY = "UNKNOWN_KEY"


@dataclass(frozen=True)
class Reading:
    """`plate` and the canonical `text` are there unless the text is malformed; trust them only when valid."""

    verdict: Verdict
    plate: Plate | None = None
    text: str = ""


def plate_text(plate: Plate, key: bytes) -> str:
    """The text of a new plate. ValueError when a part has the wrong form or the key is shorter than 32 bytes."""
    if not (re.fullmatch(r"[0-9]{6}", plate.city) and re.fullmatch(r"[0-9]{6}", plate.code)):
        raise ValueError("city and rescue code are 6 digits each")
    if not 1 <= plate.issue <= LAST_ISSUE:
        raise ValueError(f"issue number is 1 to {LAST_ISSUE}")
    if not _KEY_ID.fullmatch(plate.key_id):
        raise ValueError(f"key id is two of {ALPHABET}")
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"key has at least {SHORTEST_KEY} bytes")
    return _written(plate, _mac(plate, key))


def plate_url(host: str, text: str) -> str:
    """The link in the QR code. Scheme, host and `/e/` stay lower case: WeChat's prefix rule compares letters."""
    if not _HOST.fullmatch(host):
        raise ValueError("host is a lower-case domain, with a port at most")
    return f"https://{host}{PREFIX}{text}"


def read_text(text: object, keys: Mapping[str, bytes]) -> Reading:
    """Judge what was scanned or typed after `/e/`; any input gets an answer. A key id missing in `keys` is unknown."""
    folded = _folded(text)
    if folded is None or not (match := _TEXT.fullmatch(folded)):
        return Reading(Verdict.MALFORMED)
    city, code, issue, key_id, mac = match.groups()
    if issue == "000":
        return Reading(Verdict.MALFORMED)
    plate = Plate(city, code, int(issue), key_id)
    written = _written(plate, mac)
    key = keys.get(key_id)
    if key is None or len(key) < SHORTEST_KEY:
        return Reading(Verdict.UNKNOWN_KEY, plate, written)
    right = hmac.compare_digest(mac, _mac(plate, key))
    return Reading(Verdict.VALID if right else Verdict.FORGED, plate, written)


def text_of_link(link: object, hosts: set[str]) -> str:
    """What stands after `/e/` in a link of one of our hosts, as scanned or as typed from the plate: with or without
    scheme and host, in full width, with blanks. Else an empty string."""
    if not isinstance(link, str) or len(link) > 400:
        return ""
    match = _LINK.fullmatch("".join(unicodedata.normalize("NFKC", link).split()))
    return match[2] if match and (match[1] is None or match[1].lower() in hosts) else ""


def digits_typed(text: object) -> str:
    """The digits when nothing else was typed, full-width ones, spaces and hyphens as people put them; else ''."""
    folded = _folded(text) or ""
    return folded if folded.isascii() and folded.isdigit() and len(folded) <= 12 else ""


def is_check_file(text: str) -> bool:
    """Is this the name of WeChat's check file rather than a plate?"""
    return bool(_CHECK_FILE.fullmatch(text))


def _folded(text: object) -> str | None:
    """One form of what people retype: half-width, upper case, no spaces or hyphens, look-alikes as digits."""
    if not isinstance(text, str) or len(text) > _LONGEST_INPUT:
        return None
    return re.sub(r"[\s\-\u2010-\u2015]+", "", unicodedata.normalize("NFKC", text)).upper().translate(_LOOKALIKES)


def _written(plate: Plate, mac: str) -> str:
    return f"{plate.city}-{plate.code}-{plate.issue:03d}-{plate.key_id}-{mac}"


def _mac(plate: Plate, key: bytes) -> str:
    """The first 60 bits of HMAC-SHA256; the leading words keep the key from being lent to another purpose."""
    message = f"nameplate 1|{plate.city}|{plate.code}|{plate.issue}|{plate.key_id}".encode("ascii")
    number = int.from_bytes(hmac.digest(key, message, hashlib.sha256)[:8], "big") >> (64 - MAC_BITS)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(MAC_BITS - 5, -1, -5))
