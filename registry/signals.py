"""News that higher apps may hear, and questions that they answer (common.hooks)."""

from dataclasses import dataclass, field

from common.hooks import HookPoint


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel of the e-file page: a template with its context; `anchor` links to it."""

    anchor: str
    title: str
    template: str
    context: dict = field(default_factory=dict)


def _panel(actor, elevator, at) -> "Panel | None":
    """A panel about `elevator`, which `actor` may see; None when there is nothing for this actor."""


EFILE_PANELS = HookPoint("registry.efile_panels", _panel)
