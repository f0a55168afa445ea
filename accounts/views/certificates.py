"""Certificates of people: the list with what is due, one certificate, recording, withdrawing, its number for a purpose."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.actions.certificates import record_certificate, reveal_certificate_number, withdraw_certificate
from accounts.choices import CertificateState
from accounts.forms import RevealForm
from accounts.forms.certificates import CertificateFilter, CertificateForm, WithdrawCertificateForm
from accounts.models import Certificate, User
from accounts.queries import certificate_file, own_certificates
from accounts.roles import Permission
from accounts.rules.certificates import days_left, state_of
from common.attachments.answers import answer_attachment
from common.attachments.pages import KeepsFiles
from common.clock import local_date
from common.models import Attachment
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage, ScopedPage

BADGES = {
    CertificateState.UPCOMING: "neutral",
    CertificateState.VALID: "ok",
    CertificateState.EXPIRING: "attention",
    CertificateState.EXPIRED: "danger",
    CertificateState.WITHDRAWN: "neutral",
}


def certificate_url(certificate) -> str:
    return reverse("accounts:certificate", args=[certificate.public_id])


def may_be(actor, certificate, permission) -> bool:
    """May this actor do this to this very certificate?"""
    return Certificate.objects.visible_to(actor, permission).filter(pk=certificate.pk).exists()


def in_days(certificate, state: CertificateState, today) -> str:
    """The state of a certificate as its holder reads it, with the days that are left."""
    if state != CertificateState.EXPIRING:
        return state.label
    days = days_left(certificate, today)
    if not days:
        return gettext("today is its last day")
    return ngettext("runs out in %(days)s day", "runs out in %(days)s days", days) % {"days": days}


def of_oneself(user, today) -> list[Certificate]:
    """One's own certificates, each with `.state`, `.badge` and `.words`. One query."""
    rows = list(own_certificates(user))
    for row in rows:
        row.state = state_of(row, today)
        row.badge, row.words = BADGES[row.state], in_days(row, row.state, today)
    return rows


class CertificateListPage(ScopedListPage):
    """Certificates of the own units' people, or of a city's units; what has to be renewed behind one filter."""

    permission = Permission.VIEW_CERTIFICATE
    template_name = "accounts/certificate_list.html"
    title = _("Certificates")
    queryset = Certificate.objects.all()
    filter_class = CertificateFilter
    row_template = "accounts/_certificate_row.html"
    caption = _("Certificates that you see")
    columns = (
        {"label": _("Person")},
        {"label": _("Kind of certificate")},
        {"label": _("Unit")},
        {"label": _("Valid until")},
        {"label": _("State")},
    )

    def decorate(self, queryset):
        return queryset.select_related("user", "unit")

    def dress(self, rows):
        today = local_date(self.at)
        for row in rows:
            row.state = state_of(row, today)
            row.badge = BADGES[row.state]

    def get_context(self, **extra):
        return super().get_context(may_record=may(self.actor, Permission.RECORD_CERTIFICATE), **extra)


class CertificatePage(ScopedDetailPage):
    """One certificate with its scans; of its number the last two characters."""

    permission = Permission.VIEW_CERTIFICATE
    template_name = "accounts/certificate.html"
    queryset = Certificate.objects.select_related("user", "unit", "rule")

    def get_context(self, **extra):
        row = self.object
        state = state_of(row, local_date(self.at))
        return super().get_context(
            certificate=row,
            state=state.label,
            badge=BADGES[state],
            files=Attachment.objects.kept_for(row),
            sees_person=User.objects.visible_to(self.actor, Permission.VIEW_USER).filter(pk=row.user_id).exists(),
            may_withdraw=row.withdrawn_at is None and may_be(self.actor, row, Permission.WITHDRAW_CERTIFICATE),
            may_reveal=may_be(self.actor, row, Permission.REVEAL_DETAILS),
            **extra,
        )


class CertificateFilePage(ScopedPage):
    """A scan of a certificate, for whoever may see the certificate."""

    permission = Permission.VIEW_CERTIFICATE

    def get(self, request, public_id, attachment_id):
        return answer_attachment(
            certificate_file(public_id, attachment_id, actor=self.actor), by=self.actor, via="page"
        )


class RecordCertificatePage(KeepsFiles, ScopedFormPage):
    """Record a certificate of one of the own unit's people."""

    permission = Permission.RECORD_CERTIFICATE
    form_class = CertificateForm
    title = _("Record a certificate")
    submit_label = _("Record the certificate")

    @classmethod
    def as_view(cls, **options):
        return sensitive_post_parameters("number")(super().as_view(**options))

    def get_form_kwargs(self):
        return {"actor": self.actor, "initial": {"person": self.request.GET.get("person", "")}}

    def cancel_url(self):
        return reverse("accounts:certificates")

    def save(self, form):
        made = record_certificate(attachments=form.cleaned_data["files"], by=self.actor, at=self.at, **form.values())
        messages.success(self.request, _("The certificate is recorded."))
        return HttpResponseRedirect(certificate_url(made))


class OfCertificatePage(ScopedFormPage):
    """A step about one certificate."""

    view_permission = Permission.VIEW_CERTIFICATE
    queryset = Certificate.objects.select_related("user", "unit")

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.user} · {self.object}", **extra)

    def cancel_url(self):
        return certificate_url(self.object)


class WithdrawCertificatePage(OfCertificatePage):
    """Take back a certificate that should not have been recorded."""

    permission = Permission.WITHDRAW_CERTIFICATE
    form_class = WithdrawCertificateForm
    title = _("Withdraw a certificate")
    submit_label = _("Withdraw the certificate")
    danger = True
    consequence = _("It counts no more, for no day. It stays readable, with your reason, and so do its scans.")

    def save(self, form):
        withdraw_certificate(certificate=self.object, by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(certificate_url(self.object))


class RevealCertificatePage(OfCertificatePage):
    """Asks what for, writes it down, shows the number in the answer to this one request."""

    permission = Permission.REVEAL_DETAILS
    form_class = RevealForm
    title = _("Show the number of a certificate")
    submit_label = _("Show it")

    def post(self, request, **_kwargs):
        """Not once per form: each look is one and on record."""
        return self._work("")

    def save(self, form):
        number = reveal_certificate_number(certificate=self.object, purpose=form.cleaned_data["purpose"], by=self.actor)
        context = {"title": self.title, "certificate": self.object, "number": number}
        return render(self.request, "accounts/certificate_revealed.html", context)
