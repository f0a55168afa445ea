from django.db import models
from django.db.models import F, Q

from accounts.models import Area, Unit
from common.clock import local_date
from common.ids import new_public_id
from common.language import in_this_language
from compliance.choices import HazardGrade, HazardSource, HazardState, HazardStepKind
from compliance.models.obligations import SubjectQuerySet
from compliance.rules.hazards import OPEN, told_at_once
from registry.models import Elevator

STANDING = Q(state__in=sorted(OPEN))
SETTLED = Q(state__in=["CLOSED", "REJECTED"])  # as the filter of the list says it, so that its index is used


class HazardItem(models.Model):
    """What can be wrong, by code, with the grade that it has at least: a dated row, not code."""

    code = models.CharField(max_length=32, primary_key=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    grade = models.CharField(max_length=8, choices=HazardGrade)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return in_this_language(self.name_zh, self.name_en)


class HazardClock(models.Model):
    """How long a hazard of a grade may stay open: a dated row, not code."""

    grade = models.CharField(max_length=8, choices=HazardGrade)
    days = models.PositiveSmallIntegerField()
    working = models.BooleanField(default=False)
    extension_days = models.PositiveSmallIntegerField(default=0)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grade", "valid_from"], name="hazard_clock_once")]

    def __str__(self):
        return f"{self.grade} {self.valid_from}"


class HazardQuerySet(SubjectQuerySet):
    own_columns = ("unit",)

    def standing(self):
        """Neither mended nor rejected."""
        return self.filter(STANDING)

    def overdue(self, today):
        return self.filter(STANDING, due_on__lt=today)


class Hazard(models.Model):
    """One thing that is wrong with an elevator, whoever found it. Changed through compliance.actions.hazards alone.

    `item`: what it is by code; `details` says it in the finder's words. `unit`: whose person found it, which keeps sight of it.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="+", db_index=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    item = models.ForeignKey(HazardItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    details = models.CharField(max_length=500)
    grade = models.CharField(max_length=8, choices=HazardGrade)
    state = models.CharField(max_length=16, choices=HazardState, default=HazardState.FOUND)
    source = models.CharField(max_length=12, choices=HazardSource)
    source_type = models.CharField(max_length=64, blank=True)
    source_id = models.CharField(max_length=64, blank=True)
    found_on = models.DateField()
    due_on = models.DateField()
    clock = models.CharField(max_length=40)
    extended_at = models.DateTimeField(null=True)
    repeat_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    lower_to = models.CharField(max_length=8, choices=HazardGrade, blank=True)
    lower_by = models.CharField(max_length=80, blank=True)
    claimed_by = models.CharField(max_length=80, blank=True)
    ended_on = models.DateField(null=True)
    step_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    reported_at = models.DateTimeField()
    changed_at = models.DateTimeField()  # of the last step

    objects = HazardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(grade__in=HazardGrade.values), name="hazard_grade_known"),
            models.CheckConstraint(condition=Q(state__in=HazardState.values), name="hazard_state_known"),
            models.CheckConstraint(condition=Q(due_on__gte=F("found_on")), name="hazard_forward"),
            models.CheckConstraint(
                condition=STANDING & Q(ended_on__isnull=True) | ~STANDING & Q(ended_on__isnull=False),
                name="hazard_ended_on",
            ),
            models.CheckConstraint(condition=STANDING | Q(step_at__isnull=True), name="hazard_step_of_standing"),
            models.CheckConstraint(condition=~Q(state="CLAIMED_FIXED") | ~Q(claimed_by=""), name="hazard_claimed_by"),
            # the same row of the source is one hazard however often it is sent
            models.UniqueConstraint(
                fields=["source_type", "source_id", "item"], condition=~Q(source_id=""), name="hazard_source_once"
            ),
            models.UniqueConstraint(fields=["elevator", "item"], condition=STANDING, name="hazard_open_once"),
        ]
        indexes = [
            models.Index(fields=["step_at", "id"], condition=Q(step_at__isnull=False), name="hazard_step"),
            # with what the worklist of assessments counts by, so that it reads no row of the table
            models.Index(fields=["elevator", "-id"], include=["found_on", "state"], name="hazard_elevator"),
            models.Index(fields=["changed_at"], name="hazard_changed"),
            *(
                models.Index(fields=[*lead, "due_on", "id"], condition=SETTLED, name=name)
                for lead, name in (
                    (("city",), "hazard_settled_city"),
                    (("managing_district",), "hazard_settled_district"),
                    (("area",), "hazard_settled_area"),
                    ((), "hazard_settled"),
                )
            ),
            *(
                models.Index(
                    fields=[*lead, "due_on", "id"],
                    include=["grade", "state", "elevator"],
                    condition=STANDING,
                    name=name,
                )
                for lead, name in (
                    (("city",), "hazard_city"),
                    (("managing_district",), "hazard_district"),
                    (("area",), "hazard_area"),
                    ((), "hazard_standing"),
                )
            ),
        ]

    def __str__(self):
        return f"{self.item_id} {self.found_on}"

    @property
    def told_at_once(self) -> bool:
        """Whether it wakes people: major, and no history."""
        return told_at_once(
            grade=self.grade,
            printed=self.item.grade,
            source=self.source,
            found_on=self.found_on,
            reported_on=local_date(self.reported_at),
        )


class HazardStep(models.Model):
    """What was done about a hazard, by whom, with which words: append-only."""

    hazard = models.ForeignKey(Hazard, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=16, choices=HazardStepKind)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=12)
    by_id = models.CharField(max_length=64)
    by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=500, blank=True)
    changes = models.JSONField(default=dict)
