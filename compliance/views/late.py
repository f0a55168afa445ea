"""What is overdue where people look for elevators: a filter of their list, a column for whom wants it, columns of the export.

An elevator may owe several things; the column says the one that is late the longest, the filter finds each of them.
"""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, Min, OuterRef, Subquery, TextField, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.choices import AreaKind
from accounts.roles import Permission
from common.clock import today
from common.exports.columns import Column, Form
from compliance.models import Obligation
from compliance.queries import planners
from registry.signals import ElevatorMark

NAME, ANY = "overdue", "ANY"
LABEL = pgettext_lazy("obligation", "Overdue")
_PLACES = {AreaKind.CITY: "city", AreaKind.SUBDISTRICT: "area"}


def overdue_mark() -> ElevatorMark:
    """What is overdue about an elevator (registered at registry.elevator_marks). Not on the map: its colours say the band."""
    words = {kind.code: kind.overdue_label for planner in planners() for kind in planner.kinds if not kind.of_units}
    return ElevatorMark(
        name=NAME,
        label=LABEL,
        permission=Permission.VIEW_OBLIGATION,
        choices=lambda: [(ANY, _("something is overdue")), *words.items()],
        states=dict.fromkeys(words, "danger"),
        narrow=_narrow,
        values=lambda ids, actor: _values(ids, actor, words),
        tally=None,
        columns=lambda actor: _columns(actor, words),
        extra=True,
    )


def _late(actor):
    seen = Obligation.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True)
    return seen.overdue(today()).filter(elevator__isnull=False)


def _narrow(elevators, actor, value, area):
    """Those that are late with something. Obligations repeat the places, so that the index of what is late is read alone."""
    late = _late(actor) if value == ANY else _late(actor).filter(kind=value)
    if area is not None:
        late = late.filter(**{_PLACES.get(area.kind, "managing_district"): area})
    return elevators.filter(pk__in=late.order_by().values("elevator"))


def _values(ids, actor, words) -> dict[int, str]:
    late = _late(actor).filter(elevator__in=ids, kind__in=words)
    first = late.order_by("elevator", "alert_after", "pk").distinct("elevator")
    return dict(first.values_list("elevator", "kind"))


def _columns(actor, words) -> tuple[Column, ...]:
    def of_late(expression):
        def source():  # asked when a file is written: pages that only name the columns look nothing up
            rows = _late(actor).filter(elevator=OuterRef("pk"), kind__in=words).order_by().values("elevator")
            return Subquery(rows.annotate(said=expression()).values("said"))

        return source

    def told():
        whens = [When(kind=code, then=Value(str(label))) for code, label in words.items()]
        return StringAgg(Case(*whens, output_field=TextField()), "; ", order_by="alert_after")

    return (
        Column("overdue", LABEL, source=of_late(told), width=30),
        Column(
            "overdue_last_day",
            _("Last good day of what is overdue"),
            Form.DATE,
            source=of_late(lambda: Min("alert_after")),
        ),
    )
