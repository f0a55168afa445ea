"""What happened to one elevator, as far as the cycle asks. Who, where and report numbers are not the law's business.

Facts are a set: the order in which they are given and a fact given twice change nothing. Of what an elevator has many,
tuples with names: a city has a million of them, and they are made and compared at a third of the price.
"""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

INSTALLATION, ALTERATION, MAJOR_REPAIR, RELOCATION = "INSTALLATION", "ALTERATION", "MAJOR_REPAIR", "RELOCATION"
PERIODIC, SELF_TEST, BRAKE_TEST, GOVERNOR_CHECK = "PERIODIC", "SELF_TEST", "BRAKE_TEST", "GOVERNOR_CHECK"
RESTART_INSPECTION = "RESTART_INSPECTION"

T7001_2023, EARLIER = "T7001_2023", "EARLIER"

PASSED, PASSED_AFTER_RECTIFICATION, FAILED = "PASSED", "PASSED_AFTER_RECTIFICATION", "FAILED"
PASSED_ON_REINSPECTION, FAILED_ON_REINSPECTION = "PASSED_ON_REINSPECTION", "FAILED_ON_REINSPECTION"
UNSTATED = "UNSTATED"  # a register that keeps dates only
PASSES = frozenset({PASSED, PASSED_AFTER_RECTIFICATION, PASSED_ON_REINSPECTION})
FAILURES = frozenset({FAILED, FAILED_ON_REINSPECTION})


class SupervisoryPass(NamedTuple):
    """监督检验 passed. `generation`: the rule named in the report, T7001_2023 or EARLIER; '' where it is not known."""

    kind: str
    passed_on: dt.date
    generation: str = ""


class Stop(NamedTuple):
    """Out of use from the day of filing. `inspected_on`: the day of the periodic inspection passed for the restart (R6)."""

    filed_on: dt.date
    restarted_on: dt.date | None = None
    inspected_on: dt.date | None = None

    def ends_on(self, today: dt.date) -> dt.date | None:
        """The first day in use again, as known at `today`; without a filed restart, the day of its inspection."""
        for day in (self.restarted_on, self.inspected_on):
            if day is not None and day <= today:
                return day
        return None


class Inspection(NamedTuple):
    """One report. `concluded_on` is the date that the body prints as its conclusion; no rule uses the issue date (§6).

    `next_on`: the next date as printed; with `generation` EARLIER it begins the governed time.
    """

    kind: str
    concluded_on: dt.date
    verdict: str
    next_on: dt.date | None = None
    generation: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """R9: the provincial authority moves the window of a calendar year. `issued_on`: the date of its document."""

    year: int
    opens_on: dt.date
    due_on: dt.date
    document: str
    issued_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """The using unit applied for the periodic inspection of a calendar year (R10)."""

    year: int
    filed_on: dt.date


@dataclass(frozen=True, slots=True)
class Facts:
    passes: tuple[SupervisoryPass, ...] = ()
    stops: tuple[Stop, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    overrides: tuple[Override, ...] = ()
    applications: tuple[Application, ...] = ()
    approved_on: dt.date | None = None  # of a register whose rule counts days
    scrapped_on: dt.date | None = None
