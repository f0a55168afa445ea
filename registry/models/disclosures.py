from django.db import models
from django.db.models import F, Q

from accounts.models import Unit
from accounts.queries import reach_of
from common.ids import new_public_id
from registry.models.elevators import Elevator
from registry.models.sites import Site
from registry.rules.disclosures import COSTS, MOST_FEN

MONEY = ("income", *COSTS)


class DisclosureRule(models.Model):
    """How often income and costs are published at least: a dated row, not code."""

    months = models.PositiveSmallIntegerField()
    valid_from = models.DateField(unique=True)
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    def __str__(self):
        return f"{self.months} months since {self.valid_from}"


class DisclosureQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those of the elevators that one sees, and one's own unit's."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        seen = Elevator.objects.visible_to(actor, permission).values("pk")
        return self.filter(Q(using_unit__in=scope.unit_ids) | Q(elevator__in=seen))

    def counting(self):
        """Those that no later one corrects."""
        return self.filter(corrected_by__isnull=True)

    def about(self, elevator):
        """What the present using unit published for this elevator, or for its whole site."""
        whole = Q(site=elevator.site_id) if elevator.site_id else Q(pk__in=[])
        return self.filter(whole | Q(site=None, elevator=elevator), using_unit=elevator.using_unit_id)


class Disclosure(models.Model):
    """What a using unit published: advertising income and costs of a period, of one elevator or of all of its elevators at
    a site (`site`; `elevator` is then the one from whose file it was published). Fen; append-only in the database.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    using_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="disclosures")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    period_from = models.DateField()
    period_until = models.DateField()  # the last day
    income = models.BigIntegerField()
    maintenance = models.BigIntegerField()
    repair = models.BigIntegerField()
    inspection = models.BigIntegerField()
    insurance = models.BigIntegerField()
    other = models.BigIntegerField()
    used_for = models.CharField(max_length=300, blank=True)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    filed_at = models.DateTimeField()
    filed_by_kind = models.CharField(max_length=12)
    filed_by_id = models.CharField(max_length=64)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(period_from__lte=F("period_until")), name="disclosure_period"),
            *(
                models.CheckConstraint(condition=Q(**{f"{name}__range": (0, MOST_FEN)}), name=f"disclosure_{name}")
                for name in MONEY
            ),
            models.UniqueConstraint(
                fields=["using_unit", "site", "period_from", "period_until"],
                condition=Q(corrects=None, site__isnull=False),
                name="disclosure_once_a_site",
            ),
            models.UniqueConstraint(
                fields=["using_unit", "elevator", "period_from", "period_until"],
                condition=Q(corrects=None, site=None),
                name="disclosure_once_an_elevator",
            ),
        ]
        indexes = [models.Index(fields=["site", "using_unit", "-period_until"], name="disclosure_site")]

    def __str__(self):
        return f"{self.period_from} – {self.period_until}"

    @property
    def costs(self) -> int:
        return sum(getattr(self, name) for name in COSTS)
