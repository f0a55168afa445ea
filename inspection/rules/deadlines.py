"""Days that follow from a report: the next date, the last day of an opinion notice, the end of the warranty."""

import datetime as dt
from collections.abc import Iterable, Mapping

from inspection.rules.dates import add_years
from inspection.rules.facts import EARLIER, PASSES, PERIODIC, SELF_TEST, Inspection
from inspection.rules.law import NoticeRule, WarrantyRule, rows_in_force
from inspection.rules.obligations import CLOSED, Obligation, compare_printed


def next_after(ledger: Iterable[Obligation], day: dt.date) -> dt.date | None:
    """The close of the first periodic inspection or self-test that still is to be done after a report of `day` (§8 E3)."""
    waiting = (o.due_on for o in ledger if o.kind in (PERIODIC, SELF_TEST) and o.state not in CLOSED)
    return min((due_on for due_on in waiting if due_on > day), default=None)


def earlier_printed(
    inspections: Iterable[Inspection], ledger: Iterable[Obligation]
) -> tuple[Obligation | None, dt.date | None]:
    """(the line that the newest printed date is about, that date) where the body prints an earlier month than the law has.

    The earlier of the two alerts (§6); reports under an earlier rule print the date of a cycle that is no more.
    """
    printed = [
        i for i in inspections
        if i.next_on is not None and i.verdict in PASSES and i.kind in (PERIODIC, SELF_TEST) and i.generation != EARLIER
    ]  # fmt: skip
    if not printed:
        return None, None
    last = max(printed, key=lambda i: (i.concluded_on, i.next_on))
    waiting = (o for o in ledger if o.kind in (PERIODIC, SELF_TEST) and o.state not in CLOSED)
    line = min((o for o in waiting if o.due_on > last.concluded_on), key=lambda o: o.due_on, default=None)
    if line is None or last.next_on <= last.concluded_on or not compare_printed(line.due_on, last.next_on).differs:
        return None, None
    return (line, last.next_on) if last.next_on < line.due_on else (None, None)


def notice_due_on(
    concluded_on: dt.date, *, printed: dt.date | None, rule: NoticeRule | None, moved: Mapping[dt.date, bool]
) -> dt.date | None:
    """The last day to mend what an opinion notice names: as printed, else by the row; None where neither says one (§4).

    `moved`: days that are worked or not against their weekday.
    """
    if printed is not None or rule is None:
        return printed
    if not rule.working:
        return concluded_on + dt.timedelta(days=rule.days)
    day, left = concluded_on, rule.days
    while left:
        day += dt.timedelta(days=1)
        left -= moved.get(day, day.weekday() < 5)
    return day


def warranty_until(kind: str, passed_on: dt.date, rules: Iterable[WarrantyRule]) -> tuple[dt.date, str] | None:
    """(last day, version of the row) of the warranty that a supervisory inspection begins; None where no row says one."""
    fits = [rule for rule in rows_in_force(rules, passed_on) if kind in rule.kinds]
    if not fits:
        return None
    rule = max(fits, key=lambda rule: rule.valid_from)
    return add_years(passed_on, rule.years) - dt.timedelta(days=1), rule.version
