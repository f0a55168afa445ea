"""Why an inspection is due on its days: the facts that the rules took and the rows of law that they applied."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from common.citations import certainty_in_words
from compliance.signals import Reason
from inspection import rules
from inspection.choices import ReportKind
from inspection.models import LawRow
from inspection.queries import (
    PLANNED_KINDS,
    LawBook,
    Overrides,
    applications_of,
    facts_of,
    known_elevators,
    reports_of,
    stops_of,
)
from inspection.rules import facts as f

# What each clause of the domain notes says, as far as it explains a day (inspection.md §1, §2, §6).
CLAUSES = {
    "R2": gettext_lazy("this year of the cycle wants a periodic inspection"),
    "R3": gettext_lazy("this year of the cycle wants a self-test"),
    "R4": gettext_lazy("its month is that of the last installation, alteration, major repair or long stop"),
    "R5": gettext_lazy("a major repair in this year stands for it"),
    "R6": gettext_lazy("after a long stop it is inspected before re-use"),
    "R8": gettext_lazy("it was done after the last day; the month stays"),
    "R9": gettext_lazy("an authority moved the window"),
    "§2": gettext_lazy("the grid of brake tests wants one in this year"),
    "§3": gettext_lazy("a governor check follows the one before it by the interval of the row of law"),
    "INTERVAL": gettext_lazy("so many days after the last inspection, or after approval, as the row of law has it"),
    "§6": gettext_lazy("another inspection did it, too"),
    "D1": gettext_lazy("what happens in a year moves the years after it"),
    "D4": gettext_lazy("a new supervisory inspection stands for it"),
    "SCRAPPED": gettext_lazy("the elevator was scrapped"),
}

# Sources of the shipped rows that set days, as the page shows them translated.
SOURCES = (
    gettext_noop(
        "web pages quoting TSG T7001-2023 4.1 and TSG T7008-2023; SAMR announcement of 2023-04-02; self-test one month early: "
        "one source; first governed year, 365 calendar days, 30 days of warning: our own decision"
    ),
    gettext_noop("TSG 08-2026 (out of use beyond the validity), one source; otherwise as T7001-2023"),
    gettext_noop(
        "our own rule for the New York register (issue 5); its first day is the day of the register's figures"
    ),
    gettext_noop(
        "TSG T7001-2023 A1.3.12.2, T7008-2023 A1.3.12 (6 years: two sources); calendar-year grid: our own decision"
    ),
    gettext_noop("transition as practised in Ningxia, one source"),
    gettext_noop("TSG T5002-2017 annex A, yearly items, one source; next date and first date: our own decision"),
    gettext_noop("TSG T5002-2017 annex B, yearly items, one source; next date and first date: our own decision"),
    gettext_noop("TSG T5002-2017 annex C, yearly items, one source; next date and first date: our own decision"),
)


def reasons_of(elevator_id: int, kind: str, period: str, today: dt.date) -> list[Reason]:
    """Facts by their days, then the clauses, then the row of law; nothing of what is not owed any more."""
    known = next(iter(known_elevators([elevator_id])), None)
    law = LawBook().of(known.city, known.class_code) if known else None
    if law is None:
        return []
    facts = facts_of(
        known,
        reports_of([elevator_id]).get(elevator_id, ()),
        stops_of([elevator_id]).get(elevator_id, ()),
        Overrides([elevator_id]).of(known),
        applications_of([elevator_id]).get(elevator_id, ()),
    )
    horizon = max(today.year + 2, int(period) if period.isdigit() else 0)
    lines = rules.ledger(facts, law, today=today, horizon=min(horizon, today.year + 10))
    line = next((one for one in lines if (PLANNED_KINDS[one.kind], one.period) == (kind, period)), None)
    if line is None:
        return []
    clauses = [Reason(None, CLAUSES[code]) for code in dict.fromkeys(line.clauses) if code in CLAUSES]
    return [*_facts(facts, line, today), *clauses, *_law(line.rule_version)]


def _facts(facts: f.Facts, line, today: dt.date) -> list[Reason]:
    """What had happened by the last day: supervision and stops move its month, the last inspection and orders its window."""
    kinds = dict(ReportKind.choices)
    found = [
        Reason(one.passed_on, _("passed: %(kind)s") % {"kind": kinds.get(one.kind, one.kind)}, _anchor(one, facts))
        for one in facts.passes
        if one.passed_on <= min(line.due_on, today)
    ]
    for stop in facts.stops:
        if stop.filed_on <= line.due_on:
            until = stop.ends_on(today)
            words = _("out of use until %(day)s") % {"day": until} if until else _("out of use since then")
            found.append(Reason(stop.filed_on, words))
    done = [one for one in facts.inspections if one.concluded_on < line.opens_on]
    if done:
        last = max(done, key=lambda one: one.concluded_on)
        found.append(
            Reason(last.concluded_on, _("inspected before: %(kind)s") % {"kind": kinds.get(last.kind, last.kind)})
        )
    for order in facts.overrides:
        if str(order.year) == line.period:
            words = _("the window is %(first)s to %(last)s by order %(document)s")
            given = {"first": order.opens_on, "last": order.due_on, "document": order.document}
            found.append(Reason(order.issued_on, words % given))
    return sorted(found, key=lambda one: one.on or dt.date.min)


def _anchor(one: f.SupervisoryPass, facts: f.Facts) -> str:
    if one.kind == f.INSTALLATION and one.passed_on == facts.approved_on:
        return _("the day of commissioning stands for it where no report is on record (our own decision)")
    return ""


def _law(version: str) -> list[Reason]:
    row = LawRow.objects.filter(version=version, section__in=("cycle", "brake_test", "governor_check")).first()
    if row is None:
        return [Reason(None, _("row of law %(version)s") % {"version": version})] if version else []
    words = _("the row of law %(version)s is in force; its source: %(certainty)s")
    given = {"version": row.version, "certainty": certainty_in_words(row.certainty)}
    return [Reason(row.valid_from, words % given, _(row.source))]
