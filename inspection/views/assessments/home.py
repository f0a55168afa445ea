"""Safety assessments elsewhere: in the navigation, on the home page, in the e-file."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.hooks import NavItem, Panel, Tile
from common.scoping import may
from inspection.models import Assessment
from inspection.queries.assessment_words import in_words
from inspection.queries.assessments import is_officer, reasons_of, to_be_assessed
from registry.models import Elevator

COLOURS = {
    "APPLIED": "attention", "ASSIGNED": "info", "REPORTED": "attention", "DECIDED": "warning", "FUNDED": "attention",
    "WORKING": "info", "ACCEPTED": "attention", "CLOSED": "ok", "CANCELLED": "neutral",
}  # fmt: skip


def case_url(case) -> str:
    return reverse("assessments:case", args=[case.public_id])


def navigation(actor) -> list[NavItem]:
    if may(actor, Permission.VIEW_REPORT):
        return [NavItem(_("Safety assessments"), reverse("assessments:cases"))]
    return []


def tiles(actor, at) -> list[Tile]:
    """For using units: how many of theirs should be assessed, by rows that are certain enough to tell them. Two statements."""
    if not may(actor, Permission.APPLY_INSPECTION):
        return []
    own = Elevator.objects.visible_to(actor, Permission.APPLY_INSPECTION)
    known = Assessment.objects.exclude(state="CANCELLED").values("elevator")
    count = to_be_assessed(own, local_date(at), advised=True).exclude(pk__in=known).count()
    if not count:
        return []
    address = f"{reverse('assessments:worklist')}?case=none"
    return [Tile(_("elevators to be assessed"), count, address, _("old, in public places"), "attention")]


def assessment_panel(actor, elevator, at) -> Panel | None:
    """The last assessments and, where rows of law name the elevator, why it should be assessed. Nothing where neither is."""
    if not may(actor, Permission.VIEW_REPORT):
        return None
    rows = Assessment.objects.visible_to(actor, Permission.VIEW_REPORT).filter(elevator=elevator)
    cases = list(rows.select_related("body").order_by("-pk")[:5])
    in_use, advised = elevator.registration_state == "IN_USE", not is_officer(actor)
    found = reasons_of([elevator], local_date(at), advised=advised) if in_use else {}
    reasons = [in_words(ground) for ground in found.get(elevator.pk, ())]
    if not cases and not reasons:
        return None
    for case in cases:
        case.colour = COLOURS[case.state]
    able = Elevator.objects.visible_to(actor, Permission.APPLY_INSPECTION).filter(pk=elevator.pk)
    free = not any(case.state not in ("CLOSED", "CANCELLED") for case in cases)
    offered = free and may(actor, Permission.APPLY_INSPECTION) and able.exists()
    apply_url = reverse("assessments:apply", args=[elevator.public_id]) if offered else ""
    context = {"cases": cases, "reasons": reasons, "apply_url": apply_url}
    return Panel("assessment", _("Safety assessment"), "inspection/panels/assessment.html", context)
