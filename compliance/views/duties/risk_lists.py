"""The unit's risk-control list: what is in force, the draft, its lines, approval."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.scoping import get_visible
from common.views import ScopedDetailPage, ScopedFormPage
from compliance.actions.duties import approve_risk_list, change_risk_item, draft_risk_list
from compliance.choices import DutyRole, RiskListState
from compliance.forms.duties import NothingForm, RiskItemForm
from compliance.models import RiskItem, RiskList, UnitOnDuty
from compliance.queries.duties import holder_of, person_of
from compliance.views.duties.units import file_url, keeps

LINE = ("risk", "measure", "scope", "frequency", "owner", "hazard_item")


def list_url(risk_list) -> str:
    return reverse("compliance:risk_list", args=[risk_list.public_id])


class RiskListPage(ScopedDetailPage):
    """One version of a list."""

    permission = Permission.VIEW_DUTY
    template_name = "compliance/duties/risk_list.html"
    queryset = RiskList.objects.select_related("unit", "approved_by")

    def get_context(self, **extra):
        row, today = self.object, local_date(self.at)
        versions = RiskList.objects.filter(unit=row.unit_id).order_by("-number")
        keeping, draft = keeps(self.actor, row.unit), row.state == RiskListState.DRAFT
        director = holder_of(row.unit, DutyRole.DIRECTOR, today, self.at) if keeping and draft else None
        return super().get_context(
            risk_list=row,
            unit=row.unit,
            items=list(row.items.select_related("hazard_item")),
            versions=[one for one in versions if keeping or one.state == RiskListState.APPROVED],
            is_draft=draft,
            keeps=keeping,
            may_approve=director is not None and director.user == person_of(self.actor),
            **extra,
        )


class DraftPage(ScopedFormPage):
    """Begin the next version of the list."""

    permission = Permission.KEEP_DUTY
    view_permission = Permission.VIEW_DUTY
    queryset = UnitOnDuty.objects.all()
    form_class = NothingForm
    title = _("Begin a new version of the list")
    submit_label = _("Begin it")
    consequence = _(
        "It begins as the list in force, or as the platform's template. Nothing changes until it is approved."
    )

    def get_context(self, **extra):
        return super().get_context(lead=self.object.name, **extra)

    def cancel_url(self):
        return file_url(self.object)

    def save(self, form):
        return HttpResponseRedirect(list_url(draft_risk_list(unit=self.object, by=self.actor, at=self.at)))


class ApproveListPage(ScopedFormPage):
    """Put a draft in force, as the unit's safety director."""

    permission = Permission.KEEP_DUTY
    view_permission = Permission.VIEW_DUTY
    queryset = RiskList.objects.select_related("unit")
    form_class = NothingForm
    title = _("Approve the list")
    submit_label = _("Approve it")
    consequence = _(
        "From today on the officers check by this list. It is not changed any more; a new version follows it."
    )

    def get_context(self, **extra):
        return super().get_context(lead=self.object.unit.name, **extra)

    def cancel_url(self):
        return list_url(self.object)

    def save(self, form):
        approve_risk_list(risk_list=self.object, by=self.actor, at=self.at)
        return HttpResponseRedirect(self.cancel_url())


class RiskItemPage(ScopedFormPage):
    """Add a line to a draft, or change the one that ?item= names."""

    permission = Permission.KEEP_DUTY
    view_permission = Permission.VIEW_DUTY
    queryset = RiskList.objects.select_related("unit")
    form_class = RiskItemForm
    title = _("A line of the list")
    submit_label = _("Save the line")

    def item(self) -> RiskItem | None:
        if not (wanted := self.request.GET.get("item")):
            return None
        rows = RiskItem.objects.filter(risk_list=self.object)
        return get_visible(rows, wanted, actor=self.actor, view=Permission.VIEW_DUTY)

    def get_form_kwargs(self):
        item = self.item()
        initial = {name: getattr(item, name) for name in LINE} if item else {}
        return {"initial": initial, "removable": item is not None}

    def get_context(self, **extra):
        return super().get_context(lead=self.object.unit.name, **extra)

    def cancel_url(self):
        return list_url(self.object)

    def save(self, form):
        values = {name: form.cleaned_data[name] for name in LINE}
        change_risk_item(
            risk_list=self.object,
            item=self.item(),
            values=values,
            remove=form.cleaned_data.get("remove", False),
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(self.cancel_url())
