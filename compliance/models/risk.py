from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Area
from compliance.choices import RiskBand, RiskFact
from compliance.models.obligations import SubjectQuerySet
from registry.models import Elevator

_PLACES = ((("city",), "city"), (("managing_district",), "district"), (("area",), "area"), ((), "all"))

NATION = "CN"  # as in inspection.LawRow: a row that holds wherever no nearer one does


class RiskPolicy(models.Model):
    """What a fact makes of an elevator: a dated row, not code. `code`: the kind of an obligation or the grade of a hazard,
    '' for every one without a row of its own; `days_ahead`: how long before the last good day (DUE_SOON); `late_points` more
    for each `late_days` full days after the last good one, `late_most` more at most: an order among those of one band; from
    `worse_after` days after it on the band is `worse_band` ('': never another).

    `area`: whose law it is, "CN" or the code of a city, district or subdistrict: there it stands in the place of the row of
    the same fact and code that holds further out. A GREEN row without points says that the fact makes nothing there."""

    area = models.CharField(max_length=24, default=NATION)
    fact = models.CharField(max_length=24, choices=RiskFact)
    code = models.CharField(max_length=32, blank=True)
    band = models.CharField(max_length=8, choices=RiskBand)
    points = models.PositiveSmallIntegerField()
    days_ahead = models.PositiveSmallIntegerField(default=0)
    late_days = models.PositiveSmallIntegerField(default=0)
    late_points = models.PositiveSmallIntegerField(default=0)
    late_most = models.PositiveSmallIntegerField(default=0)
    worse_band = models.CharField(max_length=8, blank=True, choices=RiskBand)
    worse_after = models.PositiveSmallIntegerField(default=0)
    clause = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "fact", "code", "valid_from"], name="risk_policy_once"),
            models.CheckConstraint(condition=Q(fact__in=RiskFact.values), name="risk_policy_fact_known"),
            models.CheckConstraint(condition=Q(band__in=["GREEN", "YELLOW", "ORANGE", "RED"]), name="risk_policy_band"),
            models.CheckConstraint(
                condition=Q(worse_band="", worse_after=0)
                | Q(worse_band__in=["GREEN", "YELLOW", "ORANGE", "RED"], worse_after__gt=0),
                name="risk_policy_worse",
            ),
        ]

    def __str__(self):
        area = "" if self.area == NATION else self.area
        return " ".join(part for part in (self.fact, self.code, area, str(self.valid_from)) if part)


class RiskQuerySet(SubjectQuerySet):
    own_columns = ()

    def rated(self):
        """Those that people may ride in."""
        return self.exclude(band=RiskBand.NONE)


class RiskScore(models.Model):
    """The present band of an elevator, and why (compliance.rules.risk). Written by compliance.actions.risk alone.

    `since_at`: since when it has been in this band; `step_at`: when the calendar alone may change it; `computed_at`: when
    anything of the row changed last. `city`, `managing_district`, `area` repeat the elevator's.
    """

    elevator = models.OneToOneField(Elevator, on_delete=models.PROTECT, related_name="+")
    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    band = models.CharField(max_length=8, choices=RiskBand)
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    policy = models.CharField(max_length=60)
    since_at = models.DateTimeField()
    step_at = models.DateTimeField(null=True)
    computed_at = models.DateTimeField()

    objects = RiskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(band__in=RiskBand.values), name="risk_band_known"),
            models.CheckConstraint(condition=Q(score__lte=999), name="risk_score_range"),
        ]
        indexes = [
            models.Index(fields=["step_at", "id"], condition=Q(step_at__isnull=False), name="risk_step"),
            models.Index(fields=["computed_at", "id"], name="risk_computed"),
            # the worst first, of a city, a district, a subdistrict; counts by band walk them alone
            *(
                models.Index(fields=[*lead, "-score", "-id"], include=["band", "elevator"], name=f"risk_{name}")
                for lead, name in _PLACES
            ),
            # those of one band in the order of the list of elevators
            *(models.Index(fields=[*lead, "band", "-elevator"], name=f"risk_band_{name}") for lead, name in _PLACES),
        ]

    def __str__(self):
        return f"{self.elevator_id} {self.band}"


class RiskChangeQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Of the elevators that one sees."""
        return self.filter(elevator__in=Elevator.objects.visible_to(actor, permission).values("pk"))


class RiskChange(models.Model):
    """That an elevator came into a band: the first time, and each time it changed. Append-only, for indicators."""

    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="+", db_index=False)
    before = models.CharField(max_length=8, choices=RiskBand, blank=True)
    band = models.CharField(max_length=8, choices=RiskBand)
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    policy = models.CharField(max_length=60)
    at = models.DateTimeField()

    objects = RiskChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["elevator", "-id"], name="risk_change_elevator"),
            models.Index(fields=["at"], name="risk_change_at"),
        ]


class RiskDue(models.Model):
    """An elevator whose band is to be found anew: triggers write it when what it follows from changed."""

    elevator = models.OneToOneField(Elevator, on_delete=models.CASCADE, primary_key=True, related_name="+")
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["noted_at", "elevator"], name="risk_due_order")]
