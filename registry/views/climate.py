"""The climate of the machine room: the panel, the readings, a new one."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import Panel
from common.scoping import get_visible, may
from common.views import ScopedFormPage, ScopedListPage
from registry.actions.climate import record_climate
from registry.forms.climate import ClimateForm
from registry.models import ClimateReading, Elevator
from registry.views.changes import efile_url, named


def badge_of(reading) -> str:
    return "ok" if reading.verdict == "WITHIN" else "danger"


def may_record(actor, elevator) -> bool:
    return may(actor, Permission.RECORD_CLIMATE) and (
        Elevator.objects.visible_to(actor, Permission.RECORD_CLIMATE).filter(pk=elevator.pk).exists()
    )


def climate_panel(actor, elevator, at) -> Panel | None:
    """The newest reading, for everybody who sees the elevator; without any, for those who may record one."""
    newest = elevator.climate_readings.counting().order_by("-measured_at", "-pk").first()
    able = may_record(actor, elevator)
    if newest is None and not able:
        return None
    context = {
        "elevator": elevator,
        "reading": newest,
        "badge": badge_of(newest) if newest else "",
        "may_record": able,
    }
    return Panel("climate", _("Machine room"), "registry/panels/climate.html", context, aside=True)


class ClimatePage(ScopedListPage):
    """The readings of one machine room, newest entry first; corrected ones stay in sight."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/climate.html"
    title = _("Climate of the machine room")
    queryset = ClimateReading.objects.all()
    row_template = "registry/_climate_row.html"
    caption = _("Readings")
    empty_text = _("Nothing has been measured yet.")
    columns = (
        {"label": _("Measured at")},
        {"label": _("Temperature (°C)"), "num": True},
        {"label": _("Relative humidity"), "num": True},
        {"label": _("Limits")},
        {"label": _("Verdict")},
        {"label": _("Recorded by")},
    )

    def get_queryset(self):
        wanted = self.kwargs["public_id"]
        self.elevator = get_visible(Elevator.objects.all(), wanted, actor=self.actor, view=self.permission)
        return self.elevator.climate_readings.all()

    def decorate(self, queryset):
        return queryset.select_related("filed_unit", "temperature_limit", "humidity_limit", "corrected_by")

    def dress(self, rows):
        for row in rows:
            row.badge = badge_of(row)
            row.corrected = getattr(row, "corrected_by", None) is not None

    @cached_property
    def able(self) -> bool:
        return may_record(self.actor, self.elevator)

    def get_context(self, **extra):
        return super().get_context(elevator=self.elevator, lead=named(self.elevator), **extra)


class RecordClimatePage(ScopedFormPage):
    """Record a reading, or one in the place of a wrong one (?corrects=its id)."""

    permission = Permission.RECORD_CLIMATE
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.all()
    form_class = ClimateForm
    title = _("Record the climate of the machine room")
    submit_label = _("Record the reading")

    def corrected(self) -> ClimateReading | None:
        """The reading that the address names as wrong."""
        if not (wanted := self.request.GET.get("corrects")):
            return None
        rows = ClimateReading.objects.filter(elevator=self.object)
        return get_visible(rows, wanted, actor=self.actor, view=Permission.VIEW_ELEVATOR)

    def get_form_kwargs(self):
        wrong = self.corrected()
        if wrong is None:
            return {"initial": {"measured_at": self.at}}
        names = ("measured_at", "temperature", "humidity")
        return {"initial": {name: getattr(wrong, name) for name in names}}

    def get_context(self, **extra):
        return super().get_context(lead=named(self.object), **extra)

    def cancel_url(self):
        return f"{efile_url(self.object)}#climate"

    def save(self, form):
        corrects = self.corrected()
        record_climate(elevator=self.object, corrects=corrects, by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(reverse("registry:climate", args=[self.object.public_id]))
