from django.db import models

from accounts.choices import PlaceType
from accounts.models import Area
from accounts.queries import reach_of
from common.ids import new_public_id
from registry.models.scope import area_condition


class SiteQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Sites in granted areas, and those that hold an elevator which the actor sees."""
        from registry.models.elevators import Elevator

        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        condition = area_condition(scope)
        if scope.unit_ids:
            seen = Elevator.objects.visible_to(actor, permission).filter(site__isnull=False)
            condition |= models.Q(pk__in=seen.values("site_id"))
        return self.filter(condition) if condition else self.none()


class Site(models.Model):
    """An estate, mall or station: what holds elevators together for maps, outages, funds and duplicates."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    name = models.CharField(max_length=160)
    address = models.CharField(max_length=240, blank=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+")
    place_type = models.CharField(max_length=16, choices=PlaceType, default=PlaceType.OTHER)
    source = models.CharField(max_length=40, blank=True)
    source_key = models.CharField(max_length=160, blank=True)
    synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = SiteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"], condition=~models.Q(source_key=""), name="site_source_key_once"
            )
        ]
        indexes = [
            models.Index(fields=["city", "name"], name="site_city_name"),
            models.Index(fields=["managing_district", "name"], name="site_district_name"),
        ]

    def __str__(self):
        return self.name
