"""The band where people look for elevators: a column and a filter of their list, columns of its export, colours of the map."""

import json

from django.db.models import Case, Count, F, Func, OuterRef, Subquery, TextField, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.choices import AreaKind
from accounts.roles import Permission
from common.exports.columns import Column, Form
from compliance.choices import HazardGrade, RiskBand, RiskFact
from compliance.models import RiskScore
from compliance.queries import kinds
from compliance.views.risk import COLOURS
from registry.signals import ElevatorMark

NAME = "risk"
LABEL = _("Risk band")
_PLACES = {AreaKind.CITY: "city", AreaKind.SUBDISTRICT: "area"}


def risk_mark() -> ElevatorMark:
    """The band of an elevator (registered at registry.elevator_marks)."""
    return _MARK


def _seen(actor, **how):
    return RiskScore.objects.visible_to(actor, Permission.VIEW_OBLIGATION, **how)


def _narrow(elevators, actor, value, area):
    """Those in a band. Scores repeat the places, so that the index of the band alone is walked in the list's order."""
    scores = _seen(actor).filter(band=value)
    if area is not None:
        scores = scores.filter(**{_PLACES.get(area.kind, "managing_district"): area})
    return elevators.filter(pk__in=scores.values("elevator"))


def _values(ids, actor) -> dict[int, str]:
    return dict(_seen(actor).filter(elevator__in=ids).values_list("elevator", "band"))


def _tally(elevators, by, actor) -> list[tuple]:
    """Bands counted by cell. From the scores' side, where the actor's own scope for bands is asked once more."""
    scores = _seen(actor, whole=True).filter(elevator__in=elevators.values("pk"))
    return list(scores.order_by().values_list(*by("elevator__"), "band").annotate(n=Count("*")))


class _ReasonsInWords(Func):
    """Each reason as its fact, the code behind it and its day, the gravest first."""

    template = (
        "(SELECT string_agg(concat_ws(' ', %(words)s), '; ' ORDER BY place)"
        " FROM jsonb_array_elements(%(reasons)s) WITH ORDINALITY AS told(reason, place))"
    )
    output_field = TextField()

    def as_sql(self, compiler, connection, **_extra):
        (reasons, none), (words, labels) = (compiler.compile(each) for each in self.source_expressions)
        said = f"{words}::jsonb ->> (reason ->> 'fact'), {words}::jsonb ->> (reason ->> 'code'), reason ->> 'day'"
        return self.template % {"words": said, "reasons": reasons}, [*labels, *labels, *none]


def _words() -> Value:
    known = dict(RiskFact.choices) | dict(HazardGrade.choices) | {kind.code: kind.label for kind in kinds().values()}
    return Value(json.dumps({code: str(label) for code, label in known.items()}), output_field=TextField())


def _columns(actor) -> tuple[Column, ...]:
    def of_score(expression):
        return lambda: Subquery(_seen(actor).filter(elevator=OuterRef("pk")).values(said=expression())[:1])

    def band():
        whens = [When(band=value, then=Value(str(label))) for value, label in RiskBand.choices]
        return Case(*whens, output_field=TextField())

    return (
        Column("risk_band", LABEL, source=of_score(band)),
        Column(
            "risk_since",
            pgettext_lazy("risk", "In this band since"),
            Form.MOMENT,
            source=of_score(lambda: F("since_at")),
            width=20,
        ),
        Column(
            "risk_reasons",
            _("Reasons of the risk band"),
            source=of_score(lambda: _ReasonsInWords(F("reasons"), _words())),
            width=40,
        ),
    )


_MARK = ElevatorMark(
    name=NAME,
    label=LABEL,
    permission=Permission.VIEW_OBLIGATION,
    choices=lambda: RiskBand.choices,
    states=COLOURS,
    narrow=_narrow,
    values=_values,
    tally=_tally,
    columns=_columns,
)
