"""Each step of a safety assessment on a page of its own: a form that counts once and refuses a stale page."""

from collections.abc import Callable

from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
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


class _StepPage(ScopedFormPage):
    permission = Permission.VIEW_REPORT
    queryset = Assessment.objects.select_related("elevator__site")
    step = ""
    verb = _("Go on")
    take: Callable[..., Assessment]  # the action of the step

    def get(self, request, **given):
        self._require()
        return super().get(request, **given)

    def post(self, request, **given):
        self._require()
        return super().post(request, **given)

    def _require(self) -> None:
        """Who takes which step is said once, by the actions."""
        if not actions.may_take(self.object, self.step, self.actor):
            raise NotPermitted(permission=actions.RIGHTS.get(self.step, actions.USING)[0])

    def get_context(self, **extra):
        elevator = self.object.elevator
        return super().get_context(lead=f"{elevator.main_code} {elevator.site or elevator.address}", **extra)

    def get_form_kwargs(self):
        return {"case": self.object, "actor": self.actor}

    def cancel_url(self):
        return case_url(self.object)

    def given(self, form) -> dict:
        return form.cleaned_data

    def save(self, form):
        self.take(case=self.object, by=self.actor, at=self.at, **self.given(form))
        return HttpResponseRedirect(case_url(self.object))


class AssignPage(_StepPage):
    """Give it to a body."""

    step, form_class, take = "assign", forms.AssignForm, staticmethod(actions.assign_assessment)
    title, submit_label, verb = _("Give it to a body"), _("Give it"), _("Give it to a body")


class ReportPage(_StepPage):
    """File the body's report."""

    step, form_class, take = "report", forms.ReportForm, staticmethod(actions.file_assessment)
    title, submit_label, verb = _("File the assessment report"), _("File it"), _("File the report")


class DecidePage(_StepPage):
    """Decide what becomes of the elevator."""

    step, form_class, take = "decide", forms.DecideForm, staticmethod(actions.decide_assessment)
    title, submit_label, verb = _("Decide what becomes of it"), _("Decide"), _("Decide")


class VotePage(_StepPage):
    """Enter the owners' vote."""

    step, form_class, take = "vote", forms.VoteForm, staticmethod(actions.record_vote)
    title, submit_label, verb = _("Enter the owners' vote"), _("Enter it"), _("Owners' vote")

    def given(self, form):
        return form.given()


class FundPage(_StepPage):
    """Enter what a source gives."""

    step, form_class, take = "fund", forms.FundForm, staticmethod(actions.record_fund)
    title, submit_label, verb = _("Enter money"), _("Enter it"), _("Money")
    consequence = _("Said again of the same source, it takes the place of what was said.")


class WorksPage(_StepPage):
    """Enter who works from when."""

    step, form_class, take = "works", forms.WorksForm, staticmethod(actions.begin_works)
    title, submit_label, verb = _("Enter the works"), _("They begin"), _("Enter the works")


class AcceptPage(_StepPage):
    """Enter that the works are accepted."""

    step, form_class, take = "accept", forms.AcceptForm, staticmethod(actions.accept_works)
    title, submit_label, verb = _("Enter the acceptance"), _("They are accepted"), _("Enter the acceptance")


class ClosePage(_StepPage):
    """Close it, having looked."""

    step, form_class, take = "close", forms.NoteForm, staticmethod(actions.close_assessment)
    title, submit_label, verb = _("Close the assessment"), _("Close it"), _("Close it")


class CancelPage(_StepPage):
    """End it without result."""

    step, form_class, take = "cancel", forms.CancelForm, staticmethod(actions.cancel_assessment)
    title, submit_label, verb = _("Cancel the assessment"), _("Cancel the assessment"), _("Cancel the assessment")
    danger = True
    consequence = _("What was filed stays on record. The elevator can be applied for anew.")


STEPS = {
    page.step: page
    for page in (
        *(AssignPage, ReportPage, DecidePage, VotePage, FundPage),
        *(WorksPage, AcceptPage, ClosePage, CancelPage),
    )
}
OWN_ADDRESS = {"report", "close", "cancel"}
_AS_VIEWS = {name: page.as_view() for name, page in STEPS.items() if name not in OWN_ADDRESS}


def step_url(case: Assessment, step: str) -> str:
    if step in OWN_ADDRESS:
        return reverse(f"assessments:{step}", args=[case.public_id])
    return reverse("assessments:step", args=[case.public_id, step])


def step_page(request, public_id, step: str):
    """What the using unit does: one address for each verb."""
    if step not in _AS_VIEWS:
        raise Http404
    return _AS_VIEWS[step](request, public_id=public_id)
