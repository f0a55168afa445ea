"""A cycle of a fixed number of days: due that long after the last inspection; never inspected: that long after the
approval, or on the rule's first day where no approval is known.

Of New York's register (issue 5): its administrative code wants periodic inspections of each elevator device (28-304.6 [U]);
the figure of 365 days is the issue's, not read in the code.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IntervalRule:
    """A dated row. `opens_days`: how long before the last day it may be done to count as this one's."""

    days: int
    opens_days: int
    first_day: dt.date


@dataclass(frozen=True, slots=True)
class Due:
    """One period: `period` names what it follows; `met` the place of the inspection that met it, None while it is due."""

    period: str
    opens_on: dt.date
    due_on: dt.date
    met: int | None = None


FIRST = "first"


def periods(
    *, approved_on: dt.date | None, inspected_on: Sequence[dt.date], from_register: bool, rule: IntervalRule
) -> list[Due]:
    """Every period that is known, oldest first; the last one is still due.

    `inspected_on`: closing inspections, ascending. `from_register`: the first of them is only the last that a register
    knew, so that nothing is known of what it followed.
    """
    found = []
    if not (inspected_on and from_register):
        first = rule.first_day if approved_on is None else approved_on + dt.timedelta(days=rule.days)
        found.append(_due(FIRST, first, rule, met=0 if inspected_on else None))
    for place, day in enumerate(inspected_on):
        later = place + 1 if place + 1 < len(inspected_on) else None
        found.append(_due(f"after {day}", day + dt.timedelta(days=rule.days), rule, met=later))
    return found


def _due(period: str, due_on: dt.date, rule: IntervalRule, *, met: int | None) -> Due:
    return Due(period, due_on - dt.timedelta(days=rule.opens_days), due_on, met)


def days_late(due_on: dt.date, done_on: dt.date) -> int:
    return max(0, (done_on - due_on).days)
