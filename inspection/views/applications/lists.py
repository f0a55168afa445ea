"""Applications: the list by last good day, one with what became of it, what a home page and the navigation say."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.clock import local_date
from common.hooks import NavItem, Tile
from common.scoping import may
from common.views import ScopedDetailPage, ScopedListPage
from compliance.queries.standing import with_elevators
from inspection.choices import ApplicationState
from inspection.forms.applications import ApplicationFilter
from inspection.models import Application
from inspection.queries.applications import (
    INSPECTING,
    appliable,
    appliable_lines,
    figures,
    fileable,
    history_of,
    neighbours_of,
    own_body,
    own_unit,
    seen_elevators,
)
from inspection.rules import applications as rules
from inspection.views.applications.steps import fault_of

COLOURS = {
    "APPLIED": "attention", "APPOINTED": "info", "DONE": "ok", "DECLINED": "warning", "WITHDRAWN": "neutral",
    "GONE": "neutral",
}  # fmt: skip
FAULTS = {rules.BODY: _("the body is late: applied for in time"), rules.UNIT: _("late: applied for too late")}


def application_url(row) -> str:
    return reverse("applications:application", args=[row.public_id])


def navigation(actor) -> list[NavItem]:
    """For those who ask, answer or go there; others come from what is due and from tiles."""
    goes = any(holding.role in INSPECTING for holding in actor.holdings)
    if goes or may(actor, Permission.APPLY_INSPECTION) or may(actor, Permission.ANSWER_INSPECTION):
        return [NavItem(_("Inspection applications"), reverse("applications:list"))]
    return []


def tiles(actor, at) -> list[Tile]:
    """Where one goes; what waits for the body's answer; what is to be applied for; what comes late without the unit's fault.
    Two statements."""
    if not may(actor, Permission.VIEW_REPORT):
        return []
    today, address, shown = local_date(at), reverse("applications:list"), []
    found = figures(actor, today)
    if found["mine"]:
        days = f"{reverse('applications:days')}?inspector={actor.id}"
        shown.append(Tile(_("your appointments in seven days"), found["mine"], days, "", "attention"))
    if may(actor, Permission.ANSWER_INSPECTION):
        state = "attention" if found["open"] else "ok"
        shown.append(Tile(_("inspections to appoint"), found["open"], f"{address}?turn=open", "", state))
    if may(actor, Permission.APPLY_INSPECTION) and (count := appliable_lines(appliable(actor, today), today).count()):
        shown.append(Tile(_("inspections to apply for"), count, reverse("applications:due"), "", "attention"))
    if found["late"]:
        hint = _("applied for in time")
        shown.append(Tile(_("inspections late with the body"), found["late"], f"{address}?turn=late", hint, "danger"))
    return shown


def filing_url(row: Application) -> str:
    """Where the report of what was appointed is begun, its kind chosen."""
    address = reverse("inspection:begin", args=[row.elevator.public_id])
    return f"{address}?{urlencode({'kind': rules.report_kind(row.kind)})}"


def dressed(rows: list[Application], today) -> list[Application]:
    """Rows with the colour of their state and whose fault it is when they are late."""
    for row in rows:
        row.colour = COLOURS[row.state]
        row.fault = FAULTS.get(fault_of(row, today), "")
    return rows


def _answers(actor) -> bool:
    return bool(reach_of(actor, Permission.ANSWER_INSPECTION).unit_ids)


class ApplicationListPage(ScopedListPage):
    """Applications about elevators that one sees, and those that one's unit made or has to answer; the last good day first."""

    permission = Permission.VIEW_REPORT
    template_name = "inspection/applications/list.html"
    title = _("Inspection applications")
    queryset = Application.objects.all()
    order = ("due_on", "id")
    filter_class = ApplicationFilter
    row_template = "inspection/applications/_row.html"
    caption = _("Applications for inspections, the last good day first")
    empty_text = _("No application stands.")
    columns = (
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("Kind")},
        {"label": _("State")},
        {"label": _("Day")},
        {"label": _("Last good day")},
        {"label": _("Body or unit"), "wide": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("body", "unit", "inspector")

    def dress(self, rows):
        dressed(with_elevators(rows), local_date(self.at))
        self.answering = reach_of(self.actor, Permission.ANSWER_INSPECTION).unit_ids
        filed_here = fileable(self.actor, rows)
        for row in rows:
            row.answered_here = row.body_id in self.answering
            row.filing_url = filing_url(row) if row.pk in filed_here else ""

    @classmethod
    def columns_for(cls, actor):
        first = ({"label": _("Choose"), "hidden": True},) if _answers(actor) else ()
        last = ({"label": _("File a report"), "hidden": True},) if may(actor, Permission.FILE_REPORT) else ()
        return (*first, *cls.columns, *last)

    @property
    def selectable(self) -> bool:
        """Those whose unit answers choose several rows and appoint them together."""
        return _answers(self.actor)

    @property
    def files(self) -> bool:
        """Those who write the reports begin them from the row."""
        return may(self.actor, Permission.FILE_REPORT)

    def get_context(self, **extra):
        return super().get_context(
            selectable=self.selectable, may_apply=may(self.actor, Permission.APPLY_INSPECTION), **extra
        )


class ApplicationPage(ScopedDetailPage):
    """One application: what was asked, how it stands, what became of it."""

    permission = Permission.VIEW_REPORT
    template_name = "inspection/applications/application.html"
    queryset = Application.objects.select_related("body", "unit", "inspector", "report", "elevator__site")

    def get_context(self, **extra):
        row, today = self.object, local_date(self.at)
        dressed([row], today)
        answers = own_body(self.actor, row)
        return super().get_context(
            application=row,
            linked=row.elevator_id in seen_elevators(self.actor, [row]),
            steps=_steps(row, answers, own_unit(self.actor, row), files=bool(fileable(self.actor, [row]))),
            contact=row.contact.masked if row.contact else "",
            may_reveal=answers and row.contact is not None and row.state in rules.STANDING,
            neighbours=_together(row, neighbours_of(row, self.actor)) if answers and row.state == "APPLIED" else None,
            events=[_event(event) for event in history_of(row)],
            **extra,
        )


def _steps(row: Application, answers: bool, asked: bool, *, files: bool) -> list[tuple]:
    """(label, address, is it a danger) of what the state and the person allow."""
    found = []
    if files:
        found.append((_("File a report"), filing_url(row), False))
    if answers and rules.may_follow(row.state, rules.APPOINTED):
        label = _("Move the appointment") if row.state == "APPOINTED" else _("Appoint a day")
        found.append((label, reverse("applications:appoint", args=[row.public_id]), False))
    if answers and rules.may_follow(row.state, rules.DECLINED):
        found.append((_("Decline"), reverse("applications:decline", args=[row.public_id]), True))
    if asked and rules.may_follow(row.state, rules.WITHDRAWN):
        found.append((_("Withdraw"), reverse("applications:withdraw", args=[row.public_id]), True))
    return found


def _together(row: Application, others: list[Application]) -> dict | None:
    """How many of the site wait, and where they are appointed together."""
    if not others:
        return None
    query = "&".join(f"ids={one.public_id}" for one in (row, *others))
    return {"count": len(others) + 1, "url": f"{reverse('applications:appoint_many')}?{query}"}


def _event(event) -> dict:
    day = event.details.get("day")
    return {
        "at": event.occurred_at,
        "title": ApplicationState(event.outcome).label,
        "detail": gettext("for %(day)s") % {"day": day} if day and event.outcome == "APPOINTED" else "",
    }
