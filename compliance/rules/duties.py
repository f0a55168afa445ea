"""The safety duties of a using unit (SAMR Order 74, in force 2023-07-01, chapter 6: 日管控, 周排查, 月调度), by dates alone.

The numbers of its articles 74 to 79 were not seen (registry.md §5): clauses name the chapter. Days are days in Nanjing.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

ONE_DAY = dt.timedelta(days=1)
# who files what: the officer, the director, the head of the unit (registry.md §5)
FILED_BY = {"DAILY_CHECK": "OFFICER", "WEEKLY_REVIEW": "DIRECTOR", "MONTHLY_MEETING": "HEAD"}
# what a report has to say besides its findings (registry.md §5, column "form on the platform")
TEXTS = {
    "DAILY_CHECK": (),
    "WEEKLY_REVIEW": ("summary", "analysis", "supervision", "plan"),
    "MONTHLY_MEETING": ("attendees", "heard", "decisions", "tasks"),
}
# which items of the risk-control list each answers (registry.md §5: the list says how often)
ANSWERS = {"DAILY_CHECK": "DAILY", "WEEKLY_REVIEW": "WEEKLY", "MONTHLY_MEETING": "MONTHLY"}
# after a stop of the platform so many days are planned afterwards; older ones nobody could file any more
CATCH_UP_DAYS = 7
MENDING_DAYS = 366  # how far ahead something may be promised to be mended [D]
FUTURE_DAYS = 31  # how far ahead somebody may be appointed or elevators be bound [D]
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class DutyRefused(ValueError):
    """Why something cannot be filed or kept. `reason`: not_yet, too_late, incomplete, unknown_elevator, unknown_item,
    backdated, too_far, ends_before, mending_past, mending_far, mending_unsaid,
    elevator_not_used, said_twice."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Period:
    """One day, week or month of a duty; `due_on` is the last good day."""

    name: str
    opens_on: dt.date
    due_on: dt.date

    def days_late(self, filed_on: dt.date) -> int:
        return max(0, (filed_on - self.due_on).days)


def period_of(kind: str, day: dt.date) -> Period:
    """The period of a duty in which a day lies: the day itself, the ISO week (by Sunday), the month (by its last day)."""
    if kind == "DAILY_CHECK":
        return Period(day.isoformat(), day, day)
    if kind == "WEEKLY_REVIEW":
        monday = day - dt.timedelta(days=day.weekday())
        year, week, _weekday = day.isocalendar()
        return Period(f"{year}-W{week:02d}", monday, monday + dt.timedelta(days=6))
    if kind == "MONTHLY_MEETING":
        first = day.replace(day=1)
        return Period(f"{day:%Y-%m}", first, (first + dt.timedelta(days=31)).replace(day=1) - ONE_DAY)
    raise ValueError(kind)


def round_of(day: dt.date, unit: int, site: int | None) -> str:
    """What a daily check is called within its officer: one for each unit, site and day."""
    return f"{day.isoformat()} {_short(unit)}.{_short(site or 0)}"


def site_of(name: str) -> int | None:
    """The site of a round, by what round_of called it; None for elevators without a site."""
    _unit, dot, signs = name.rpartition(".")
    return (int(signs, 36) or None) if dot else None


def _short(number: int) -> str:
    """A key in few signs: a period has room for 24."""
    signs = ""
    while number:
        number, rest = divmod(number, 36)
        signs = _DIGITS[rest] + signs
    return signs or "0"


def require_time(period: Period, filed_on: dt.date, back_days: int) -> None:
    """Not before it begins, and late no longer than the policy row allows: a diary is not written afterwards.

    Raises DutyRefused('not_yet'), DutyRefused('too_late').
    """
    if filed_on < period.opens_on:
        raise DutyRefused("not_yet")
    if period.days_late(filed_on) > back_days:
        raise DutyRefused("too_late")


def is_lost(due_on: dt.date, today: dt.date, back_days: int) -> bool:
    """Can nobody file it any more?"""
    return (today - due_on).days > back_days


def judged_on(period: Period, today: dt.date) -> dt.date:
    """By the list of which day a review or a meeting answers: that of the period's last day, or of today while it runs."""
    return min(period.due_on, today)


def require_mending(mender: str, mend_by: dt.date | None, today: dt.date) -> None:
    """Whatever a review or a meeting finds is somebody's until a day that can still be kept.

    Raises DutyRefused('mending_unsaid'), DutyRefused('mending_past'), DutyRefused('mending_far').
    """
    if not mender.strip() or mend_by is None:
        raise DutyRefused("mending_unsaid")
    if mend_by < today:
        raise DutyRefused("mending_past")
    if mend_by > today + dt.timedelta(days=MENDING_DAYS):
        raise DutyRefused("mending_far")


def require_whole(wanted: Collection[int], known: Collection[int], checked: Collection[int]) -> None:
    """Each elevator of the officer in use is looked at, and none of anybody else's.

    `wanted`: in use; `known`: bound to the officer on that day, in use or not. Raises DutyRefused('unknown_elevator'),
    DutyRefused('incomplete').
    """
    if set(checked) - set(known):
        raise DutyRefused("unknown_elevator")
    if set(wanted) - set(checked):
        raise DutyRefused("incomplete")


def applies(scope: str, class_code: str | None) -> bool:
    """Is an item of a risk list about an elevator of this class? 33xx are escalators and walkways (registry.md §2)."""
    return scope == "ALL" or (scope == "ESCALATORS") == (class_code or "").startswith("33")


def require_start(started_on: dt.date, today: dt.date, *, backdated: bool) -> None:
    """An appointment may be older than the platform, a binding is not backdated: it says who had to look.

    Raises DutyRefused('backdated'), DutyRefused('too_far').
    """
    if started_on < today and not backdated:
        raise DutyRefused("backdated")
    if started_on > today + dt.timedelta(days=FUTURE_DAYS):
        raise DutyRefused("too_far")


def require_end(started_on: dt.date, ended_on: dt.date, today: dt.date) -> None:
    """`ended_on`: the first day without. Nobody is dismissed for days that have passed: whoever had to look then, had to.

    Raises DutyRefused('ends_before'), DutyRefused('backdated'), DutyRefused('too_far').
    """
    if ended_on < started_on:
        raise DutyRefused("ends_before")
    require_start(ended_on, today, backdated=False)
