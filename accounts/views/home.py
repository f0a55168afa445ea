"""What people and units put on home pages, into the navigation, the search and the page that says no."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.forms import NO_ROLE
from accounts.models import Certificate, User
from accounts.queries import awaiting_approval, holding_role
from accounts.roles import Permission, roles_with
from accounts.rules.certificates import SOON
from common.clock import local_date
from common.hooks import NavItem, SearchHit, Tile
from common.pagination import capped_count
from common.scoping import may


def navigation(actor) -> list[NavItem]:
    items = []
    if may(actor, Permission.VIEW_UNIT):
        items.append(NavItem(_("Units"), reverse("accounts:units")))
    if may(actor, Permission.VIEW_USER):
        items.append(NavItem(_("People"), reverse("accounts:people")))
    if may(actor, Permission.VIEW_CERTIFICATE):
        items.append(NavItem(_("Certificates"), reverse("accounts:certificates")))
    if may(actor, Permission.VIEW_CLIENT):
        items.append(NavItem(_("Machines"), reverse("accounts:clients")))
    if may(actor, Permission.VIEW_AUDIT):
        items.append(NavItem(_("Audit log"), reverse("accounts:audit")))
    if may(actor, Permission.VIEW_RETENTION):
        items.append(NavItem(_("Retention"), reverse("accounts:retention")))
    if may(actor, Permission.VIEW_SWEEPS):
        items.append(NavItem(_("Sweeps"), reverse("accounts:sweeps")))
    return items


def tiles(actor, at) -> list[Tile]:
    """People whom one administers, those for whom something is left to do, certificates to renew. At most five queries."""
    return [*_certificate_tiles(actor, at), *_people_tiles(actor, at)]


def _certificate_tiles(actor, at) -> list[Tile]:
    """Certificates that a unit's own people have to renew; whoever supervises has the list."""
    if not may(actor, Permission.RECORD_CERTIFICATE):
        return []
    today = local_date(at)
    rows = Certificate.objects.visible_to(actor, Permission.RECORD_CERTIFICATE).counting(at)
    due = capped_count(rows.filter(valid_until__lte=today + dt.timedelta(days=SOON)))
    return [
        Tile(
            label=_("certificates expired or expiring within 60 days"),
            value=str(due),
            url=f"{reverse('accounts:certificates')}?due=60",
            state="attention" if due.value else "",
        )
    ]


def _people_tiles(actor, at) -> list[Tile]:
    if not may(actor, Permission.VIEW_USER):
        return []
    people = User.objects.visible_to(actor, Permission.VIEW_USER).filter(is_active=True)
    url = reverse("accounts:people")
    found = [Tile(label=_("people who can sign in"), value=str(capped_count(people)), url=f"{url}?active=true")]
    if may(actor, Permission.APPROVE_PASSWORD):
        waiting = capped_count(awaiting_approval(people, at))
        found.append(
            Tile(
                label=_("proposals that wait for your approval"),
                value=str(waiting),
                url=f"{url}?waiting=true",
                state="attention" if waiting.value else "",
            )
        )
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


def search(actor, text, longest) -> list[SearchHit]:
    """People by sign-in name or the beginning of their name, within the actor's scope."""
    text = text.replace("\0", "").strip()[:64]
    if not text or not may(actor, Permission.VIEW_USER):
        return []
    people = User.objects.visible_to(actor, Permission.VIEW_USER).called(text).order_by("pk")
    return [
        SearchHit(
            person.display_name,
            reverse("accounts:person", args=[person.public_id]),
            person.username,
            group=_("People"),
            exact=person.username.lower() == text.lower(),
        )
        for person in people[:longest]
    ]


def who_may(permission) -> list[str]:
    """Names of the roles that carry a permission."""
    return [role.label for role in roles_with(permission)]
