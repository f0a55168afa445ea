"""Text that no spreadsheet takes for a formula: the same rule here and in SQL (common_formula_safe, migration 0005)."""

# In ASCII and in the full width that Chinese input methods type; tab, line feed and carriage return begin DDE tricks.
STARTS = frozenset("=+-@＝＋－＠\t\n\r")
# What people do not see and spreadsheets skip before they look for a formula.
BLANKS = (
    "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
SUSPECT = STARTS | frozenset(BLANKS)


def looks_like_formula(text: str) -> bool:
    """Would a spreadsheet calculate this, or something behind its leading blanks?"""
    return bool(text) and (text[0] in STARTS or (text[0] in SUSPECT and text.lstrip(BLANKS)[:1] in STARTS))


def safe_text(text: str) -> str:
    """The text, behind an apostrophe where it would be a formula."""
    return f"'{text}" if looks_like_formula(text) else text
