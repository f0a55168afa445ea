"""What a using unit keeps and files under SAMR Order 74, chapter 6. Changed through compliance.actions.duties alone."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.functions import Now

from accounts.choices import USING_KINDS
from accounts.models import Area, Unit, User
from accounts.models.people import HALF_OPEN
from accounts.queries import reach_of
from common.ids import new_public_id
from common.language import in_this_language
from compliance.choices import CheckFrequency, DutyKind, DutyRole, RiskListState, RiskScope, period_words
from compliance.models.hazards import Hazard, HazardItem
from registry.models import Elevator, Site
from registry.models.scope import area_condition


class Days(Func):
    """daterange(start, end, '[)')"""

    function = "DATERANGE"
    output_field = DateRangeField()


def units_seen(actor, permission, column: str) -> Q | None:
    """The filing of one's own units, and of those that use an elevator in one's areas: it concerns the whole unit. None: all."""
    scope = reach_of(actor, permission)
    if scope.everything:
        return None
    condition = Q(**{f"{column}__in": scope.unit_ids})
    if scope.areas:
        inside = Elevator.objects.filter(area_condition(scope), using_unit=OuterRef(column))
        condition |= Q(Exists(inside))
    return condition


class OfUnitQuerySet(models.QuerySet):
    """Rows of a unit's filing."""

    def visible_to(self, actor, permission):
        condition = units_seen(actor, permission, "unit_id")
        return self.all() if condition is None else self.filter(condition)


class PeriodOfDaysQuerySet(OfUnitQuerySet):
    def on(self, day):
        """In force on a day; `ended_on` is the first day without."""
        return self.filter(Q(started_on__lte=day), Q(ended_on__isnull=True) | Q(ended_on__gt=day))

    def unfinished(self, day):
        """In force on a day or later."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day)).exclude(ended_on=F("started_on"))


class UnitOnDutyQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Own using units, and those that use an elevator in one's areas."""
        condition = units_seen(actor, permission, "pk")
        using = self.filter(kind__in=USING_KINDS)
        return using if condition is None else using.filter(condition)


class UnitOnDuty(Unit):
    """A using unit as its safety duties have it; another scope than that of units, which are seen in the whole city."""

    objects = UnitOnDutyQuerySet.as_manager()

    class Meta:
        proxy = True


class DutyRule(models.Model):
    """Since when, where and with how much delay a duty is filed: a dated row, not code.

    `back_days`: how long after its last day a record is still taken, as late. `grace_days`: until when somebody is to be named.
    """

    kind = models.CharField(max_length=32)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    back_days = models.PositiveSmallIntegerField(default=0)
    grace_days = models.PositiveSmallIntegerField(default=0)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    clause = models.CharField(max_length=120)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "city", "valid_from"], name="duty_rule_once")]

    def __str__(self):
        return f"{self.kind} {self.valid_from}"


class DutyClock(models.Model):
    """When a using unit's duties are planned next: each midnight, and at once when its people or elevators change.

    Entered by a trigger on elevators, so that no using unit is forgotten. `planned_on`: the last day that was planned.
    """

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, primary_key=True, related_name="+")
    look_at = models.DateTimeField(db_default=Now())
    planned_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["look_at"], name="duty_clock_look")]


