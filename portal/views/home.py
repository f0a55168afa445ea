from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import ROLES
from common import clock
from common.context import THEMES
from common.hooks import HOME_PANELS, HOME_TILES
from common.one_look import one_look


@require_safe
def home(request):
    """What this person's roles call for, in numbers that open their rows."""
    at = clock.now()
    with one_look():  # nearly every tile asks which elevators one sees
        tiles = [tile for registration in HOME_TILES for tile in registration.answer(request.actor, at)]
        panels = [p for registration in HOME_PANELS if (p := registration.answer(request.actor, at)) is not None]
    roles = dict.fromkeys(ROLES[holding.role].label for holding in request.actor.holdings)
    return render(request, "portal/home.html", {"tiles": tiles, "panels": panels, "roles": list(roles)})


@login_not_required
@require_POST
def theme(request):
    """Keep the chosen theme in a cookie and go back."""
    back = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    if (chosen := request.POST.get("theme")) in THEMES:
        response.set_cookie(
            "theme", chosen, max_age=365 * 24 * 3600, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    return response


@login_not_required
@require_safe
def gallery(request):
    """Every component in every state, for those who build pages."""
    return render(request, "portal/gallery.html")
