"""The cycle of TSG T7001-2023 §4.1 and T7008-2023, question by question (domain notes §1).

`replay` asks these and nothing else.
"""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from inspection.rules.dates import apply_by, first_of, last_of
from inspection.rules.facts import (
    ALTERATION,
    EARLIER,
    INSTALLATION,
    PERIODIC,
    RELOCATION,
    SELF_TEST,
    T7001_2023,
    Inspection,
    SupervisoryPass,
)
from inspection.rules.law import BrakeRule, CycleRule


class Window(NamedTuple):
    """From when an inspection counts, until when it is in time, until when to apply for it (periodic only)."""

    opens_on: dt.date
    due_on: dt.date
    apply_by: dt.date | None


def begins_anew(supervised: SupervisoryPass, rule: CycleRule) -> bool:
    """R1: the years begin anew with an installation, a relocation's new installation, an alteration under T7001-2023.

    The rule named in the report decides; where none is named, the day (`reset_from`).
    """
    if supervised.kind in (INSTALLATION, RELOCATION):
        return True
    if supervised.kind != ALTERATION or supervised.generation == EARLIER:
        return False
    named = supervised.generation == T7001_2023
    return named or (rule.reset_from is not None and supervised.passed_on >= rule.reset_from)


def latest_before(days: Iterable[dt.date], year: int) -> dt.date | None:
    """The latest day before 1 January of `year`: of the anchors (R1: for the years up to and including its own the earlier A
    stays), of what moves the month (R4, D1)."""
    latest = None  # a plain loop: it is asked for each year of each elevator
    for day in days:
        if day.year < year and (latest is None or day > latest):
            latest = day
    return latest


def anchor_on(passes: Iterable[SupervisoryPass], year: int, rule: CycleRule) -> dt.date | None:
    """A of a calendar year (R1); None in the year of the installation and before: nothing is due then."""
    return latest_before((p.passed_on for p in passes if begins_anew(p, rule)), year)


def due_kind(n: int, rule: CycleRule) -> str | None:
    """What is due in the n-th calendar year after A: PERIODIC (R2), SELF_TEST (R3), nothing before the first."""
    if n < 1:
        return None
    return PERIODIC if n in rule.periodic_years or n > rule.yearly_after else SELF_TEST


def due_month(passes: Iterable[SupervisoryPass], restarts: Iterable[dt.date], year: int) -> int | None:
    """R4: the month of the latest pass of any kind, under whatever rule, or restart inspection before 1 January of `year`."""
    latest = latest_before([*(p.passed_on for p in passes), *restarts], year)
    return latest and latest.month


def window(kind: str, year: int, month: int, rule: CycleRule) -> Window:
    """R7, R10: opens on the first day of the month so many months ahead, closes on the last day of the due month."""
    due_on = last_of(year, month)
    if kind == PERIODIC:
        last = None if rule.apply_before_months is None else apply_by(due_on, rule.apply_before_months)
        return Window(first_of(year, month, rule.periodic_early_months), due_on, last)
    return Window(first_of(year, month, rule.self_test_early_months), due_on, None)


def first_governed_year(rules: Iterable[CycleRule], inspections: Iterable[Inspection]) -> int:
    """§6: the first year of the rule, or that of the next date printed in the last report under an old rule, if later."""
    first = min(rule.first_governed_year for rule in rules)
    old = [
        i for i in inspections if i.generation == EARLIER and i.next_on is not None and i.kind in (PERIODIC, SELF_TEST)
    ]
    if not old:
        return first
    return max(first, max(old, key=lambda i: (i.concluded_on, i.next_on)).next_on.year)


def first_brake_test_year(anchor: dt.date, rule: BrakeRule) -> int:
    """§2: by the first band that A falls into."""
    for band in rule.bands:
        if band.before is None or anchor < band.before:
            return band.first_year or anchor.year + band.years
    raise LookupError(f"no band of {rule.version} is for {anchor}")


def is_brake_test_year(anchor: dt.date, year: int, rule: BrakeRule) -> bool:
    """§2: the grid of calendar years; an off-grid or late test never moves it."""
    since = year - first_brake_test_year(anchor, rule)
    return since >= 0 and since % rule.every_years == 0


def brake_test_years(anchor: dt.date, rule: BrakeRule, horizon: int) -> tuple[int, ...]:
    """Every test year up to `horizon`."""
    return tuple(range(first_brake_test_year(anchor, rule), horizon + 1, rule.every_years))


def needs_brake_test(class_code: str, *, traction: bool | None, rule: BrakeRule) -> bool:
    """§2: only traction elevators of the rule's classes. `traction` None: the drive is not known, the class decides."""
    return class_code in rule.class_codes and traction is not False
