from django.db import models
from django.db.models import F, Q

from accounts.models import Unit
from accounts.queries import reach_of
from common.ids import new_public_id
from registry.choices import ClimateQuantity, ClimateVerdict
from registry.models.elevators import Elevator


class ClimateLimit(models.Model):
    """Between which values the air of a machine room may be: a dated row, not code."""

    quantity = models.CharField(max_length=12, choices=ClimateQuantity)
    low = models.DecimalField(max_digits=5, decimal_places=1)
    high = models.DecimalField(max_digits=5, decimal_places=1)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(low__lte=F("high")), name="climate_limit_range"),
            models.UniqueConstraint(fields=["quantity", "valid_from"], name="climate_limit_once"),
        ]


class ClimateReadingQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Readings of the elevators that one sees."""
        if reach_of(actor, permission).everything:
            return self.all()
        return self.filter(elevator_id__in=Elevator.objects.visible_to(actor, permission).values("pk"))

    def counting(self):
        """Those that no later reading corrects."""
        return self.filter(corrected_by__isnull=True)


class ClimateReading(models.Model):
    """What somebody measured in the machine room; append-only in the database. A wrong one is corrected by another row.

    °C and percent of relative humidity. `verdict` against the limits of the day of measuring, which the row names.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="climate_readings", db_index=False)
    measured_at = models.DateTimeField()
    temperature = models.DecimalField(max_digits=4, decimal_places=1)
    humidity = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    verdict = models.CharField(max_length=12, choices=ClimateVerdict)
    temperature_limit = models.ForeignKey(
        ClimateLimit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    humidity_limit = models.ForeignKey(
        ClimateLimit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    filed_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    filed_at = models.DateTimeField()
    filed_by_kind = models.CharField(max_length=12)
    filed_by_id = models.CharField(max_length=64)

    objects = ClimateReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(temperature__gte=-60, temperature__lte=99), name="climate_temperature"),
            models.CheckConstraint(
                condition=Q(humidity__isnull=True) | Q(humidity__gte=0, humidity__lte=99.9), name="climate_humidity"
            ),
            models.UniqueConstraint(
                fields=["elevator", "measured_at"], condition=Q(corrects__isnull=True), name="climate_once_a_moment"
            ),
        ]
        indexes = [models.Index(fields=["elevator", "-id"], name="climate_elevator")]
