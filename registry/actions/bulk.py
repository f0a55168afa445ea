"""The same values for many elevators: first a plan that shows each row, then the change, row by row of that plan."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.audit import difference
from common.errors import Changed
from registry import rules
from registry.actions.elevators import change_elevators
from registry.models import Elevator

# What a bulk change may set; each is in CHANGEABLE. Codes are one elevator's own, positions and addresses as well.
BULK_CHANGEABLE = (
    "place_type",
    "class_code",
    "area",
    "manufacturer_name",
    "model",
    "commissioned_on",
    "last_renewed_on",
    "retrofitted",
)

REASONS: dict[str, str | Promise] = {
    "class-of-equipment_code": _("its equipment code says another class"),
    "class-of-registration_code": _("its registration code says another class"),
    "commissioned_on-before-manufactured_on": _("it would be commissioned before it was made"),
    "last_renewed_on-before-commissioned_on": _("it would be renewed before it was commissioned"),
}


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What would become of one elevator: {field: [old, new]} (empty: nothing to change), and why it is refused."""

    elevator: Elevator
    changes: dict
    refusals: tuple

    @property
    def happens(self) -> bool:
        return bool(self.changes) and not self.refusals


def plan_bulk_change(elevators: Sequence[Elevator], values: dict) -> list[RowPlan]:
    """One plan per elevator, in their order. Asks nothing of the database and writes nothing."""
    return [_plan(elevator, values) for elevator in elevators]


def _plan(elevator: Elevator, values: dict) -> RowPlan:
    changes = difference(elevator, values)
    row = {name: getattr(elevator, name) for name in (*rules.CODES_WITH_CLASS, *rules.DATES_IN_ORDER)}
    row["class_code"] = elevator.class_code_id
    row |= {name: getattr(new, "pk", new) for name, (_old, new) in changes.items()}
    return RowPlan(elevator, changes, tuple(REASONS[reason] for reason in rules.contradictions(row, set(changes))))


def fingerprint(plans: Sequence[RowPlan]) -> str:
    """What somebody saw in a preview: the rows in the version that they had, and what was to become of each."""
    seen = hashlib.sha256()
    for plan in plans:
        new = sorted((name, str(getattr(value, "pk", value))) for name, (_old, value) in plan.changes.items())
        seen.update(f"{plan.elevator.pk} {plan.elevator.version} {plan.happens} {new}\n".encode())
    return seen.hexdigest()


@transaction.atomic
def apply_bulk_change(plans: Sequence[RowPlan], *, values: dict, by: Actor, at: dt.datetime) -> list[Elevator]:
    """Change the rows whose plan says so, each with its life event and audit row; the refused ones are left alone.

    Raises Changed when any of them is no longer the version that was planned: then none is changed.
    """
    wanted = {plan.elevator.pk: plan.elevator.version for plan in plans if plan.happens}
    present = Elevator.objects.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",))
    if dict(present.values_list("pk", "version")) != wanted:
        raise Changed
    return change_elevators(elevator_ids=list(wanted), values=values, by=by, at=at)
