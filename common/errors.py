"""Refusals that a person or a machine can act on.

An action raises its own subclass, defined beside it; the edge turns it into a form error or a problem+json answer.
"""

from django.shortcuts import render
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """An action says no: `code` is stable (REST), `message` a sentence that says what to do, `status` the HTTP answer.

    `field` names the input it is about, where there is one, so that a form shows it there. `retry_after`: seconds after which
    the same request may well succeed (503 and 429).
    """

    code = "refused"
    status = 422
    field: str | None = None
    retry_after: int | None = None
    message = _("This cannot be done now.")

    def __init__(self, message=None, *, field=None, **params):
        self.message = (message or self.message) % params if params else (message or self.message)
        self.field = field or self.field
        self.params = params
        super().__init__(str(self.message))


class NotVisible(Refusal):
    """The row does not exist for this actor; indistinguishable from one that does not exist at all."""

    code = "not-found"
    status = 404
    message = _("There is no such record.")


class NotPermitted(Refusal):
    """The actor sees the row but may not do this to it."""

    code = "not-permitted"
    status = 403
    message = _("Your role may look at this but not change it.")

    def __init__(self, message=None, *, permission=None, **params):
        self.permission = permission
        super().__init__(message, **params)


class Changed(Refusal):
    """Somebody else changed the row since the caller read it."""

    code = "changed-meanwhile"
    status = 412
    message = _("Somebody changed this record after you opened it. Reload it, then enter your change again.")


def csrf_failure(request, reason=""):
    """The page that a failed CSRF check shows: usually a form left open past the end of the session."""
    return render(request, "403.html", {"csrf_failed": True}, status=403)
