"""Entering and changing elevators, and who answers for them."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.scoping import may
from common.views import ScopedFormPage
from registry import actions, queries
from registry.forms import ElevatorForm, EndResponsibilityForm, ResponsibilityForm
from registry.models import Elevator, Responsibility


def efile_url(elevator) -> str:
    return reverse("registry:elevator", args=[elevator.public_id])


def named(elevator) -> str:
    """An elevator in one line: its code and where it is."""
    return " · ".join(part for part in (elevator.main_code, elevator.address, elevator.building) if part)


class ElevatorFormPage(ScopedFormPage):
    form_class = ElevatorForm
    template_name = "registry/elevator_form.html"


class CreateElevatorPage(ElevatorFormPage):
    """Enter an elevator. A using unit's manager enters it for the own unit, a registrar for nobody yet."""

    permission = Permission.CREATE_ELEVATOR
    title = _("Enter an elevator")
    submit_label = _("Enter the elevator")

    def get_form_kwargs(self):
        return {"actor": self.actor, "may_register": True, "may_number": queries.may_number(self.actor)}

    def own_using_unit(self) -> Unit | None:
        """The unit that a unit's person enters elevators for; None for registrars of an area."""
        scope = reach_of(self.actor, Permission.CREATE_ELEVATOR)
        if scope.everything or scope.areas or len(scope.unit_ids) != 1:
            return None
        return get_object_or_404(Unit, pk=next(iter(scope.unit_ids)))

    def cancel_url(self):
        return reverse("registry:elevators")

    def save(self, form):
        values, using_unit = form.values(), self.own_using_unit()
        queries.require_may_create(self.actor, area=values["area"], using_unit=using_unit)
        queries.require_may_number(self.actor, values)
        elevator = actions.create_elevator(values=values, by=self.actor, at=self.at, using_unit=using_unit)
        messages.success(self.request, _("The elevator is entered; it is not registered for use yet."))
        return HttpResponseRedirect(efile_url(elevator))


class ChangeElevatorPage(ElevatorFormPage):
    """Correct an elevator's details; fields of the use registration only for those who may register."""

    permission = Permission.CHANGE_ELEVATOR
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.select_related("area", "site")
    title = _("Change details")
    submit_label = _("Save the changes")

    def get_form_kwargs(self):
        registrars = Elevator.objects.visible_to(self.actor, Permission.CHANGE_REGISTRATION)
        may_register = may(self.actor, Permission.CHANGE_REGISTRATION) and registrars.filter(pk=self.object.pk).exists()
        return {"actor": self.actor, "may_register": may_register, "instance": self.object}

    def cancel_url(self):
        return efile_url(self.object)

    def save(self, form):
        values = form.values()
        if "area" in values and values["area"].pk != self.object.area_id:
            queries.require_may_create(self.actor, area=values["area"], using_unit=None)
        actions.change_elevator(
            elevator_id=self.object.pk,
            values=values,
            version=form.cleaned_data["version"],
            by=self.actor,
            at=self.at,
        )
        messages.success(self.request, _("The details are saved."))
        return HttpResponseRedirect(efile_url(self.object))


class AssignResponsibilityPage(ScopedFormPage):
    """Let a unit answer for this elevator."""

    def get_context(self, **extra):
        return super().get_context(lead=named(self.object), **extra)

    permission = Permission.ASSIGN_RESPONSIBILITY
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.all()
    form_class = ResponsibilityForm
    title = _("Assign a unit")
    submit_label = _("Assign the unit")

    def get_form_kwargs(self):
        return {"actor": self.actor, "initial": {"started_on": self.at}}

    def cancel_url(self):
        return efile_url(self.object)

    def save(self, form):
        data = form.cleaned_data
        actions.assign_responsibility(
            elevator=self.object,
            unit=data["unit"],
            role=data["role"],
            started_at=data["started_on"],
            reference=data["reference"],
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(f"{efile_url(self.object)}#responsibilities")


class EndResponsibilityPage(ScopedFormPage):
    """End what a unit answers for; it keeps sight of its own records, not of the elevator."""

    def get_context(self, **extra):
        row = self.object
        lead = f"{row.unit.name} · {row.get_role_display()} · {named(row.elevator)}"
        return super().get_context(lead=lead, **extra)

    permission = Permission.ASSIGN_RESPONSIBILITY
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Responsibility.objects.select_related("elevator", "unit")
    form_class = EndResponsibilityForm
    title = _("End a responsibility")
    submit_label = _("End the responsibility")
    danger = True
    consequence = _("From then on the unit no longer sees this elevator, and nobody answers for it in this role.")

    def get_form_kwargs(self):
        return {"initial": {"ended_at": self.at}}

    def cancel_url(self):
        return efile_url(self.object.elevator)

    def save(self, form):
        actions.end_responsibility(
            responsibility=self.object, ended_at=form.cleaned_data["ended_at"], by=self.actor, at=self.at
        )
        return HttpResponseRedirect(f"{efile_url(self.object.elevator)}#responsibilities")
