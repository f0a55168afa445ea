"""The law as dated rows. No number of the regulation stands in the code: these classes say what numbers there are.

The rows themselves: `inspection/data/law.json`, each with source and certainty. `version` is what every result stores.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Protocol, TypeVar

CALENDAR_YEARS, INTERVAL_DAYS = "CALENDAR_YEARS", "INTERVAL_DAYS"


class Dated(Protocol):
    version: str
    valid_from: dt.date
    valid_to: dt.date | None
    enabled: bool


Row = TypeVar("Row", bound=Dated)


@dataclass(frozen=True, slots=True)
class CycleRule:
    """When inspections are due. CALENDAR_YEARS: R1–R10. INTERVAL_DAYS: every `interval_days` after the last inspection.

    `reset_from`: alterations passed from this day on begin the years anew (R1, where the report does not name its rule).
    `suspended_counts`: TSG 08-2026, a stop over the close of an obligation counts like one of `long_stop_days` (R6).
    """

    version: str
    method: str
    valid_from: dt.date
    source: str
    certainty: str
    valid_to: dt.date | None = None
    area: str = ""
    enabled: bool = True
    periodic_years: frozenset[int] = frozenset()
    yearly_after: int = 0
    periodic_early_months: int = 0
    self_test_early_months: int = 0
    apply_before_months: int | None = None
    apply_warning_days: int = 0
    first_governed_year: int = 0
    reset_from: dt.date | None = None
    long_stop_days: int | None = None
    suspended_counts: bool = False
    interval_days: int = 0


@dataclass(frozen=True, slots=True)
class BrakeBand:
    """Elevators with A before `before` (None: all others): first test in `first_year`, or `years` after A.year."""

    before: dt.date | None = None
    first_year: int | None = None
    years: int = 0


@dataclass(frozen=True, slots=True)
class BrakeRule:
    """§2: the first test by bands of A, then every `every_years`. `class_codes`: special equipment catalogue."""

    version: str
    valid_from: dt.date
    source: str
    certainty: str
    every_years: int
    bands: tuple[BrakeBand, ...]
    class_codes: frozenset[str]
    valid_to: dt.date | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class GovernorRule:
    """§3: every `every_years`; from the `aged_after_years`th anniversary on every `aged_every_years`. A check before
    `governed_from` is a fact, not an obligation."""

    version: str
    annex: str
    valid_from: dt.date
    source: str
    certainty: str
    every_years: int
    first_after_years: int
    governed_from: dt.date
    valid_to: dt.date | None = None
    enabled: bool = True
    aged_after_years: int | None = None
    aged_every_years: int | None = None


@dataclass(frozen=True, slots=True)
class TesterLimit:
    """R14: what one tester may do in a calendar month."""

    version: str
    valid_from: dt.date
    source: str
    certainty: str
    elevators_per_month: int
    cities_per_month: int
    valid_to: dt.date | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class VerdictRule:
    """§4: how a conclusion is written in reports of a generation ('' for any), and what it means here."""

    version: str
    kind: str
    generation: str
    text: str
    verdict: str
    valid_from: dt.date
    source: str
    certainty: str
    valid_to: dt.date | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ContradictionRule:
    """§4: up to how many general items × or △ a report may still say 整改后合格; which item ends all later tests."""

    version: str
    kind: str
    generation: str
    valid_from: dt.date
    source: str
    certainty: str
    most_general_items: int
    balance_code: str
    test_prefix: str
    valid_to: dt.date | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ItemCondition:
    """§5: an item, or one of its parts, is inspected only under a condition. `item`: its number on the report, None where it
    has a `code` alone. `only_parts`: the item is nothing but its conditional parts."""

    version: str
    kind: str
    item: int | None
    condition: str
    valid_from: dt.date
    source: str
    certainty: str
    part: str = ""
    years: int | None = None
    day: dt.date | None = None
    edition: int | None = None
    class_codes: frozenset[str] = frozenset()
    code: str = ""
    only_parts: bool = False
    valid_to: dt.date | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class FilerRule:
    """R13: who may file a report of a kind. `roles`: what the unit has to be for the elevator; `certificates`: of which kinds its
    people hold one; `licensed`: an inspection body needs a licence for it."""

    version: str
    kind: str
    roles: frozenset[str]
    certificates: frozenset[str]
    licensed: bool
    valid_from: dt.date
    source: str
    certainty: str
    valid_to: dt.date | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """How long an opinion notice (检验意见通知书) that prints no last day gives: the day of the conclusion does not count."""

    version: str
    days: int
    working: bool
    valid_from: dt.date
    source: str
    certainty: str
    valid_to: dt.date | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class WarrantyRule:
    """How long whoever made a new elevator answers for it, from a supervisory inspection of one of `kinds` on."""

    version: str
    kinds: frozenset[str]
    years: int
    valid_from: dt.date
    source: str
    certainty: str
    area: str = ""
    valid_to: dt.date | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Law:
    """What one elevator's ledger is computed from: the caller picks the rows of its area, class and annex.

    `brake` is empty for an elevator that has no such test, `governor` for one without a governor.
    """

    cycle: tuple[CycleRule, ...]
    brake: tuple[BrakeRule, ...] = ()
    governor: tuple[GovernorRule, ...] = ()


def in_force(rows: Iterable[Row], day: dt.date) -> Row | None:
    """The row valid on `day`, [valid_from, valid_to); of several the one that began last."""
    best = None  # a plain loop: it is asked for each year of each elevator
    for row in rows:
        if _valid(row, day) and (best is None or (row.valid_from, row.version) > (best.valid_from, best.version)):
            best = row
    return best


def rows_in_force(rows: Iterable[Row], day: dt.date) -> tuple[Row, ...]:
    """Every row that is on and valid on `day`."""
    return tuple(row for row in rows if row.enabled and _valid(row, day))


def _valid(row: Dated, day: dt.date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


# --- reading the table -------------------------------------------------------------------------------------------------

SECTIONS = {
    "cycle": CycleRule,
    "brake_test": BrakeRule,
    "governor_check": GovernorRule,
    "tester_limit": TesterLimit,
    "verdict": VerdictRule,
    "contradiction": ContradictionRule,
    "item_condition": ItemCondition,
    "filer": FilerRule,
    "notice": NoticeRule,
    "warranty": WarrantyRule,
}
_DAYS = frozenset({"valid_from", "valid_to", "reset_from", "governed_from", "day", "before"})
_SETS = frozenset({"periodic_years", "class_codes", "roles", "certificates", "kinds"})


def read_law(table: Mapping[str, list[dict]]) -> dict[str, tuple]:
    """The rows of every section of law.json as dataclasses. An unknown section or column is a TypeError or KeyError."""
    return {section: tuple(_read(SECTIONS[section], row) for row in rows) for section, rows in table.items()}


def _read(cls, row: Mapping):
    return cls(**{name: _value(name, value) for name, value in row.items()})


def _value(name: str, value):
    if name in _DAYS and value is not None:
        return dt.date.fromisoformat(value)
    if name in _SETS:
        return frozenset(value)
    return tuple(_read(BrakeBand, band) for band in value) if name == "bands" else value


def columns(section: str) -> list[str]:
    """The columns of a section, for whoever writes the table of the database."""
    return [field.name for field in fields(SECTIONS[section])]
