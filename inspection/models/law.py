from django.db import models
from django.db.models import Q

from accounts.models import Area
from inspection.choices import CycleMethod


class CycleRule(models.Model):
    """What is inspected when in a city: a dated row, not code. `parameters` are those of its method (inspection.rules)."""

    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=12, choices=CycleMethod)
    parameters = models.JSONField(default=dict)
    clause = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=300)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "valid_from"], name="cycle_rule_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="cycle_rule_forward",
            ),
        ]

    def __str__(self):
        return f"{self.method} {self.city_id} {self.valid_from}"
