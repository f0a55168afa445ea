"""What is known of one elevator's inspections, for its e-file."""

import datetime as dt
from dataclasses import dataclass

from compliance.models import Obligation
from inspection.models import Application, Inspection
from inspection.queries import PLANNED_KINDS, stops_of
from registry.models import Elevator

LONGEST = 40


@dataclass(frozen=True, slots=True)
class Standing:
    """`last`: the last inspection of each kind, newest first; `pending`: all that is owed, the earliest first; `stops`:
    [(from, until or None)], the newest first."""

    last: list[Inspection]
    pending: list[Obligation]
    applications: list[Application]
    stops: list[tuple[dt.date, dt.date | None]]

    @property
    def due(self) -> list[Obligation]:
        """What is due next of each kind, the earliest first."""
        return first_of_each(self.pending)


def first_of_each(rows: list[Obligation]) -> list[Obligation]:
    first: dict[str, Obligation] = {}
    for row in rows:
        first.setdefault(row.kind, row)
    return list(first.values())


def standing_of(elevator: Elevator) -> Standing:
    """Four statements."""
    rows = Inspection.objects.counting().filter(elevator=elevator).select_related("body", "report")
    last: dict[str, Inspection] = {}
    for row in rows.order_by("-concluded_on", "-pk")[:LONGEST]:
        last.setdefault(row.kind, row)
    pending = Obligation.objects.pending().filter(elevator=elevator, kind__in=PLANNED_KINDS.values())
    pending = list(pending.order_by("due_on", "pk"))
    applications = Application.objects.standing().filter(elevator=elevator).select_related("body").order_by("pk")
    return Standing(list(last.values()), pending, list(applications), _spans(stops_of([elevator.pk])))


def _spans(found: dict) -> list[tuple[dt.date, dt.date | None]]:
    spans, since = [], None
    for day, state in next(iter(found.values()), ()):
        if state == "OUT_OF_USE":
            since = since or day
        elif since is not None:
            spans.append((since, day))
            since = None
    return [*([(since, None)] if since else []), *reversed(spans)]
