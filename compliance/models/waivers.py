from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q

from accounts.models import Unit
from common.ids import new_public_id
from compliance.choices import WaiverKind, WaiverStepKind
from compliance.models.obligations import Obligation
from compliance.rules.waivers import Excuse


class DaysHeld(Func):
    """The days from one to another, both included; none where the other is the day before."""

    template = "DATERANGE(%(expressions)s + 1, '[)')"
    output_field = DateRangeField()


class WaiverQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Whoever sees the obligation sees who waived it, and why."""
        return self.filter(obligation__in=Obligation.objects.visible_to(actor, permission).values("pk"))

    def held_on(self, day):
        return self.filter(from_on__lte=day, ends_on__gte=day)


class Waiver(models.Model):
    """That an obligation need not be met from one day to another, or only by a later one: by whose document and why.

    A fact of its own (decision 0028): planning reads it and never writes it. Revoked rather than deleted; `ends_on` is the
    last day on which it holds, `until_on` the one that was granted. `step_at`: when it begins or ends next.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="waivers", db_index=False)
    kind = models.CharField(max_length=12, choices=WaiverKind)
    from_on = models.DateField()
    until_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=400)
    clause = models.CharField(max_length=120)
    reference = models.CharField(max_length=120)
    granted_at = models.DateTimeField()
    granted_by_kind = models.CharField(max_length=12)
    granted_by_id = models.CharField(max_length=64)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=400, blank=True)
    step_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = WaiverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reference="") & ~Q(reason="") & ~Q(clause=""), name="waiver_says_why"),
            models.CheckConstraint(condition=Q(kind__in=WaiverKind.values), name="waiver_kind_known"),
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on"), ends_on__lte=F("until_on"))
                & Q(ends_on__gte=ExpressionWrapper(F("from_on") - 1, output_field=models.DateField())),
                name="waiver_forward",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_reason="", ends_on=F("until_on"))
                | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="waiver_revoked_whole",
            ),
            ExclusionConstraint(
                name="waiver_one_at_a_time",
                expressions=[
                    (F("obligation"), RangeOperators.EQUAL),
                    (DaysHeld(F("from_on"), F("ends_on")), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["step_at", "id"], condition=Q(step_at__isnull=False), name="waiver_step"),
            models.Index(fields=["obligation", "-id"], name="waiver_obligation"),
            models.Index(fields=["changed_at"], name="waiver_changed"),
        ]

    def __str__(self):
        return self.reference

    @property
    def excuse(self) -> Excuse:
        return Excuse(self.kind, self.from_on, self.ends_on)


class WaiverStep(models.Model):
    """What became of a waiver, when, by whom: append-only."""

    waiver = models.ForeignKey(Waiver, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=12, choices=WaiverStepKind)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=12)
    by_id = models.CharField(max_length=64)
    by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["waiver", "kind"], name="waiver_step_once")]
