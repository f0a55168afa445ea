"""What a workbook's number formats make of a number: a date, a code with leading zeros, or a number."""

import re

from common.intake import packages

DATE, PADDED = "date", "padded:"
# Built-in formats: dates and times, and the ones that Chinese, Japanese, Korean and Thai programs use for dates.
DATES = {*range(14, 23), *range(27, 37), 45, 47, *range(50, 59), *range(71, 82)}
QUIET = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


def kinds_of(book: packages.Workbook) -> list[str]:
    """By the number of a cell's style: '' (a number), DATE, or PADDED with a zero for each digit."""
    custom: dict[str, str] = {}
    styles: list[str] = []
    inside = [False]

    def found(name: str, at: dict) -> None:
        if name == "numFmt":
            custom[at.get("numFmtId", "")] = at.get("formatCode", "")
        elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            inside[0] = name == "cellXfs"
        elif name == "xf" and inside[0]:
            styles.append(at.get("numFmtId", "0"))

    if book.styles and book.styles in book.package.NameToInfo:
        packages.elements(book.package, book.styles, found)
    kinds = {number: _kind(number, custom.get(number)) for number in set(styles)}
    return [kinds[number] for number in styles]


def _kind(number: str, code: str | None) -> str:
    if code is None:
        return DATE if number.isdecimal() and int(number) in DATES else ""
    if re.fullmatch(r"0{2,20}", code):
        return PADDED + code
    plain = QUIET.sub("", code.split(";")[0].lower())
    if ELAPSED.search(plain) or plain in ("general", "@"):
        return ""
    return DATE if re.search(r"[ymdhs年月日]", plain) else ""
