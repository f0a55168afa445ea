"""What a waiver does to an obligation, by dates alone: the law's dates and the authority's documents make those that count.

No statute says for how long an authority may waive, nor how long beforehand; `LONGEST_DAYS` only catches a mistyped year.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

WAIVED, POSTPONED = "WAIVED", "POSTPONED"
LONGEST_DAYS = 1096
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Excuse:
    """One document. Both days belong to it; revoked, `ends_on` is the day before: before `from_on` where it never held."""

    kind: str
    from_on: dt.date
    ends_on: dt.date

    def holds_on(self, day: dt.date) -> bool:
        return self.from_on <= day <= self.ends_on

    def has_begun(self, day: dt.date) -> bool:
        return self.from_on <= day and self.from_on <= self.ends_on


@dataclass(frozen=True, slots=True)
class Owed:
    """An obligation in the dates that count; `law_*` are the law's where a document has begun to change something."""

    status: str
    due_on: dt.date
    alert_after: dt.date
    met_on: dt.date | None = None
    days_late: int = 0
    law_due_on: dt.date | None = None
    law_alert_after: dt.date | None = None


class WaiverRefused(Exception):
    """`reason` says which of actions.waivers.WORDS."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def as_excused(law: Owed, excuses: Iterable[Excuse], today: dt.date) -> Owed:
    """What counts today of what the law wants. A fact that met it is judged by the documents that held when it happened.

    Whoever was excused until a day had until that day: it is late from the day after, not from the law's. What facts have
    suspended, replaced or withdrawn no document changes.
    """
    if law.status not in ("PENDING", "MET"):
        return law
    begun = [one for one in excuses if one.has_begun(law.met_on or today)]
    if not begun:
        return law
    until = max(one.ends_on for one in begun)
    owed = replace(
        law,
        due_on=max(law.due_on, until),
        alert_after=max(law.alert_after, until),
        law_due_on=law.due_on,
        law_alert_after=law.alert_after,
    )
    if law.status == "MET":
        return replace(owed, days_late=min(law.days_late, max(0, (law.met_on - owed.due_on).days)))
    silent = any(one.kind == WAIVED and one.holds_on(today) for one in begun)
    return replace(owed, status="WAIVED") if silent else owed


def next_turn_on(excuse: Excuse, today: dt.date) -> dt.date | None:
    """The first day later than `today` on which it begins or has ended."""
    days = (excuse.from_on, excuse.ends_on + ONE_DAY) if excuse.from_on <= excuse.ends_on else ()
    return next((day for day in days if day > today), None)


def require_grant(
    *, kind: str, from_on: dt.date, until_on: dt.date, due_on: dt.date, others: Iterable[Excuse], today: dt.date
) -> None:
    """A document works from the day on which it is entered: what was late stays late. Raises WaiverRefused."""
    if from_on < today:
        raise WaiverRefused("begins_past")
    if until_on < from_on:
        raise WaiverRefused("backwards")
    if max(until_on - from_on, from_on - today).days > LONGEST_DAYS:
        raise WaiverRefused("too_long")
    if kind == POSTPONED and until_on <= due_on:
        raise WaiverRefused("not_later")
    if any(one.ends_on >= max(today, one.from_on) for one in others):
        raise WaiverRefused("waived_already")


def ends_on_revoked(excuse: Excuse, today: dt.date) -> dt.date:
    """Revoked today, yesterday was its last day; before it began it never holds. Raises WaiverRefused when it is over."""
    if excuse.ends_on < max(today, excuse.from_on):
        raise WaiverRefused("over")
    return max(excuse.from_on, today) - ONE_DAY
