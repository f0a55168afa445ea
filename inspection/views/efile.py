"""The panel "Inspections" of an e-file."""

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.hooks import Panel
from common.scoping import may
from compliance.queries.standing import as_one_line, in_words, with_next_steps
from inspection.queries.standing import first_of_each, standing_of
from registry.models import Elevator

VERDICT_COLOURS = {
    "PASSED": "ok",
    "PASSED_AFTER_RECTIFICATION": "ok",
    "PASSED_ON_REINSPECTION": "ok",
    "FAILED": "danger",
    "FAILED_ON_REINSPECTION": "danger",
}


def inspection_panel(actor, elevator, at) -> Panel | None:
    """What was inspected last and what came of it, what is next, what has been applied for, when it was out of use."""
    if not may(actor, Permission.VIEW_REPORT):
        return None
    found, today = standing_of(elevator), local_date(at)
    due = first_of_each(as_one_line(found.pending, today))
    for row in due:
        row.elevator = elevator
    with_next_steps(in_words(due, today), actor, today)
    for row in found.last:
        row.colour = VERDICT_COLOURS.get(row.verdict, "neutral")
    context = {"found": found, "due": due, "elevator": elevator, "may_file": _may_file(actor, elevator)}
    context["has_reports"] = any(row.number for row in found.last)
    return Panel("inspections", _("Inspections"), "inspection/panels/inspections.html", context)


def _may_file(actor, elevator) -> bool:
    return may(actor, Permission.FILE_REPORT) and (
        Elevator.objects.visible_to(actor, Permission.FILE_REPORT).filter(pk=elevator.pk).exists()
    )
