"""Forms of the identifiers (TSG annex; domain notes §2). What people type is folded to one form, never guessed."""

import re
import unicodedata

EQUIPMENT_CODE = re.compile(r"\d{4}\d{2}[0-9A-Z]{3}\d{4}[0-9A-Z]\d{4}", re.ASCII)
REGISTRATION_CODE = re.compile(r"3\d{3}\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{4}", re.ASCII)
CERTIFICATE_NUMBER = re.compile(r"梯\d{2}[\u4e00-\u9fa5][A-Z]\d{4,6}\(\d{2}\)", re.ASCII)
RESCUE_CODE = re.compile(r"\d{6}", re.ASCII)

# An elevator that arrives is the one that has its equipment code, else its registration code, else its certificate
# number, else the same key in the same source; never the one at the same address.
MATCHING_ORDER = ("equipment_code", "registration_code", "certificate_number", "source_key")


class CodeError(ValueError):
    """An identifier has the wrong form. `field` names it, `reason` is `length` or `form`."""

    def __init__(self, field: str, reason: str):
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


def _fold(text: str) -> str:
    """Full-width to half-width (（16） → (16)), no spaces or grouping hyphens, upper case."""
    return re.sub(r"[\s\-]+", "", unicodedata.normalize("NFKC", text)).upper()


def _checked(field: str, text: str, pattern: re.Pattern, lengths: tuple[int, ...]) -> str:
    code = _fold(text)
    if pattern.fullmatch(code):
        return code
    raise CodeError(field, "form" if len(code) in lengths else "length")


def normalise_equipment_code(text: str) -> str:
    """设备代码: 18 characters = class 4 + manufacturer 5 + year 4 + serial 5."""
    return _checked("equipment_code", text, EQUIPMENT_CODE, (18,))


def normalise_registration_code(text: str) -> str:
    """注册代码: 20 digits = class 4 + region 6 + year and month 6 + serial 4."""
    return _checked("registration_code", text, REGISTRATION_CODE, (20,))


def normalise_certificate_number(text: str) -> str:
    """使用登记证编号: 梯 + class 2 + province + city letter + serial + (year); full-width brackets are folded."""
    return _checked("certificate_number", text, CERTIFICATE_NUMBER, (13, 14, 15))


def normalise_rescue_code(text: str) -> str:
    """救援识别码: 6 digits, leading zeros count."""
    return _checked("rescue_code", text, RESCUE_CODE, (6,))


def classify_code(text: str) -> list[tuple[str, str]]:
    """Which identifiers a typed text can be: (field, canonical code) pairs, possibly none. For exact search.

    Reports often print the 20-digit registration code in the field 设备代码, so the form decides, not the label.
    """
    found = []
    for field, normalise in (
        ("rescue_code", normalise_rescue_code),
        ("equipment_code", normalise_equipment_code),
        ("registration_code", normalise_registration_code),
        ("certificate_number", normalise_certificate_number),
    ):
        try:
            found.append((field, normalise(text)))
        except CodeError:
            continue
    return found
