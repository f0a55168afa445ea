"""What the ledger says of a register, counted from its rows."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from compliance.models import Obligation
from inspection.models import Inspection
from inspection.registers import REGISTERS
from registry.models import Elevator


def overdue_figures(register: str, today: dt.date) -> list[tuple[str, int]]:
    """[(what, how many)] of the elevators that the register's rule is about, on a day: each from rows of the ledger."""
    spec = REGISTERS[register]
    active = Elevator.objects.filter(source=spec["source"], source_status__in=spec["statuses"])
    due = Obligation.objects.pending().filter(kind="PERIODIC_INSPECTION", elevator__in=active.values("pk"))
    inspected = Q(Exists(Inspection.objects.counting().filter(elevator=OuterRef("elevator"), kind="PERIODIC")))
    overdue, never = due.overdue(today), due.filter(~inspected)
    unknown = never.filter(elevator__commissioned_on=None)
    return [
        (_("elevators that the rule is about"), active.count()),
        (_("of these with an obligation in the ledger"), due.count()),
        (_("last inspected too long ago"), overdue.filter(inspected).count()),
        (_("never inspected"), never.count()),
        (
            _("of those never inspected: approved too long ago"),
            never.overdue(today).exclude(elevator__commissioned_on=None).count(),
        ),
        (
            _("of those never inspected: not yet due"),
            never.filter(alert_after__gte=today).exclude(elevator__commissioned_on=None).count(),
        ),
        (_("of those never inspected: without a known day of approval"), unknown.count()),
        (_("overdue"), overdue.count()),
    ]
