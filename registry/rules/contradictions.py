"""What a change may not make of an elevator: facts on one row that cannot all be true."""

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise

# the class is the first four characters of both codes (domain notes §2)
CODES_WITH_CLASS = ("equipment_code", "registration_code")
DATES_IN_ORDER = ("manufactured_on", "commissioned_on", "last_renewed_on")


def contradictions(row: Mapping, changed: frozenset[str] | set[str]) -> list[str]:
    """Reasons why `row` (codes, class code and dates as it would be) cannot stand, as far as `changed` has to do with it.

    Reasons: `class-of-equipment_code`, `class-of-registration_code`, `commissioned_on-before-manufactured_on`, …
    """
    found = []
    if "class_code" in changed and row.get("class_code"):
        found += [
            f"class-of-{name}" for name in CODES_WITH_CLASS if row.get(name) and row[name][:4] != row["class_code"]
        ]
    for earlier, later in pairwise(DATES_IN_ORDER):
        if changed & {earlier, later} and _backwards(row.get(earlier), row.get(later)):
            found.append(f"{later}-before-{earlier}")
    return found


def _backwards(earlier: dt.date | None, later: dt.date | None) -> bool:
    return earlier is not None and later is not None and later < earlier
