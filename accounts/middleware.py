from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.gate import OPEN, Step, next_step
from accounts.queries import actor_for
from accounts.session_store import keep_alive
from common import clock
from common.proxies import client_address

SIGNED_OUT = "signed_out"  # why, for the sign-in page


class ActorMiddleware:
    """`request.actor`: who acts, or None for somebody who has not signed in.

    Somebody who still owes a code, a password of their own or a second factor gets to that page and nowhere else
    (accounts.gate); REST answers by itself (accounts.authentication).
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
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

    def process_view(self, request, _view, _args, _kwargs):
        if request.actor is None or (step := next_step(request)) is None:
            return None
        if request.resolver_match.view_name in OPEN[step] or request.path.startswith("/api/v1/"):
            return None
        there = reverse(step)
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": there})
        if step == Step.CODE and request.method == "GET" and request.path != "/":
            there += "?" + urlencode({"next": request.get_full_path()}, safe="/")
        return HttpResponseRedirect(there)
