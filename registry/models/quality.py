"""The data-quality ledger: what is missing, malformed or doubtful about an elevator, and how good a scope's data is."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.choices import AreaKind
from accounts.models import Area, Unit
from accounts.queries import reach_of
from common.ids import new_public_id
from registry.choices import IssueKind, IssueState
from registry.models.elevators import Elevator
from registry.models.scope import area_condition


class DataIssueQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """The issues of elevators that one sees."""
        return self.countable_by(actor, permission).exclude(elevator__registration_state="WITHDRAWN")

    def countable_by(self, actor, permission):
        """The same for figures: those of whole districts and cities by the issue's own columns, from one index, and with
        the issues of elevators withdrawn within the last seconds, which the next sweep ends."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        whole = (AreaKind.CITY, AreaKind.DISTRICT, AreaKind.MANAGEMENT)
        if scope.areas and not scope.unit_ids and all(a.kind in whole and not a.place_types for a in scope.areas):
            return self.filter(area_condition(scope))
        return self.filter(elevator_id__in=Elevator.objects.visible_to(actor, permission).values("pk"))

    def open(self):
        return self.filter(state=IssueState.OPEN)


class DataIssue(models.Model):
    """One thing to correct about one elevator. Made and ended by registry.actions.quality; ended rows stay as history.

    `city` and `managing_district` repeat the elevator's, so that a district's worklist walks one index.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="data_issues", db_index=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    check_code = models.CharField(max_length=40)
    column = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=IssueKind)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=IssueState, default=IssueState.OPEN)
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by_kind = models.CharField(max_length=12, blank=True)
    ended_by_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    objects = DataIssueQuerySet.as_manager()

    class Meta:
        constraints = [
            # open, or accepted as it stands: either way it is not found a second time
            models.UniqueConstraint(
                fields=["elevator", "check_code", "column"], condition=~Q(state="RESOLVED"), name="data_issue_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=IssueKind.values), name="data_issue_kind_known"),
            models.CheckConstraint(
                condition=Q(state="OPEN", ended_at__isnull=True)
                | Q(state__in=["RESOLVED", "ACCEPTED"], ended_at__isnull=False),
                name="data_issue_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state="ACCEPTED") | ~Q(reason=""), name="data_issue_accepted_with_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["city", "-id"],
                include=["managing_district", "check_code", "kind", "elevator"],
                condition=Q(state="OPEN"),
                name="data_issue_city",
            ),
            models.Index(
                fields=["managing_district", "-id"],
                include=["check_code", "kind", "elevator"],
                condition=Q(state="OPEN"),
                name="data_issue_district",
            ),
            models.Index(
                fields=["check_code", "-id"],
                include=["city", "managing_district", "elevator"],
                condition=Q(state="OPEN"),
                name="data_issue_check",
            ),
            models.Index(fields=["elevator", "-id"], name="data_issue_elevator"),
        ]


class QualityDue(models.Model):
    """An elevator that was entered or changed since it was last judged. Kept by a trigger; claimed in sets."""

    elevator = models.OneToOneField(Elevator, on_delete=models.CASCADE, primary_key=True, related_name="+")
    noted_at = models.DateTimeField(db_default=models.functions.Now())


class QualityLimit(models.Model):
    """What a quantity of a class can be: a dated row, not code."""

    column = models.CharField(max_length=40)
    class_prefix = models.CharField(max_length=4, blank=True)
    low = models.DecimalField(max_digits=9, decimal_places=3)
    high = models.DecimalField(max_digits=9, decimal_places=3)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(low__lte=models.F("high")), name="quality_limit_range"),
            models.UniqueConstraint(fields=["column", "class_prefix", "valid_from"], name="quality_limit_once"),
        ]


class QualityScore(models.Model):
    """How good the data of a district or a unit was from a day on: kept only when it changed since the last row."""

    day = models.DateField()
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    elevators = models.PositiveIntegerField()
    flawed = models.PositiveIntegerField()
    issues = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "day"], condition=Q(unit__isnull=True), name="quality_score_area"),
            models.UniqueConstraint(fields=["unit", "day"], condition=Q(area__isnull=True), name="quality_score_unit"),
            models.CheckConstraint(
                condition=Q(area__isnull=True, unit__isnull=False) | Q(area__isnull=False, unit__isnull=True),
                name="quality_score_of_one",
            ),
            models.CheckConstraint(condition=Q(flawed__lte=models.F("elevators")), name="quality_score_share"),
        ]

    @property
    def share(self) -> float:
        """Elevators without an open issue, 0 to 1."""
        return 1.0 if not self.elevators else 1 - self.flawed / self.elevators


class Manufacturer(models.Model):
    """A maker as the platform names it, once somebody confirmed it."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    name = models.CharField(_("Manufacturer"), max_length=120, unique=True)
    created_at = models.DateTimeField()

    def __str__(self):
        return self.name


class ManufacturerSpelling(models.Model):
    """A spelling that somebody confirmed to mean a manufacturer; elevators keep the spelling itself."""

    spelling = models.CharField(max_length=120, primary_key=True)
    manufacturer = models.ForeignKey(Manufacturer, on_delete=models.PROTECT, null=True, related_name="spellings")
    confirmed_at = models.DateTimeField()
    confirmed_by_kind = models.CharField(max_length=12)
    confirmed_by_id = models.CharField(max_length=64)
