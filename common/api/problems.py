"""RFC 9457 answers: every error of the REST face is application/problem+json with a stable code."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common.errors import NotPermitted, NotVisible, Refusal
from common.locks import RowBusy, waited_too_long
from common.request_id import current_request_id

CODES = {
    status.HTTP_400_BAD_REQUEST: "invalid",
    status.HTTP_401_UNAUTHORIZED: "not-signed-in",
    status.HTTP_403_FORBIDDEN: "not-permitted",
    status.HTTP_404_NOT_FOUND: "not-found",
    status.HTTP_405_METHOD_NOT_ALLOWED: "method-not-allowed",
    status.HTTP_406_NOT_ACCEPTABLE: "not-acceptable",
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
    status.HTTP_428_PRECONDITION_REQUIRED: "precondition-required",
    status.HTTP_429_TOO_MANY_REQUESTS: "too-many-requests",
}


class ProblemRenderer(JSONRenderer):
    media_type = "application/problem+json"


class PreconditionRequired(exceptions.APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "precondition-required"
    default_detail = _("Send If-Match with the ETag that you read, so that nobody's change is overwritten.")


class KeyRequired(exceptions.APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency-key-required"
    default_detail = _("Send an Idempotency-Key header (at most 255 characters), the same again when you repeat this.")


def problem(
    status_code: int, code: str, detail, *, errors: list | None = None, headers: dict | None = None
) -> Response:
    """A problem+json response. `errors`: [{"pointer": "/field", "code": …, "detail": …}]."""
    body = {
        "type": f"urn:problem:{code}",
        "title": code.replace("-", " "),
        "status": status_code,
        "code": code,
        "detail": force_str(detail),
        "request_id": current_request_id(),
    }
    if errors:
        body["errors"] = errors
    return Response(body, status=status_code, headers=headers, content_type="application/problem+json")


def exception_handler(error, context) -> Response | None:
    """DRF's hook: refusals, its own exceptions and Django's become problems; anything else is a 500 elsewhere."""
    if isinstance(error, Http404):
        error = NotVisible()
    elif isinstance(error, PermissionDenied):
        error = NotPermitted()
    elif waited_too_long(error):
        error = RowBusy()
    if isinstance(error, Refusal):
        set_rollback()
        errors = [{"pointer": f"/{error.field}", "code": error.code, "detail": force_str(error.message)}]
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
        return problem(error.status, error.code, error.message, errors=errors if error.field else None, headers=headers)
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if isinstance(error, exceptions.ValidationError):
        return problem(
            error.status_code,
            "invalid",
            _("Some fields are not right; see errors."),
            errors=list(_field_errors(error.get_full_details())),
            headers=headers,
        )
    specific = getattr(error, "default_code", "")
    code = specific if "-" in specific else CODES.get(error.status_code, "error")
    return problem(error.status_code, code, error.detail, headers=headers)


def field_errors(error: exceptions.ValidationError) -> list[dict]:
    """What a ValidationError says of each field, as problems list it: for answers that judge rows one by one."""
    return list(_field_errors(error.get_full_details()))


def _field_errors(details, pointer=""):
    """Flatten DRF's nested error details into (pointer, code, detail) entries."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"pointer": pointer or "/", "code": details["code"], "detail": force_str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _field_errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    else:
        for inner in details:
            yield from _field_errors(inner, pointer)
