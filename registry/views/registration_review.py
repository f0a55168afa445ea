"""The regulator's review of an application."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.views import ScopedFormPage
from registry.actions import registration_decisions as decisions
from registry.actions.registration_effects import unconfirmed_number
from registry.choices import ApplicationKind
from registry.forms.registrations import ReviewForm
from registry.models import RegistrationApplication
from registry.queries.registrations import last_remarks, needs_on, read_application
from registry.rules.registration import STEPS
from registry.views.changes import named
from registry.views.registration_lines import answer_lines, paper_lines
from registry.views.registrations import application_url

DONE = {
    "accept": _("Taken up: the term for the decision runs."),
    "approve": _("Approved. It is in effect."),
    "return": _("Returned to the using unit."),
    "refuse": _("Refused. The using unit reads why."),
}


def warnings_of(row) -> list:
    """What a first registration would go without, for the reviewer to weigh: none of it refuses."""
    if row.kind != ApplicationKind.REGISTER:
        return []
    judged = (
        (
            unconfirmed_number(row),
            _(
                "The elevator carries a certificate number although it is not registered: nobody issued it here. Compare it "
                "with the old certificate."
            ),
        ),
        (
            not row.elevator.equipment_code,
            _("The equipment code is missing: certificate and label would stand without it."),
        ),
        (
            row.elevator.maintenance_unit_id is None,
            _("No maintenance unit answers for the elevator: ask for the maintenance contract."),
        ),
    )
    return [sentence for holds, sentence in judged if holds]


class ReviewApplicationPage(ScopedFormPage):
    """Take up, return with reasons, refuse or approve: what the application says beside what there is to decide."""

    permission = Permission.CHANGE_REGISTRATION
    view_permission = Permission.VIEW_APPLICATION
    queryset = RegistrationApplication.objects.select_related("elevator", "unit", "new_unit")
    template_name = "registry/application_review.html"
    form_class = ReviewForm
    title = _("Use registration: review")
    submit_label = _("Decide")

    def get_form_kwargs(self):
        row = self.object
        steps = [step for step in ("accept", "approve", "return", "refuse") if (row.state, step) in STEPS]
        needs = needs_on(row.kind, row.elevator, local_date(self.at))
        carried = unconfirmed_number(row)
        return {"steps": steps, "needs": needs, "carried": carried, "initial": {"version": row.version}}

    def get_context(self, **extra):
        row, today = self.object, local_date(self.at)
        reading, remarks = read_application(row, today=today), last_remarks(row)
        return super().get_context(
            lead=f"{row} · {named(row.elevator)} · {row.unit.name}",
            application=row,
            warnings=warnings_of(row),
            answers=answer_lines(row, reading, remarks),
            papers=paper_lines(row, reading, remarks, actor=self.actor, today=today),
            **extra,
        )

    def cancel_url(self):
        return application_url(self.object)

    def save(self, form):
        given = {"application": self.object, "by": self.actor, "at": self.at, "version": form.cleaned_data["version"]}
        match form.cleaned_data["decision"]:
            case "accept":
                decisions.accept_application(**given)
            case "approve":
                decisions.approve_application(number=form.cleaned_data.get("number", ""), **given)
            case "return":
                decisions.return_application(remarks=form.remarks(), **given)
            case "refuse":
                decisions.refuse_application(reason=form.cleaned_data["reason"], **given)
        return self._after(DONE[form.cleaned_data["decision"]])

    def _after(self, told):
        """A relocation takes the elevator, and its application, to whoever answers for the new area."""
        seen = RegistrationApplication.objects.visible_to(self.actor, self.view_permission)
        if seen.filter(pk=self.object.pk).exists():
            messages.success(self.request, told)
            return HttpResponseRedirect(application_url(self.object))
        messages.success(self.request, _("%(done)s The elevator is no longer in your area.") % {"done": told})
        return HttpResponseRedirect(reverse("registry:application_queue"))
