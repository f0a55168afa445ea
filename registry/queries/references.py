"""Who reads the number of the document that a responsibility rests on: a contract's is nobody else's business."""

from dataclasses import dataclass

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.scoping import may
from registry.models import Elevator, Responsibility


@dataclass(frozen=True, slots=True)
class ReferenceReader:
    """One actor before the responsibilities of one elevator."""

    units: frozenset
    every: bool

    def of(self, row: Responsibility) -> str:
        """The number, for the unit that answers, the elevator's using unit and the regulator of the place; '' for others."""
        if self.every or {row.unit_id, row.elevator.using_unit_id} & self.units:
            return row.reference
        return ""


def reference_reader(actor: Actor, elevator: Elevator) -> ReferenceReader:
    """What `actor`, who sees the elevator, may read of its documents' numbers; auditors read all of it."""
    scope = reach_of(actor, Permission.VIEW_ELEVATOR)
    every = scope.everything or (
        may(actor, Permission.ASSIGN_RESPONSIBILITY)
        and Elevator.objects.visible_to(actor, Permission.ASSIGN_RESPONSIBILITY).filter(pk=elevator.pk).exists()
    )
    return ReferenceReader(scope.unit_ids, every)
