"""Safety assessments to look at: cases with their funnel, the worklist, one case with its steps."""

from collections import Counter
from decimal import Decimal

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.lists.orders import Order
from common.views import ScopedDetailPage, ScopedListPage
from compliance.queries.standing import with_elevators
from compliance.queries.steps import steps_in_words
from inspection.actions.assessments import may_take
from inspection.choices import FundSource, FundState
from inspection.forms.assessment_exports import CASES, WORKLIST
from inspection.forms.assessments import CaseFilter, WorklistFilter
from inspection.models import Assessment
from inspection.queries.assessment_words import in_words, reason_labels, rule_words
from inspection.queries.assessments import (
    cases_of,
    funnel,
    is_officer,
    reasons_of,
    to_be_assessed,
    waiting_by_district,
)
from inspection.rules.assessments import steps_from
from inspection.views.assessments.home import COLOURS
from inspection.views.assessments.steps import ASKED, step_url
from inspection.views.assessments.turns import turn_in_words
from registry.models import Elevator
from registry.queries import LIST_FIELDS, name_neighbours


def tabs(active: str) -> list[dict]:
    return [
        {"label": label, "url": reverse(f"assessments:{name}"), "active": name == active, "count": ""}
        for name, label in (("cases", _("Assessments")), ("worklist", _("To be assessed")))
    ]


class CaseListPage(ScopedListPage):
    """Assessments of what one sees, the newest first, and how many stand at which step."""

    permission = Permission.VIEW_REPORT
    title = _("Safety assessments")
    template_name = "inspection/assessments/list.html"
    queryset = Assessment.objects.all()
    filter_class = CaseFilter
    export_kind = CASES
    row_template = "inspection/assessments/_case_row.html"
    caption = _("Safety assessments, the newest first")
    empty_text = _("No elevator that you see has been assessed.")
    columns = (
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("Step")},
        {"label": _("Level")},
        {"label": _("Decision"), "wide": True},
        {"label": _("Money missing, yuan"), "num": True},
    )

    def dress(self, rows):
        for row in with_elevators(rows):
            row.colour = COLOURS[row.state]

    def get_context(self, **extra):
        steps = funnel(self.actor)
        most = max((step["count"] for step in steps), default=0)
        for step in steps:
            step["url"] = f"{reverse('assessments:cases')}?state={step['state']}"
        return super().get_context(steps=steps, most=most, tabs=tabs("cases"), **extra)


class WorklistPage(ScopedListPage):
    """Elevators that should be assessed, the oldest first, with the reason and the case that there is."""

    permission = Permission.VIEW_REPORT
    title = _("Elevators to be assessed")
    template_name = "inspection/assessments/worklist.html"
    queryset = Elevator.objects.all()
    filter_class = WorklistFilter
    export_kind = WORKLIST
    row_template = "inspection/assessments/_worklist_row.html"
    caption = _("Elevators to be assessed, the oldest first")
    empty_text = _("No elevator that you see has to be assessed.")
    orders = {
        "oldest": Order(_("Oldest elevator first"), ("commissioned_on", "-id"), nulls_last=True, column="age"),
        "newest": Order(_("Newest entry first"), ("-id",)),
    }
    columns = (
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("In use since"), "name": "age"},
        {"label": _("Reason")},
        {"label": _("Assessment")},
        {"label": _("Using unit"), "wide": True},
    )

    def get_queryset(self):
        return to_be_assessed(super().get_queryset(), local_date(self.at), advised=not is_officer(self.actor))

    def decorate(self, queryset):
        return queryset.only(*LIST_FIELDS, "commissioned_on", "last_renewed_on", "place_type")

    def dress(self, rows):
        name_neighbours(rows)
        advised = not is_officer(self.actor)
        why, cases = reasons_of(rows, local_date(self.at), advised=advised), cases_of(rows)
        for row in rows:
            row.reasons = [in_words(ground) for ground in why[row.pk]]
            row.case = cases.get(row.pk)
            if row.case is not None:
                row.case.colour = COLOURS[row.case.state]

    def get_context(self, **extra):
        lines = waiting_by_district(self.scoped_rows)
        address = reverse("assessments:worklist")
        return super().get_context(
            districts=[{"label": label, "count": n, "url": f"{address}?district={code}"} for code, label, n in lines],
            total=sum(n for _code, _label, n in lines),
            tabs=tabs("worklist"),
            **extra,
        )


def _spoken(step: dict) -> dict:
    """A step about money is kept as codes; people read words."""
    source, amount, state = (*step["detail"].split(" "), "", "")[:3]
    if source in FundSource and state in FundState:
        words = (FundSource(source).label, f"{Decimal(amount):,}", FundState(state).label)
        step["detail"] = " · ".join(str(word) for word in words)
    return step


def _class(row) -> str:
    return row.risk_class


class CasePage(ScopedDetailPage):
    """One assessment: where it stands, whose turn it is, what was found, the money, every step."""

    permission = Permission.VIEW_REPORT
    template_name = "inspection/assessments/case.html"
    queryset = Assessment.objects.select_related(
        "unit",
        "body",
        "managing_district",
        "works_unit",
        "report_document",
        "registration",
        "acceptance_report",
        "acceptance_document",
    ).annotate(using_until=F("elevator__using_unit_until"))

    def get_context(self, **extra):
        [case] = with_elevators([self.object])
        case.colour = COLOURS[case.state]
        steps = [step for step in steps_from(case.state, decision=case.decision) if may_take(case, step, self.actor)]
        seen = Elevator.objects.visible_to(self.actor, Permission.VIEW_ELEVATOR).filter(Q(pk=case.elevator_id))
        findings = list(case.findings.all())
        return super().get_context(
            case=case,
            reasons=reason_labels(case.reasons),
            rules=rule_words(case.rules),
            turn=turn_in_words(case, steps, self.at),
            steps=[(ASKED[step].verb, step_url(case, step), ASKED[step].danger) for step in steps],
            findings=findings,
            classes=Counter(row.get_risk_class_display() for row in sorted(findings, key=_class)).items(),
            funds=list(case.funds.all()),
            votes=list(case.votes.all()),
            record=[_spoken(step) for step in steps_in_words(case.steps)],
            elevator_seen=seen.exists(),
            **extra,
        )
