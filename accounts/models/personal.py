from django.db import models
from django.db.models import Q

from accounts.models.people import User
from common.personal import BlindIndexField, SealedField


class PersonalDetailsQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those of the people whom the actor sees with this permission."""
        return self.filter(user__in=User.objects.visible_to(actor, permission))


class PersonalDetails(models.Model):
    """Phone and identity number of a person, sealed, apart from the row that every request reads."""

    PERSONAL_FIELDS = frozenset({"phone", "id_number"})

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="details")
    phone = SealedField(kind="phone", binds="user_id", null=True)
    phone_index = BlindIndexField(of="phone")
    id_number = SealedField(kind="id_number", binds="user_id", null=True)
    id_number_index = BlindIndexField(of="id_number")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    objects = PersonalDetailsQuerySet.as_manager()

    class Meta:
        constraints = [
            # one person, one row of people: found by the hash, without anybody reading the number
            models.UniqueConstraint(fields=["id_number_index"], name="details_id_number_once"),
            models.CheckConstraint(
                condition=Q(phone__isnull=True, phone_index__isnull=True)
                | Q(phone__isnull=False, phone_index__isnull=False),
                name="details_phone_indexed",
            ),
            models.CheckConstraint(
                condition=Q(id_number__isnull=True, id_number_index__isnull=True)
                | Q(id_number__isnull=False, id_number_index__isnull=False),
                name="details_id_number_indexed",
            ),
        ]
        # several people may share the telephone of an office
        indexes = [models.Index(fields=["phone_index"], name="details_phone")]

    @property
    def public_id(self):
        """The person's: what ledgers call this row."""
        return self.user.public_id
