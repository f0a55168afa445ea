"""The page of one obligation, and its waivers: granted, revoked, their documents."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.attachments.answers import answer_attachment
from common.attachments.pages import KeepsFiles
from common.clock import local_date
from common.scoping import get_visible, may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedPage
from compliance.actions import grant_waiver, revoke_waiver
from compliance.forms.waivers import RevokeWaiverForm, WaiveForm
from compliance.models import Obligation, Waiver
from compliance.queries.obligation import days_of, reasons_of, said_from, told_about, waiver_record, waivers_of
from compliance.queries.standing import alert_label, in_words, with_elevators
from compliance.queries.waivers import file_of, files_of, flags_of, outlook_of, suspension_of
from compliance.rules.waivers import WAIVED


def obligation_url(row: Obligation) -> str:
    return reverse("compliance:obligation", args=[row.public_id])


class ObligationPage(ScopedDetailPage):
    """What the law wants, why on these days, what was told of it, what met or waived it."""

    permission = Permission.VIEW_OBLIGATION
    template_name = "compliance/obligation.html"
    queryset = Obligation.objects.select_related("waiver")

    def get_context(self, **extra):
        today = local_date(self.at)
        [row] = in_words(with_elevators([self.object]), today)
        waivers, able = dressed(waivers_of(row), today), self._may_waive(row)
        return super().get_context(
            row=row,
            days=[(day, day.on < today) for day in days_of(row, [one.excuse for one in waivers], today)],
            reasons=reasons_of(row, today),
            told=told_about(row),
            waivers=waivers,
            record=waiver_record(row) if waivers else [],
            suspension=suspension_of(row),
            flags=flags_of(row),
            may_waive=able and row.status == "PENDING" and not any(one.open for one in waivers),
            may_revoke=able,
            **extra,
        )

    def _may_waive(self, row) -> bool:
        permission = Permission.WAIVE_OBLIGATION
        return may(self.actor, permission) and (
            Obligation.objects.visible_to(self.actor, permission).filter(pk=row.pk).exists()
        )


def dressed(waivers: list[Waiver], today) -> list[Waiver]:
    """With what is in force, and the documents. One statement where there are any."""
    files = files_of(waivers)
    for one in waivers:
        one.holds = one.excuse.holds_on(today)
        one.open = one.ends_on >= max(today, one.from_on)
        one.colour = ("info" if one.kind == WAIVED else "attention") if one.holds else "neutral"
        one.files = files[one.pk]
    return waivers


class WaivePage(KeepsFiles, ScopedFormPage):
    """Waive it from one day to another, or postpone it, by a document."""

    permission = Permission.WAIVE_OBLIGATION
    view_permission = Permission.VIEW_OBLIGATION
    queryset = Obligation.objects.all()
    form_class = WaiveForm
    template_name = "compliance/waive.html"
    title = _("Waive or postpone it")
    submit_label = _("Grant it")

    def get_context(self, **extra):
        row, today = self.object, local_date(self.at)
        outlook = outlook_of(row, said_from(row, today), self.at)
        alerts = [(alert_label(alert), reverse("compliance:alert", args=[alert.public_id])) for alert in outlook.alerts]
        lead = lead_of(row, today)
        return super().get_context(lead=lead, row=row, today=today, outlook=outlook, alerts=alerts, **extra)

    def cancel_url(self):
        return obligation_url(self.object)

    def save(self, form):
        grant_waiver(obligation_id=self.object.pk, by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(self.cancel_url())


class RevokeWaiverPage(ScopedFormPage):
    """End it before its last day."""

    permission = Permission.WAIVE_OBLIGATION
    view_permission = Permission.VIEW_OBLIGATION
    queryset = Waiver.objects.select_related("obligation")
    form_class = RevokeWaiverForm
    title = _("Revoke the waiver")
    submit_label = _("Revoke it")
    consequence = _("It is owed again from today; what is late raises its alert at once.")
    danger = True

    def get_context(self, **extra):
        return super().get_context(lead=lead_of(self.object.obligation, local_date(self.at)), **extra)

    def cancel_url(self):
        return obligation_url(self.object.obligation)

    def save(self, form):
        revoke_waiver(waiver_id=self.object.pk, by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(self.cancel_url())


def lead_of(row: Obligation, today) -> str:
    [row] = in_words(with_elevators([row]), today)
    about = row.elevator.main_code if row.elevator_id else row.person or row.unit
    return f"{row.label} · {about} · {row.due_on:%Y-%m-%d}"


class WaiverFilePage(ScopedPage):
    """The document of a waiver that one sees."""

    permission = Permission.VIEW_OBLIGATION

    def get(self, _request, public_id, attachment_id):
        waiver = get_visible(Waiver.objects.all(), public_id, actor=self.actor, view=self.permission)
        return answer_attachment(file_of(waiver, attachment_id), by=self.actor, via="page")
