"""Reports as people read them: the list, one with all that stands around it, on paper, and the opinion notice."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.clock import local_date
from common.hooks import NavItem
from common.scoping import may
from common.views import ScopedDetailPage, ScopedListPage
from compliance.queries.standing import with_elevators
from inspection.choices import ItemSign
from inspection.forms.reports import ReportFilter
from inspection.models import Report
from inspection.queries.filing import in_sections
from inspection.queries.report_pages import corrections_of, hazards_opened, warning_words
from inspection.views.efile import VERDICT_COLOURS
from registry.models import Elevator

MARKS = {"MEETS": "√", "DOES_NOT": "×", "RECTIFIED": "△", "NOT_APPLICABLE": "−"}
SIGN_COLOURS = {"MEETS": "ok", "DOES_NOT": "danger", "RECTIFIED": "warning", "NOT_APPLICABLE": "neutral"}


def report_url(report) -> str:
    return reverse("inspection:report", args=[report.public_id])


def navigation(actor) -> list[NavItem]:
    if may(actor, Permission.VIEW_REPORT):
        return [NavItem(_("Inspections"), reverse("inspection:reports"))]
    return []


class ReportListPage(ScopedListPage):
    """Reports about what one sees, and those of one's own unit; the last filed first."""

    permission = Permission.VIEW_REPORT
    template_name = "inspection/report_list.html"
    title = _("Inspections")
    queryset = Report.objects.all()
    filter_class = ReportFilter
    row_template = "inspection/_report_row.html"
    caption = _("Reports of inspections and tests, the last filed first")
    empty_text = _("No report about what you see has been filed yet.")
    columns = (
        {"label": _("Report")},
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("Verdict")},
        {"label": _("Concluded on")},
        {"label": _("Filed by"), "wide": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("body", "superseded_by")

    def dress(self, rows):
        for row in with_elevators(rows):
            row.colour = VERDICT_COLOURS.get(row.verdict, "neutral")

    def spoken(self, name, field, given, rows):
        if name == "elevator" and rows:
            return rows[0].elevator.main_code
        return super().spoken(name, field, given, rows)

    def get_context(self, **extra):
        return super().get_context(may_file=may(self.actor, Permission.FILE_REPORT), **extra)


class ReportPage(ScopedDetailPage):
    """One report: what was printed, what the platform says beside it, every item, what corrects what, hazards."""

    permission = Permission.VIEW_REPORT
    template_name = "inspection/report.html"
    queryset = Report.objects.select_related("body", "superseded_by").prefetch_related("people", "results__item")

    def get_context(self, **extra):
        report = self.object
        with_elevators([report])
        report.colour = VERDICT_COLOURS.get(report.verdict, "neutral")
        lines = list(report.results.all())
        for line in lines:
            line.mark, line.colour = MARKS[line.sign], SIGN_COLOURS[line.sign]
        wrong = [line for line in lines if line.sign == ItemSign.DOES_NOT]
        chain = corrections_of(report, self.actor)
        return super().get_context(
            report=report,
            people=list(report.people.all()),
            lines=lines,
            sections=in_sections(lines),
            counts=[(MARKS[sign], sum(line.sign == sign for line in lines)) for sign in ItemSign.values],
            wrong=wrong,
            wrong_sections=in_sections(wrong),
            warnings=[warning_words(each) for each in report.warnings],
            chain=chain if len(chain) > 1 else [],
            later=chain[-1] if chain[-1].pk != report.pk else None,
            corrected=hasattr(report, "superseded_by"),
            sees_elevator=Elevator.objects.visible_to(self.actor, self.permission)
            .filter(pk=report.elevator_id)
            .exists(),
            hazards=list(hazards_opened(chain, self.actor)) if may(self.actor, Permission.VIEW_OBLIGATION) else [],
            may_correct=not hasattr(report, "superseded_by") and self._is_own(report),
            today=local_date(self.at),
            **extra,
        )

    def _is_own(self, report) -> bool:
        return report.body_id in reach_of(self.actor, Permission.FILE_REPORT).unit_ids


class PrintPage(ReportPage):
    """The same for paper: A4, nothing to press."""

    template_name = "inspection/print.html"


class NoticePage(ReportPage):
    """The opinion notice (检验意见通知书): what does not meet the requirement, and by when it is to be mended."""

    template_name = "inspection/notice.html"
