from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied

from accounts.gate import Step, next_step


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
