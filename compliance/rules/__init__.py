"""What it means that something is due, by dates alone. Days are days in Nanjing; no clock, no database."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

OPENED = 1000  # the stage of an obligation that may be done and of which nothing else is to be said yet
OVERDUE = -1
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """One obligation as the facts have it. `period` names it within its kind ("2028"); `due_on` is the last good day;
    `rule` and `clause` are what it was reckoned by; `source_*` the row that met it.
    """

    kind: str
    period: str
    opens_on: dt.date
    due_on: dt.date
    status: str = "PENDING"
    apply_by: dt.date | None = None
    alert_after: dt.date | None = None  # due_on unless something else alerts earlier
    met_on: dt.date | None = None
    days_late: int = 0
    failed_on: dt.date | None = None
    rule: str = ""
    clause: str = ""
    source_type: str = ""
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who is told when (a dated row). `warn_days`: before `due_on`; `ladder`: (days after the alert opened, level), the
    first at 0.
    """

    warn_days: tuple[int, ...]
    ladder: tuple[tuple[int, str], ...]
    severity: str = "ORANGE"
    version: str = ""

    def __post_init__(self):
        if list(self.warn_days) != sorted(set(self.warn_days), reverse=True) or (
            self.warn_days and self.warn_days[-1] < 0
        ):
            raise ValueError("days of warning fall, and are not negative")
        days = [days for days, _level in self.ladder]
        if not days or days[0] != 0 or days != sorted(set(days)):
            raise ValueError("a ladder begins on day 0 and rises")


def stage(*, opens_on: dt.date, due_on: dt.date, alert_after: dt.date, policy: Policy, today: dt.date) -> int | None:
    """How near it is: None (not open), OPENED, the days of the nearest warning that has come, or OVERDUE.

    A warning never comes before the window opens (inspection.md §7).
    """
    if today > alert_after:
        return OVERDUE
    if today < opens_on:
        return None
    reached = [days for days in policy.warn_days if today >= due_on - dt.timedelta(days=days)]
    return reached[-1] if reached else OPENED


def next_step_on(
    *, opens_on: dt.date, due_on: dt.date, alert_after: dt.date, policy: Policy, after: dt.date
) -> dt.date | None:
    """The first day later than `after` on which the stage changes; None once it is overdue."""
    days = [opens_on, alert_after + ONE_DAY, *(due_on - dt.timedelta(days=days) for days in policy.warn_days)]
    # a warning that would come before the window comes with it; none comes once it is overdue
    coming = [max(day, opens_on) for day in days if day <= alert_after + ONE_DAY]
    return min((day for day in coming if day > after), default=None)


def level_after(ladder: Sequence[tuple[int, str]], days: int) -> str:
    """Who has to act `days` days after the alert opened."""
    return [level for since, level in ladder if since <= days][-1]


def next_rung(ladder: Sequence[tuple[int, str]], days: int) -> int | None:
    """After how many days the alert moves on next; None at the top."""
    return next((since for since, _level in ladder if since > days), None)


def days_overdue(alert_after: dt.date, today: dt.date) -> int:
    """0 on the last good day and before it."""
    return max(0, (today - alert_after).days)
