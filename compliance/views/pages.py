"""What is due, and alerts: lists, one alert, the panel of an e-file, home tiles."""

from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.choices import AreaKind
from accounts.models import User
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import ActorKind
from common.clock import local_date
from common.hooks import NavItem, Panel, Tile
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage
from compliance.actions import acknowledge_alert
from compliance.choices import AlertLevel
from compliance.forms import AcknowledgeForm, AlertFilter, DueFilter, spoken_place
from compliance.models import Alert, Obligation
from compliance.queries.standing import (
    alert_label,
    as_one_line,
    causes_of,
    figures,
    in_words,
    of_elevator,
    with_elevators,
    with_next_steps,
)
from compliance.views import risk
from compliance.views.hazard_rows import dressed as dressed_hazards

STATE_COLOURS = {"OPEN": "danger", "ACKNOWLEDGED": "attention", "RESOLVED": "ok"}
SEVERITY_COLOURS = {"RED": "danger", "ORANGE": "warning"}


def navigation(actor) -> list[NavItem]:
    if not may(actor, Permission.VIEW_OBLIGATION):
        return []
    return [
        NavItem(_("What is due"), reverse("compliance:obligations")),
        NavItem(_("Alerts"), reverse("compliance:alerts")),
    ]


# whose turn an alert is that has come to an official of such an area
_TURN = {
    AreaKind.CITY: "CITY",
    AreaKind.DISTRICT: "DISTRICT",
    AreaKind.MANAGEMENT: "DISTRICT",
    AreaKind.SUBDISTRICT: "SUBDISTRICT",
}


def tiles(actor, at) -> list[Tile]:
    """What is late and what comes within 30 days, for those who see it; what has come to an official. One
    statement, for officials two."""
    if not may(actor, Permission.VIEW_OBLIGATION):
        return []
    found, address = figures(actor, local_date(at)), reverse("compliance:obligations")
    return [
        Tile(
            _("overdue"), found["overdue"], f"{address}?when=overdue", _("inspections, tests and duties that are late"),
            "danger" if found["overdue"] else "ok",
        ),
        Tile(
            _("due or to be applied for within 30 days"), found["month"], f"{address}?when=month",
            _("by the last day to apply, where one has to apply"), "attention" if found["month"] else "",
        ),
        *_alerts_come_to(actor),
    ]  # fmt: skip


def _alerts_come_to(actor) -> list[Tile]:
    """Alerts that wait for an official of this area, because nobody below has ended them."""
    turns = {_TURN.get(area.kind) for area in reach_of(actor, Permission.ACKNOWLEDGE_ALERT).areas}
    if len(turns) != 1 or turns == {None}:
        return []
    (turn,) = turns
    number = (
        Alert.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True).standing().filter(level=turn).count()
    )
    address = f"{reverse('compliance:alerts')}?level={turn}"
    return [Tile(_("alerts whose turn is yours"), number, address, "", "attention" if number else "ok")]


def obligation_panel(actor, elevator, at) -> Panel | None:
    """What the law wants of this elevator next."""
    if not may(actor, Permission.VIEW_OBLIGATION):
        return None
    today = local_date(at)
    rows = in_words(as_one_line(of_elevator(elevator, today), today), today)
    if not rows:
        return None
    for row in rows:
        row.elevator = elevator  # who knows the next steps asks who answers for it
    with_next_steps(rows, actor, today)
    return Panel("obligations", _("What is due"), "compliance/panels/obligations.html", {"rows": rows}, aside=True)


class ObligationListPage(ScopedListPage):
    """What is still to be done about what one sees, the latest first."""

    permission = Permission.VIEW_OBLIGATION
    template_name = "compliance/obligation_list.html"
    title = _("What is due")
    queryset = Obligation.objects.pending()
    order = ("alert_after", "id")
    filter_class = DueFilter
    row_template = "compliance/_obligation_row.html"
    caption = _("What is due, the latest first")
    empty_text = _("Nothing is due: no elevator that you see owes anything that the platform knows of.")
    columns = (
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": pgettext_lazy("obligation", "What")},
        {"label": _("Last day")},
        {"label": _("Under way")},
        {"label": _("Area"), "wide": True},
        {"label": _("Using unit"), "wide": True},
    )

    def decorate(self, queryset):
        return queryset.with_periods(local_date(self.at))

    def dress(self, rows):
        with_next_steps(in_words(with_elevators(rows), local_date(self.at)), self.actor, local_date(self.at))

    def spoken(self, name, field, given, rows):
        return spoken_place(name, given, self.actor) or super().spoken(name, field, given, rows)

    def get_context(self, **extra):
        query = urlencode([pair for pair in self._parameters() if pair[0] in ("district", "area", "unit", "kind")])
        return super().get_context(query=f"?{query}" if query else "", **extra)


