"""What this app's sweeps are called, what they do and what they wait for (registered at common.sweeps)."""

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from common.sweeps import Sweep
from compliance.actions import escalate_all_due, plan_all_due, take_all_steps, watch_all_due_hazards
from compliance.actions.telling import tell_all
from compliance.models import Alert, ElevatorDue, Hazard, News, Obligation


def planning() -> Sweep:
    return Sweep(
        _("What changed elevators owe"), lambda at: plan_all_due(at=at), lambda at: _oldest(ElevatorDue, "noted_at", at)
    )


def stepping() -> Sweep:
    return Sweep(
        _("Warnings and alerts"), lambda at: take_all_steps(at=at), lambda at: _oldest(Obligation, "step_at", at)
    )


def escalating() -> Sweep:
    return Sweep(
        _("Alerts that nobody ended"), lambda at: escalate_all_due(at=at), lambda at: _oldest(Alert, "escalates_at", at)
    )


def watching() -> Sweep:
    return Sweep(
        _("Hazards whose time is over"),
        lambda at: watch_all_due_hazards(at=at),
        lambda at: _oldest(Hazard, "step_at", at),
    )


def telling() -> Sweep:
    return Sweep(_("News for people and units"), lambda at: tell_all(at=at), lambda at: _oldest(News, "tell_at", at))


def _oldest(model, column: str, at):
    """The end of an index."""
    return model.objects.filter(**{f"{column}__lte": at}).aggregate(oldest=Min(column))["oldest"]
