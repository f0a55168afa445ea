from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actions.machines import digest_of
from accounts.gate import OPEN, Step, next_step
from accounts.queries import actor_for, machine_of_token
from accounts.session_store import keep_alive
from common import clock
from common.proxies import client_address
from common.views import problem_page

SIGNED_OUT = "signed_out"  # why, for the sign-in page
REST = "/api/v1/"


TOKEN_IN_ADDRESS = _(
    "A token belongs into the Authorization header. Addresses stand in logs: revoke the secret that it came from."
)


def bearer_of(request) -> str | None:
    """The token of a REST request; None for pages and for people."""
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and request.path.startswith(REST) else None


class ActorMiddleware:
    """`request.actor`: who acts, or None for somebody who has not signed in.

    Somebody who still owes a code, a password of their own or a second factor gets to that page and nowhere else
    (accounts.gate); REST answers by itself (accounts.authentication).
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.machine = None
        if (token := bearer_of(request)) is not None:
            return self._answer_machine(request, token)
        user = request.user if request.session.session_key else None
        if user is not None and user.is_authenticated and self._is_over(request):
            user = None
        request.actor = actor_for(user, clock.now()) if user is not None and user.is_authenticated else None
        response = self.get_response(request)
        if request.actor is not None:
            # neither a proxy nor the disk of a shared computer keeps what a signed-in person saw
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    @staticmethod
    def _is_over(request) -> bool:
        """Too long unused or too old: it ends here, and the sign-in page says why."""
        over = keep_alive(
            request.session,
            clock.now(),
            address=client_address(request),
            user_agent=request.headers.get("User-Agent", ""),
            acted="X-Poll" not in request.headers,
        )
        if over is not None:
            logout(request)
            request.session[SIGNED_OUT] = over
        return over is not None

    def _answer_machine(self, request, token):
        """A token counts alone: whatever session comes with it is not asked. One that is none leaves nobody."""
        found = machine_of_token(digest_of(token), clock.now())
        request.machine, request.actor = found if found is not None else (None, None)
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_view(self, request, _view, _args, _kwargs):
        if request.path.startswith(REST) and "access_token" in request.GET:
            return problem_page(request, 400, "token-in-address", TOKEN_IN_ADDRESS)
        if request.actor is None or request.machine is not None or (step := next_step(request)) is None:
            return None
        if request.resolver_match.view_name in OPEN[step] or request.path.startswith("/api/v1/"):
            return None
        there = reverse(step)
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": there})
        if step == Step.CODE and request.method == "GET" and request.path != "/":
            there += "?" + urlencode({"next": request.get_full_path()}, safe="/")
        return HttpResponseRedirect(there)
