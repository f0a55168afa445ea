"""What stands around one report: its warnings in words, what it corrects and what corrects it, the hazards that it opened."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.roles import Permission
from common.actor import Actor
from compliance.models import Hazard
from inspection.choices import Verdict
from inspection.models import Report

REPORT = "inspection.report"
SHOWN = 12  # codes of items in one sentence


def warning_words(warning: dict) -> str:
    """A warning of a report as a sentence."""
    code = warning["code"]
    if code == "VERDICT_CONTRADICTS_ITEMS":
        return _(
            "The conclusion is “%(stated)s”; by the items one expects “%(expected)s” (× %(refused)s, △ %(rectified)s)."
        ) % {
            "stated": Verdict(warning["stated"]).label,
            "expected": Verdict(warning["expected"]).label,
            "refused": warning["refused"],
            "rectified": warning["rectified"],
        }
    if code == "NEXT_DATE_DIFFERS":
        return _("The next month as printed is %(printed)s; by the rule it is %(computed)s.") % warning
    if code == "TESTED_AFTER_BALANCE_FAILED":
        return _("The balance factor is ×, and later tests have a result all the same: %(items)s.") % {
            "items": _some(warning["items"])
        }
    if code == "ITEMS_MISSING":
        count = len(warning["items"])
        return ngettext(
            "%(n)s item that every such report has is missing: %(items)s.",
            "%(n)s items that every such report has are missing: %(items)s.",
            count,
        ) % {"n": count, "items": _some(warning["items"])}
    return code


def _some(codes: list[str]) -> str:
    more = [_("and %(n)s more") % {"n": len(codes) - SHOWN}] if len(codes) > SHOWN else []
    return "、".join([*codes[:SHOWN], *more])


def corrections_of(report: Report, actor: Actor) -> list[Report]:
    """The reports that correct one another, the oldest first, this one among them: those that the actor sees. Alone where nothing
    was corrected. One statement for each step of the chain, and one for the sight."""
    earlier, later = [report], [report]
    while earlier[-1].supersedes_id is not None:
        earlier.append(Report.objects.get(pk=earlier[-1].supersedes_id))
    while (next_one := Report.objects.filter(supersedes=later[-1].pk).first()) is not None:
        later.append(next_one)
    chain = [*reversed(earlier[1:]), *later]
    if len(chain) == 1:
        return chain
    seen = Report.objects.visible_to(actor, Permission.VIEW_REPORT).filter(pk__in=[one.pk for one in chain])
    keys = set(seen.values_list("pk", flat=True))
    return [one for one in chain if one.pk in keys]


def hazards_opened(chain: list[Report], actor: Actor) -> QuerySet[Hazard]:
    """What a report, or those that correct one another, put into the hazard ledger, of what the actor sees there."""
    seen = Hazard.objects.visible_to(actor, Permission.VIEW_OBLIGATION)
    elevators, ids = {report.elevator_id for report in chain}, [str(report.public_id) for report in chain]
    return (
        seen.filter(elevator__in=elevators, source_type=REPORT, source_id__in=ids).select_related("item").order_by("pk")
    )
