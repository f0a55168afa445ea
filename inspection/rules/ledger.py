"""The ledger of one elevator: everything the law wants of it, from the first governed year to a horizon, as of a day."""

import datetime as dt
from collections.abc import Iterable
from operator import itemgetter

from inspection.rules.chains import governor_links, interval_links
from inspection.rules.facts import Facts
from inspection.rules.law import CALENDAR_YEARS, INTERVAL_DAYS, Law
from inspection.rules.obligations import ORDER, SUPERSEDED, Obligation, Slot
from inspection.rules.replay import Replay


class MixedMethods(ValueError):
    """One elevator cannot be under calendar years and intervals at once: the caller picked rows of two areas."""


def method_of(law: Law) -> str | None:
    """CALENDAR_YEARS or INTERVAL_DAYS; None where no rule is on. Raises MixedMethods."""
    methods = {rule.method for rule in law.cycle if rule.enabled}
    if len(methods) > 1:
        raise MixedMethods(", ".join(sorted(methods)))
    return next(iter(methods), None)


def ledger(facts: Facts, law: Law, *, today: dt.date, horizon: int) -> tuple[Obligation, ...]:
    """All obligations up to the calendar year `horizon`, by year, kind and period, with their state as of `today`.

    Same facts and law, same ledger, in whatever order the facts come; what is dated after `today` is not known. The key of a
    line is (kind, period). A key that is no longer in the ledger is not due any more (D4, scrapping, a new anchor).
    Raises MixedMethods, nothing else.
    """
    method = method_of(law)
    lines = []
    if method == CALENDAR_YEARS:
        lines = _calendar_lines(facts, law, today, horizon)
    elif method == INTERVAL_DAYS:
        lines = _link_lines(interval_links(facts, law.cycle, today), facts, today, horizon)
    if law.governor:
        lines += _link_lines(governor_links(facts, law.governor, today), facts, today, horizon)
    lines.sort(key=_PLACE)
    return tuple(line[3] for line in lines)


# A line on its way: (year, kind's place, period, obligation).
Line = tuple[int, int, str, Obligation]
_PLACE = itemgetter(0, 1, 2)


def _calendar_lines(facts: Facts, law: Law, today: dt.date, horizon: int) -> list[Line]:
    replay = Replay(facts, law, today)
    replay.plan_until(horizon)
    applied = {str(a.year) for a in facts.applications if a.filed_on <= today}
    lines = []
    for year, slot in replay.all_slots():
        if year <= horizon and _is_owed(slot, facts, today, suspended := replay.is_suspended(slot.due_on)):
            obligation = slot.as_of(today, suspended=suspended, applied=slot.period in applied)
            lines.append((year, ORDER[slot.kind], slot.period, obligation))
    governed = (slot for slot in replay.restarts if slot.due_on.year >= replay.start)
    return lines + _link_lines(governed, facts, today, horizon)


def _link_lines(slots: Iterable[Slot], facts: Facts, today: dt.date, horizon: int) -> list[Line]:
    """Links have no year of their own; a link waits while the elevator is out of use, and is due again afterwards."""
    stopped = [s.filed_on for s in facts.stops if s.filed_on <= today and s.ends_on(today) is None]
    lines = []
    for slot in slots:
        waits = any(filed_on <= slot.due_on for filed_on in stopped)
        if slot.due_on.year <= horizon and _is_owed(slot, facts, today, waits):
            lines.append((slot.due_on.year, ORDER[slot.kind], slot.period, slot.as_of(today, suspended=waits)))
    return lines


def _is_owed(slot: Slot, facts: Facts, today: dt.date, suspended: bool) -> bool:
    """What is scrapped owes nothing more; the days that something was overdue by then stay on record."""
    scrapped_on = facts.scrapped_on
    if scrapped_on is None or scrapped_on > today or slot.ended_on is not None:
        return True
    if slot.due_on < scrapped_on and not suspended:
        slot.close(SUPERSEDED, scrapped_on, "SCRAPPED")
    return slot.due_on < scrapped_on
