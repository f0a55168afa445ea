"""One elevator at one moment: what the tests of the register's actions share."""

import datetime as dt

from common.actor import system
from common.models import AuditRecord, Deadline
from registry.models import Elevator, Responsibility

AT = dt.datetime(2026, 3, 1, 8, 0, tzinfo=dt.UTC)
BY = system("tests")
DAY, TICK = dt.timedelta(days=1), dt.timedelta(microseconds=1)
SUBDISTRICT = "320106001"


def trail(elevator) -> list[tuple]:
    """(kind, outcome) of its life, in order."""
    return list(elevator.life_events.order_by("sequence").values_list("kind", "outcome"))


def state_of(elevator) -> tuple:
    """Everything that a refusal or a repetition must leave alone."""
    row = Elevator.objects.filter(pk=elevator.pk).values().get()
    return row, trail(elevator), AuditRecord.objects.count(), Responsibility.objects.count(), Deadline.objects.count()
