from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.throttling import SimpleRateThrottle

from accounts.actions.machines import note_use
from accounts.gate import Step, next_step
from accounts.middleware import bearer_of
from common import clock
from common.proxies import client_address


class PasswordChangeRequired(PermissionDenied):
    default_code = "password-change-required"
    default_detail = _(
        "Your password has to be changed: it has expired, or somebody else set it. Choose your own, then repeat this."
    )


class SecondFactorRequired(PermissionDenied):
    default_code = "second-factor-required"
    default_detail = _("Type the code of your authenticator app on the sign-in page, then repeat this.")


class SecondFactorMissing(PermissionDenied):
    default_code = "second-factor-missing"
    default_detail = _("Your role takes an authenticator app. Set it up on its page, then repeat this.")


_REFUSALS = {
    Step.CODE: SecondFactorRequired,
    Step.PASSWORD: PasswordChangeRequired,
    Step.SET_UP: SecondFactorMissing,
}


class InvalidToken(AuthenticationFailed):
    default_code = "invalid-token"
    default_detail = _("This token has ended or never was one. Fetch another at /api/v1/oauth/token/.")


class Machine:
    """Who `request.user` is when a machine asks: nobody's account."""

    is_authenticated, is_active, is_anonymous, pk = True, True, False, None

    def __init__(self, client):
        self.client = client


class _ClientThrottle(SimpleRateThrottle):
    """Each machine's own limit a minute, per process like the others (common.api.throttles)."""

    rate = "1/min"

    def __init__(self, per_minute: int):
        super().__init__()
        self.num_requests = per_minute

    def get_cache_key(self, request, view):
        return self.cache_format % {"scope": "machine", "ident": request.actor.id}


class MachineAuthentication(BaseAuthentication):
    """Bearer tokens of machines; the middleware has found whose (accounts.middleware)."""

    def authenticate(self, request):
        http = request._request
        if bearer_of(http) is None:
            return None
        if (client := http.machine) is None:
            raise InvalidToken
        throttle = _ClientThrottle(client.rate_per_minute)
        if not throttle.allow_request(http, None):
            raise Throttled(wait=max(1, throttle.wait() or 1))
        note_use(client=client, address=client_address(http), at=clock.now())
        return Machine(client), None

    def authenticate_header(self, request):
        return 'Bearer realm="api"'


class PersonAuthentication(SessionAuthentication):
    """People use the REST face with the session of their sign-in (and its CSRF token)."""

    def authenticate(self, request):
        found = super().authenticate(request)
        if found is not None and (step := next_step(request._request)) is not None:
            raise _REFUSALS[step]
        return found

    def authenticate_header(self, request):
        # with a challenge DRF answers 401, not 403, to somebody who has not signed in
        return "Session"
