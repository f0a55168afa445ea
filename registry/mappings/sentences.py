"""What is wrong with a cell, a row or a file, in a sentence that says what to do."""

from django.utils.translation import gettext_lazy as _

from common.intake import issues

# By the code of an issue. %(value)s is the cell as it stood (shortened); the other names are the issue's parameters.
SENTENCES = {
    "double-space": _("“%(value)s” has two spaces in a row. Kept as it stands; remove one if it is a slip."),
    "too-long": _("The text is longer than this field can hold. Left empty; shorten it."),
    "spreadsheet-date": _("“%(value)s” is a date: a spreadsheet has changed the entry. Left empty; enter it as text."),
    "not-a-manufacturer": _("“%(value)s” does not name a manufacturer. Left empty; enter the maker's name."),
    "not-a-code": _("“%(value)s” is not one of this column's codes. Left empty; look the code up."),
    "zip-zero": _("The postal code “%(value)s” stands for none. Left empty; enter the real one."),
    "zip-nines": _("The postal code “%(value)s” stands for none. Left empty; enter the real one."),
    "zip-malformed": _("“%(value)s” is not a postal code. Left empty; a postal code has 5 or 9 digits."),
    "date-malformed": _("“%(value)s” is not a date in the form of this column. Left empty; enter the date."),
    "date-implausible": _("The date “%(value)s” cannot be right. Left empty; check it against the papers."),
    "implausible": _("“%(value)s” cannot be right for an elevator. Left empty; check it against the plate."),
    "doubtful": _("“%(value)s” is unusually high. Kept; check it against the plate."),
    "not-a-number": _("“%(value)s” is not a number in the unit of this column. Left empty; enter the number alone."),
    "not-whole": _("“%(value)s” is not a whole number. Read and rounded; check it."),
    "unit-in-cell": _("“%(value)s” has its unit in the cell. Read as the number alone; remove the unit."),
    "unit-missing": _("“%(value)s” does not say whether it means feet or inches. Left empty; add the unit."),
    "inches-over-11": _("“%(value)s” has more than 11 inches. Left empty; enter feet and inches or a decimal."),
    "not-a-length": _(
        "“%(value)s” is not a length that can be read with certainty. Left empty; enter feet and inches."
    ),
    "position-missing": _("There are no coordinates. The elevator is not on the map until somebody places it."),
    "position-malformed": _(
        "“%(latitude)s, %(longitude)s” are not coordinates in degrees. Left empty; enter them anew."
    ),
    "position-outside": _("“%(latitude)s, %(longitude)s” lies outside the city. Left empty; enter the real position."),
    "position-stand-in": _(
        "“%(latitude)s, %(longitude)s” is the point that stands for the whole city. Left empty; enter the real position."
    ),
    "area-blank": _("The district is blank. The elevator hangs under the city; enter its district."),
    "area-unknown": _(
        "“%(value)s” is no district of this register. The elevator hangs under the city; correct the name."
    ),
    "state-unknown": _("The status “%(value)s” is not known. The elevator is not registered until somebody says more."),
    "state-not-possible": _(
        "The status “%(value)s” does not follow from the registration on the platform, which was left as it is. "
        "Check which of the two is right."
    ),
    "class-unknown": _("The type “%(value)s” is not known. The class is left empty; choose it by hand."),
    "area-ambiguous": _("“%(value)s” names several areas. Enter the code or the full name."),
    "area-outside": _("The row lies outside the areas that you may enter elevators in. Refused."),
    "subdistrict-unknown": _("“%(value)s” is no subdistrict of this district. The district alone was kept."),
    "code-taken": _("This code is taken. Refused; check it against the plate, then ask the regulator."),
    "code-malformed": _("“%(value)s” is not a code of this kind. Left empty; check it against the plate."),
    "code-changed": _("The platform has another code for this elevator and keeps it. Ask the regulator."),
    "place-unknown": _("The kind of place “%(value)s” is not known. Entered as “other place”; choose it by hand."),
    "unit-unknown": _("There is no unit “%(value)s” on the platform. Left empty; enter the unit first."),
    "unit-ambiguous": _("“%(value)s” names several units. Left empty; enter the credit code."),
    "unit-not-yours": _("You may not say that “%(value)s” answers for this elevator. Left empty."),
    "unit-differs": _(
        "The platform says that another unit answers. Kept; hand the elevator over if the file is right."
    ),
    "not-yours-to-set": _("This is decided by the registration authority. What the platform says was kept."),
    "test-record": _("“%(value)s” looks like a test record. Brought in as it stands; remove it at the source."),
    "key-blank": _("The row has no key, so its elevator cannot be told. Refused; enter the key."),
    "key-twice": _("Rows %(rows)s have the same key “%(value)s”. All are refused; keep the one that is right."),
    "two-elevators": _("The identifiers of this row belong to different elevators. Refused; check each of them."),
    ("code-malformed", issues.REFUSED): _(
        "“%(value)s” is not a code of this kind. The row is refused; check it against the plate."
    ),
    ("not-a-code", issues.REFUSED): _(
        "“%(value)s” is not one of this column's codes. The row is refused; look the code up."
    ),
    ("too-long", issues.REFUSED): _("The text is longer than this field can hold. The row is refused; shorten it."),
    ("spreadsheet-date", issues.REFUSED): _(
        "“%(value)s” is a date: a spreadsheet has changed the entry. The row is refused; enter it as text."
    ),
    "elevator-twice": _("Another row of this file is about the same elevator. Refused; keep the one that is right."),
}


def explain(issue: dict, cells: dict) -> str:
    """The sentence for a stored issue ({column, code, effect, params}) beside its row's raw cells."""
    return issues.explain(issue, cells, {**issues.SENTENCES, **SENTENCES})
