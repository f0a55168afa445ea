"""The token endpoint: OAuth 2.0 client credentials, its errors in the words of RFC 6749 (5.2)."""

import base64
import binascii
from urllib.parse import unquote_plus

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from accounts.actions import machines
from common import clock
from common.api.throttles import PerAddress
from common.proxies import client_address

log = structlog.get_logger("oauth")


class TokenThrottle(PerAddress):
    scope = "token"


class BadTokenThrottle(PerAddress):
    """Wrong secrets only: whoever guesses waits long before it matters, whoever knows the secret does not."""

    scope = "bad-token"


@csrf_exempt
@login_not_required
@sensitive_post_parameters()
def issue_token(request) -> HttpResponse:
    """POST grant_type=client_credentials (and scope, words of permissions) as a form; the client by HTTP Basic or in the form."""
    if request.method != "POST":
        return _answer({"error": "invalid_request"}, 405, Allow="POST")
    if request.content_type != "application/x-www-form-urlencoded" or request.GET:
        # a secret in an address would stand in logs
        return _error("invalid_request", "Send a form in the body and nothing in the address.")
    bad, every = BadTokenThrottle(), TokenThrottle()
    for throttle, full in ((bad, bad.is_full(request)), (every, not every.allow_request(request, None))):
        if full:
            return _answer({"error": "temporarily_unavailable"}, 429, **{"Retry-After": str(_wait(throttle))})
    if request.POST.get("grant_type") != "client_credentials":
        return _error("unsupported_grant_type", "grant_type is client_credentials.")
    client_id, secret = _credentials(request)
    try:
        issued = machines.issue_token(
            client_id=client_id, client_secret=secret, scope=request.POST.get("scope", ""), at=clock.now()
        )
    except machines.InvalidClient:
        bad.allow_request(request, None)
        log.warning("token_refused", address=client_address(request))
        return _answer({"error": "invalid_client"}, 401, **{"WWW-Authenticate": 'Basic realm="token"'})
    except machines.InvalidScope:
        return _error("invalid_scope", "The client may not do all of this.")
    return _answer(
        {
            "access_token": issued.text,
            "token_type": "Bearer",
            "expires_in": int(machines.TOKEN_KEPT.total_seconds()),
            "scope": " ".join(issued.scope),
        },
        200,
    )


def _credentials(request) -> tuple[str, str]:
    """Client id and secret, from the header or the form; what is none gives words that fit nobody."""
    scheme, _blank, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _colon, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return unquote_plus(name), unquote_plus(secret)
    return request.POST.get("client_id", ""), request.POST.get("client_secret", "")


def _wait(throttle) -> int:
    return max(1, round(throttle.wait() or throttle.duration))


def _error(error: str, description: str) -> HttpResponse:
    return _answer({"error": error, "error_description": description}, 400)


def _answer(body: dict, status: int, **headers) -> HttpResponse:
    response = JsonResponse(body, status=status, headers=headers)
    response["Cache-Control"], response["Pragma"] = "no-store", "no-cache"
    return response
