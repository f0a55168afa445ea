"""The e-file of one elevator, made of panels."""

import datetime as dt

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.clock import local_date
from common.hooks import Panel
from common.models.intake import SourceRow
from common.scoping import may
from common.views import ScopedDetailPage
from registry.choices import (
    ApplicationKind,
    ApplicationState,
    ChangeState,
    ClimateVerdict,
    DocumentKind,
    FlagKind,
    RegistrationState,
    ResponsibilityRole,
    SignalOutcome,
)
from registry.forms import ElevatorForm
from registry.models import Elevator
from registry.queries import reference_reader, responsibility_lines, timeline
from registry.signals import EFILE_PANELS, EVENT_WORDS, EventWords


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
            panels=[panel for panel in panels if not panel.aside],
            aside=[panel for panel in panels if panel.aside],
            may_change=may(self.actor, Permission.CHANGE_ELEVATOR)
            and Elevator.objects.visible_to(self.actor, Permission.CHANGE_ELEVATOR).filter(pk=elevator.pk).exists(),
            **extra,
        )


# --- panels of the register itself (registered in registry.apps) ------------------------------------------------------


def identity_panel(actor, elevator, at) -> Panel:
    return Panel("identity", _("Identity"), "registry/panels/identity.html", {"elevator": elevator}, aside=True)


def technical_panel(actor, elevator, at) -> Panel:
    return Panel(
        "technical", _("Technical parameters"), "registry/panels/technical.html", {"elevator": elevator}, aside=True
    )


def responsibility_panel(actor, elevator, at) -> Panel:
    """Who answers; ending and assigning for those who may on this very elevator."""
    may_assign = may(actor, Permission.ASSIGN_RESPONSIBILITY) and (
        Elevator.objects.visible_to(actor, Permission.ASSIGN_RESPONSIBILITY).filter(pk=elevator.pk).exists()
    )
    reader = reference_reader(actor, elevator)
    context = {
        "elevator": elevator,
        "lines": [(line, reader.of(line.row)) for line in responsibility_lines(elevator, at=at)],
        "may_assign": may_assign,
        "may_propose": may(actor, Permission.PROPOSE_CHANGE)
        and elevator.using_unit_id in reach_of(actor, Permission.PROPOSE_CHANGE).unit_ids,
    }
    return Panel("responsibilities", _("Who answers"), "registry/panels/responsibilities.html", context, flush=True)


OUTCOMES = (
    dict(ResponsibilityRole.choices)
    | dict(RegistrationState.choices)
    | dict(FlagKind.choices)
    | dict(DocumentKind.choices)
    | dict(ClimateVerdict.choices)
    | dict(SignalOutcome.choices)
    | dict(ChangeState.choices)
)


_NO_WORDS = EventWords("")


def timeline_panel(actor, elevator, at) -> Panel:
    """What happened, newest first, with the unit that acted; people stay unnamed. Apps above say more of their own."""
    entries = timeline(elevator)
    more: dict[int, EventWords] = {}
    for registration in EVENT_WORDS:
        more |= registration.answer(actor, [entry.event for entry in entries])
    events = [
        {
            "at": entry.event.occurred_at,
            "title": _title(entry.event),
            "detail": " · ".join(filter(None, (" ".join(_told(entry)), more.get(entry.event.pk, _NO_WORDS).detail))),
            "url": more.get(entry.event.pk, _NO_WORDS).url,
            "actor": entry.acting_unit,
        }
        for entry in entries
    ]
    return Panel("timeline", _("Timeline"), "registry/panels/timeline.html", {"events": events})


# what was entered that day and happens on another one later
_ENTERED_BEFORE = {
    "RESPONSIBILITY_STARTED": _("beginning of a responsibility entered"),
    "RESPONSIBILITY_ENDED": _("end of a responsibility entered"),
}


def _effective(event) -> dt.date:
    """The day from which an event counts: the first of a responsibility or a change, the last of one that ends; the day of
    the event itself where its details name none. Ends are half-open: midnight belongs to the day before."""
    said = event.details.get("until" if event.kind == "RESPONSIBILITY_ENDED" else "from")
    if not isinstance(said, str):
        return local_date(event.occurred_at)
    try:
        moment = dt.datetime.fromisoformat(said)
    except ValueError:
        return local_date(event.occurred_at)
    if len(said) == len("2026-01-01"):
        return moment.date()
    return local_date(moment - dt.timedelta(microseconds=1) if event.kind == "RESPONSIBILITY_ENDED" else moment)


def _on_another_day(event) -> str:
    """The day from which an event counts, in words, when it is not that of the event."""
    if event.kind not in (*_ENTERED_BEFORE, "MAINTENANCE_CHANGE"):
        return ""
    entered, day = local_date(event.occurred_at), _effective(event)
    if day == entered or (event.kind == "RESPONSIBILITY_ENDED" and day == entered - dt.timedelta(days=1)):
        return ""
    later, past = {
        "RESPONSIBILITY_ENDED": (_("ends on %(day)s"), _("ended on %(day)s")),
    }.get(event.kind, (_("begins on %(day)s"), _("began on %(day)s")))
    return str((later if day > entered else past) % {"day": day.isoformat()})


def _title(event) -> str:
    """The kind of an event; a flag by its own name."""
    flag = dict(FlagKind.choices).get(event.outcome)
    if event.kind == "FLAGGED":
        return flag
    if event.kind == "UNFLAGGED":
        return gettext("no longer: %(flag)s") % {"flag": flag}
    if event.kind in _ENTERED_BEFORE and _effective(event) > local_date(event.occurred_at):
        return _ENTERED_BEFORE[event.kind]
    return event.get_kind_display()


def _outcomes(event) -> dict:
    return dict(ApplicationState.choices) if event.kind == "REGISTRATION_STEP" else OUTCOMES


def _told(entry) -> list[str]:
    """What an event says beyond its kind, in words."""
    event = entry.event
    told = [
        str(dict(ApplicationKind.choices).get(event.details.get("application_kind"), "")),
        "" if event.kind in ("FLAGGED", "UNFLAGGED") else str(_outcomes(event).get(event.outcome, "")),
        entry.about_unit,
        _on_another_day(event),
        str(event.details.get("reference", "")),
    ]
    told += [str(ElevatorForm.Meta.labels.get(name, name)) for name in event.details.get("fields", [])]
    return [part for part in told if part]


def source_panel(actor, elevator, at) -> Panel | None:
    """The row of the register that the elevator came from, for those who check imports."""
    if not may(actor, Permission.VIEW_SOURCE_ROW):
        return None
    if not Elevator.objects.visible_to(actor, Permission.VIEW_SOURCE_ROW).filter(pk=elevator.pk).exists():
        return None
    rows = SourceRow.objects.filter(subject_id=elevator.pk, batch__kind="registry.elevators")
    row = rows.select_related("batch").order_by("-pk").first()
    if row is None:
        return None
    return Panel("source", _("Source row"), "registry/panels/source.html", {"row": row, "cells": row.cells.items()})
