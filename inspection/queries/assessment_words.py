"""Why an elevator should be assessed, in words with the fact: for pages from a `Ground`, for files as SQL from the same words."""

import datetime as dt
import re
from collections.abc import Iterable

from django.db.models import (
    Case,
    Count,
    DateField,
    Expression,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.citations import certainty_in_words
from inspection.choices import AssessmentReason
from inspection.models import AssessmentRule
from inspection.queries.assessments import condition, counted_hazards, reason_of, trigger_rules
from inspection.rules import assessments as rules

# (reason, was it renewed): what is said
WORDS = {
    ("AGE", False): _("in use since %(since)s, %(years)s years, public place"),
    ("AGE", True): _("renewed on %(since)s, %(years)s years ago, public place"),
    ("CROWDED", False): _("in use since %(since)s, %(years)s years, other crowded place"),
    ("CROWDED", True): _("renewed on %(since)s, %(years)s years ago, other crowded place"),
    ("FAULTS", False): _("%(hazards)s hazards in %(months)s months on record; faults are not recorded yet"),
}
BETWEEN = " · "


def in_words(ground: rules.Ground) -> str:
    facts = {name: getattr(ground, name) for name in ("since", "years", "hazards", "months")}
    return WORDS[ground.reason, ground.renewed] % facts


def reason_labels(codes: Iterable[str]) -> list[str]:
    """Why a case was applied for, which is kept as codes; a code of a former platform stays as it is."""
    known = dict(AssessmentReason.choices)
    return [str(known.get(code, code)) for code in codes]


def labels_in_sql(field: str = "reasons") -> Expression:
    """The same of a column of codes, in the language in force and in the order of the choices, for files."""
    said = [
        Case(When(**{f"{field}__contains": [code]}, then=Value(str(label))), output_field=TextField())
        for code, label in AssessmentReason.choices
    ]
    return Func(Value(BETWEEN), *said, function="concat_ws", output_field=TextField())


def rule_words(versions: Iterable[str]) -> list[dict]:
    """[{"version", "source", "certainty"}] of the rows of law that a case was applied for by. One statement, none for none."""
    if not versions:
        return []
    rows = AssessmentRule.objects.filter(version__in=versions).order_by("version")
    return [
        {"version": row.version, "source": gettext(row.source), "certainty": certainty_in_words(row.certainty)}
        for row in rows
    ]


# --- the same as SQL, for files of a whole city -----------------------------------------------------------------------


class _WholeYears(Func):
    """How many years lie between a day and another (`rules.whole_years`)."""

    template = "extract(year FROM age(%(expressions)s))::integer"
    output_field = IntegerField()


class _Joined(Func):
    """Those that are there, with a word between them."""

    function = "concat_ws"
    output_field = TextField()


def in_sql(today: dt.date, *, advised: bool) -> Expression:
    """All reasons of an elevator as one text, as the page has them. One statement for the rows of law."""
    parts = [
        Case(*_whens(city, rule, today), default=None, output_field=TextField())
        for city, given in trigger_rules(today).items()
        for rule in given
        if rule.advise or not advised
    ]
    return _Joined(Value(BETWEEN), *parts) if parts else Value("", output_field=TextField())


def _whens(city: str, rule, today: dt.date) -> Iterable[When]:
    holds = Q(city__code=city) & condition(rule, today)
    reason = reason_of(rule)
    if reason == "FAULTS":
        facts = {"hazards": _count(rules.months_before(today, rule.months)), "months": Value(str(rule.months))}
        return [When(holds, then=_filled(WORDS[reason, False], facts))]
    begun = Coalesce("last_renewed_on", "commissioned_on")
    facts = {"since": begun, "years": _WholeYears(Cast(Value(today), DateField()), begun)}
    return [
        When(holds & Q(last_renewed_on__isnull=not renewed), then=_filled(WORDS[reason, renewed], facts))
        for renewed in (False, True)
    ]


def _count(after: dt.date) -> Expression:
    found = counted_hazards(after).filter(elevator=OuterRef("pk")).order_by().values("elevator")
    return Subquery(found.annotate(n=Count("pk")).values("n"))


def _filled(words, facts: dict) -> Expression:
    """The words in the language in force, with an expression where each fact stands."""
    pieces = re.split(r"%\((\w+)\)s", str(words))
    return Concat(
        *(Cast(facts[piece], TextField()) if place % 2 else Value(piece) for place, piece in enumerate(pieces)),
        output_field=TextField(),
    )
