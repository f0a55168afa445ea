"""What the e-file tells: who answers, and what happened."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Unit
from registry.choices import ResponsibilityRole
from registry.models import Elevator, LifeEvent, Responsibility


@dataclass(frozen=True, slots=True)
class ResponsibilityLine:
    """A responsibility as the e-file shows it."""

    row: Responsibility
    state: str  # current, future, past


def responsibility_lines(elevator: Elevator, *, at: dt.datetime) -> list[ResponsibilityLine]:
    """Everybody who answers, answered or will answer for `elevator`: current first, by weight of the role."""

    def state(row):
        if row.started_at > at:
            return "future"
        return "past" if row.ended_at is not None and row.ended_at <= at else "current"

    rows = elevator.responsibilities.select_related("unit").order_by("-started_at", "-pk")
    lines = [ResponsibilityLine(row, state(row)) for row in rows]
    order = list(ResponsibilityRole)
    return sorted(lines, key=lambda line: (("current", "future", "past").index(line.state), order.index(line.row.role)))


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An event with the names of units in place of their keys; '' for none. Never a person's name."""

    event: LifeEvent
    acting_unit: str
    about_unit: str


def timeline(elevator: Elevator, *, longest: int = 50) -> list[TimelineEntry]:
    """The newest events of an elevator's life. Two statements."""
    events = list(elevator.life_events.order_by("-sequence")[:longest])
    acting = {event.acting_unit_id for event in events} - {None}
    about = {event.details["unit"] for event in events if "unit" in event.details}
    units = list(Unit.objects.filter(Q(pk__in=acting) | Q(public_id__in=about)).only("id", "public_id", "name"))
    by_key = {unit.pk: unit.name for unit in units}
    by_id = {str(unit.public_id): unit.name for unit in units}
    return [
        TimelineEntry(event, by_key.get(event.acting_unit_id, ""), by_id.get(event.details.get("unit"), ""))
        for event in events
    ]
