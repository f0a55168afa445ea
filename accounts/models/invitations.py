from django.db import models
from django.db.models import F, Q

from accounts.models.people import Membership, User
from accounts.models.units import Unit
from accounts.roles import role_choices
from common.ids import new_public_id
from common.personal import BlindIndexField, SealedField


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those of units in which the actor has the permission."""
        return self.filter(unit__in=Unit.objects.visible_to(actor, permission))

    def open(self, at):
        """Waiting to be accepted."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=at)


class Invitation(models.Model):
    """A unit asks somebody to take a role in it. Of the link's token only the hash is here; the phone goes once it is over."""

    PERSONAL_FIELDS = frozenset({"display_name", "phone", "digest"})

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32, choices=role_choices("UNIT"))
    display_name = models.CharField(max_length=64)
    phone = SealedField(kind="phone", binds="public_id", null=True)
    phone_index = BlindIndexField(of="phone")
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    membership = models.OneToOneField(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="invitation_forward"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True), name="invitation_one_end"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, membership__isnull=True)
                | Q(accepted_at__isnull=False, membership__isnull=False),
                name="invitation_accepted_once",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True) | Q(phone__isnull=True),
                name="invitation_forgets_phone",
            ),
        ]
        indexes = [models.Index(fields=["unit", "expires_at"], name="invitation_unit")]
