from django.db import models
from django.db.models import CharField, F, Q
from django.db.models.functions import Cast, Right

from accounts.models import Area, Unit, User
from accounts.queries import reach_of
from common.ids import new_public_id
from common.personal.fields import SealedField
from inspection.choices import ApplicationKind, ApplicationState
from inspection.models.reports import Report
from registry.models import Elevator
from registry.models.scope import by_elevators, whole_areas_condition

_PLACES = (("city", "city"), ("managing_district", "district"), ("area", "area"))
STANDING = Q(state__in=("APPLIED", "APPOINTED"))
# what people quote on the phone, as of applications for registration; the database's own form of it is in small letters
SHORT_NUMBER = Right(Cast("public_id", CharField()), 8)


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, actor, permission, *, whole=False):
        """Those of elevators that one sees, those that one's unit made, and those that it was asked to answer.
        `whole`: they are counted, not listed (registry.models.scope.by_elevators)."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        if (inside := whole_areas_condition(scope)) is not None:
            return self.filter(inside)
        own = Q(unit__in=scope.unit_ids) | Q(body__in=scope.unit_ids)
        return self.filter(by_elevators(scope, actor, permission, whole=whole) | own)

    def standing(self):
        """Neither done nor ended."""
        return self.filter(STANDING)

    def late(self, today):
        """Those that are or will be after the last good day; whose fault it is says `in_time` (rules.applications.fault)."""
        return self.filter(STANDING).filter(Q(due_on__lt=today) | Q(appointed_on__gt=F("due_on")))


class Application(models.Model):
    """The using unit asks a body for the inspection of one period (R10). `kind`, `period`, `opens_on`, `due_on` repeat the
    obligation as it was when applied for; `in_time`: applied for while there was time. `wanted_*`: days that suit, both
    included; `contact`: the phone of who opens the door, for the body alone. `reason`: of declining or withdrawing. `report`:
    what answered it. `city`, `managing_district`, `area`: the elevator's as it stands now, so that a district's list walks one
    index; kept by the database (inspection_place), none once the elevator is withdrawn with its import."""

    PERSONAL_FIELDS = frozenset({"contact"})

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=32, choices=ApplicationKind, default=ApplicationKind.PERIODIC_INSPECTION)
    period = models.CharField(max_length=24)
    opens_on = models.DateField()
    due_on = models.DateField()
    wanted_from = models.DateField()
    wanted_until = models.DateField()
    contact = SealedField(kind="phone", binds="public_id", null=True)
    in_time = models.BooleanField()
    state = models.CharField(max_length=10, choices=ApplicationState, default=ApplicationState.APPLIED)
    applied_at = models.DateTimeField()
    applied_by_kind = models.CharField(max_length=12)
    applied_by_id = models.CharField(max_length=64)
    appointed_on = models.DateField(null=True)
    inspector = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by_kind = models.CharField(max_length=12, blank=True)
    decided_by_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["elevator", "kind", "period"], condition=STANDING, name="inspection_apply_one_standing"
            ),
            models.CheckConstraint(condition=Q(state__in=ApplicationState.values), name="inspection_apply_state_known"),
            models.CheckConstraint(
                condition=Q(wanted_until__gte=F("wanted_from")), name="inspection_apply_days_forward"
            ),
            models.CheckConstraint(
                condition=~Q(state="APPOINTED") | Q(appointed_on__isnull=False), name="inspection_apply_appointed_when"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("DECLINED", "WITHDRAWN")) | ~Q(reason=""),
                name="inspection_apply_ended_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state="APPLIED") | Q(decided_at__isnull=False), name="inspection_apply_decided_when"
            ),
        ]
        indexes = [
            models.Index(fields=["body", "state", "-id"], name="inspection_apply_body"),
            models.Index(fields=["elevator", "-id"], name="inspection_apply_elevator"),
            models.Index(fields=["due_on", "id"], condition=STANDING, name="inspection_apply_due"),
            models.Index(fields=["body", "due_on", "id"], condition=STANDING, name="inspection_apply_body_due"),
            models.Index(fields=["unit", "due_on", "id"], condition=STANDING, name="inspection_apply_unit_due"),
            models.Index(fields=["appointed_on", "id"], condition=Q(state="APPOINTED"), name="inspection_apply_days"),
            # the lists of officials: what stands by its last good day, and all of it newest first
            *(
                models.Index(fields=[column, "due_on", "id"], condition=STANDING, name=f"inspection_apply_due_{name}")
                for column, name in _PLACES
            ),
            *(models.Index(fields=[column, "-id"], name=f"inspection_apply_{name}") for column, name in _PLACES),
            models.Index(SHORT_NUMBER, name="inspection_apply_number"),
        ]

    def __str__(self):
        return f"{self.elevator_id} {self.period}"

    @property
    def short_number(self) -> str:
        return self.public_id.hex[-8:].upper()
