"""What this app's sweeps are called, what they do and what they wait for (registered at common.sweeps)."""

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from common.models import SweepFault
from common.sweeps import Sweep
from compliance.actions import (
    alerts,
    escalate_all_due,
    hazards,
    plan_all_due,
    plans,
    risk,
    steps,
    take_all_steps,
    watch_all_due_hazards,
)
from compliance.actions.complaint_moves import SWEEP as MOVES
from compliance.actions.complaint_moves import move_all_due, oldest_moved
from compliance.actions.duties import plan_all_due_units
from compliance.actions.duties.planning import SWEEP as DUTIES
from compliance.actions.forwarding import forward_all_due
from compliance.actions.telling import tell_all
from compliance.actions.waivers import turn_all_waivers
from compliance.models import Alert, DutyClock, ElevatorDue, Forwarding, Hazard, News, Obligation, Waiver


def planning() -> Sweep:
    return Sweep(
        _("What changed elevators owe"),
        lambda at: plan_all_due(at=at),
        lambda at: _oldest(plans.SWEEP, ElevatorDue, "noted_at", at),
    )


def planning_duties() -> Sweep:
    return Sweep(
        _("What using units and their officers owe"),
        lambda at: plan_all_due_units(at=at),
        lambda at: _oldest(DUTIES, DutyClock, "look_at", at),
    )


def turning() -> Sweep:
    return Sweep(
        _("Waivers that begin and end"),
        lambda at: turn_all_waivers(at=at),
        lambda at: _oldest("compliance.waivers", Waiver, "step_at", at),
    )


def stepping() -> Sweep:
    return Sweep(
        _("Warnings and alerts"),
        lambda at: take_all_steps(at=at),
        lambda at: _oldest(steps.SWEEP, Obligation, "step_at", at),
    )


def escalating() -> Sweep:
    return Sweep(
        _("Alerts that nobody ended"),
        lambda at: escalate_all_due(at=at),
        lambda at: _oldest(alerts.SWEEP, Alert, "escalates_at", at),
    )


def watching() -> Sweep:
    return Sweep(
        _("Hazards whose time is over"),
        lambda at: watch_all_due_hazards(at=at),
        lambda at: _oldest(hazards.SWEEP, Hazard, "step_at", at),
    )


def rating() -> Sweep:
    faults = SweepFault.objects.filter(sweep=risk.SWEEP).values("row_id")
    return Sweep(
        _("Risk bands of what changed"),
        lambda at: risk.find_all_bands(at=at),
        lambda at: risk.oldest_due(faults, at),
    )


def telling() -> Sweep:
    return Sweep(
        _("News for people and units"),
        lambda at: tell_all(at=at),
        lambda at: _oldest("compliance.telling", News, "tell_at", at),
    )


def moving_complaints() -> Sweep:
    return Sweep(
        _("Complaints whose elevator changed hands"),
        lambda at: move_all_due(at=at),
        lambda at: oldest_moved(_apart(MOVES), at),
    )


def forwarding() -> Sweep:
    return Sweep(
        _("Complaints on their way to platforms outside"),
        lambda at: forward_all_due(at=at),
        lambda at: Forwarding.objects.due(at).aggregate(oldest=Min("attempt_after"))["oldest"],
    )


def _apart(sweep: str):
    """What is set apart waits by itself."""
    return SweepFault.objects.filter(sweep=sweep).values("row_id")


def _oldest(sweep: str, model, column: str, at):
    """The end of an index."""
    due = model.objects.filter(**{f"{column}__lte": at}).exclude(pk__in=_apart(sweep))
    return due.aggregate(oldest=Min(column))["oldest"]
