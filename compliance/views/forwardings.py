"""Complaints that went to platforms outside: the log of them, and to try one again that was given up."""

from django import forms
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from common.hooks import Tile
from common.scoping import may
from common.views import ScopedFormPage, ScopedListPage
from compliance.actions import forwarding
from compliance.forms.complaints import AssignForm, ForwardingFilter
from compliance.models import Forwarding
from compliance.queries.complaints import answerers_of

COLOURS = {"QUEUED": "info", "SENT": "attention", "CLOSED": "ok", "GIVEN_UP": "danger"}
LOST = Q(state="GIVEN_UP", complaint__state="TRANSFERRED")
OUTSIDE = {"open": pgettext_lazy("forwarding", "open there"), "closed": pgettext_lazy("forwarding", "closed there")}


def dressed(rows: list) -> list:
    for row in rows:
        row.colour = COLOURS[row.state]
        row.lost = row.state == "GIVEN_UP" and row.complaint.state == "TRANSFERRED"  # nobody follows it
        row.said = _failure(row) if row.reason else row.outside_notes or OUTSIDE.get(row.outside_status, "")
        if row.state == "GIVEN_UP" and not row.lost:
            row.said = _("taken back: it is answered here")
        row.again = row.lost and row.platform.disabled_at is None
    return rows


def _failure(row) -> str:
    if row.reason == "disabled":
        return str(_("the platform was disabled"))
    return f"{row.get_reason_display()} ({row.status_code})" if row.status_code else row.get_reason_display()


def tiles(actor, at) -> list[Tile]:
    """What nobody outside has taken over and nobody here follows either. One statement."""
    if not may(actor, Permission.REVIEW_COMPLAINT):
        return []
    lost = Forwarding.objects.visible_to(actor, Permission.REVIEW_COMPLAINT).filter(LOST).count()
    if not lost:
        return []
    address = f"{reverse('compliance:forwardings')}?state=GIVEN_UP"
    return [Tile(_("complaints not taken over outside"), lost, address, _("send again or take back"), "danger")]


class ForwardingListPage(ScopedListPage):
    """What went to platforms outside about what one judges, the newest first."""

    permission = Permission.REVIEW_COMPLAINT
    template_name = "components/list_page.html"
    title = _("Complaints forwarded outside")
    queryset = Forwarding.objects.all()
    filter_class = ForwardingFilter
    row_template = "compliance/complaints/_forwarding_row.html"
    caption = _("Complaints forwarded outside, the newest first")
    empty_text = _("Nothing was forwarded to a platform outside.")
    columns = (
        {"label": _("Complaint")},
        {"label": _("To whom")},
        {"label": _("State")},
        {"label": _("Number there")},
        {"label": pgettext_lazy("forwarding", "What became of it there")},
        {"label": _("Last tried")},
        {"label": _("Action"), "hidden": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("platform", "complaint__category")

    def dress(self, rows):
        dressed(rows)


class ForwardAgainPage(ScopedFormPage):
    """Try anew what was given up."""

    permission = Permission.REVIEW_COMPLAINT
    queryset = Forwarding.objects.select_related("platform", "complaint__category")
    form_class = forms.Form
    title = _("Send it again")
    submit_label = _("Send it again")

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.complaint.category} · {self.object.platform}", **extra)

    def cancel_url(self):
        return reverse("compliance:complaint", args=[self.object.complaint.public_id])

    def save(self, _form):
        forwarding.forward_again(forwarding_id=self.object.pk, by=self.actor, at=self.at)
        return HttpResponseRedirect(self.cancel_url())


class TakeBackPage(ScopedFormPage):
    """Give what nobody outside has taken over to a unit of this platform."""

    permission = Permission.REVIEW_COMPLAINT
    queryset = Forwarding.objects.select_related(
        "platform", "complaint__category", "complaint__elevator", "complaint__site"
    )
    form_class = AssignForm
    title = _("Take the complaint back")
    submit_label = _("Take the complaint back")
    consequence = _(
        "Who answers is told, and has as many days as for a new complaint. Outside it is not asked about any more."
    )

    def get_context(self, **extra):
        lead = _("%(complaint)s · not taken over by %(platform)s") % {
            "complaint": self.object.complaint.category,
            "platform": self.object.platform,
        }
        return super().get_context(lead=lead, **extra)

    def get_form_kwargs(self):
        return {"units": answerers_of(self.object.complaint, self.at)}

    def cancel_url(self):
        return reverse("compliance:complaint", args=[self.object.complaint.public_id])

    def save(self, form):
        forwarding.take_back(forwarding_id=self.object.pk, by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(self.cancel_url())
