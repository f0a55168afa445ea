"""Each step of a safety assessment on a page of its own: a form that counts once and refuses a stale page."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.errors import NotPermitted
from common.views import ScopedFormPage
from inspection.actions import assessments as actions
from inspection.forms import assessments as forms
from inspection.models import Assessment
from inspection.views.assessments.home import case_url
from registry.models import Elevator


class ApplyPage(ScopedFormPage):
    """Apply for the assessment of an elevator of one's unit."""

    permission = Permission.APPLY_INSPECTION
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.select_related("site")
    form_class = forms.ApplyForm
    title = _("Apply for a safety assessment")
    submit_label = _("Apply for it")

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.main_code} {self.object.site or self.object.address}", **extra)

    def cancel_url(self):
        return reverse("registry:elevator", args=[self.object.public_id])

    def save(self, form):
        case = actions.apply_for_assessment(elevator=self.object, by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(case_url(case))


@dataclass(frozen=True, slots=True)
class Asked:
    """How a step of the table (`inspection.rules.assessments.TABLE`) is asked for: what its page, its buttons say, its form, its
    action."""

    verb: str | Promise
    title: str | Promise
    submit: str | Promise
    form: type[forms.StepForm]
    take: Callable[..., Assessment]
    consequence: str | Promise = ""
    danger: bool = False


ASKED = {
    "assign": Asked(
        *(_("Give it to a body"), _("Give it to a body"), _("Give it")), forms.AssignForm, actions.assign_assessment
    ),
    "report": Asked(
        *(_("File the report"), _("File the assessment report"), _("File it")),
        forms.ReportForm,
        actions.file_assessment,
    ),
    "decide": Asked(
        *(_("Decide"), _("Decide what becomes of it"), _("Decide")), forms.DecideForm, actions.decide_assessment
    ),
    "vote": Asked(
        *(_("Owners' vote"), _("Enter the owners' vote"), _("Enter it")), forms.VoteForm, actions.record_vote
    ),
    "fund": Asked(
        *(_("Money"), _("Enter money"), _("Enter it")),
        *(forms.FundForm, actions.record_fund),
        consequence=_("Said again of the same source, it takes the place of what was said."),
    ),
    "works": Asked(
        *(_("Enter the works"), _("Enter the works"), _("They begin")), forms.WorksForm, actions.begin_works
    ),
    "accept": Asked(
        *(_("Enter the acceptance"), _("Enter the acceptance"), _("They are accepted")),
        *(forms.AcceptForm, actions.accept_works),
    ),
    "close": Asked(
        *(_("Close it"), _("Close the assessment"), _("Close it")), forms.NoteForm, actions.close_assessment
    ),
    "cancel": Asked(
        *(_("Cancel the assessment"), _("Cancel the assessment"), _("Cancel the assessment")),
        *(forms.CancelForm, actions.cancel_assessment),
        consequence=_("What was filed stays on record. The elevator can be applied for anew."),
        danger=True,
    ),
}


class StepPage(ScopedFormPage):
    """One step of a case; which one, the address says."""

    permission = Permission.VIEW_REPORT
    queryset = Assessment.objects.select_related("elevator__site")
    step = ""

    @property
    def asked(self) -> Asked:
        return ASKED[self.step]

    def get(self, request, **given):
        self._require()
        return super().get(request, **given)

    def post(self, request, **given):
        self._require()
        return super().post(request, **given)

    def _require(self) -> None:
        """Who takes which step is said once, by the table."""
        if not actions.may_take(self.object, self.step, self.actor):
            raise NotPermitted(permission=actions.RIGHTS[self.step][0])

    title = property(lambda self: self.asked.title)
    submit_label = property(lambda self: self.asked.submit)
    form_class = property(lambda self: self.asked.form)
    consequence = property(lambda self: self.asked.consequence)
    danger = property(lambda self: self.asked.danger)

    def get_context(self, **extra):
        elevator = self.object.elevator
        return super().get_context(lead=f"{elevator.main_code} {elevator.site or elevator.address}", **extra)

    def get_form_kwargs(self):
        return {"case": self.object, "actor": self.actor}

    def cancel_url(self):
        return case_url(self.object)

    def save(self, form):
        self.asked.take(case=self.object, by=self.actor, at=self.at, **form.given())
        return HttpResponseRedirect(case_url(self.object))


OWN_ADDRESS = ("report", "close", "cancel")  # what not only the using unit does
AS_VIEWS = {name: StepPage.as_view(step=name) for name in ASKED}


def step_url(case: Assessment, step: str) -> str:
    if step in OWN_ADDRESS:
        return reverse(f"assessments:{step}", args=[case.public_id])
    return reverse("assessments:step", args=[case.public_id, step])


def step_page(request, public_id, step: str):
    """What the using unit does: one address for each verb."""
    if step not in AS_VIEWS or step in OWN_ADDRESS:
        raise Http404
    return AS_VIEWS[step](request, public_id=public_id)
