"""The phone signal in the car: the panel, the checks, a new one."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import Panel
from common.scoping import get_visible, may
from common.views import ScopedFormPage, ScopedListPage
from registry.actions.car_signal import Tried, record_signal
from registry.forms.car_signal import SignalForm
from registry.models import CarSignal, Elevator
from registry.views.changes import efile_url, named


def may_record(actor, elevator) -> bool:
    return may(actor, Permission.RECORD_SIGNAL) and (
        Elevator.objects.visible_to(actor, Permission.RECORD_SIGNAL).filter(pk=elevator.pk).exists()
    )


def signal_panel(actor, elevator, at) -> Panel | None:
    """Each carrier's last check, for everybody who sees the elevator; without any, for those who may record one."""
    newest, able = list(elevator.car_signals.newest()), may_record(actor, elevator)
    if not newest and not able:
        return None
    context = {"elevator": elevator, "signals": newest, "may_record": able}
    return Panel("signal", _("Phone signal in the car"), "registry/panels/signal.html", context, aside=True)


class SignalPage(ScopedListPage):
    """Every check of one car, newest first."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/signal.html"
    title = _("Phone signal in the car")
    queryset = CarSignal.objects.all()
    row_template = "registry/_signal_row.html"
    caption = _("Checks of the signal")
    empty_text = _("Nobody has checked the signal yet.")
    columns = (
        {"label": _("Checked at")},
        {"label": _("Carrier")},
        {"label": _("Call")},
        {"label": _("Signal (dBm)"), "num": True},
        {"label": _("Recorded by")},
    )

    def get_queryset(self):
        wanted = self.kwargs["public_id"]
        self.elevator = get_visible(Elevator.objects.all(), wanted, actor=self.actor, view=self.permission)
        return self.elevator.car_signals.all()

    def decorate(self, queryset):
        return queryset.select_related("filed_unit")

    @cached_property
    def able(self) -> bool:
        return may_record(self.actor, self.elevator)

    def get_context(self, **extra):
        return super().get_context(elevator=self.elevator, lead=named(self.elevator), **extra)


class RecordSignalPage(ScopedFormPage):
    """Record a check of the signal, all carriers that were tried at once."""

    permission = Permission.RECORD_SIGNAL
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.all()
    form_class = SignalForm
    title = _("Record the phone signal in the car")
    submit_label = _("Record the check")

    def get_form_kwargs(self):
        return {"initial": {"checked_at": self.at}}

    def get_context(self, **extra):
        return super().get_context(lead=named(self.object), **extra)

    def cancel_url(self):
        return f"{efile_url(self.object)}#signal"

    def save(self, form):
        tried = [Tried(**one) for one in form.tried()]
        record_signal(
            elevator=self.object, checked_at=form.cleaned_data["checked_at"], tried=tried, by=self.actor, at=self.at
        )
        return HttpResponseRedirect(reverse("registry:car_signal", args=[self.object.public_id]))