class AlertListPage(ScopedListPage):
    """Alerts that nobody has resolved, the newest first."""

    permission = Permission.VIEW_OBLIGATION
    template_name = "components/list_page.html"
    title = _("Alerts")
    queryset = Alert.objects.standing()
    filter_class = AlertFilter
    row_template = "compliance/_alert_row.html"
    caption = _("Alerts, the newest first")
    empty_text = _("No alert is open for what you see.")
    columns = (
        {"label": pgettext_lazy("alert", "What")},
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("State")},
        {"label": _("Whose turn")},
        {"label": pgettext_lazy("alert", "Open since")},
        {"label": _("Using unit"), "wide": True},
    )

    def dress(self, rows):
        for row in with_elevators(rows):
            dressed_alert(row)

    def spoken(self, name, field, given, rows):
        return spoken_place(name, given, self.actor) or super().spoken(name, field, given, rows)


def dressed_alert(alert: Alert) -> Alert:
    alert.label = alert_label(alert)
    alert.state_colour, alert.severity_colour = STATE_COLOURS[alert.state], SEVERITY_COLOURS[alert.severity]
    return alert


class AlertPage(ScopedDetailPage):
    """One alert: why, since when, whose turn, what ends it."""

    permission = Permission.VIEW_OBLIGATION
    template_name = "compliance/alert.html"
    queryset = Alert.objects.all()

    def get_context(self, **extra):
        [alert] = with_elevators([self.object])
        causes, today = list(causes_of(alert)), local_date(self.at)
        owed = [cause.obligation for cause in causes if cause.obligation_id]
        for row in owed:
            row.elevator = alert.elevator if row.elevator_id else None
        with_next_steps(in_words(owed, today), self.actor, today)
        return super().get_context(
            alert=dressed_alert(alert),
            causes=[cause for cause in causes if cause.obligation_id],
            hazards=dressed_hazards([c.hazard for c in causes if c.hazard_id], today),
            complaints=[cause.complaint for cause in causes if cause.complaint_id],
            steps=[(AlertLevel(step.level).label, step.at) for step in alert.steps.order_by("pk")],
            may_acknowledge=alert.state == "OPEN" and may_take_note(self.actor, alert),
            noted_by=who_took_note(alert),
            **risk.behind(alert),
            **extra,
        )


def who_took_note(alert) -> User | None:
    """Whom to ask what came of it; nobody where a program did."""
    if alert.acknowledged_by_kind != ActorKind.PERSON:
        return None
    return User.objects.filter(public_id=alert.acknowledged_by_id).first()


def may_take_note(actor, alert) -> bool:
    return may(actor, Permission.ACKNOWLEDGE_ALERT) and (
        Alert.objects.visible_to(actor, Permission.ACKNOWLEDGE_ALERT).filter(pk=alert.pk).exists()
    )


class AcknowledgeAlertPage(ScopedFormPage):
    """Say that one has seen it."""

    permission = Permission.ACKNOWLEDGE_ALERT
    view_permission = Permission.VIEW_OBLIGATION
    queryset = Alert.objects.all()
    form_class = AcknowledgeForm
    title = _("Take note of the alert")
    submit_label = _("I have seen it")

    def get_context(self, **extra):
        [alert] = with_elevators([self.object])
        about = alert.elevator.main_code if alert.elevator_id else alert.person or alert.unit or alert.site
        return super().get_context(lead=f"{alert_label(alert)} · {about}", **extra)

    def cancel_url(self):
        return reverse("compliance:alert", args=[self.object.public_id])

    def save(self, form):
        acknowledge_alert(alert_id=self.object.pk, by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(self.cancel_url())
