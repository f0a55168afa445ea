"""Applications for the periodic inspection: when the using unit may ask, for which days, and what may become of it."""

import datetime as dt

APPLIED, APPOINTED, DONE, DECLINED, WITHDRAWN = "APPLIED", "APPOINTED", "DONE", "DECLINED", "WITHDRAWN"
STANDING = frozenset({APPLIED, APPOINTED})
# What may follow what. An appointment may be moved; what has ended stays ended, and one applies anew.
STEPS = {APPLIED: frozenset({APPOINTED, DECLINED, WITHDRAWN, DONE}), APPOINTED: frozenset({APPOINTED, WITHDRAWN, DONE})}


class ApplicationRefused(ValueError):
    """The base: a stable `code`, and the `params` that its sentence says."""

    code = "REFUSED"

    def __init__(self, **params):
        self.params = params
        super().__init__(f"{self.code} {params}")


class NotYet(ApplicationRefused):
    """Before anything can be applied for. params: opens_on."""

    code = "NOT_YET"


class DaysBackwards(ApplicationRefused):
    """The last wanted day lies before the first."""

    code = "DAYS_BACKWARDS"


class DaysPast(ApplicationRefused):
    """A day that is over. params: today."""

    code = "DAYS_PAST"


class DayTooEarly(ApplicationRefused):
    """Before the window opens (R7). params: opens_on."""

    code = "DAY_TOO_EARLY"


class DayTooLate(ApplicationRefused):
    """After the window closes, while there is still time (R11). params: due_on."""

    code = "DAY_TOO_LATE"


def require_appliable(*, opens_on: dt.date, apply_by: dt.date | None, today: dt.date) -> None:
    """One may apply from the day on which it may be done (R7), or until which one has to (R10), whichever is first [D]. Being
    late is no reason to refuse: a late application is better than none. Raises NotYet."""
    first = min(opens_on, apply_by or opens_on)
    if today < first:
        raise NotYet(opens_on=first)


def require_days(first: dt.date, last: dt.date, *, opens_on: dt.date, due_on: dt.date, today: dt.date) -> None:
    """The wanted days, both included, lie inside the window and not in the past; of what is overdue, any days to come (R11).

    Raises DaysBackwards, DaysPast, DayTooEarly, DayTooLate.
    """
    if last < first:
        raise DaysBackwards
    if first < today:
        raise DaysPast(today=today)
    if first < opens_on:
        raise DayTooEarly(opens_on=opens_on)
    if last > due_on >= today:
        raise DayTooLate(due_on=due_on)


def may_follow(state: str, step: str) -> bool:
    return step in STEPS.get(state, ())


def settles(*, kind: str, concluded_on: dt.date, opens_on: dt.date) -> bool:
    """Does a report end an application, whatever its verdict? The inspection that was asked for has been done."""
    return kind == "PERIODIC" and concluded_on >= opens_on
