"""Gives every request a reference number and one log line without personal data."""

import time
from fnmatch import fnmatchcase

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from common.hooks import WHO_MAY
from common.ids import new_public_id
from common.locks import RowBusy, waited_too_long
from common.request_id import reset_request_id, set_request_id
from common.views import for_machines, problem_page

log = structlog.get_logger("request")
QUIET = frozenset({"/healthz", "/readyz"})


class BodyTooLarge(Refusal):
    code = "body-too-large"
    status = 413
    message = _("What was sent is too large. Send less at once.")


class LengthRequired(Refusal):
    """WSGI tells a body's length before the body: of one without, the application reads nothing at all."""

    code = "length-required"
    status = 411
    message = _("What was sent did not say how long it is. Send it with a Content-Length, not in chunks.")


class RequestContextMiddleware:
    """Outermost: sets `request.request_id`, answers it as X-Request-Id, logs route (never the typed path or query)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.request_id = str(new_public_id())
        token = set_request_id(request.request_id)
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        started = time.perf_counter()
        try:
            response = self._answer(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
            reset_request_id(token)
        response["X-Request-Id"] = request.request_id
        if request.path not in QUIET:
            match = request.resolver_match
            log.info(
                "request",
                request_id=request.request_id,
                method=request.method,
                route=match.route if match else None,
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return response

    def _answer(self, request):
        # quoted cookies may spell a NUL, which PostgreSQL takes in no session key: such a cookie is none
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        if _length(request) > (
            settings.UPLOAD_MAX_SIZE if _takes_files(request) else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        ):
            # Django's own limit leaves out files, which a multipart body writes to the disk before any view is asked
            return self.process_exception(request, BodyTooLarge())
        if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
            return self.process_exception(request, LengthRequired())
        return self.get_response(request)

    def process_view(self, request, _view, _args, _kwargs):
        """No text of ours holds a NUL, and PostgreSQL takes none: an address with one is answered here, for every view."""
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        if _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and request.actor is None:
            # asked before anything reads the body: strangers fill no disk
            return self.process_exception(request, BodyTooLarge())
        return None

    def process_exception(self, request, error):
        """A refusal that no form caught is a page of its own, or nothing: 404 must look like any other 404."""
        if waited_too_long(error):
            error = RowBusy()
        if not isinstance(error, Refusal):
            return None
        response = self._refused(request, error)
        if error.retry_after:
            response["Retry-After"] = str(error.retry_after)
        return response

    @staticmethod
    def _refused(request, error: Refusal):
        if for_machines(request):
            return problem_page(request, error.status, error.code, error.message)
        template = {403: "403.html", 404: "404.html"}.get(error.status, "errors/refused.html")
        context = {"refusal": error}
        if error.status == 403:
            context |= {"exception": error.message, "who_may": who_may(error)}
        return render(request, template, context, status=error.status)


def _takes_files(request) -> bool:
    return any(fnmatchcase(request.path_info, pattern) for pattern in settings.UPLOAD_PATHS)


def _length(request) -> int:
    """What the body says of its length; the server in front has seen to it that the body keeps to it."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() and len(text) < 20 else 0


def who_may(refusal) -> str:
    """The roles that could have done it, in words; '' when the refusal is not about a permission."""
    permission = getattr(refusal, "permission", None)
    if permission is None:
        return ""
    return "、".join(str(label) for registration in WHO_MAY for label in registration.answer(permission))
