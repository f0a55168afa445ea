from django.db import models
from django.db.models import Q


class RetentionRule(models.Model):
    """How many days a kind of record is kept (common.hooks.RETENTION_KINDS): a dated row, not code. Without one it stays."""

    kind = models.CharField(max_length=60)
    days = models.PositiveIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "valid_from"], name="retention_rule_once"),
            models.CheckConstraint(condition=Q(days__gte=1), name="retention_rule_a_day_at_least"),
        ]

    def __str__(self):
        return f"{self.kind}: {self.days} days"


class RetentionRun(models.Model):
    """What one transaction of a sweep took away, and by which rule."""

    kind = models.CharField(max_length=60)
    rule = models.ForeignKey(RetentionRule, on_delete=models.PROTECT, related_name="+", db_index=False)
    cutoff = models.DateTimeField()
    removed = models.PositiveIntegerField()
    removed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "-removed_at"], name="retention_run_kind")]

    def __str__(self):
        return f"{self.kind}: {self.removed}"
