"""Appointing, ending an appointment, binding elevators to an officer."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.roles import Permission
from common.attachments.pages import KeepsFiles
from common.clock import local_date
from common.views import ScopedFormPage
from compliance.actions.duties import appoint, bind_elevators, dismiss
from compliance.choices import DutyRole
from compliance.forms.duties import AppointForm, BindForm, DismissForm
from compliance.models import DutyAppointment, UnitOnDuty
from compliance.queries.duties import candidates, in_use, without_officer
from compliance.views.duties.units import file_url
from registry.models import Site

MOST_SINGLE = 200


class _OfUnit(ScopedFormPage):
    permission = Permission.KEEP_DUTY
    view_permission = Permission.VIEW_DUTY
    queryset = UnitOnDuty.objects.all()

    def get_context(self, **extra):
        return super().get_context(lead=self.object.name, **extra)

    def cancel_url(self):
        return file_url(self.object)


class AppointPage(KeepsFiles, _OfUnit):
    """Enter an appointment with its letter."""

    form_class = AppointForm
    title = _("Appoint for safety")
    submit_label = _("Enter the appointment")

    def get_form_kwargs(self):
        return {"people": candidates(self.object, self.at), "initial": {"role": self.request.GET.get("role", "")}}

    def save(self, form):
        given = form.cleaned_data
        appoint(
            unit=self.object,
            user=given["person"],
            role=given["role"],
            started_on=given["day"],
            reference=given["reference"],
            letter=given["files"],
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(self.cancel_url())


class DismissPage(ScopedFormPage):
    """End an appointment."""

    permission = Permission.KEEP_DUTY
    view_permission = Permission.VIEW_DUTY
    queryset = DutyAppointment.objects.select_related("unit", "user")
    form_class = DismissForm
    title = _("End the appointment")
    submit_label = _("End it")
    danger = True
    consequence = _("From that day on the officer's elevators have nobody, until you bind them to another officer.")

    def get_context(self, **extra):
        lead = f"{self.object.user.display_name} · {self.object.get_role_display()} · {self.object.unit.name}"
        return super().get_context(lead=lead, **extra)

    def cancel_url(self):
        return file_url(self.object.unit)

    def save(self, form):
        given = form.cleaned_data
        dismiss(appointment=self.object, ended_on=given["day"], reason=given["reason"], by=self.actor, at=self.at)
        return HttpResponseRedirect(self.cancel_url())


class BindPage(_OfUnit):
    """Bind elevators of the unit to one of its officers."""

    form_class = BindForm
    title = _("Bind elevators to a safety officer")
    submit_label = _("Bind them")
    consequence = _("From that day on this officer has to look at them each day; whoever has them now no longer does.")

    def get_form_kwargs(self):
        unit = self.object
        used = in_use(unit, self.at)
        officers = DutyAppointment.objects.unfinished(local_date(self.at)).filter(unit=unit, role=DutyRole.OFFICER)
        single = used.order_by("pk")[: MOST_SINGLE + 1]
        return {
            "officers": officers.select_related("user").order_by("user__display_name", "pk"),
            "sites": Site.objects.filter(pk__in=used.values("site_id")).order_by("name", "pk"),
            # a unit with more than anybody ticks binds whole sites
            "elevators": used.order_by("pk") if len(single) <= MOST_SINGLE else used.filter(site=None).order_by("pk"),
        }

    def save(self, form):
        given, day = form.cleaned_data, form.cleaned_data["day"]
        used = in_use(self.object, self.at)
        ids = {one.pk for one in given["elevators"]}
        ids |= set(used.filter(site__in=given["sites"]).values_list("pk", flat=True))
        if given["unbound"]:
            ids |= set(without_officer(self.object, day, self.at).values_list("pk", flat=True))
        moved = bind_elevators(appointment=given["officer"], elevator_ids=ids, from_on=day, by=self.actor, at=self.at)
        words = ngettext("%(n)s elevator has this officer now.", "%(n)s elevators have this officer now.", moved)
        messages.success(self.request, words % {"n": moved})
        return HttpResponseRedirect(self.cancel_url())
