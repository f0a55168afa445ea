"""Hazards: the list by deadline, one with its steps, the report of one, a form for each verb."""

from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.hooks import NavItem, Panel, Tile
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage
from compliance.actions.hazards import change_grade, extend_hazard, report_hazard, take_hazard_step
from compliance.choices import HazardSource
from compliance.forms import hazards as forms
from compliance.models import Hazard
from compliance.queries.hazards import clock_of, figures, of_elevator
from compliance.queries.standing import with_elevators
from compliance.queries.steps import steps_in_words
from compliance.rules import hazards as rules
from registry.models import Elevator

COLOURS = {
    "FOUND": "attention", "CONFIRMED": "warning", "CLAIMED_FIXED": "info", "CLOSED": "ok", "REJECTED": "neutral",
}  # fmt: skip
GRADE_COLOURS = {"MAJOR": "danger", "LARGER": "warning", "GENERAL": "attention"}


def hazard_url(hazard) -> str:
    return reverse("compliance:hazard", args=[hazard.public_id])


def navigation(actor) -> list[NavItem]:
    if may(actor, Permission.VIEW_OBLIGATION):
        return [NavItem(_("Hazards"), reverse("compliance:hazards"))]
    return []


def tiles(actor, at) -> list[Tile]:
    """What is late, what waits for the mender, and what for the judge. One statement."""
    if not may(actor, Permission.VIEW_OBLIGATION):
        return []
    found, address = figures(actor, local_date(at)), reverse("compliance:hazards")
    shown = []
    if found["late"]:
        shown.append(Tile(_("hazards late"), found["late"], f"{address}?turn=late", _("late"), "danger"))
    if found["mend"] and may(actor, Permission.MEND_HAZARD):
        shown.append(Tile(_("hazards to mend"), found["mend"], f"{address}?turn=mend", "", "attention"))
    if found["verify"] and may(actor, Permission.JUDGE_HAZARD):
        shown.append(Tile(_("repairs to verify"), found["verify"], f"{address}?turn=verify", "", "attention"))
    return shown


def panel(actor, elevator, at) -> Panel | None:
    """What is wrong with this elevator now. One statement."""
    if not may(actor, Permission.VIEW_OBLIGATION):
        return None
    rows = dressed(of_elevator(elevator), local_date(at))
    report = f"{reverse('compliance:report_hazard')}?elevator={elevator.main_code}"
    context = {"rows": rows, "report": report if may(actor, Permission.REPORT_HAZARD) else ""}
    if not rows and not context["report"]:
        return None
    return Panel("hazards", _("Hazards"), "compliance/panels/hazards.html", context, aside=True)


def dressed(rows: list, today) -> list:
    for row in rows:
        row.colour, row.grade_colour = COLOURS[row.state], GRADE_COLOURS[row.grade]
        row.days_late = max(0, (today - row.due_on).days) if row.state in rules.OPEN else 0
    return rows