class DutyAppointment(models.Model):
    """Who is head, safety director or safety officer of a unit, from which day, until which (half-open), by which letter.

    Ended, never changed. Its letter is a common.Attachment kept for it.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=8, choices=DutyRole)
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    reference = models.CharField(max_length=120, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)
    appointed_at = models.DateTimeField()
    appointed_by_kind = models.CharField(max_length=12)
    appointed_by_id = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True)

    objects = PeriodOfDaysQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=DutyRole.values), name="appointment_role_known"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")), name="appointment_forward"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_at__isnull=True, ended_reason="")
                | (Q(ended_on__isnull=False, ended_at__isnull=False) & ~Q(ended_reason="")),
                name="appointment_ends_whole",
            ),
            ExclusionConstraint(
                name="appointment_one_at_the_top",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (Days("started_on", "ended_on", HALF_OPEN), RangeOperators.OVERLAPS),
                ],
                condition=Q(role__in=["HEAD", "DIRECTOR"]),
            ),
            ExclusionConstraint(
                name="appointment_not_twice",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (Days("started_on", "ended_on", HALF_OPEN), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-id"], name="appointment_unit"),
            models.Index(fields=["user"], name="appointment_user"),
        ]

    def __str__(self):
        return f"{self.get_role_display()} {self.user}"


class OfficerBinding(models.Model):
    """Which safety officer an elevator is bound to, by days, half-open: exactly one at a time (Order 74, chapter 6)."""

    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    appointment = models.ForeignKey(DutyAppointment, on_delete=models.PROTECT, related_name="bindings")
    started_on = models.DateField()
    ended_on = models.DateField(null=True)

    objects = PeriodOfDaysQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")), name="binding_forward"
            ),
            ExclusionConstraint(
                name="binding_one_officer",
                expressions=[
                    ("elevator", RangeOperators.EQUAL),
                    (Days("started_on", "ended_on", HALF_OPEN), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "elevator"], name="binding_unit"),
            models.Index(fields=["elevator", "-started_on"], name="binding_elevator"),
        ]


class RiskTemplateItem(models.Model):
    """What a risk-control list begins with: a dated row with its source; the Order asks for a list and gives none."""

    code = models.CharField(max_length=8)
    position = models.PositiveSmallIntegerField()
    risk_zh = models.CharField(max_length=120)
    risk_en = models.CharField(max_length=120)
    measure_zh = models.CharField(max_length=200)
    measure_en = models.CharField(max_length=200)
    scope = models.CharField(max_length=12, choices=RiskScope, default=RiskScope.ALL)
    frequency = models.CharField(max_length=8, choices=CheckFrequency)
    owner = models.CharField(max_length=8, choices=DutyRole)
    hazard_item = models.ForeignKey(HazardItem, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="risk_template_once")]


class RiskListQuerySet(OfUnitQuerySet):
    def in_force(self, day):
        """Approved, and in force on a day."""
        since = Q(state=RiskListState.APPROVED, started_on__lte=day)
        return self.filter(since, Q(ended_on__isnull=True) | Q(ended_on__gt=day))


class RiskList(models.Model):
    """One version of a unit's risk-control list (《电梯安全风险管控清单》). Approved by the director, then never changed."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=RiskListState, default=RiskListState.DRAFT)
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    drafted_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    objects = RiskListQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "number"], name="risk_list_number_once"),
            models.UniqueConstraint(fields=["unit"], condition=Q(state="DRAFT"), name="risk_list_one_draft"),
            models.CheckConstraint(
                condition=Q(state="DRAFT", started_on__isnull=True, approved_at__isnull=True, approved_by__isnull=True)
                | Q(state="APPROVED", started_on__isnull=False, approved_at__isnull=False),
                name="risk_list_approved_whole",
            ),
            ExclusionConstraint(
                name="risk_list_one_in_force",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    (Days("started_on", "ended_on", HALF_OPEN), RangeOperators.OVERLAPS),
                ],
                condition=Q(state="APPROVED"),
            ),
        ]

    def __str__(self):
        return f"{self.number}"


class RiskItemQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those of the lists that one sees."""
        return self.filter(risk_list__in=RiskList.objects.visible_to(actor, permission).values("pk"))


class RiskItem(models.Model):
    """One line of a risk-control list: risk, measure, how often, who; and under which heading a × enters the hazard ledger."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    risk_list = models.ForeignKey(RiskList, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    risk = models.CharField(max_length=120)
    risk_en = models.CharField(max_length=120, blank=True)
    measure = models.CharField(max_length=200)
    measure_en = models.CharField(max_length=200, blank=True)
    scope = models.CharField(max_length=12, choices=RiskScope, default=RiskScope.ALL)
    frequency = models.CharField(max_length=8, choices=CheckFrequency)
    owner = models.CharField(max_length=8, choices=DutyRole)
    hazard_item = models.ForeignKey(HazardItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=200, blank=True)
    certainty = models.CharField(max_length=8, blank=True)

    objects = RiskItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["risk_list", "position"], name="risk_item_position_once")]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return in_this_language(self.risk, self.risk_en or self.risk)

    @property
    def action(self) -> str:
        return in_this_language(self.measure, self.measure_en or self.measure)


class DutyRecordQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those of own units; in one's areas the checks of the places there, and the reviews and meetings of units that have
        an elevator there."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        condition = Q(unit__in=scope.unit_ids)
        if scope.areas:
            places = [area for area in scope.areas if not area.place_types]  # a record says no type of place
            inside = area_condition(type(scope)(areas=tuple(places))) if places else Q(pk__in=[])
            condition |= inside | ~Q(kind=DutyKind.DAILY_CHECK) & units_seen(actor, permission, "unit_id")
        return self.filter(condition)


class DutyRecord(models.Model):
    """A daily check, weekly review or monthly meeting as it was filed; append-only in the database.

    `period` is that of the obligation it meets. A daily check is an officer's round of one site: `elevators` were looked at by
    `risk_list`, all right but for its findings. A review or a meeting answers the weekly or monthly items of `risk_list`, if one
    was in force, in the same way. `content`: the texts of a review or a meeting, by rules.duties.TEXTS.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    client_id = models.UUIDField(unique=True)
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=DutyKind)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    period = models.CharField(max_length=24)
    due_on = models.DateField()
    filed_on = models.DateField()
    filed_at = models.DateTimeField()
    days_late = models.PositiveSmallIntegerField(default=0)
    elevators = ArrayField(models.BigIntegerField(), default=list)
    findings_count = models.PositiveSmallIntegerField(default=0)
    risk_list = models.ForeignKey(RiskList, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    content = models.JSONField(default=dict)
    rule = models.CharField(max_length=48)
    filed_by_kind = models.CharField(max_length=12)
    filed_by_id = models.CharField(max_length=64)

    objects = DutyRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DutyKind.values), name="duty_record_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="DAILY_CHECK", risk_list__isnull=False) | (~Q(kind="DAILY_CHECK") & Q(elevators=[])),
                name="duty_record_check_by_list",
            ),
            models.UniqueConstraint(
                fields=["person", "period"], condition=Q(kind="DAILY_CHECK"), name="duty_check_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "kind", "period"], condition=~Q(kind="DAILY_CHECK"), name="duty_report_once"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-id"], name="duty_record_unit"),
            models.Index(fields=["unit", "due_on"], include=["kind", "days_late"], name="duty_record_days"),
            models.Index(fields=["managing_district", "-id"], name="duty_record_district"),
            models.Index(fields=["area", "-id"], name="duty_record_area"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.due_on}"

    @property
    def period_label(self) -> str:
        return period_words(self.period)


class DutyFinding(models.Model):
    """What was not right: an item of the list, in the words of whoever found it, with its own photographs.

    At an elevator it stands in the hazard ledger; in a daily check it always does. A review or a meeting says also who mends
    it until when, and may name no elevator: keys that nobody counted belong to none.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    record = models.ForeignKey(DutyRecord, on_delete=models.PROTECT, related_name="findings")
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    item = models.ForeignKey(RiskItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    remark = models.CharField(max_length=300)
    stopped = models.BooleanField(default=False)  # the officer took the elevator out of use at once
    mender = models.CharField(max_length=120, blank=True, db_default="")
    mend_by = models.DateField(null=True)
    hazard = models.ForeignKey(Hazard, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "elevator", "item"], nulls_distinct=False, name="duty_finding_once"
            ),
            models.CheckConstraint(
                condition=Q(mender="", mend_by__isnull=True, elevator__isnull=False)
                | (~Q(mender="") & Q(mend_by__isnull=False)),
                name="duty_finding_is_somebodys",
            ),
        ]
