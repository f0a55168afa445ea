"""The e-file of one elevator, made of panels."""

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.scoping import may
from common.views import ScopedDetailPage
from registry.models import Elevator
from registry.queries import responsibility_lines, timeline
from registry.signals import EFILE_PANELS, Panel


class ElevatorPage(ScopedDetailPage):
    """E-file: state, who answers, facts, timeline, and what higher apps add."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/elevator_detail.html"
    queryset = Elevator.objects.with_neighbours()

    def get_context(self, **extra):
        at, elevator = self.at, self.object
        panels = [
            panel
            for registration in EFILE_PANELS
            if (panel := registration.answer(self.actor, elevator, at)) is not None
        ]
        return super().get_context(
            elevator=elevator,
            panels=panels,
            may_change=may(self.actor, Permission.CHANGE_ELEVATOR)
            and Elevator.objects.visible_to(self.actor, Permission.CHANGE_ELEVATOR).filter(pk=elevator.pk).exists(),
            **extra,
        )


# --- panels of the register itself (registered in registry.apps) ------------------------------------------------------


def identity_panel(actor, elevator, at) -> Panel:
    return Panel("identity", _("Identity"), "registry/panels/identity.html", {"elevator": elevator})


def technical_panel(actor, elevator, at) -> Panel:
    return Panel("technical", _("Technical parameters"), "registry/panels/technical.html", {"elevator": elevator})


def responsibility_panel(actor, elevator, at) -> Panel:
    """Who answers; ending and assigning for those who may on this very elevator."""
    may_assign = may(actor, Permission.ASSIGN_RESPONSIBILITY) and (
        Elevator.objects.visible_to(actor, Permission.ASSIGN_RESPONSIBILITY).filter(pk=elevator.pk).exists()
    )
    context = {
        "elevator": elevator,
        "lines": responsibility_lines(elevator, at=at),
        "may_assign": may_assign,
    }
    return Panel("responsibilities", _("Who answers"), "registry/panels/responsibilities.html", context)


def timeline_panel(actor, elevator, at) -> Panel:
    events = [
        {
            "at": entry.event.occurred_at,
            "title": entry.event.get_kind_display(),
            "actor": entry.unit,
            "detail": ", ".join(str(name) for name in entry.details.get("fields", [])),
        }
        for entry in timeline(elevator)
    ]
    return Panel("timeline", _("Timeline"), "registry/panels/timeline.html", {"events": events})


def source_panel(actor, elevator, at) -> Panel | None:
    """The row of the register that the elevator came from, for those who check imports."""
    if not elevator.source or not may(actor, Permission.VIEW_SOURCE_ROW):
        return None
    if not Elevator.objects.visible_to(actor, Permission.VIEW_SOURCE_ROW).filter(pk=elevator.pk).exists():
        return None
    row = elevator.source_rows.select_related("batch").order_by("-pk").first()
    if row is None:
        return None
    return Panel("source", _("Source row"), "registry/panels/source.html", {"row": row, "cells": row.cells.items()})
