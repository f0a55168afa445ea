"""What a body may do, what an authority ordered, and which tester did too much."""

from django.db import models
from django.db.models import F, Q

from accounts.choices import AreaKind
from accounts.models import Area, Unit, User
from accounts.queries import reach_of
from common.actor import ActorKind
from common.ids import new_public_id
from registry.models import Elevator


class BodyLicenceQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those of one's own units; those of a city's units for its officers, as the units themselves."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        cities = {area.city_id for area in scope.areas}
        return self.filter(Q(unit__in=scope.unit_ids) | Q(unit__area__city__in=cities))

    def counting(self):
        """Not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class BodyLicence(models.Model):
    """That a body may inspect, for which kinds of report, from when until when (both days belong to it). Withdrawn, never edited:
    one that ends early is withdrawn and recorded anew with its real last day."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=60)
    kinds = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_until = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by_kind = models.CharField(max_length=12)
    recorded_by_id = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = BodyLicenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="body_licence_forward"),
            models.UniqueConstraint(
                fields=["unit", "number", "valid_from"],
                condition=Q(withdrawn_at__isnull=True),
                name="body_licence_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="body_licence_withdrawn_whole",
            ),
        ]
        indexes = [models.Index(fields=["unit", "-id"], name="body_licence_unit")]

    def __str__(self):
        return self.number


class WindowOverrideQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """An order is no secret: whoever may read reports reads them all; those with roles over areas are of their cities."""
        scope = reach_of(actor, permission)
        if scope.everything or scope.unit_ids:
            return self.all()
        cities = {area.city_id for area in scope.areas}
        about = Q(area__in=cities) | Q(area__city__in=cities) | Q(elevators__city__in=cities)
        return self.filter(pk__in=WindowOverride.objects.filter(about).values("pk"))

    def counting(self):
        return self.filter(withdrawn_at__isnull=True)


class WindowOverride(models.Model):
    """R9: an authority's order that moves the windows of a calendar year, of an area or of single elevators."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    elevators = models.ManyToManyField(Elevator, related_name="+")
    year = models.PositiveSmallIntegerField()
    opens_on = models.DateField()
    due_on = models.DateField()
    document = models.CharField(max_length=120)
    issued_on = models.DateField()
    reason = models.CharField(max_length=300)
    entered_at = models.DateTimeField()
    entered_by_kind = models.CharField(max_length=12)
    entered_by_id = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True)

    objects = WindowOverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(due_on__gte=F("opens_on")), name="window_override_forward"),
            models.CheckConstraint(condition=~Q(document="") & ~Q(reason=""), name="window_override_says_why"),
            models.UniqueConstraint(
                fields=["area", "year", "document"],
                condition=Q(area__isnull=False, withdrawn_at__isnull=True),
                name="window_override_once",
            ),
        ]

    def __str__(self):
        return f"{self.document} {self.year}"

    def covers(self, *, city_id: int, managing_district_id: int | None, area_id: int) -> bool:
        """Is an elevator with these places inside the area of the order?"""
        column = {AreaKind.CITY: city_id, AreaKind.SUBDISTRICT: area_id}
        return self.area_id is not None and column.get(self.area.kind, managing_district_id) == self.area_id


class TesterExcessQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """One's own units' and one's own; those of a city's units for its officers."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        own = Q(unit__in=scope.unit_ids) | Q(unit__area__city__in={area.city_id for area in scope.areas})
        if actor.kind == ActorKind.PERSON:
            own |= Q(person__public_id=actor.id)
        return self.filter(own)

    def standing(self):
        return self.filter(ended_at__isnull=True)


class TesterExcess(models.Model):
    """R14: a tester did more in a month than the row of law allows. It ends when corrections bring it down, or when an officer
    says what was found; the count is the last one."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.CharField(max_length=7)
    code = models.CharField(max_length=24)
    count = models.PositiveIntegerField()
    limit = models.PositiveIntegerField()
    rule = models.CharField(max_length=40)
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by_kind = models.CharField(max_length=12, blank=True)
    ended_by_id = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=300, blank=True)

    objects = TesterExcessQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "person", "month", "code"], name="tester_excess_once"),
        ]
        indexes = [models.Index(fields=["unit", "-id"], name="tester_excess_unit")]

    def __str__(self):
        return f"{self.month} {self.code}"
