"""Kinds of personal values: what counts as the same one, and how much of it may be shown. No Django, no keys."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from common.masking import MASK


class Malformed(ValueError):
    """A text is not a value of its kind. The message never repeats the text."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`normalise` gives the one form of a value or raises Malformed; `mask` shows little of a normalised value."""

    code: str
    normalise: Callable[[str], str]
    mask: Callable[[str], str]


_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_ABROAD = re.compile(r"\+[1-9]\d{6,14}")


def _one_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def phone(text: str) -> str:
    """A mobile or landline number of the mainland without country code, another country's with + and code."""
    number = re.sub(r"[\s().\-–—]", "", _one_width(text))
    number = re.sub(r"^00", "+", number)
    if number.startswith("+86"):
        number = number[3:]
        number = number if _MOBILE.fullmatch(number) else f"0{number.removeprefix('0')}"
    if not number.isascii() or not any(form.fullmatch(number) for form in (_MOBILE, _LANDLINE, _ABROAD)):
        raise Malformed("phone")
    return number


def mask_phone(number: str) -> str:
    """138****1234, as people of this country expect it; of shorter or foreign numbers the last three digits."""
    return f"{number[:3]}****{number[-4:]}" if _MOBILE.fullmatch(number) else f"****{number[-3:]}"


_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


def id_check_character(first: str) -> str:
    """The 18th character that belongs to 17 digits (GB 11643-1999: ISO 7064 MOD 11-2)."""
    return _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(first, _ID_WEIGHTS, strict=True)) % 11]


def id_number(text: str) -> str:
    """A citizen's identity number of 18 characters (GB 11643-1999): check character and day of birth are right."""
    number = re.sub(r"[\s\-]", "", _one_width(text)).upper()
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number) or not number.isascii():
        raise Malformed("id number")
    try:
        dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise Malformed("id number") from None
    if number[17] != id_check_character(number[:17]):
        raise Malformed("id number")
    return number


def mask_id_number(number: str) -> str:
    """The province and the last character: enough to tell two people of one unit apart, no day of birth."""
    return f"{number[:2]}***************{number[-1]}"


def otp_secret(text: str) -> str:
    """The base32 secret of an authenticator app: 160 bits (RFC 4226, 4)."""
    if not re.fullmatch(r"[A-Z2-7]{32}", text):
        raise Malformed("otp secret")
    return text


def webhook_secret(text: str) -> str:
    """What signs a unit's webhooks: 256 random bits behind a prefix that scanners for secrets can look for."""
    if not re.fullmatch(r"whs_[A-Za-z0-9_-]{43}", text):
        raise Malformed("webhook secret")
    return text


def outside_key(text: str) -> str:
    """What another platform gave us to send with: its own form, so nothing is asked of it but that it fits into a line."""
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", text):
        raise Malformed("outside key")
    return text


_CERTIFICATE = re.compile(r"[0-9A-Z\u4e00-\u9fff][0-9A-Z\u4e00-\u9fff()./\-]{2,38}[0-9A-Z\u4e00-\u9fff)]")


def certificate_number(text: str) -> str:
    """The number of a person's certificate: of workers it is the identity number, with or without letters in front."""
    number = re.sub(r"\s", "", _one_width(text)).upper()
    if not _CERTIFICATE.fullmatch(number):
        raise Malformed("certificate number")
    return number


def mask_certificate_number(number: str) -> str:
    """The last two characters: enough to compare with the paper in one's hand."""
    return f"********{number[-2:]}"


PHONE = Kind("phone", phone, mask_phone)
ID_NUMBER = Kind("id_number", id_number, mask_id_number)
# no personal number, but what guards all of them: nothing of it is ever shown again
OTP_SECRET = Kind("otp_secret", otp_secret, lambda _secret: "********")
WEBHOOK_SECRET = Kind("webhook_secret", webhook_secret, lambda _secret: "********")
OUTSIDE_KEY = Kind("outside_key", outside_key, lambda _secret: "********")
CERTIFICATE_NUMBER = Kind("certificate_number", certificate_number, mask_certificate_number)
KINDS = {kind.code: kind for kind in (PHONE, ID_NUMBER, OTP_SECRET, WEBHOOK_SECRET, OUTSIDE_KEY, CERTIFICATE_NUMBER)}


_MOBILES = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")
_IDENTITIES = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])")


def without_numbers(text: str) -> str:
    """The text with mobile and identity numbers masked, for what lies in the open.

    Masked rather than refused: no slip of a caller may hold up what it writes about.
    """

    def masked(found: re.Match) -> str:
        try:
            id_number(found[0])
        except Malformed:
            return found[0]  # eighteen digits that are a code of something else
        return MASK

    return _IDENTITIES.sub(masked, _MOBILES.sub(MASK, text))
