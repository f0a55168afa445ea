"""What may be said of a row of law by people: one that follows another from a day on, with other numbers. What is past stays."""

import datetime as dt
from collections.abc import Mapping

# {section: {column: (least, most)}}: numbers that obligations are reckoned by. Everything else of a row (whose bands, which
# classes, how verdicts are worded) is no number to be set and comes with a release.
NUMBERS: dict[str, dict[str, tuple[int, int]]] = {
    "cycle": {
        "yearly_after": (1, 60),
        "periodic_early_months": (0, 11),
        "self_test_early_months": (0, 11),
        "apply_before_months": (0, 11),
        "apply_warning_days": (0, 365),
        "long_stop_days": (1, 3650),
        "interval_days": (1, 3650),
    },
    "brake_test": {"every_years": (1, 30)},
    "governor_check": {
        "every_years": (1, 30),
        "first_after_years": (1, 30),
        "aged_after_years": (1, 60),
        "aged_every_years": (1, 30),
    },
}
YEARS = "periodic_years"  # the years of a cycle that are inspected; those between are tested
LAST_YEAR = 60
FURTHEST_YEARS = (
    10  # a row of a mistyped year would stand in front of every other one for good, and cannot be taken back
)


class LawChangeRefused(ValueError):
    """Why a row cannot follow. `reason`: not_by_people, has_passed, not_after, ended_before, nothing_changed, no_such_column,
    out_of_bounds, too_far; `column`: of which number."""

    def __init__(self, reason: str, column: str = ""):
        self.reason, self.column = reason, column
        super().__init__(reason)


def numbers_of(section: str, columns: Mapping) -> list[str]:
    """The columns of a row that people may set: those of its section that it has."""
    numbers = [name for name in NUMBERS.get(section, ()) if columns.get(name) is not None]
    return [*([YEARS] if section == "cycle" and columns.get(YEARS) else []), *numbers]


def followed_by(section: str, columns: Mapping, given: Mapping) -> dict:
    """The columns of the row that follows: those of the former with the numbers that are given. Raises LawChangeRefused."""
    able = numbers_of(section, columns)
    if not able:
        raise LawChangeRefused("not_by_people")
    for name, value in given.items():
        if name not in able:
            raise LawChangeRefused("no_such_column", name)
        _require_within(section, name, value)
    made = {**columns, **given}
    if YEARS in given:
        made[YEARS] = sorted(set(given[YEARS]))
    if made == dict(columns):
        raise LawChangeRefused("nothing_changed")
    return made


def _require_within(section: str, name: str, value) -> None:
    least, most = (1, LAST_YEAR) if name == YEARS else NUMBERS[section][name]
    values = value if name == YEARS else [value]
    if not values or not all(isinstance(each, int) and least <= each <= most for each in values):
        raise LawChangeRefused("out_of_bounds", name)


def require_day(valid_from: dt.date, *, today: dt.date, former: dt.date, latest: dt.date) -> None:
    """A row begins today or later, and after every row of its series, the one that it follows included: nothing that was
    reckoned by the day is reckoned anew by another law; and no later than anybody plans. Raises LawChangeRefused."""
    if valid_from < today:
        raise LawChangeRefused("has_passed")
    if valid_from <= max(former, latest):
        raise LawChangeRefused("not_after")
    if valid_from.year > today.year + FURTHEST_YEARS:
        raise LawChangeRefused("too_far")
