from django.db import models
from django.db.models import Q

from accounts.models import Unit, User
from accounts.queries import reach_of
from common.ids import new_public_id
from registry.choices import KeyEnding, KeyKind, KeyState
from registry.models.elevators import Elevator
from registry.models.scope import area_condition
from registry.models.sites import Site


class KeyRule(models.Model):
    """How long somebody may have a special key at most: a dated row, not code."""

    longest_hours = models.PositiveSmallIntegerField()
    valid_from = models.DateField(unique=True)
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    def __str__(self):
        return f"{self.longest_hours} h since {self.valid_from}"


class SpecialKeyQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """The keys of one's own units, and those of the elevators of one's areas; no other unit's."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        inside = area_condition(scope, "elevator__") if scope.areas else Q(pk__in=[])
        return self.filter(Q(unit__in=scope.unit_ids) | inside)

    def opening(self, elevator):
        """Those that open this elevator, its site's among them."""
        whole = Q(site=elevator.site_id) if elevator.site_id else Q(pk__in=[])
        return self.filter(whole | Q(elevator=elevator))

    def overdue(self, at):
        return self.filter(state=KeyState.ISSUED, issues__ended_at=None, issues__due_at__lt=at)


class SpecialKey(models.Model):
    """One key of an elevator, or of all elevators of its unit at a site. It is with its keeper, with one person, or lost."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    label = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=KeyKind)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="special_keys")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=KeyState, default=KeyState.KEPT)
    created_at = models.DateTimeField()

    objects = SpecialKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "label"], condition=~Q(state="RETIRED"), name="key_label_once"),
            models.CheckConstraint(condition=Q(state__in=KeyState.values), name="key_state_known"),
        ]

    def __str__(self):
        return self.label


class KeyIssue(models.Model):
    """A key in somebody's hands, until it came back or was lost. One at a time (constraint)."""

    key = models.ForeignKey(SpecialKey, on_delete=models.PROTECT, related_name="issues")
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=200)
    issued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    issued_by_kind = models.CharField(max_length=12)
    issued_by_id = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=8, choices=KeyEnding, blank=True)
    ended_by_kind = models.CharField(max_length=12, blank=True)
    ended_by_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(ended_at=None), name="key_one_holder"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="key_issue_ends_somehow",
            ),
        ]

    def __str__(self):
        return f"{self.key} · {self.holder}"
