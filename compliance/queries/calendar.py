"""What is due by days: counts for a month, and for a calendar program."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from compliance.models import Obligation
from compliance.queries import kinds

ONE = dt.timedelta(days=1)
NAMED = 10  # elevators that an event of a calendar program names; the link has all


@dataclass(slots=True)
class Day:
    """One day of a calendar. `counts`: [(kind, label, number)] of what has its last day then."""

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


def counts_by_day(rows: QuerySet[Obligation], first: dt.date, last: dt.date) -> dict[dt.date, list]:
    """{day: [(kind, label, number)]} of pending obligations whose last day lies between these. One statement."""
    known = kinds()
    found: dict[dt.date, list] = {}
    inside = rows.filter(alert_after__gte=first, alert_after__lte=last).order_by()
    counted = inside.values_list("alert_after", "kind").annotate(number=Count("pk")).order_by("alert_after", "kind")
    for day, kind, number in counted:
        found.setdefault(day, []).append((kind, known[kind].label if kind in known else kind, number))
    return found


@dataclass(frozen=True, slots=True)
class Event:
    """What one kind has for its last day on one day, with the codes of the first elevators."""

    day: dt.date
    kind: str
    label: str
    number: int
    codes: tuple[str, ...]


def events_of(rows: QuerySet[Obligation], first: dt.date, last: dt.date) -> list[Event]:
    """Every (day, kind) between these with its number and at most NAMED codes; bounded by days × kinds. Two statements."""
    counts = counts_by_day(rows, first, last)
    codes: dict[tuple, list[str]] = {}
    for row in _first_of_each(rows.filter(alert_after__gte=first, alert_after__lte=last)):
        if row.elevator is not None:
            codes.setdefault((row.alert_after, row.kind), []).append(row.elevator.main_code)
    return [
        Event(day, kind, str(label), number, tuple(codes.get((day, kind), ())))
        for day, of_day in counts.items()
        for kind, label, number in of_day
    ]


def _first_of_each(rows: QuerySet[Obligation]) -> Iterable[Obligation]:
    place = Window(RowNumber(), partition_by=[F("alert_after"), F("kind")], order_by=F("pk").asc())
    return (
        rows.annotate(place=place)
        .filter(place__lte=NAMED)
        .select_related("elevator")
        .order_by("alert_after", "kind", "pk")
    )
