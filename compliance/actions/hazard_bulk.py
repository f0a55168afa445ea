"""The same step of several hazards at once, each judged by itself: what is refused costs the others nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from common.actor import Actor
from common.errors import NotPermitted, Refusal
from compliance.actions.hazards import take_hazard_step
from compliance.models import Hazard
from registry.models import Elevator

MOST = 50
TOGETHER = ("confirm", "reject", "claim", "verify")  # of the others each has its own reason


@dataclass(frozen=True, slots=True)
class Chosen:
    """A hazard and the version that was read. `may`: does the person who chose it answer for its elevator?"""

    hazard: Hazard
    version: int | None
    may: bool = True


@transaction.atomic
def take_hazard_steps(
    *, chosen: Sequence[Chosen], step: str, note: str, by: Actor, at: dt.datetime
) -> list[Hazard | Refusal]:
    """Take `step` (of TOGETHER) of each, at most MOST; what became of each in the order given. Sent again it is the same."""
    if len(chosen) > MOST or step not in TOGETHER:
        raise ValueError(f"at most {MOST} at once, and one of {TOGETHER}")
    _lock(chosen)
    return [_taken(one, step, note, by, at) for one in chosen]


def _lock(chosen: Sequence[Chosen]) -> None:
    """All elevators in one order, so that two who chose the same never wait for each other."""
    ids = {one.hazard.elevator_id for one in chosen}
    list(Elevator.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True).only("pk"))


def _taken(one: Chosen, step: str, note: str, by: Actor, at: dt.datetime) -> Hazard | Refusal:
    if not one.may:
        return NotPermitted()
    try:
        with transaction.atomic():
            return take_hazard_step(hazard_id=one.hazard.pk, step=step, note=note, version=one.version, by=by, at=at)
    except Refusal as refusal:
        return refusal
