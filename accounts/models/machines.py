from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.models.people import Membership, User, _reach
from accounts.models.units import Unit
from common.ids import new_public_id


class ApiClientQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Own units' machines; all for the platform's administrators."""
        scope = _reach(actor, permission)
        return self.all() if scope.everything else self.filter(unit_id__in=scope.unit_ids)


class ApiClient(models.Model):
    """A program of a unit that speaks REST as that unit. `public_id` is its client_id."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    permissions = ArrayField(models.CharField(max_length=64))
    rate_per_minute = models.PositiveIntegerField(default=600)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.GenericIPAddressField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = ApiClientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(permissions=[]), name="api_client_may_something"),
            models.CheckConstraint(
                condition=Q(rate_per_minute__gte=1, rate_per_minute__lte=6000), name="api_client_rate"
            ),
        ]

    def __str__(self):
        return self.name


class ClientSecretQuerySet(models.QuerySet):
    def live(self, at):
        """In force: neither revoked nor expired, and whoever was shown it is still one of the unit.

        Who leaves takes what they remember with them, so it ends with them; one issued by the platform itself has nobody.
        """
        members = Membership.objects.current(at).filter(
            user=OuterRef("issued_by"),
            user__is_active=True,
            unit=OuterRef("client__unit"),
            started_at__lte=OuterRef("created_at"),  # coming back later brings none back
        )
        rows = self.filter(revoked_at__isnull=True, expires_at__gt=at)
        return rows.filter(Q(issued_by=None) | Exists(members))


class ClientSecret(models.Model):
    """SHA-256 of a secret of 256 random bits: nothing that could be guessed, so nothing that needs to be slow.

    Two slots, so that the next secret works before the last one stops.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="secrets")
    slot = models.PositiveSmallIntegerField()
    digest = models.BinaryField(max_length=32)
    hint = models.CharField(max_length=4)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # to whom it was shown
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = ClientSecretQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(slot__in=[1, 2]), name="client_secret_two"),
            models.UniqueConstraint(
                fields=["client", "slot"], condition=Q(revoked_at__isnull=True), name="client_secret_slot"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="client_secret_forward"),
        ]


class AccessToken(models.Model):
    """SHA-256 of a token of 256 random bits, good for minutes. It ends with its secret, its client and its unit."""

    digest = models.BinaryField(max_length=32, unique=True)
    secret = models.ForeignKey(ClientSecret, on_delete=models.CASCADE, related_name="+")
    permissions = ArrayField(models.CharField(max_length=64))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="access_token_expires")]
