from django.db import models
from django.db.models import Q

from accounts.models import Area, Unit, User
from accounts.queries import reach_of
from common.ids import new_public_id
from compliance.choices import AlertLevel, AlertState, Severity
from compliance.models.complaints import Complaint
from compliance.models.hazards import Hazard
from compliance.models.obligations import Obligation, SubjectQuerySet, one_subject
from compliance.rules.risk import ALERT_KIND
from registry.models import Elevator, Site
from registry.models.scope import area_condition

STANDING = ~Q(state="RESOLVED")


class AlertQuerySet(SubjectQuerySet):
    def visible_to(self, actor, permission, *, whole=False):
        """And those about sites that one sees: only a grant over kinds of places has to ask for them. What is about a risk band
        is the officials' alone: a unit has the alerts of what made the band (decision 0025)."""
        rows, scope = super().visible_to(actor, permission, whole=whole), reach_of(actor, permission)
        if any(area.place_types for area in scope.areas):
            rows |= self.filter(site__in=Site.objects.visible_to(actor, permission).values("pk"))
        if scope.everything or not scope.unit_ids:
            return rows
        others = ~Q(kind=ALERT_KIND)
        if scope.areas:
            own = Elevator.objects.filter(area_condition(scope)).values("pk")
            others |= Q(elevator__in=own)
        return rows.filter(others)

    def standing(self):
        """Not resolved."""
        return self.filter(STANDING)


class Alert(models.Model):
    """What somebody has to do something about: one at a time for each kind and subject, until its causes have ended.
    What a person owes for two units is two.

    `site`: of a complaint about a site of which no elevator is known; every other alert is about an elevator, unit or person.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    kind = models.CharField(max_length=48)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    for_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=AlertState, default=AlertState.OPEN)
    level = models.CharField(max_length=12, choices=AlertLevel, default=AlertLevel.UNIT)
    severity = models.CharField(max_length=8, choices=Severity)
    clause = models.CharField(max_length=120, blank=True)
    policy = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    escalates_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_kind = models.CharField(max_length=12, blank=True)
    acknowledged_by_id = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=400, blank=True)
    resolved_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=one_subject("elevator", "unit", "person", "site"), name="alert_one_subject"
            ),
            models.UniqueConstraint(
                fields=["elevator", "kind"], condition=STANDING & Q(elevator__isnull=False), name="alert_elevator_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "kind"], condition=STANDING & Q(unit__isnull=False), name="alert_unit_once"
            ),
            models.UniqueConstraint(
                fields=["person", "for_unit", "kind"],
                condition=STANDING & Q(person__isnull=False),
                nulls_distinct=False,
                name="alert_person_unit_once",
            ),
            models.UniqueConstraint(
                fields=["site", "kind"], condition=STANDING & Q(site__isnull=False), name="alert_site_once"
            ),
            models.CheckConstraint(condition=Q(state__in=AlertState.values), name="alert_state_known"),
            models.CheckConstraint(
                condition=Q(state="RESOLVED", resolved_at__isnull=False) | (STANDING & Q(resolved_at__isnull=True)),
                name="alert_resolved_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="ACKNOWLEDGED") | Q(acknowledged_at__isnull=False), name="alert_seen_at"
            ),
            models.CheckConstraint(condition=STANDING | Q(escalates_at__isnull=True), name="alert_resolved_stays"),
        ]
        indexes = [
            models.Index(fields=["escalates_at"], condition=Q(escalates_at__isnull=False), name="alert_escalates"),
            *(
                models.Index(
                    fields=[*lead, "-id"],
                    include=["kind", "level", "severity", "elevator"],
                    condition=STANDING,
                    name=name,
                )
                for lead, name in (
                    (("city",), "alert_city"),
                    (("managing_district",), "alert_district"),
                    (("area",), "alert_area"),
                    ((), "alert_standing"),
                )
            ),
            models.Index(fields=["elevator", "-id"], name="alert_elevator"),
        ]

    def __str__(self):
        return self.kind


def _one_cause() -> Q:
    """Exactly one of the columns, or the pair of a row without one."""
    columns = ("obligation", "hazard", "complaint")
    condition = Q(**{f"{column}__isnull": True for column in columns}) & ~Q(source_type="") & ~Q(source_id="")
    for named in columns:
        one = {f"{column}__isnull": column != named for column in columns}
        condition |= Q(source_type="", source_id="", **one)
    return condition


class AlertCause(models.Model):
    """What keeps an alert open. Each has at most one that has not ended.

    `source_type`, `source_id`: a row that has no column of its own here (a risk band; of other apps what they like), by the
    label of its model and its key (compliance.actions.causes).
    """

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="causes")
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    hazard = models.ForeignKey(Hazard, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    source_type = models.CharField(max_length=64, blank=True, db_default="")
    source_id = models.CharField(max_length=64, blank=True, db_default="")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # what ended it, where no fact did
    waiver = models.ForeignKey(
        "compliance.Waiver", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["obligation"], condition=Q(ended_at__isnull=True), name="alert_cause_once"),
            models.UniqueConstraint(
                fields=["hazard"], condition=Q(ended_at__isnull=True), name="alert_cause_hazard_once"
            ),
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(ended_at__isnull=True), name="alert_cause_complaint_once"
            ),
            models.UniqueConstraint(
                fields=["source_type", "source_id"],
                condition=Q(ended_at__isnull=True) & ~Q(source_id=""),
                name="alert_cause_source_once",
            ),
            models.CheckConstraint(
                condition=_one_cause(),
                name="alert_cause_one",
            ),
        ]


class AlertStep(models.Model):
    """That an alert opened at a level or moved on to it. Append-only."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="steps")
    level = models.CharField(max_length=12, choices=AlertLevel)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "level"], name="alert_step_once")]
