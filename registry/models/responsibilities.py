from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models import Unit
from accounts.models.people import HALF_OPEN, PeriodQuerySet, TsTzRange
from accounts.queries import reach_of
from common.ids import new_public_id
from registry.choices import EXCLUSIVE_ROLES, ResponsibilityRole
from registry.models.elevators import Elevator


class ResponsibilityQuerySet(PeriodQuerySet):
    def visible_to(self, actor, permission):
        """All of an elevator that one sees; of others only those that name one's own unit (a former unit's record)."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        seen = Elevator.objects.visible_to(actor, permission)
        return self.filter(Q(elevator_id__in=seen.values("pk")) | Q(unit_id__in=scope.unit_ids))

    def roles_held(self, unit_ids, at) -> list[str]:
        """Which roles these units hold now, each answered by one look into an index."""
        held = self.current(at).filter(unit_id__in=unit_ids)
        return [role for role in ResponsibilityRole.values if held.filter(role=role).exists()]


class Responsibility(models.Model):
    """Who answers for an elevator, in which role, from when until when (half-open), by which document."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="responsibilities", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=16, choices=ResponsibilityRole)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=120, blank=True)

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gt=F("started_at")), name="responsibility_forward"
            ),
            models.CheckConstraint(condition=Q(role__in=ResponsibilityRole.values), name="responsibility_role_known"),
            ExclusionConstraint(
                name="responsibility_one_at_a_time",
                expressions=[
                    ("elevator", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (TsTzRange("started_at", "ended_at", HALF_OPEN), RangeOperators.OVERLAPS),
                ],
                condition=Q(role__in=EXCLUSIVE_ROLES),
            ),
            # the same unit never holds the same role twice at once
            ExclusionConstraint(
                name="responsibility_not_twice",
                expressions=[
                    ("elevator", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (TsTzRange("started_at", "ended_at", HALF_OPEN), RangeOperators.OVERLAPS),
                ],
                condition=~Q(role__in=EXCLUSIVE_ROLES),
            ),
        ]
        indexes = [
            models.Index(fields=["elevator", "-started_at"], name="responsibility_elevator"),
            models.Index(fields=["unit", "role", "elevator"], name="responsibility_unit"),
        ]
