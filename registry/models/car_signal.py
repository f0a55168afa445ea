from django.db import models
from django.db.models import Q

from accounts.models import Unit
from accounts.queries import reach_of
from common.ids import new_public_id
from registry.choices import Carrier
from registry.models.elevators import Elevator


class CarSignalQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Checks of the elevators that one sees."""
        if reach_of(actor, permission).everything:
            return self.all()
        return self.filter(elevator_id__in=Elevator.objects.visible_to(actor, permission).values("pk"))

    def newest(self):
        """Of each carrier the last check, in the order of carriers."""
        return self.order_by("carrier", "-checked_at", "-pk").distinct("carrier")


class CarSignal(models.Model):
    """Whether a call from inside the car got through with one carrier; append-only in the database.

    A newer check of the carrier says how it is now. `strength` in dBm as the phone showed it, None where nobody looked.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="car_signals", db_index=False)
    carrier = models.CharField(max_length=10, choices=Carrier)
    call_possible = models.BooleanField()
    strength = models.SmallIntegerField(null=True)
    checked_at = models.DateTimeField()
    filed_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    filed_at = models.DateTimeField()
    filed_by_kind = models.CharField(max_length=12)
    filed_by_id = models.CharField(max_length=64)

    objects = CarSignalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(carrier__in=Carrier.values), name="car_signal_carrier_known"),
            models.CheckConstraint(
                condition=Q(strength__isnull=True) | Q(strength__gte=-140, strength__lte=-20),
                name="car_signal_strength",
            ),
            models.UniqueConstraint(fields=["elevator", "carrier", "checked_at"], name="car_signal_once_a_moment"),
        ]
        indexes = [models.Index(fields=["elevator", "-id"], name="car_signal_elevator")]
