from django.db import models
from django.db.models import Q

from accounts.choices import AreaKind
from common.language import in_this_language


class AreaQuerySet(models.QuerySet):
    def visible_to(self, _actor, _permission=None):
        """Areas are public: the national list of divisions."""
        return self.all()

    def in_pickers(self):
        """Without parks, farms and prisons that the national list counts as subdistrict-like units."""
        return self.filter(hidden=False)


class Area(models.Model):
    """A city, district, management area or subdistrict, in one table.

    `statistical_parent` follows the official codes; `managed_by` who really manages (江北新区 manages subdistricts of
    浦口 and 六合). Scope and reports follow `managing_district`, stored because every elevator copies it.
    """

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=12, choices=AreaKind)
    statistical_parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="statistical_children"
    )
    managed_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="managed_areas"
    )
    city = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    managing_district = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    hidden = models.BooleanField(default=False)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8, default="V1")

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AreaKind.values), name="area_kind_known"),
            # a city is its own top; whatever lies in it names it
            models.CheckConstraint(
                condition=Q(kind=AreaKind.CITY, managing_district__isnull=True) | Q(city__isnull=False),
                name="area_has_city",
            ),
            models.CheckConstraint(
                condition=~Q(kind=AreaKind.SUBDISTRICT) | Q(managing_district__isnull=False),
                name="area_subdistrict_managed",
            ),
        ]
        indexes = [models.Index(fields=["city", "kind", "code"], name="area_city_kind")]

    def __str__(self):
        return in_this_language(self.name, self.name_en)
