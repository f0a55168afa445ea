from django.db import models

from accounts.queries import reach_of
from common.models import LedgerRow
from registry.choices import LifeEventKind
from registry.models.elevators import Elevator


class LifeEventQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """The life of an elevator that one sees."""
        if reach_of(actor, permission).everything:
            return self.all()
        return self.filter(elevator_id__in=Elevator.objects.visible_to(actor, permission).values("pk"))


class LifeEvent(LedgerRow):
    """What happened to an elevator: append-only, chained by hash per elevator (registry.rules), sealed in batches."""

    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="life_events", db_index=False)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=32, choices=LifeEventKind)
    outcome = models.CharField(max_length=32, blank=True)
    occurred_at = models.DateTimeField()
    source_type = models.CharField(max_length=64, blank=True)
    source_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    form_version = models.PositiveSmallIntegerField(default=1)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    objects = LifeEventQuerySet.as_manager()

    # the hash covers what happened; the seal also when it was written and in which request
    SEALED_FIELDS = ("elevator_id", "sequence", "hash", "recorded_at", "request_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["elevator", "sequence"], name="life_event_sequence"),
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="life_event_from_one"),
        ]
        indexes = [models.Index(fields=["tx"], name="life_event_tx")]
