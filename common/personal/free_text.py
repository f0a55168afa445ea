"""Personal numbers that people write into free text, where everybody who reads the row would read them. No Django, no keys."""

import re
import unicodedata

from common.personal.kinds import MASK, Malformed, id_number, without_numbers

# the ranges that China's mobile networks use; readings and contract numbers of eleven digits mostly fall outside
_MOBILE = re.compile(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}")
_COUNTRY = re.compile(r"^(?:0086|86|0)(?=1)")
_GAP = r"[ \t\-‐‑‒–—−.·_()]{1,3}"
_ROW = re.compile(rf"\d+(?:{_GAP}\d+)*")
_IDENTITY = re.compile(rf"(?<!\d)[1-9](?:(?:{_GAP})?\d){{16}}(?:{_GAP})?[\dXx](?!\d)")
# codes with letters: 统一社会信用代码 of 18 characters, equipment codes of 18, keys of 20
_CODE = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[A-Za-z])(?:[0-9A-Za-z]{18}|[0-9A-Za-z]{20})(?![0-9A-Za-z])")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}(?!\d)日?")
# of a municipality an identity number goes on with 0, which the classes of elevators do not (3110); 92 and 93 are businesses
_NO_AREA = re.compile(r"9[23]|(?:11|12|31|50)[1-9]")
_MOST_GROUPS = 5  # 0086 and eleven digits in groups of three and more


def personal_numbers(text: str) -> set[str]:
    """Kinds of personal numbers in a text: `phone` (mobiles of the mainland) and `id_number` (18 characters that check).

    However they are written: full width, with spaces, hyphens, dots, a country code. Landlines, hotlines, dates, readings,
    codes of equipment and units are nobody's own.
    """
    text, found = _folded(text), set()
    rest = _IDENTITY.sub(lambda match: "#" if _is_identity(match[0]) else match[0], text)
    if rest != text:
        found.add("id_number")
    rows = _ROW.finditer(_DAY.sub("#", _CODE.sub("#", rest)))
    if any(_has_mobile(re.findall(r"\d+", row[0])) for row in rows):
        found.add("phone")
    return found


def masked_text(text: str) -> str:
    """The text for the open, whoever wrote it: each number masked where it stands plainly; of a text that has one behind
    blanks, marks or full width nothing is kept."""
    masked = without_numbers(text)
    return MASK if personal_numbers(masked) else masked


def _folded(text: str) -> str:
    """One width, nothing invisible between the digits."""
    return "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")


def _is_identity(text: str) -> bool:
    number = re.sub(r"[^0-9Xx]", "", text)
    try:
        id_number(number)
    except Malformed:
        return False
    return number[6:8] in ("19", "20") and not _NO_AREA.match(number)


def _has_mobile(groups: list[str]) -> bool:
    """A mobile in one piece, in groups of three and more as people write them, or digit by digit.

    Two digits at a time are readings, a code of 18 or 20 digits in groups is a code.
    """
    if len(groups) > 1 and len("".join(groups)) in (18, 20) and max(map(len, groups)) < 11:
        return False
    if _MOBILE.search("".join(group if len(group) == 1 else " " for group in groups)):
        return True
    return any(_begins_with_mobile(groups[at : at + _MOST_GROUPS]) for at, one in enumerate(groups) if len(one) >= 3)


def _begins_with_mobile(groups: list[str]) -> bool:
    digits = ""
    for group in groups:
        if not 3 <= len(group) <= 99 or len(digits) >= 11:
            break
        digits = _COUNTRY.sub("", digits + group)
    return bool(_MOBILE.fullmatch(digits))
