import datetime as dt

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models

from accounts.models.people import User
from accounts.profiles import Profile
from common.ids import new_public_id


class OpenSessionQuerySet(models.QuerySet):
    def live(self, at: dt.datetime, profile: Profile):
        """Signed in and not over."""
        return self.filter(
            user__isnull=False,
            expire_date__gt=at,
            began_at__gt=at - profile.lifetime,
            seen_at__gt=at - profile.idle,
        )


class OpenSession(AbstractBaseSession):
    """A session, with what its owner may know it by. The columns beside Django's repeat what stands in the session itself."""

    PERSONAL_FIELDS = frozenset({"session_key", "session_data"})

    # not unique: while a session gets a new key there are two rows of it, and Django tries for ever to save one that clashes
    public_id = models.UUIDField(default=new_public_id, db_index=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=40, blank=True)  # masked
    device = models.CharField(max_length=60, blank=True)

    objects = BaseSessionManager.from_queryset(OpenSessionQuerySet)()

    @classmethod
    def get_session_store_class(cls):
        from accounts.session_store import SessionStore

        return SessionStore
