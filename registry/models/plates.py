"""Nameplates: printed before anybody knows where they will hang, bound at the first scan, never used twice."""

from django.db import models
from django.db.models import Q

from accounts.models import Area, Unit
from accounts.queries import reach_of
from common.ids import new_public_id
from common.models import Job
from registry.choices import BatchContent, PlateState, ScanVerdict
from registry.models.elevators import Elevator
from registry.models.scope import elevator_condition


class PlateCity(models.Model):
    """The six digits by which plates name a city: its administrative code, or one of 9xxxxx for a city that has none."""

    area = models.OneToOneField(Area, on_delete=models.PROTECT, primary_key=True, related_name="+")
    number = models.CharField(max_length=6, unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(number__regex=r"^[0-9]{6}$"), name="plate_city_form")]

    def __str__(self):
        return self.number


class PlateBatchQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        scope = reach_of(actor, permission)
        if scope.everything:
            return self
        cities = [area.area_id for area in scope.areas if area.kind == "CITY" and not area.place_types]
        return self.filter(Q(city__in=cities) | Q(unit__in=scope.unit_ids))


class PlateBatch(models.Model):
    """An order of plates: numbers are given when it is written down, the sheets are drawn by a job."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")  # who holds them until bound
    content = models.CharField(max_length=12, choices=BatchContent)
    layout = models.CharField(max_length=20)
    host = models.CharField(max_length=253)
    count = models.PositiveIntegerField()
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    owner_kind = models.CharField(max_length=12)
    owner_id = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    file_name = models.CharField(max_length=100, blank=True)
    pages = models.PositiveIntegerField(null=True)
    byte_count = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    written_at = models.DateTimeField(null=True)

    objects = PlateBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1), name="plate_batch_some"),
            models.CheckConstraint(condition=Q(content__in=BatchContent.values), name="plate_batch_content_known"),
            models.CheckConstraint(
                condition=Q(written_at__isnull=True) | ~Q(file_name=""), name="plate_batch_written_has_file"
            ),
        ]

    def __str__(self):
        return f"{self.count} × {self.layout}"

    @property
    def sheets_name(self) -> str:
        """What the file of the sheets is called when somebody takes it."""
        return f"plates-{self.created_at:%Y%m%d}-{self.count}.pdf"


class NameplateQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Plates on the elevators that one sees, and the stock of one's own units and cities."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self
        cities = [area.area_id for area in scope.areas if area.kind == "CITY" and not area.place_types]
        condition = Q(city__in=cities) | Q(unit__in=scope.unit_ids, elevator__isnull=True)
        theirs = elevator_condition(scope)
        if theirs is not None:
            condition |= Q(elevator__in=Elevator.objects.filter(theirs).values("pk"))
        return self.filter(condition)


class Nameplate(models.Model):
    """One plate. Its number never changes and is never given again; a void one stays void (the database sees to it)."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=6)
    issue = models.PositiveSmallIntegerField()
    key_id = models.CharField(max_length=2)
    batch = models.ForeignKey(PlateBatch, on_delete=models.PROTECT, null=True, related_name="plates")
    state = models.CharField(max_length=8, choices=PlateState, default=PlateState.PRINTED)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    # the elevator it is for: known beforehand when it was printed for one, else since it was bound
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, null=True, related_name="nameplates")
    created_at = models.DateTimeField()

    bound_at = models.DateTimeField(null=True)
    bound_by_kind = models.CharField(max_length=12, blank=True)
    bound_by_id = models.CharField(max_length=64, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    accuracy_m = models.PositiveIntegerField(null=True)
    # how far the phone was from where the register had the elevator, where somebody confirmed to hang it all the same
    confirmed_far_m = models.PositiveIntegerField(null=True)

    voided_at = models.DateTimeField(null=True)
    voided_by_kind = models.CharField(max_length=12, blank=True)
    voided_by_id = models.CharField(max_length=64, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    objects = NameplateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "city", "issue"], name="plate_number_once"),
            models.UniqueConstraint(fields=["elevator"], condition=Q(state="BOUND"), name="plate_one_on_an_elevator"),
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{6}$"), name="plate_code_form"),
            models.CheckConstraint(condition=Q(issue__range=(1, 999)), name="plate_issue_range"),
            models.CheckConstraint(condition=Q(state__in=PlateState.values), name="plate_state_known"),
            models.CheckConstraint(
                condition=~Q(state="BOUND") | Q(elevator__isnull=False, bound_at__isnull=False),
                name="plate_bound_to_something",
            ),
            models.CheckConstraint(
                condition=Q(state="VOID", voided_at__isnull=False) & ~Q(void_reason="")
                | ~Q(state="VOID") & Q(voided_at__isnull=True),
                name="plate_void_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state"], name="plate_stock"),
            models.Index(fields=["-id"], condition=Q(confirmed_far_m__isnull=False), name="plate_hung_far"),
        ]

    def __str__(self):
        return f"{self.code}-{self.issue:03d}"


class PlateScanQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Of one's cities, where what no key of ours signed names no city and concerns every one; of plates that hang
        or hung on elevators that one sees."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self
        cities = [area.area_id for area in scope.areas if area.kind == "CITY" and not area.place_types]
        condition = Q(pk__in=[])
        if cities:
            condition |= Q(city="") | Q(city__in=PlateCity.objects.filter(area__in=cities).values("number"))
        if (theirs := elevator_condition(scope)) is not None:
            condition |= models.Exists(
                Nameplate.objects.filter(
                    code=models.OuterRef("code"),
                    issue=models.OuterRef("issue"),
                    city__in=PlateCity.objects.filter(number=models.OuterRef(models.OuterRef("city"))).values("area"),
                    elevator__in=Elevator.objects.filter(theirs).values("pk"),
                )
            )
        return self.filter(condition)


class PlateScan(models.Model):
    """How often a plate that is not good was read on a day: no person, no place, no address."""

    day = models.DateField()
    verdict = models.CharField(max_length=12, choices=ScanVerdict)
    city = models.CharField(max_length=6, blank=True)
    code = models.CharField(max_length=6, blank=True)
    issue = models.PositiveSmallIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    objects = PlateScanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "verdict", "city", "code", "issue"], name="plate_scan_once"),
        ]

    def __str__(self):
        return f"{self.day} {self.verdict} {self.count}"
