"""The use registration certificate of an elevator and its use labels: the page, their files, drawing a label anew."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.scoped_page import ScopedPage
from common.scoping import get_visible, may
from common.views import ScopedDetailPage, ScopedFormPage
from registry.actions.certificates import certificate_pdf, has_certificate
from registry.actions.use_labels import label_answer, pdf_answer, redraw_label
from registry.forms.registrations import ConfirmForm
from registry.models import Elevator, UseLabel
from registry.views.changes import named


class CertificatePage(ScopedDetailPage):
    """The use registration certificate of an elevator: its number, its state, the labels that were issued."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/certificate.html"
    queryset = Elevator.objects.with_neighbours()
    title = _("Use registration certificate")

    def get_context(self, **extra):
        elevator = self.object
        states = elevator.life_events.filter(kind="STATE_CHANGED").order_by("-sequence")[:20]
        names = dict(Elevator._meta.get_field("registration_state").choices)
        labels = list(elevator.use_labels.select_related("job").order_by("-pk")[:20])
        theirs = Elevator.objects.visible_to(self.actor, Permission.CHANGE_ELEVATOR).filter(pk=elevator.pk)
        return super().get_context(
            elevator=elevator,
            lead=named(elevator),
            printable=has_certificate(elevator),
            registered=elevator.registration_state != "UNREGISTERED",
            labels=labels,
            drawing=any(label.voided_at is None and label.job.open for label in labels),
            may_redraw=may(self.actor, Permission.CHANGE_ELEVATOR) and theirs.exists(),
            states=[{"at": each.occurred_at, "label": names.get(each.outcome, each.outcome)} for each in states],
            **extra,
        )


class CertificateFilePage(ScopedPage):
    """The PDF of the certificate, for whoever sees the elevator."""

    permission = Permission.VIEW_ELEVATOR

    def get(self, request, public_id):
        rows = Elevator.objects.with_neighbours()
        elevator = get_visible(rows, public_id, actor=self.actor, view=self.permission)
        content = certificate_pdf(elevator, by=self.actor, at=self.at, via="page")
        return pdf_answer(content, name=f"certificate-{elevator.main_code}.pdf")


class UseLabelFilePage(ScopedPage):
    """The PDF of a use label, for whoever sees its elevator."""

    permission = Permission.VIEW_ELEVATOR

    def get(self, request, public_id):
        rows = UseLabel.objects.select_related("job")
        label = get_visible(rows, public_id, actor=self.actor, view=self.permission)
        return label_answer(label, by=self.actor, via="page")


class RedrawLabelPage(ScopedFormPage):
    """Draw a label anew, for whoever may change the elevator."""

    permission = Permission.CHANGE_ELEVATOR
    view_permission = Permission.VIEW_ELEVATOR
    queryset = UseLabel.objects.select_related("elevator")
    form_class = ConfirmForm
    title = _("Draw the label again")
    submit_label = _("Draw it again")
    consequence = _("It says what it said on the day of issue, with the symbol of the nameplate that hangs now.")

    def get_context(self, **extra):
        return super().get_context(lead=named(self.object.elevator), **extra)

    def cancel_url(self):
        return reverse("registry:certificate", args=[self.object.elevator.public_id])

    def save(self, form):
        redraw_label(label=self.object, by=self.actor, at=self.at)
        return HttpResponseRedirect(self.cancel_url())
