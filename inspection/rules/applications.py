"""Applications for inspections: when the using unit may ask, for which days, what may become of it, and whose fault it is when
it comes late."""

import datetime as dt

APPLIED, APPOINTED, DONE, DECLINED, WITHDRAWN = "APPLIED", "APPOINTED", "DONE", "DECLINED", "WITHDRAWN"
GONE = "GONE"  # with the elevator
STANDING = frozenset({APPLIED, APPOINTED})
# What may follow what. An appointment may be moved; what has ended stays ended, and one applies anew.
STEPS = {
    APPLIED: frozenset({APPOINTED, DECLINED, WITHDRAWN, DONE, GONE}),
    APPOINTED: frozenset({APPOINTED, WITHDRAWN, DONE, GONE}),
}
# What is applied for: {obligation: (what the body must be licensed for, whose reports answer it)}. The inspection before re-use
# is a periodic one (R6). A governor check is an item of maintenance and nobody's to apply for (§3); a self-test needs no body.
KINDS = {
    "PERIODIC_INSPECTION": ("PERIODIC", frozenset({"PERIODIC", "RESTART_INSPECTION"})),
    "RESTART_INSPECTION": ("RESTART_INSPECTION", frozenset({"RESTART_INSPECTION"})),
    "BRAKE_TEST": ("BRAKE_TEST", frozenset({"BRAKE_TEST"})),
}
UNIT, BODY = "UNIT", "BODY"


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


class DayTooFar(ApplicationRefused):
    """Nobody appoints years ahead: a slip of the year. params: until."""

    code = "DAY_TOO_FAR"


FARTHEST = dt.timedelta(days=400)


def require_appliable(*, opens_on: dt.date, apply_by: dt.date | None, today: dt.date) -> None:
    """One may apply from the day on which it may be done (R7), or until which one has to (R10), whichever is first [D]. Being
    late is no reason to refuse: a late application is better than none. Raises NotYet."""
    first = min(opens_on, apply_by or opens_on)
    if today < first:
        raise NotYet(opens_on=first)


def require_days(first: dt.date, last: dt.date, *, opens_on: dt.date, due_on: dt.date, today: dt.date) -> None:
    """The wanted days, both included, lie inside the window and not in the past; of what is overdue, any days to come (R11).

    Raises DaysBackwards, DaysPast, DayTooEarly, DayTooLate, DayTooFar.
    """
    if last < first:
        raise DaysBackwards
    if first < today:
        raise DaysPast(today=today)
    if first < opens_on:
        raise DayTooEarly(opens_on=opens_on)
    if last > due_on >= today:
        raise DayTooLate(due_on=due_on)
    if last > today + FARTHEST:
        raise DayTooFar(until=today + FARTHEST)


def may_follow(state: str, step: str) -> bool:
    return step in STEPS.get(state, ())


def settles(*, asked: str, kind: str, concluded_on: dt.date, opens_on: dt.date) -> bool:
    """Does a report of `kind` end an application for `asked`, whatever its verdict? What was asked for has been done."""
    return kind in KINDS[asked][1] and concluded_on >= opens_on


def report_kind(asked: str) -> str:
    """The kind of report that is written on such an appointment."""
    return KINDS[asked][0]


def is_in_time(*, applied_on: dt.date, apply_by: dt.date | None, due_on: dt.date) -> bool:
    """Did the unit apply while it was still its month to (R10); where the law names no such day, while there was still time?"""
    return applied_on <= (apply_by or due_on)


def fault(*, state: str, in_time: bool, due_on: dt.date, appointed_on: dt.date | None, today: dt.date) -> str:
    """Whose fault it is that an inspection comes, or will come, after the last good day; "" while it does not. Who applied in
    time has done their part: what is late then is late with the body [D]."""
    if state not in STANDING or not (today > due_on or (appointed_on is not None and appointed_on > due_on)):
        return ""
    return BODY if in_time else UNIT
