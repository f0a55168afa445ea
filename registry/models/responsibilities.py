from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import connection, models
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
        """Which roles these units hold now: one statement, one look into the index for each role."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT role FROM unnest(%(roles)s::text[]) role WHERE EXISTS (SELECT FROM registry_responsibility r"
                " WHERE r.unit_id = ANY(%(units)s) AND r.role = role.role AND r.started_at <= %(at)s"
                " AND (r.ended_at IS NULL OR r.ended_at > %(at)s))",
                {"roles": ResponsibilityRole.values, "units": sorted(unit_ids), "at": at},
            )
            return [role for (role,) in cursor.fetchall()]


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
            # whether a unit holds a role today, and of what, is answered without visiting rows
            models.Index(
                fields=["unit", "role", "-elevator"], include=["started_at", "ended_at"], name="responsibility_unit"
            ),
        ]
