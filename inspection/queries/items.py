"""Which items of a report cannot concern an elevator, and from which facts that follows: proposals, never results.

Conditions are rows of law; whoever inspects may say otherwise at each item.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inspection import rules
from inspection.models import CatalogueItem
from inspection.queries import LawBook, Overrides, facts_of, known_elevators, reports_of, stops_of
from inspection.queries.filing import items_asked
from inspection.queries.reports import NO_CYCLE, catalogue_of
from inspection.rules import facts as f
from inspection.rules import items as scope
from inspection.rules.cycle import anchor_on
from registry.models import Elevator

BEGINS = (f.INSTALLATION, f.RELOCATION)
SUPERVISED = (*BEGINS, f.ALTERATION)
REGISTER = _("the register of elevators")


@dataclass(frozen=True, slots=True)
class Told:
    """One fact in words, and where it comes from."""

    words: str | Promise
    source: str | Promise


@dataclass(frozen=True, slots=True)
class Answer:
    """The scope of one item here. `reasons`: (condition, fact, source, clause) of what does not apply; `proposed`: the sign
    that follows, or ""."""

    scope: rules.ItemScope
    reasons: tuple[tuple, ...] = ()

    @property
    def proposed(self) -> str:
        return "NOT_APPLICABLE" if self.scope.applies == scope.DOES_NOT_APPLY else ""


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of an elevator on a day, as the conditions ask it, with the source of each."""

    facts: rules.ItemFacts
    told: dict[str, Told] = field(default_factory=dict)


def basis_of(elevator: Elevator, facts: f.Facts, reports: Sequence[tuple], law: rules.Law, day: dt.date) -> Basis:
    """The facts of an elevator for a report concluded on `day`; what came later is not known. No statement."""
    found, told = {}, {}
    passes = [one for one in facts.passes if one.passed_on <= day]
    for condition, name, (value, words) in (
        (scope.OVER_YEARS, "n", _years(passes, reports, law, day)),
        (scope.SUPERVISED_FROM, "supervised_on", _supervised(elevator, passes, reports)),
        (scope.MADE_FROM, "made_on", _made(elevator)),
        (scope.BUILT_AFTER_EDITION, "built_to", (None, None)),  # nothing in the register says it
        (scope.BRAKE_TEST_DUE, "brake_test_due", _brake_test(elevator, facts, law, day)),
        (scope.OF_CLASSES, "class_code", _class(elevator)),
    ):
        found[name] = value
        if words is not None:
            told[condition] = words
    return Basis(rules.ItemFacts(**found), told)


def _years(passes, reports, law: rules.Law, day: dt.date):
    """n (R2). Before the first year nothing is known to be old: it counts from the next 1 January."""
    rule = rules.in_force(law.cycle, day)
    anchor = anchor_on(passes, day.year, rule) if rule is not None else None
    if anchor is None:
        return None, None
    n = day.year - anchor.year
    return n, Told(_("year %(n)s since %(day)s") % {"n": n, "day": anchor}, _where(reports, anchor))


def _supervised(elevator: Elevator, passes, reports):
    """The latest supervised works. An elevator that was retrofitted without a report of it on record: not known."""
    days = [one.passed_on for one in passes if one.kind in SUPERVISED]
    altered = any(one.kind == f.ALTERATION for one in passes)
    if not days or (elevator.retrofitted and not altered):
        return None, None
    return max(days), Told(_("supervised on %(day)s") % {"day": max(days)}, _where(reports, max(days)))


def _where(reports: Sequence[tuple], day: dt.date) -> str | Promise:
    """A report on record, or the day of commissioning that stands for it (decision 0021, D)."""
    if any(concluded == day and kind in SUPERVISED for kind, concluded, *_rest in reports):
        return _("the report of its supervision")
    return _("its day of commissioning: no report of the installation is on record")


def _made(elevator: Elevator):
    made = elevator.manufactured_on
    return made, made and Told(_("made on %(day)s") % {"day": made}, REGISTER)


def _brake_test(elevator: Elevator, facts: f.Facts, law: rules.Law, day: dt.date):
    """Is one due in this year, or left over from an earlier one? Unknown without a class, or a day from which years count."""
    if not (facts.passes and law.cycle and elevator.class_code_id):
        return None, None
    lines = rules.ledger(facts, law, today=day, horizon=day.year)
    tests = [one for one in lines if one.kind == f.BRAKE_TEST and int(one.period) <= day.year]
    due = any(int(one.period) == day.year or one.met_on is None for one in tests)
    words = _("due in %(year)s") if due else _("none due in %(year)s")
    return due, Told(words % {"year": day.year}, _("the grid of brake tests"))


def _class(elevator: Elevator):
    code = elevator.class_code_id
    return code, code and Told(_("this one is %(kind)s") % {"kind": elevator.class_code}, REGISTER)


def answers_for(
    items: Sequence[CatalogueItem], basis: Basis, book: LawBook, kind: str, day: dt.date
) -> dict[str, Answer]:
    """{code: its scope} of the items that have a condition which a machine can judge. No statement."""
    rows = [row for row in rules.rows_in_force(book.rows("item_condition"), day) if row.kind == kind]
    found = {}
    for item in items:
        own = scope.conditions_of(item.report_no, rows, item.code)
        if own:
            found[item.code] = _answer(item, own, basis)
    return found


def _answer(item: CatalogueItem, rows, basis: Basis) -> Answer:
    answer = rules.item_scope(item.report_no, basis.facts, rows, item.code)
    if answer.applies != scope.DOES_NOT_APPLY:
        return Answer(answer)
    failing = scope.whole_refusals(rows, basis.facts)
    reasons = (
        (in_words(row), basis.told[row.condition].words, basis.told[row.condition].source, row.source)
        for row in failing
    )
    return Answer(answer, tuple(dict.fromkeys(reasons)))


CONDITIONS = {
    scope.OVER_YEARS: _("asked after more than %(years)s years"),
    scope.SUPERVISED_FROM: _("asked where supervised on %(day)s or later"),
    scope.MADE_FROM: _("asked where made on %(day)s or later"),
    scope.BRAKE_TEST_DUE: _("asked in the years of a brake test"),
    scope.OF_CLASSES: _("asked of the classes %(classes)s"),
}


def in_words(row: rules.ItemCondition) -> str:
    given = {"years": row.years, "day": row.day, "classes": ", ".join(sorted(row.class_codes))}
    return str(CONDITIONS[row.condition] % given)


def form_of(elevator: Elevator, kind: str, day: dt.date) -> tuple[Sequence[CatalogueItem], dict[str, Answer]]:
    """The items that a report of a kind about an elevator has on a day, and what is known of them. Six statements, one more
    where orders name single elevators. Who may ask, the caller has checked."""
    ids, book = [elevator.pk], LawBook()
    known = next(iter(known_elevators(ids)))
    reports = reports_of(ids).get(elevator.pk, [])
    facts = facts_of(known, reports, stops_of(ids).get(elevator.pk, []), Overrides(ids).of(known))
    items = items_asked(elevator, catalogue_of(kind, day))
    basis = basis_of(elevator, facts, reports, book.of(known.city, known.class_code) or NO_CYCLE, day)
    return items, answers_for(items, basis, book, kind, day)
