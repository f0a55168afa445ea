"""Reports and applications by the number that somebody typed. What has the number is looked up first, by its index; only then
is it asked who sees it, so that a search that means something else costs a look-up."""

import re

from accounts.roles import Permission
from common.actor import Actor
from inspection.models import Application, Report
from inspection.models.applications import SHORT_NUMBER
from inspection.rules import report_number

MOST = 200  # of one number: bodies number by themselves, and corrections may keep it
_SHORT = re.compile(r"[0-9A-Fa-f]{8}")


def reports_numbered(actor: Actor, text: str, longest: int) -> list[Report]:
    """Reports of this number that the actor sees and that no correction took the place of, the last filed first."""
    number = report_number(text.replace("\0", ""))
    if not number or len(number) > 40:
        return []
    keys = list(Report.objects.filter(number=number).order_by("-pk").values_list("pk", flat=True)[:MOST])
    if not keys:
        return []
    rows = Report.objects.visible_to(actor, Permission.VIEW_REPORT).standing().filter(pk__in=keys)
    return list(rows.select_related("body").order_by("-pk")[:longest])


def applications_numbered(actor: Actor, text: str, longest: int) -> list[Application]:
    """Applications of this number (Application.short_number) that the actor sees, the last made first."""
    number = report_number(text.replace("\0", ""))
    if not _SHORT.fullmatch(number):
        return []
    rows = Application.objects.alias(short=SHORT_NUMBER).filter(short=number.lower())
    keys = list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST])
    if not keys:
        return []
    seen = Application.objects.visible_to(actor, Permission.VIEW_REPORT).filter(pk__in=keys)
    return list(seen.order_by("-pk")[:longest])
