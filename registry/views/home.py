"""What the register puts on home pages and into the navigation."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import NavItem, Panel, Tile
from common.scoping import may
from registry.queries import district_lines, state_counts


def navigation(actor) -> list[NavItem]:
    if not may(actor, Permission.VIEW_ELEVATOR):
        return []
    return [NavItem(_("Elevators"), reverse("registry:elevators")), NavItem(_("Map"), reverse("registry:map"))]


def tiles(actor, at) -> list[Tile]:
    """Elevators in all, and those whose state asks for something."""
    if not may(actor, Permission.VIEW_ELEVATOR):
        return []
    counts, elevators = state_counts(actor), reverse("registry:elevators")

    def one(label, value, query, state="", hint=""):
        if not value:
            state, hint = "", ""
        return Tile(label=label, value=value, url=f"{elevators}?{query}", state=state, hint=hint)

    return [
        Tile(label=_("elevators"), value=counts.total, url=elevators),
        one(_("in use"), counts.by_state.get("IN_USE", 0), "registration_state=IN_USE"),
        one(
            _("not registered"), counts.by_state.get("UNREGISTERED", 0), "registration_state=UNREGISTERED", "attention"
        ),
        one(_("out of use"), counts.by_state.get("OUT_OF_USE", 0), "registration_state=OUT_OF_USE"),
        one(_("sealed by the regulator"), counts.sealed, "flag=SEALED", "danger", _("must not run")),
    ]


def district_panel(actor, at) -> Panel | None:
    """Elevators by managing district, 江北新区 apart, for those who see more than one."""
    if not may(actor, Permission.VIEW_ELEVATOR):
        return None
    lines = district_lines(actor)
    if len(lines) < 2:
        return None
    context = {"lines": lines, "largest": max(line.total for line in lines)}
    return Panel("districts", _("By managing district"), "registry/panels/districts.html", context, flush=True)
