"""Complaints that went to platforms outside: the log of them, and to try one again that was given up."""

from django import forms
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from common.hooks import Tile
from common.scoping import may
from common.views import ScopedFormPage, ScopedListPage
from compliance.actions import forwarding
from compliance.forms.complaints import ForwardingFilter
from compliance.models import Forwarding

COLOURS = {"QUEUED": "info", "SENT": "attention", "CLOSED": "ok", "GIVEN_UP": "danger"}
OUTSIDE = {"open": pgettext_lazy("forwarding", "open there"), "closed": pgettext_lazy("forwarding", "closed there")}


def dressed(rows: list) -> list:
    for row in rows:
        row.colour = COLOURS[row.state]
        row.said = _failure(row) if row.reason else row.outside_notes or OUTSIDE.get(row.outside_status, "")
        row.again = row.state == "GIVEN_UP" and row.platform.disabled_at is None
    return rows


def _failure(row) -> str:
    if row.reason == "disabled":
        return str(_("the platform was disabled"))
    return f"{row.get_reason_display()} ({row.status_code})" if row.status_code else row.get_reason_display()


def tiles(actor, at) -> list[Tile]:
    """What nobody outside has taken over and nobody here follows either. One statement."""
    if not may(actor, Permission.REVIEW_COMPLAINT):
        return []
    lost = Forwarding.objects.visible_to(actor, Permission.REVIEW_COMPLAINT).filter(state="GIVEN_UP").count()
    if not lost:
        return []
    address = f"{reverse('compliance:forwardings')}?state=GIVEN_UP"
    return [Tile(_("complaints not taken over outside"), lost, address, _("send them again"), "danger")]


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