class HazardListPage(ScopedListPage):
    """What is wrong with the elevators that one sees, by the last day."""

    permission = Permission.VIEW_OBLIGATION
    title = _("Hazards")
    template_name = "compliance/hazards/list.html"
    queryset = Hazard.objects.all()
    order = ("due_on", "id")
    filter_class = forms.HazardFilter
    row_template = "compliance/hazards/_row.html"
    caption = _("Hazards, what is due first")
    empty_text = _("Nothing is known to be wrong with the elevators that you see.")
    columns = (
        {"label": _("What is wrong")},
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("State")},
        {"label": _("Last day")},
        {"label": _("Who found it"), "wide": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("item")

    def dress(self, rows):
        dressed(with_elevators(rows), local_date(self.at))

    def get_context(self, **extra):
        return super().get_context(may_report=may(self.actor, Permission.REPORT_HAZARD), **extra)


class HazardPage(ScopedDetailPage):
    """One hazard: what was seen, its clock, every step, and what came before it."""

    permission = Permission.VIEW_OBLIGATION
    template_name = "compliance/hazards/hazard.html"
    queryset = Hazard.objects.select_related("item", "unit", "repeat_of")

    def get_context(self, **extra):
        [hazard] = dressed(with_elevators([self.object]), local_date(self.at))
        able = {
            permission: _answers(self.actor, hazard, permission)
            for permission in (Permission.MEND_HAZARD, Permission.JUDGE_HAZARD)
        }
        steps = [name for name in _steps_now(hazard) if able[STEPS[name].permission]]
        return super().get_context(
            hazard=hazard,
            steps=[(STEPS[n].title, reverse("compliance:hazard_step", args=[hazard.public_id, n])) for n in steps],
            record=steps_in_words(hazard.steps),
            **extra,
        )


def _answers(actor, hazard, permission) -> bool:
    """A step is for who answers for the elevator now; a unit that once found something only reads it."""
    return may(actor, permission) and (
        Elevator.objects.visible_to(actor, permission).filter(pk=hazard.elevator_id).exists()
    )


def _steps_now(hazard) -> list[str]:
    """The verbs that the state allows, in the order in which they are offered."""
    if hazard.state not in rules.OPEN:
        return []
    moves = [step for (state, step) in rules.STEPS if state == hazard.state]
    clock, _version = clock_of(hazard.grade, hazard.found_on)
    return [*moves, "grade", *(["extend"] if clock.extension_days and hazard.extended_at is None else [])]


class ReportHazardPage(ScopedFormPage):
    """Put what somebody saw into the ledger."""

    permission = Permission.REPORT_HAZARD
    title = _("Report a hazard")
    submit_label = _("Report it")

    def get_form(self, data=None, files=None):
        initial = {"elevator": self.request.GET.get("elevator", "")[:40], "found_on": local_date(self.at)}
        return forms.ReportForm(data, actor=self.actor, initial=initial)

    def cancel_url(self):
        return reverse("compliance:hazards")

    def save(self, form):
        official = not self.actor.acting_unit
        hazard = report_hazard(
            source=_source(self.actor, form.cleaned_data["elevator"]),
            confirmed=official,
            by=self.actor,
            at=self.at,
            **form.cleaned_data,
        )
        return HttpResponseRedirect(hazard_url(hazard))


def _source(actor, elevator) -> str:
    if not actor.acting_unit:
        return HazardSource.SPOT_CHECK
    return HazardSource.MAINTENANCE if actor.acting_unit == elevator.maintenance_unit_id else HazardSource.USING_UNIT


class _StepPage(ScopedFormPage):
    permission = Permission.JUDGE_HAZARD
    view_permission = Permission.VIEW_OBLIGATION
    queryset = Hazard.objects.select_related("item", "elevator")
    form_class = forms.NoteForm
    step = ""

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.item} · {self.object.elevator.main_code}", **extra)

    def cancel_url(self):
        return hazard_url(self.object)

    def save(self, form):
        if not _answers(self.actor, self.object, self.permission):
            raise Http404
        self.take(hazard_id=self.object.pk, by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(hazard_url(self.object))

    def take(self, **given):
        take_hazard_step(step=self.step, **given)


class ConfirmPage(_StepPage):
    """Say that it is one."""

    title, submit_label, step = _("Confirm the hazard"), _("Confirm it"), "confirm"


class RejectPage(_StepPage):
    """Say that it is none."""

    title, submit_label, step = _("Say that it is no hazard"), _("It is none"), "reject"


class ClaimPage(_StepPage):
    """Say that it is mended; somebody else verifies it."""

    permission = Permission.MEND_HAZARD
    title, submit_label, step = _("Say that it is mended"), _("It is mended"), "claim"
    consequence = _("Somebody else verifies it; until then the clock runs on.")


class SendBackPage(_StepPage):
    """Say that it is not mended yet."""

    title, submit_label, step = _("Send it back: not mended"), _("Send it back"), "send_back"


class VerifyPage(_StepPage):
    """Say that it is mended, having looked."""

    title, submit_label, step = _("Verify and close"), _("It is mended: close it"), "verify"
    consequence = _("This ends the hazard and its alert.")


class GradePage(_StepPage):
    """Raise the grade, or propose a lower one to a second officer."""

    form_class = forms.GradeForm
    title, submit_label = _("Change the grade"), _("Change it")
    consequence = _("A higher grade counts at once. A lower one counts when a second officer says the same.")

    def take(self, **given):
        change_grade(**given)


class ExtendPage(_StepPage):
    """Give more time, once."""

    form_class = forms.ExtendForm
    title, submit_label = _("Give more time"), _("Extend it")

    def take(self, **given):
        extend_hazard(**given)


STEPS = {
    "confirm": ConfirmPage,
    "reject": RejectPage,
    "claim": ClaimPage,
    "send_back": SendBackPage,
    "verify": VerifyPage,
    "grade": GradePage,
    "extend": ExtendPage,
}
_AS_VIEWS = {name: page.as_view() for name, page in STEPS.items()}


def step_page(request, public_id, step: str):
    """One address for each verb."""
    if step not in _AS_VIEWS:
        raise Http404
    return _AS_VIEWS[step](request, public_id=public_id)
