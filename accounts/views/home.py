"""What people and units put on home pages, into the navigation, the search and the page that says no."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.forms import NO_ROLE
from accounts.models import Unit, User
from accounts.queries import holding_role
from accounts.roles import Permission, roles_with
from common.hooks import NavItem, SearchHit, Tile
from common.pagination import capped_count
from common.scoping import may


def navigation(actor) -> list[NavItem]:
    items = []
    if may(actor, Permission.VIEW_UNIT):
        items.append(NavItem(_("Units"), reverse("accounts:units")))
    if may(actor, Permission.VIEW_USER):
        items.append(NavItem(_("People"), reverse("accounts:people")))
    return items


def tiles(actor, at) -> list[Tile]:
    """People whom one administers, and those for whom something is left to do. At most three queries."""
    if not may(actor, Permission.VIEW_USER):
        return []
    people = User.objects.visible_to(actor, Permission.VIEW_USER).filter(is_active=True)
    url = reverse("accounts:people")
    found = [Tile(label=_("people who can sign in"), value=str(capped_count(people)), url=f"{url}?active=true")]
    if may(actor, Permission.GRANT_ANY_ROLE):
        idle = capped_count(holding_role(people, "", actor=actor, at=at))
        found.append(
            Tile(
                label=_("people without a role"),
                value=str(idle),
                url=f"{url}?active=true&role={NO_ROLE}",
                hint=_("give one or deactivate") if idle.value else "",
                state="attention" if idle.value else "",
            )
        )
    return found


def search(actor, text) -> list[SearchHit]:
    """Units by credit code or whole name, people by sign-in name, each within the actor's scope."""
    hits = []
    if may(actor, Permission.VIEW_UNIT):
        units = Unit.objects.visible_to(actor, Permission.VIEW_UNIT).select_related("area").order_by("pk")
        named = units.filter(name=text) | units.filter(credit_code=text.upper())
        hits += [
            SearchHit(unit.name, reverse("accounts:unit", args=[unit.public_id]), str(unit.get_kind_display()))
            for unit in named[:20]
        ]
    if may(actor, Permission.VIEW_USER):
        people = User.objects.visible_to(actor, Permission.VIEW_USER).named(text)
        hits += [
            SearchHit(person.display_name, reverse("accounts:person", args=[person.public_id]), person.username)
            for person in people[:20]
        ]
    return hits


def who_may(permission) -> list[str]:
    """Names of the roles that carry a permission."""
    return [role.label for role in roles_with(permission)]
