from django.db import models
from django.db.models import Q

from accounts.models import Unit
from accounts.queries import reach_of
from common.ids import new_public_id
from common.models import Job
from registry.choices import ChangeState, HandedOver, ItemState
from registry.models.elevators import Elevator
from registry.models.scope import area_condition


class HandoverRule(models.Model):
    """How many days each side has: a dated row, not code."""

    answer_days = models.PositiveSmallIntegerField()  # the new unit, for yes or no
    record_days = models.PositiveSmallIntegerField()  # the old unit, for its record, from the day of the change
    valid_from = models.DateField(unique=True)
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    def __str__(self):
        return f"{self.answer_days}/{self.record_days} days since {self.valid_from}"


class ChangeQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those that one's unit proposed or is asked to take over, those that it hands over (once they are agreed), and
        those of elevators of one's areas."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        condition = Q(using_unit__in=scope.unit_ids) | Q(new_unit__in=scope.unit_ids)
        handing = HandoverRecord.objects.filter(old_unit__in=scope.unit_ids)
        condition |= Q(pk__in=handing.values("change_id"))
        if scope.areas:
            inside = ChangeItem.objects.filter(area_condition(scope, "elevator__"))
            condition |= Q(pk__in=inside.values("change_id"))
        return self.filter(condition)


class MaintenanceChange(models.Model):
    """A using unit wants another unit to maintain some of its elevators from a day on; the new unit says yes or no."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    using_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    new_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    reference = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=ChangeState, default=ChangeState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by_kind = models.CharField(max_length=12)
    proposed_by_id = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by_kind = models.CharField(max_length=12, blank=True)
    answered_by_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ChangeState.values), name="change_state_known"),
            models.CheckConstraint(condition=~Q(using_unit=models.F("new_unit")), name="change_to_another"),
        ]

    def __str__(self):
        return f"{self.using_unit} → {self.new_unit}"


class ChangeItemQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Of a change that one sees: all to the two sides that agree; to the unit that leaves its own elevators, to a
        regulator those of the areas granted."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        condition = Q(old_unit__in=scope.unit_ids)
        condition |= Q(change__using_unit__in=scope.unit_ids) | Q(change__new_unit__in=scope.unit_ids)
        if scope.areas:
            condition |= area_condition(scope, "elevator__")
        return self.filter(condition)


class ChangeItem(models.Model):
    """One elevator of a change. At most one open change for an elevator (constraint)."""

    change = models.ForeignKey(MaintenanceChange, on_delete=models.PROTECT, related_name="items")
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="+")
    old_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=ItemState, default=ItemState.OPEN)
    problem = models.CharField(max_length=40, blank=True)

    objects = ChangeItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["elevator"], condition=Q(state="OPEN"), name="change_one_open"),
            models.UniqueConstraint(fields=["change", "elevator"], name="change_elevator_once"),
        ]

    def __str__(self):
        return f"{self.change_id}/{self.elevator_id}"


class HandoverRecord(models.Model):
    """What the unit that leaves says it handed over, or what it objects; the unit that comes says what it received."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    change = models.ForeignKey(MaintenanceChange, on_delete=models.PROTECT, related_name="records")
    old_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    keys = models.CharField(max_length=8, choices=HandedOver, blank=True)
    files = models.CharField(max_length=8, choices=HandedOver, blank=True)
    tools = models.CharField(max_length=8, choices=HandedOver, blank=True)
    open_faults = models.CharField(max_length=1000, blank=True)
    remarks = models.CharField(max_length=1000, blank=True)
    objection = models.CharField(max_length=1000, blank=True)
    handed_at = models.DateTimeField(null=True)
    handed_by_kind = models.CharField(max_length=12, blank=True)
    handed_by_id = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(null=True)
    received_by_kind = models.CharField(max_length=12, blank=True)
    received_by_id = models.CharField(max_length=64, blank=True)
    received_note = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "old_unit"], name="handover_once"),
            models.CheckConstraint(
                condition=Q(received_at=None) | Q(handed_at__isnull=False), name="handover_handed_first"
            ),
        ]

    def __str__(self):
        return f"{self.change_id}: {self.old_unit}"
