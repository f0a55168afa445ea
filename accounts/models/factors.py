from django.db import models
from django.db.models import F, Q

from accounts.models.people import User
from common.personal import SealedField


class SecondFactor(models.Model):
    """The secret that a person's authenticator app shares with the platform; it counts once a code has confirmed it."""

    PERSONAL_FIELDS = frozenset({"secret"})

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="second_factor")
    secret = SealedField(kind="otp_secret", binds="user_id", default=None)
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # the step of the last code accepted: no code counts twice
    last_step = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(confirmed_at__gte=F("made_at")),
                name="second_factor_forward",
            ),
        ]

    def locked(self, at) -> bool:
        return self.locked_until is not None and self.locked_until > at


class RecoveryCode(models.Model):
    """One of the codes for somebody whose phone is lost; only its hash is kept, and it counts once."""

    PERSONAL_FIELDS = frozenset({"digest"})

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]


class FactorResetProposal(models.Model):
    """One administrator wants to take a person's second factor away; another has not yet approved it."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="+")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(user=F("proposed_by")), name="factor_reset_for_another"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("proposed_at")), name="factor_reset_forward"),
        ]
