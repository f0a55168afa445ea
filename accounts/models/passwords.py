from django.db import models

from accounts.models.people import User


class FormerPassword(models.Model):
    """The hash of a password that somebody had; only as many are kept as the profile asks for."""

    PERSONAL_FIELDS = frozenset({"password"})

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    password = models.CharField(max_length=128)
    ended_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="former_password_user")]
