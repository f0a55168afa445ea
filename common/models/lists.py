from django.db import models
from django.db.models import Q

from common.ids import new_public_id


class ListViewQuerySet(models.QuerySet):
    def owned_by(self, actor):
        """What this actor saved."""
        return self.filter(owner_kind=actor.kind, owner_id=actor.id)

    def visible_to(self, actor, _permission=None):
        """One's own views, and those that somebody shared with the unit one acts for."""
        shared = Q(shared_unit_id=actor.acting_unit) if actor.acting_unit is not None else Q(pk__in=[])
        return self.filter(Q(owner_kind=actor.kind, owner_id=actor.id) | shared)


class ListView(models.Model):
    """A list as somebody keeps it: filters and order under a name. The one without a name holds the columns that the
    person last chose. `parameters` are [name, value] pairs of the list's address; `list_key` names it (common.lists)."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    owner_kind = models.CharField(max_length=12)
    owner_id = models.CharField(max_length=64)
    list_key = models.CharField(max_length=64)
    name = models.CharField(max_length=60, blank=True)
    parameters = models.JSONField(default=list)
    columns = models.JSONField(null=True)
    opens_first = models.BooleanField(default=False)
    shared_unit_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ListViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "owner_kind", "list_key", "name"], name="list_view_once"),
            models.UniqueConstraint(
                fields=["owner_id", "owner_kind", "list_key"], condition=Q(opens_first=True), name="list_view_one_first"
            ),
            models.CheckConstraint(
                condition=~Q(name="") | Q(opens_first=False, shared_unit_id__isnull=True),
                name="list_view_nameless_plain",
            ),
        ]
        indexes = [
            models.Index(
                fields=["shared_unit_id", "list_key"],
                condition=Q(shared_unit_id__isnull=False),
                name="list_view_shared",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters as urllib takes them."""
        return [(name, value) for name, value in self.parameters]
