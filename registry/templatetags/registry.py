"""How an elevator's state looks on a page."""

from django import template

from registry.choices import FlagKind, RegistrationState
from registry.rules import public_status

register = template.Library()

COLOURS = {
    "SEALED": "danger",
    "DISMANTLED": "neutral",
    "RELOCATING": "warning",
    "CHANGING": "attention",
    "IN_USE": "ok",
    "UNREGISTERED": "attention",
    "OUT_OF_USE": "warning",
    "SCRAPPED": "neutral",
    "DEREGISTERED": "neutral",
}
LABELS = dict(RegistrationState.choices) | dict(FlagKind.choices)


@register.simple_tag
def status(elevator) -> dict:
    """{"label", "state"} of a badge: the gravest open flag, else the registration state."""
    shown = public_status(elevator.registration_state, elevator.flag_kinds)
    return {"label": LABELS[shown], "state": COLOURS[shown]}
