"""What a workbook's number formats make of a number: a date, a code with leading zeros, or a number."""

import re

from common.intake import packages

DATE, PADDED = "date", "padded:"
# Built-in formats: dates and times, and the ones that Chinese, Japanese, Korean and Thai programs use for dates.
DATES = {*range(14, 23), *range(27, 37), 45, 47, *range(50, 59), *range(71, 82)}
LONGEST_CODE = 255  # characters that a spreadsheet program lets anybody type
# bounded all the same: a code of nothing but brackets must cost its length, not its square
QUIET = re.compile(r'"[^"]{0,255}"|\\.|_.|\*.|\[(?!h{1,9}\]|m{1,9}\]|s{1,9}\])[^\[\]]{0,100}\]')
ELAPSED = re.compile(r"\[(h{1,9}|m{1,9}|s{1,9})\]", re.IGNORECASE)


def kinds_of(book: packages.Workbook) -> list[str]:
    """By the number of a cell's style: '' (a number), DATE, or PADDED with a zero for each digit."""
    custom: dict[str, str] = {}
    styles: list[str] = []
    inside = [False]

    def found(name: str, at: dict) -> None:
        if name == "numFmt":
            custom[at.get("numFmtId", "")] = at.get("formatCode", "")[:LONGEST_CODE]
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
