from django.db import models
from django.db.models import Q

from accounts.models import Unit
from accounts.queries import reach_of
from common.ids import new_public_id
from inspection.choices import ReportKind, RuleGeneration, Verdict
from registry.models import Elevator


class InspectionQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those of elevators that one sees, and those that one's own unit filed."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        seen = Elevator.objects.visible_to(actor, permission).values("pk")
        return self.filter(Q(elevator__in=seen) | Q(body__in=scope.unit_ids))

    def counting(self):
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class Inspection(models.Model):
    """An inspection that was done: what the body printed. `concluded_on` is the one date that rules use (inspection.md §6).

    `source`: the register that tells it; then there is no body or number of ours. `generation`: the rule that the report names.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=ReportKind)
    concluded_on = models.DateField()
    issued_on = models.DateField(null=True)
    verdict = models.CharField(max_length=28, choices=Verdict)
    generation = models.CharField(max_length=12, choices=RuleGeneration, blank=True)
    next_on = models.DateField(null=True)
    body = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    number = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=40, blank=True)
    filed_at = models.DateTimeField()
    filed_by_kind = models.CharField(max_length=12)
    filed_by_id = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="inspection_kind_known"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="inspection_verdict_known"),
            models.CheckConstraint(
                condition=Q(body__isnull=False, source="") & ~Q(number="")
                | Q(body__isnull=True, number="") & ~Q(source=""),
                name="inspection_of_body_or_register",
            ),
            models.UniqueConstraint(
                fields=["body", "number"],
                condition=Q(body__isnull=False, withdrawn_at__isnull=True),
                name="inspection_number_once",
            ),
            models.UniqueConstraint(
                fields=["elevator", "source", "kind", "concluded_on"],
                condition=~Q(source="") & Q(withdrawn_at__isnull=True),
                name="inspection_register_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["elevator", "concluded_on", "id"],
                include=["kind", "verdict", "generation", "next_on"],
                name="inspection_elevator",
            ),
            models.Index(fields=["body", "-id"], condition=Q(body__isnull=False), name="inspection_body"),
        ]
