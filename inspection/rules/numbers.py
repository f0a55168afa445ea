"""Numbers of reports, and names of rows of law, as they are kept and compared, through whichever door they come."""

import unicodedata

LONGEST = 40
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-")


def report_number(text: str) -> str:
    """One width (a printed ＮＪ is NJ), one dash, nothing that nobody sees, single blanks; "" where nothing is
    seen. A number that would be longer than its column by that stays as it was written, but for its blanks."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES)
    seen = "".join(each for each in folded if unicodedata.category(each) != "Cf")
    number = " ".join(seen.split())
    return number if len(number) <= LONGEST else " ".join(text.split())
