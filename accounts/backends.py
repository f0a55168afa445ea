from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password

from accounts.models import User
from accounts.queries import user_with_holdings
from common import clock


class PlatformBackend(BaseBackend):
    """Name and password; loads the person together with everything they hold in one statement."""

    def authenticate(self, request, username=None, password=None, **_kwargs):
        if username is None or password is None:
            return None
        user = User.objects.named(username).first()
        if user is None:
            make_password(password)  # takes as long as a wrong password, so that names cannot be guessed by the clock
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id):
        user = user_with_holdings(user_id, clock.now())
        return user if user is not None and user.is_active else None
