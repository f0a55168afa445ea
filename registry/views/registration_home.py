"""Applications on home pages, in the navigation and in the e-file."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.roles import Permission
from common.clock import local_date
from common.hooks import NavItem, Panel, Tile
from common.pagination import capped_count
from common.scoping import may
from registry.choices import ApplicationState
from registry.models import RegistrationApplication
from registry.queries.registrations import kinds_possible, open_application_of, refused_lately
from registry.views.registrations import BADGES, application_url

REFUSED_COUNTED = 20


def navigation(actor) -> list[NavItem]:
    if may(actor, Permission.CHANGE_REGISTRATION):
        return [NavItem(_("Applications"), reverse("registry:application_queue"))]
    if may(actor, Permission.VIEW_APPLICATION):
        return [NavItem(_("Applications"), reverse("registry:applications"))]
    return []


def tiles(actor, at) -> list[Tile]:
    """What waits for the regulator, or what the using unit has to mend."""
    if may(actor, Permission.CHANGE_REGISTRATION):
        rows = RegistrationApplication.objects.visible_to(actor, Permission.CHANGE_REGISTRATION).waiting()
        label, url = _("applications to answer"), reverse("registry:application_queue")
        oldest = rows.order_by("due_on").values_list("due_on", flat=True).first()
        late = oldest is not None and oldest < local_date(at)
        state, hint = ("danger", _("overdue")) if late else ("", "")
    elif may(actor, Permission.APPLY_REGISTRATION):
        rows = RegistrationApplication.objects.visible_to(actor, Permission.APPLY_REGISTRATION)
        rows = rows.filter(state=ApplicationState.RETURNED)
        label, url = _("applications to mend"), f"{reverse('registry:applications')}?state=RETURNED"
        state, hint = "warning", _("returned to be mended")
    else:
        return []
    count = capped_count(rows)
    tile = Tile(
        label=label, value=str(count), url=url, state=state if count.value else "", hint=hint if count.value else ""
    )
    return [tile, *refused_tile(actor, at)]


def refused_tile(actor, at) -> list[Tile]:
    """What was refused lately and not applied for again: nothing waits for the unit then, so nothing else would tell it."""
    if may(actor, Permission.CHANGE_REGISTRATION):
        return []
    rows = list(refused_lately(actor, at).order_by("-decided_at", "-pk")[:REFUSED_COUNTED])
    if not rows:
        return []
    days = (local_date(at) - local_date(rows[0].decided_at)).days
    hint = (
        ngettext("refused %(n)s day ago", "refused %(n)s days ago", days) % {"n": days} if days else _("refused today")
    )
    url = application_url(rows[0]) if len(rows) == 1 else f"{reverse('registry:applications')}?state=REFUSED"
    value = str(len(rows)) if len(rows) < REFUSED_COUNTED else f"{REFUSED_COUNTED}+"
    return [Tile(label=_("applications refused"), value=value, url=url, state="danger", hint=hint)]


def registration_panel(actor, elevator, at) -> Panel | None:
    """The certificate, what is under way, and the way to apply: for those who see applications or the certificate."""
    sees = may(actor, Permission.VIEW_APPLICATION)
    row = open_application_of(elevator, actor=actor) if sees else None
    kinds = kinds_possible(elevator, actor=actor, at=at)
    context = {
        "elevator": elevator,
        "application": row,
        "badge": BADGES[row.state] if row else "",
        "may_apply": bool(kinds),
    }
    return Panel("registration", _("Use registration"), "registry/panels/registration.html", context, aside=True)
