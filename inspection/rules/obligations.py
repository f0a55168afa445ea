"""What the ledger consists of: one obligation as `compliance` stores it, and its state on a day (domain notes §6)."""

import datetime as dt
from typing import NamedTuple

from inspection.rules.facts import BRAKE_TEST, GOVERNOR_CHECK, PERIODIC, RESTART_INSPECTION, SELF_TEST

SUSPENDED, SUPERSEDED, WAIVED, SATISFIED = "SUSPENDED", "SUPERSEDED", "WAIVED", "SATISFIED"
DONE_ON_TIME, DONE_LATE = "DONE_ON_TIME", "DONE_LATE"
FAILING, OVERDUE, APPLY_LATE, APPLY_NOW, OPEN, FUTURE = "FAILED", "OVERDUE", "APPLY_LATE", "APPLY_NOW", "OPEN", "FUTURE"

# What asks for nothing any more, and what must not be used until it is mended (R11).
CLOSED = frozenset({SUSPENDED, SUPERSEDED, WAIVED, SATISFIED, DONE_ON_TIME, DONE_LATE})
BARRING = frozenset({FAILING, OVERDUE})

ORDER = {kind: n for n, kind in enumerate((PERIODIC, SELF_TEST, BRAKE_TEST, GOVERNOR_CHECK, RESTART_INSPECTION))}


class Obligation(NamedTuple):
    """One line of the ledger; (kind, period) is its key for an elevator.

    `period`: the calendar year ("2028"); of chains the day they count from ("2023-06-01", "FIRST" before the first check);
    of a restart the day the stop was filed. `met_on`: the day of the fact that ended it, whatever the state that it led to.
    `late_days`: from the close to that day, or to today. `clauses`: where it rests, by the numbers of the domain notes.
    """

    kind: str
    period: str
    opens_on: dt.date
    due_on: dt.date
    apply_by: dt.date | None
    state: str
    met_on: dt.date | None
    late_days: int
    rule_version: str
    clauses: tuple[str, ...]


class Slot:
    """An obligation while its history is replayed."""

    __slots__ = (
        "apply_by",
        "clauses",
        "due_on",
        "end",
        "ended_on",
        "failed_on",
        "issued_on",
        "kind",
        "known_opens_on",
        "opens_on",
        "period",
        "rule_version",
        "warning_days",
    )

    def __init__(self, kind, period, opens_on, due_on, *, clauses, rule_version, apply_by=None, warning_days=0):
        self.kind, self.period, self.opens_on, self.due_on = kind, period, opens_on, due_on
        self.clauses, self.rule_version, self.apply_by, self.warning_days = (
            clauses,
            rule_version,
            apply_by,
            warning_days,
        )
        self.end = self.ended_on = self.failed_on = self.issued_on = None
        self.known_opens_on = opens_on

    def move(self, override):
        """R9: the authority's window replaces this one; before its document was issued, the earlier opening counts."""
        if override.issued_on is not None:
            self.issued_on, self.known_opens_on = override.issued_on, min(self.opens_on, override.opens_on)
        self.opens_on, self.due_on = override.opens_on, override.due_on

    def is_open_on(self, day: dt.date) -> bool:
        """Not ended, and `day` is not too early (D2)."""
        if self.ended_on is not None:
            return False
        known = self.issued_on is None or day >= self.issued_on
        return day >= (self.opens_on if known else self.known_opens_on)

    def close(self, end: str, day: dt.date, *clauses: str):
        self.end, self.ended_on = end, day
        self.clauses += clauses

    def pass_on(self, day: dt.date, *clauses: str):
        """Met by a pass; what is late says so (R8, D3)."""
        late = day > self.due_on
        self.close(DONE_LATE if late else DONE_ON_TIME, day, *clauses, *(("R8",) if late else ()))

    def as_of(self, today: dt.date, *, suspended: bool, applied: bool = False) -> Obligation:
        """Its line on `today`."""
        state = self.end or (SUSPENDED if suspended else self._waiting(today, applied))
        late = 0
        if state in (DONE_LATE, SUPERSEDED):
            late = max(0, (self.ended_on - self.due_on).days)
        elif state in BARRING:
            late = max(0, (today - self.due_on).days)
        return Obligation(
            self.kind,
            self.period,
            self.opens_on,
            self.due_on,
            self.apply_by,
            state,
            self.ended_on,
            late,
            self.rule_version,
            self.clauses,
        )

    def _waiting(self, today: dt.date, applied: bool) -> str:
        """§6, the first that holds of those that still ask for something."""
        if self.failed_on is not None:
            return FAILING
        if today > self.due_on:
            return OVERDUE
        if self.apply_by is not None and not applied:
            if today > self.apply_by:
                return APPLY_LATE
            if (self.apply_by - today).days <= self.warning_days:
                return APPLY_NOW
        return OPEN if today >= self.opens_on else FUTURE


def valid_until(ledger: tuple[Obligation, ...]) -> dt.date | None:
    """§1 R6: the inspection is valid until the close of the next obligation of either kind; past when that is overdue."""
    kinds = (PERIODIC, SELF_TEST)
    return min((o.due_on for o in ledger if o.kind in kinds and o.state not in CLOSED), default=None)


class NextDate(NamedTuple):
    """The next date as computed and as a body printed it. `differs`: a question for data quality; `alert_on`: the earlier."""

    computed: dt.date
    printed: dt.date | None
    differs: bool
    alert_on: dt.date


def compare_printed(computed: dt.date, printed: dt.date | None) -> NextDate:
    """§6: reports print year and month (R4), so months are compared; a printed date inside the month is the body's own day."""
    if printed is None:
        return NextDate(computed, None, False, computed)
    differs = (printed.year, printed.month) != (computed.year, computed.month)
    return NextDate(computed, printed, differs, min(computed, printed) if differs else computed)
