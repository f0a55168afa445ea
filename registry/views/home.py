"""What the register puts on home pages and into the navigation."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import NavItem, Tile
from common.scoping import may
from registry.queries import state_counts


def navigation(actor) -> list[NavItem]:
    if not may(actor, Permission.VIEW_ELEVATOR):
        return []
    return [NavItem(_("Elevators"), reverse("registry:elevators"))]


def tiles(actor, at) -> list[Tile]:
    """Elevators in all, and those whose state asks for something."""
    if not may(actor, Permission.VIEW_ELEVATOR):
        return []
    counts, elevators = state_counts(actor), reverse("registry:elevators")

    def one(label, value, query, state=""):
        return Tile(label=label, value=value, url=f"{elevators}?{query}", state=state if value else "")

    return [
        Tile(label=_("elevators"), value=counts.total, url=elevators),
        one(_("in use"), counts.by_state.get("IN_USE", 0), "registration_state=IN_USE"),
        one(
            _("not registered"), counts.by_state.get("UNREGISTERED", 0), "registration_state=UNREGISTERED", "attention"
        ),
        one(_("out of use"), counts.by_state.get("OUT_OF_USE", 0), "registration_state=OUT_OF_USE"),
        one(_("sealed by the regulator"), counts.sealed, "flag=SEALED", "danger"),
    ]
