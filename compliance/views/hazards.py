"""Hazards: the list by deadline, one with its steps, the report of one, a form for each verb."""

from collections import defaultdict

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.attachments.answers import answer_attachment
from common.attachments.pages import KeepsFiles
from common.clock import local_date
from common.errors import NotPermitted, NotVisible
from common.hooks import NavItem, Panel, Tile
from common.scoped_page import ScopedPage
from common.scoping import get_visible, may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage
from common.workdays import moved_days
from compliance.actions.hazards import change_grade, extend_hazard, report_hazard, take_hazard_step
from compliance.forms import hazards as forms
from compliance.models import Hazard
from compliance.queries.hazards import answers_for, clock_kept, evidence_of, figures, of_elevator, source_of
from compliance.queries.standing import with_elevators
from compliance.queries.steps import steps_in_words
from compliance.rules import hazards as rules
from compliance.views.hazard_bulk import offered
from compliance.views.hazard_rows import dressed

STANDS = _("This stands in the ledger already. Nothing was added: this is its page.")
STANDS_WITH_PHOTOS = _("This stands in the ledger already: this is its page. Your photographs are kept with it.")


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
        {"label": _("Grade")},
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("State")},
        {"label": _("Last day")},
        {"label": _("Who found it"), "wide": True},
    )

    def shown_columns(self):
        """Before all others the box to choose by, where there is something to choose for."""
        first = ({"label": _("Choose"), "hidden": True},) if self.together else ()
        return (*first, *super().shown_columns())

    @cached_property
    def together(self) -> list[tuple]:
        """What may be done to several at once: while the list shows rows of one turn, which wait for the same step."""
        return offered(self.actor, self.request.GET.get("turn", ""))

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
        offered = _steps_now(hazard, local_date(self.at))
        wanted = {STEPS[name].permission for name in offered}
        able = {each for each in wanted if answers_for(self.actor, hazard, each)}
        return super().get_context(
            hazard=hazard,
            steps=[(STEPS[name].title, step_url(hazard, name)) for name in offered if STEPS[name].permission in able],
            record=_record(hazard),
            **extra,
        )


def step_url(hazard, name: str) -> str:
    return reverse(f"compliance:hazard_{name}", args=[hazard.public_id])


def _record(hazard) -> list[dict]:
    """What was done, each step with its photographs. Three statements."""
    files = defaultdict(list)
    for file in evidence_of(hazard):
        files[file.subject_id].append(
            (file.name, reverse("compliance:hazard_file", args=[hazard.public_id, file.public_id]))
        )
    return [{**step, "files": files[step["step"]]} for step in steps_in_words(hazard.steps)]


def _steps_now(hazard, today) -> list[str]:
    """The verbs that the state allows, in the order in which they are offered."""
    if hazard.state not in rules.OPEN:
        return []
    moves = [step for (state, step) in rules.STEPS if state == hazard.state]
    return [*moves, "grade", *(["extend"] if _may_be_longer(hazard, today) else [])]


def _may_be_longer(hazard, today) -> bool:
    """Is there a day left that an extension may give? Long after its last day there is none, and no form to fill in vain."""
    if hazard.extended_at is not None:
        return False
    clock = clock_kept(hazard)
    if not clock.extension_days or hazard.due_on >= today:
        return bool(clock.extension_days)
    return rules.extension_until(hazard.due_on, clock, moved_days(hazard.due_on)) >= today


class HazardFilePage(ScopedPage):
    """A photograph of a step, for whoever sees the hazard."""

    permission = Permission.VIEW_OBLIGATION

    def get(self, _request, public_id, attachment_id):
        hazard = get_visible(Hazard.objects.all(), public_id, actor=self.actor, view=self.permission)
        file = evidence_of(hazard).filter(public_id=attachment_id).first()
        if file is None:
            raise NotVisible
        return answer_attachment(file, by=self.actor, via="page")


