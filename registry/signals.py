"""News that higher apps may hear, and questions that they answer (common.hooks)."""

from common.hooks import HookPoint, Panel


def _panel(actor, elevator, at) -> "Panel | None":
    """A panel about `elevator`, which `actor` may see; None when there is nothing for this actor."""


EFILE_PANELS = HookPoint("registry.efile_panels", _panel)
