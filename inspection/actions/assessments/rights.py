"""Whose a step of a safety assessment is: said once, for pages, REST and actions."""

import datetime as dt

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor, ActorKind
from common.errors import NotPermitted
from inspection.models import Assessment
from inspection.rules import assessments as rules
from registry.models import Elevator

HOLD = {
    rules.UNIT: Permission.APPLY_INSPECTION,
    rules.BODY: Permission.FILE_REPORT,
    rules.OFFICER: Permission.CLOSE_ASSESSMENT,
}
# {step: permissions of which one is enough, by the table of steps}
RIGHTS = {step.name: tuple(HOLD[who] for who in step.who) for step in rules.TABLE}


def may_take(case: Assessment, step: str, by: Actor) -> bool:
    """Is this step this actor's to take on this case (whatever its state)?"""
    if by.kind == ActorKind.SYSTEM:
        return True
    return any(
        reach_of(by, permission) and Assessment.objects.visible_to(by, permission).filter(pk=case.pk).exists()
        for permission in RIGHTS[step]
    )


def own_using_unit(elevator: Elevator, by: Actor, at: dt.datetime) -> int:
    until = elevator.using_unit_until
    unit = elevator.using_unit_id if until is None or until > at else None
    own = by.kind == ActorKind.SYSTEM or unit in reach_of(by, Permission.APPLY_INSPECTION).unit_ids
    if unit is None or not own:
        raise NotPermitted(permission=Permission.APPLY_INSPECTION)
    return unit
