from django.db import models
from django.db.models import F, Q

from accounts.models.people import User


class PasswordProposal(models.Model):
    """A temporary password that one administrator chose and another has not yet approved; one at most for a person."""

    PERSONAL_FIELDS = frozenset({"password"})

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="password_proposal")
    password = models.CharField(max_length=128)  # hashed as it will be
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(user=F("proposed_by")), name="password_proposal_for_another"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("proposed_at")), name="password_proposal_forward"),
        ]
