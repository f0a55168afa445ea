from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied


class PasswordChangeRequired(PermissionDenied):
    default_code = "password-change-required"
    default_detail = _(
        "An administrator set your password. Choose your own on the page that changes it, then repeat this."
    )


class PersonAuthentication(SessionAuthentication):
    """People use the REST face with the session of their sign-in (and its CSRF token)."""

    def authenticate(self, request):
        found = super().authenticate(request)
        if found is not None and found[0].must_change_password:
            raise PasswordChangeRequired
        return found

    def authenticate_header(self, request):
        # with a challenge DRF answers 401, not 403, to somebody who has not signed in
        return "Session"
