from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.queries import actor_for
from common import clock

# Where somebody with a temporary password may go: to a password of their own, out, or into another language.
OPEN_TO_TEMPORARY_PASSWORDS = frozenset(
    {
        "accounts:change_password",
        "accounts:sign_out",
        "set_language",
        "portal:theme",
        "common:healthz",
        "common:readyz",
    }
)


class ActorMiddleware:
    """`request.actor`: who acts, or None for somebody who has not signed in.

    A temporary password leads to the page that changes it and nowhere else; REST answers by itself
    (accounts.authentication).
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user if request.session.session_key else None
        request.actor = actor_for(user, clock.now()) if user is not None and user.is_authenticated else None
        response = self.get_response(request)
        if request.actor is not None:
            # neither a proxy nor the disk of a shared computer keeps what a signed-in person saw
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_view(self, request, _view, _args, _kwargs):
        if request.actor is None or not request.user.must_change_password:
            return None
        name = request.resolver_match.view_name
        if name in OPEN_TO_TEMPORARY_PASSWORDS or request.path.startswith("/api/v1/"):
            return None
        there = reverse("accounts:change_password")
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": there})
        return HttpResponseRedirect(there)
