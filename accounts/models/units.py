from django.db import models
from django.db.models import Q

from accounts.choices import UnitKind
from accounts.models.areas import Area
from accounts.rules import reach
from common.actor import ActorKind
from common.ids import new_public_id


class UnitQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Own units; the units of a city for those with a grant in it (a unit works across districts)."""
        if actor.kind == ActorKind.SYSTEM:
            return self.all()
        scope = reach(actor.holdings, permission)
        if scope.everything:
            return self.all()
        return self.filter(Q(pk__in=scope.unit_ids) | Q(area__city_id__in={area.city_id for area in scope.areas}))

    def called(self, text):
        """Those with this credit code, or whose name begins so."""
        return self.filter(Q(credit_code=text.upper()) | Q(name__startswith=text))


class Unit(models.Model):
    """An organization of any kind: who answers for elevators, who supervises, who insures."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    kind = models.CharField(max_length=24, choices=UnitKind)
    name = models.CharField(max_length=160)
    # nullable: owners' committees and units of foreign registers have none
    credit_code = models.CharField(max_length=18, null=True, blank=True, unique=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=40, blank=True)
    source_key = models.CharField(max_length=80, blank=True)
    synthetic = models.BooleanField(default=False)
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    objects = UnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_known"),
            models.CheckConstraint(
                condition=Q(credit_code__isnull=True) | Q(credit_code__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="unit_credit_code_form",
            ),
            models.UniqueConstraint(
                fields=["source", "source_key"], condition=~Q(source_key=""), name="unit_source_key_once"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "id"], name="unit_kind"),
            models.Index(fields=["name"], name="unit_name"),
            # searched by the beginning, which an index in the order of a language does not serve
            models.Index(fields=["name"], opclasses=["varchar_pattern_ops"], name="unit_name_start"),
        ]

    def __str__(self):
        return self.name
