from rest_framework.authentication import SessionAuthentication


class PersonAuthentication(SessionAuthentication):
    """People use the REST face with the session of their sign-in (and its CSRF token)."""

    def authenticate_header(self, request):
        # with a challenge DRF answers 401, not 403, to somebody who has not signed in
        return "Session"
