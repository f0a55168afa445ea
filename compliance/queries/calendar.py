"""What is due by days: counts for a month, and for a calendar program."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from compliance.models import Obligation
from compliance.queries import kinds

ONE = dt.timedelta(days=1)
NAMED = 10  # elevators that an event of a calendar program names; the link has all


@dataclass(slots=True)
class Day:
    """One day of a calendar. `counts`: [(kind, label, number)] of what has its last day, or its last day to apply, then."""

    day: dt.date
    inside: bool  # of the month shown
    working: bool = True
    counts: list = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(number for _kind, _label, number in self.counts)


def weeks_of(month: dt.date) -> list[list[dt.date]]:
    """The weeks that a month touches, each from its Monday."""
    first = month.replace(day=1)
    monday = first - dt.timedelta(days=first.weekday())
    after = (first + dt.timedelta(days=32)).replace(day=1)
    weeks = []
    while monday < after:
        weeks.append([monday + dt.timedelta(days=n) for n in range(7)])
        monday += dt.timedelta(days=7)
    return weeks


LAST, APPLY = "alert_after", "apply_by"  # what a day can be the last one for: to have it done, to apply for it


def counts_by_day(rows: QuerySet[Obligation], first: dt.date, last: dt.date) -> dict[dt.date, list]:
    """{day: [(kind, label, number)]} of pending obligations whose last day, or last day to apply, lies between these. Two
    statements."""
    found: dict[dt.date, list] = {}
    for event in _counted(rows, first, last):
        found.setdefault(event.day, []).append((event.kind, event.words, event.number))
    return found


@dataclass(frozen=True, slots=True)
class Event:
    """What one kind has for its last day, or its last day to apply, on one day, with the codes of the first elevators."""

    day: dt.date
    kind: str
    label: str
    number: int
    codes: tuple[str, ...] = ()
    to_apply: bool = False

    @property
    def words(self) -> str:
        return _("apply by: %(what)s") % {"what": self.label} if self.to_apply else self.label


def _counted(rows: QuerySet[Obligation], first: dt.date, last: dt.date) -> list[Event]:
    """By day, what has to be done before what has to be applied for."""
    known = kinds()
    found = []
    for column in (LAST, APPLY):
        counted = (
            rows.filter(**{f"{column}__gte": first, f"{column}__lte": last})
            .order_by()
            .values_list(column, "kind")
            .annotate(number=Count("pk"))
        )
        for day, kind, number in counted:
            label = str(known[kind].label if kind in known else kind)
            found.append(Event(day, kind, label, number, to_apply=column == APPLY))
    return sorted(found, key=lambda event: (event.day, event.to_apply, event.kind))


def events_of(rows: QuerySet[Obligation], first: dt.date, last: dt.date) -> list[Event]:
    """Every (day, kind) between these with its number and at most NAMED codes; bounded by days × kinds. Four statements."""
    codes: dict[tuple, list[str]] = {}
    for column in (LAST, APPLY):
        for row in _first_of_each(rows.filter(**{f"{column}__gte": first, f"{column}__lte": last}), column):
            if row.elevator is not None:
                codes.setdefault((column, getattr(row, column), row.kind), []).append(row.elevator.main_code)
    return [
        replace(event, codes=tuple(codes.get((APPLY if event.to_apply else LAST, event.day, event.kind), ())))
        for event in _counted(rows, first, last)
    ]


def _first_of_each(rows: QuerySet[Obligation], column: str) -> Iterable[Obligation]:
    place = Window(RowNumber(), partition_by=[F(column), F("kind")], order_by=F("pk").asc())
    return rows.annotate(place=place).filter(place__lte=NAMED).select_related("elevator").order_by(column, "kind", "pk")