@method_decorator(csp_update({"script-src": [WASM_UNSAFE_EVAL]}), name="dispatch")  # the scanner's decoder
class ReportHazardPage(KeepsFiles, ScopedFormPage):
    """Put what somebody saw into the ledger; the elevator is scanned or typed."""

    permission = Permission.REPORT_HAZARD
    template_name = "compliance/hazards/report.html"
    title = _("Report a hazard")
    submit_label = _("Report it")
    form_class = forms.ReportForm

    def get_form_kwargs(self):
        initial = {"elevator": self.request.GET.get("elevator", "")[:400], "found_on": local_date(self.at)}
        return {"actor": self.actor, "initial": initial}

    def cancel_url(self):
        return reverse("compliance:hazards")

    def save(self, form):
        at = self.at  # once: it is another instant at each look
        hazard = report_hazard(
            **source_of(self.actor, form.cleaned_data["elevator"]), by=self.actor, at=at, **form.cleaned_data
        )
        if hazard.reported_at != at:
            messages.info(self.request, STANDS_WITH_PHOTOS if form.cleaned_data["photos"] else STANDS)
        return HttpResponseRedirect(hazard_url(hazard))


class _StepPage(ScopedFormPage):
    permission = Permission.JUDGE_HAZARD
    view_permission = Permission.VIEW_OBLIGATION
    queryset = Hazard.objects.select_related("item", "elevator")
    form_class = forms.NoteForm
    step = ""

    def get_form_kwargs(self):
        return {"initial": {"seen": self.object.version}}

    def get_context(self, **extra):
        hazard = self.object
        lead = f"{hazard.item} · {hazard.elevator.main_code} · {hazard.details}"
        return super().get_context(lead=lead, **extra)

    def cancel_url(self):
        return hazard_url(self.object)

    def save(self, form):
        if not answers_for(self.actor, self.object, self.permission):
            raise NotPermitted
        given = dict(form.cleaned_data)
        self.take(hazard_id=self.object.pk, version=given.pop("seen"), by=self.actor, at=self.at, **given)
        return HttpResponseRedirect(hazard_url(self.object))

    def take(self, **given):
        take_hazard_step(step=self.step, **given)


class _EvidencePage(KeepsFiles, _StepPage):
    form_class = forms.EvidenceForm


class ConfirmPage(_StepPage):
    """Say that it is one."""

    title, submit_label, step = _("Confirm the hazard"), _("Confirm it"), "confirm"


class RejectPage(_StepPage):
    """Say that it is none."""

    title, submit_label, step = _("Say that it is no hazard"), _("It is none"), "reject"


class ClaimPage(_EvidencePage):
    """Say that it is mended; somebody else verifies it."""

    permission = Permission.MEND_HAZARD
    title, submit_label, step = _("Say that it is mended"), _("It is mended"), "claim"
    consequence = _("Somebody else verifies it; until then the clock runs on.")


class VerifyPage(_EvidencePage):
    """Say that it is mended, having looked."""

    title, submit_label, step = _("Verify and close"), _("It is mended: close it"), "verify"
    consequence = _("This ends the hazard and its alert.")


class SendBackPage(_EvidencePage):
    """Say that it is not mended yet."""

    title, submit_label, step = _("Send it back: not mended"), _("Send it back"), "send_back"


class GradePage(_StepPage):
    """Raise the grade, or propose a lower one to a second officer."""

    form_class = forms.GradeForm
    title, submit_label = _("Change the grade"), _("Change it")
    consequence = _("A higher grade counts at once. A lower one counts when a second officer says the same.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"now": self.object.grade, "proposed": self.object.lower_to}

    def take(self, **given):
        change_grade(**given)


class ExtendPage(_StepPage):
    """Give more time, once: a district officer (oversight.md §2)."""

    permission = Permission.EXTEND_HAZARD
    form_class = forms.ExtendForm
    title, submit_label = _("Give more time"), _("Extend it")

    def get_form_kwargs(self):
        hazard = self.object
        until = rules.extension_until(hazard.due_on, clock_kept(hazard), moved_days(hazard.due_on))
        return super().get_form_kwargs() | {"due": hazard.due_on, "until": until}

    def take(self, **given):
        extend_hazard(**given)


STEPS = {
    "confirm": ConfirmPage,
    "reject": RejectPage,
    "claim": ClaimPage,
    "verify": VerifyPage,
    "send_back": SendBackPage,
    "grade": GradePage,
    "extend": ExtendPage,
}
