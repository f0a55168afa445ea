"""The life of a hazard: grades, clocks, who may do what next (oversight.md §2). Days are days in Nanjing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

GRADES = ("GENERAL", "LARGER", "MAJOR")  # rising
OPEN = frozenset({"FOUND", "CONFIRMED", "CLAIMED_FIXED"})
REPEAT_DAYS = 90  # the same item on the same elevator within so many days counts as a repeat [D]

# A report that reaches us later than this is history being loaded: the next one may say that it is over [D].
HISTORY_DAYS = 31

# What may follow on what, the more usual step first. Orders and seals are rows of the app that orders (supervision), not
# states of the hazard.
STEPS: dict[tuple[str, str], str] = {
    ("FOUND", "confirm"): "CONFIRMED",
    ("FOUND", "reject"): "REJECTED",
    ("CONFIRMED", "reject"): "REJECTED",
    ("CONFIRMED", "claim"): "CLAIMED_FIXED",
    ("CLAIMED_FIXED", "verify"): "CLOSED",
    ("CLAIMED_FIXED", "send_back"): "CONFIRMED",
}


class StepRefused(ValueError):
    """Why a step cannot be taken. `reason`: not_now, same_person, extended_already, past, not_later, too_long."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a grade may stay open: a dated row. `working`: days that are worked (oversight.md §2)."""

    days: int
    working: bool
    extension_days: int  # 0: it is not extended


def after(state: str, step: str) -> str:
    """The state that a step leads to. Raises StepRefused('not_now')."""
    if (state, step) not in STEPS:
        raise StepRefused("not_now")
    return STEPS[state, step]


def due_on(found_on: dt.date, clock: Clock, moved: Mapping[dt.date, bool]) -> dt.date:
    """The last good day; the day on which it was found does not count. `moved`: common.workdays.moved_days."""
    if not clock.working:
        return found_on + dt.timedelta(days=clock.days)
    day, left = found_on, clock.days
    while left:
        day += dt.timedelta(days=1)
        left -= moved.get(day, day.weekday() < 5)
    return day


def told_at_once(*, grade: str, printed: str, source: str, found_on: dt.date, reported_on: dt.date) -> bool:
    """Whether it is an emergency. `printed`: the grade of its item; who raised it since then has seen it.

    What an old report found stands until a later one ends it, but nobody is woken by it.
    """
    old = source == "INSPECTION" and (reported_on - found_on).days > HISTORY_DAYS
    return grade == "MAJOR" and (not old or printed != grade)


def require_somebody_else(claimed_by: str, verifier: str) -> None:
    """What is mended is verified by another person (oversight.md §2). Raises StepRefused('same_person')."""
    if claimed_by == verifier:
        raise StepRefused("same_person")


def require_grade_change(old: str, new: str, *, proposed_by: str, by: str) -> bool:
    """An officer may raise a grade, only two may lower it: is it done now (True), or does it wait for a second (False)?

    `proposed_by`: who proposed this lower grade, '' for nobody. Raises StepRefused('same_person').
    """
    if GRADES.index(new) > GRADES.index(old):
        return True
    if not proposed_by:
        return False
    if proposed_by == by:
        raise StepRefused("same_person")
    return True


def extension_until(due: dt.date, clock: Clock, moved: Mapping[dt.date, bool]) -> dt.date:
    """The latest day to which it may be extended, in days of the kind that its clock counts (oversight.md §2)."""
    return due_on(due, Clock(clock.extension_days, clock.working, 0), moved)


def require_extension(
    *, due: dt.date, new: dt.date, today: dt.date, extended: bool, clock: Clock, moved: Mapping[dt.date, bool]
) -> None:
    """Once, to a later day that is not over, and by no more than the clock allows. Raises StepRefused."""
    if extended or not clock.extension_days:
        raise StepRefused("extended_already")
    if new <= due:
        raise StepRefused("not_later")
    if new < today:
        raise StepRefused("past")
    if new > extension_until(due, clock, moved):
        raise StepRefused("too_long")


def is_repeat(closed_on: dt.date | None, found_on: dt.date) -> bool:
    """Did the same item on the same elevator come back too soon?"""
    return closed_on is not None and 0 <= (found_on - closed_on).days <= REPEAT_DAYS
