"""Obligations that count from the last check instead of standing in calendar years: the governor (§3), and areas whose rule
says "every so many days" (INTERVAL_DAYS; the New York register of issue 5).

Each check meets the link that was open and begins the next. What was met before the first day of the rule is a fact, not an
obligation.
"""

import datetime as dt
from collections.abc import Callable, Iterable

from inspection.rules import facts as f
from inspection.rules.dates import add_years
from inspection.rules.facts import GOVERNOR_CHECK, PERIODIC, Facts
from inspection.rules.law import CycleRule, GovernorRule, in_force
from inspection.rules.obligations import Slot

FIRST = "FIRST"


def governor_due_on(rule: GovernorRule, *, started_on: dt.date, last_on: dt.date | None) -> dt.date:
    """§3: annex A = min(last + 2 y, max(last + 1 y, 15th anniversary)); B, C = last + n y.

    No check yet: `first_after_years` after the start of service.
    """
    if last_on is None:
        return add_years(started_on, rule.first_after_years)
    usual = add_years(last_on, rule.every_years)
    if rule.aged_after_years is None:
        return usual
    aged = max(add_years(last_on, rule.aged_every_years), add_years(started_on, rule.aged_after_years))
    return min(usual, aged)


def governor_links(facts: Facts, rules: Iterable[GovernorRule], today: dt.date) -> list[Slot]:
    """§3: in service since the latest installation; checks before it belonged to the elevator's former life."""
    rows = sorted((rule for rule in rules if rule.enabled), key=lambda rule: rule.valid_from)
    begun = [p.passed_on for p in facts.passes if p.kind in (f.INSTALLATION, f.RELOCATION) and p.passed_on <= today]
    if not rows or not begun:
        return []
    start = max(begun)

    def link(last_on: dt.date | None) -> Slot:
        rule = in_force(rows, last_on or start) or rows[0]
        due_on = governor_due_on(rule, started_on=start, last_on=last_on)
        opens_on, period = last_on or start, last_on.isoformat() if last_on else FIRST
        return Slot(GOVERNOR_CHECK, period, opens_on, due_on, clauses=("§3",), rule_version=rule.version)

    return _links(_known(facts, GOVERNOR_CHECK, start, today), link, met_from=rows[0].governed_from)


def interval_due_on(rule: CycleRule, *, last_on: dt.date | None, approved_on: dt.date | None) -> dt.date:
    """Every `interval_days` after the last inspection; never inspected: so many after approval, or the rule's first day."""
    basis = last_on or approved_on
    return basis + dt.timedelta(days=rule.interval_days) if basis else rule.valid_from


def interval_links(facts: Facts, rules: Iterable[CycleRule], today: dt.date) -> list[Slot]:
    """The links of an area whose rule counts days."""
    rows = sorted((rule for rule in rules if rule.enabled), key=lambda rule: rule.valid_from)
    approved_on = facts.approved_on if facts.approved_on is not None and facts.approved_on <= today else None

    def link(last_on: dt.date | None) -> Slot:
        basis = last_on or approved_on
        rule = (in_force(rows, basis) if basis else None) or rows[0]
        due_on = interval_due_on(rule, last_on=last_on, approved_on=approved_on)
        period = last_on.isoformat() if last_on else FIRST
        return Slot(PERIODIC, period, basis or due_on, due_on, clauses=("INTERVAL",), rule_version=rule.version)

    return _links(_known(facts, PERIODIC, dt.date.min, today), link, met_from=rows[0].valid_from)


def _known(facts: Facts, kind: str, since: dt.date, today: dt.date) -> list[tuple[dt.date, bool]]:
    """(day, done) of each check; a report without a verdict counts, a failure does not."""
    checks = (i for i in facts.inspections if i.kind == kind and since <= i.concluded_on <= today)
    return sorted({(i.concluded_on, i.verdict not in f.FAILURES) for i in checks})


def _links(checks: list[tuple[dt.date, bool]], link: Callable[[dt.date | None], Slot], met_from: dt.date) -> list[Slot]:
    links = [link(None)]
    for day, done in checks:
        if not done:
            links[-1].failed_on = links[-1].failed_on or day
            continue
        links[-1].pass_on(day)
        links.append(link(day))
    return [slot for slot in links if slot.ended_on is None or slot.ended_on >= met_from]
