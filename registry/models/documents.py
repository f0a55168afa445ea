from django.db import models
from django.db.models import F, Q

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.clock import now
from common.ids import new_public_id
from registry.choices import DocumentKind, EfilePart
from registry.models.elevators import Elevator
from registry.models.scope import area_condition
from registry.rules.documents import CONFIDENTIAL


class EfileItem(models.Model):
    """Which documents an e-file has, in which part, and which of them every elevator needs: a dated row, not code."""

    kind = models.CharField(max_length=24, choices=DocumentKind)
    part = models.PositiveSmallIntegerField(choices=EfilePart)
    required = models.BooleanField()
    position = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "valid_from"], name="efile_item_once")]


class DocumentQuerySet(models.QuerySet):
    def standing(self):
        """Neither superseded nor withdrawn."""
        return self.filter(superseded_by__isnull=True, withdrawn_at__isnull=True)

    def visible_to(self, actor, permission):
        """Documents of the elevators that one sees, contracts only where they are one's own to read; besides whatever one's
        own unit filed, also when it no longer answers for the elevator. For FILE_DOCUMENT: those that one may replace or
        withdraw: filed by the own unit that still answers for the elevator, or supervised."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        filed_by_own = Q(filed_unit_id__in=scope.unit_ids)
        seen = Q(elevator_id__in=Elevator.objects.visible_to(actor, permission).values("pk"))
        if permission == Permission.FILE_DOCUMENT:
            # whoever has handed the elevator over takes nothing out of its file any more
            return self.filter((filed_by_own & seen) | _supervised(scope))
        return self.filter(filed_by_own | (seen & (~Q(kind__in=CONFIDENTIAL) | _readable_contracts(actor))))


def _supervised(scope) -> Q:
    return area_condition(scope, "elevator__") if scope.areas else Q(pk__in=[])


def _readable_contracts(actor) -> Q:
    """Contracts: the regulator's, the present using unit's, and those of the parties themselves."""
    scope = reach_of(actor, Permission.VIEW_CONTRACT)
    if scope.everything:
        return Q(pk__isnull=False)
    condition = _supervised(scope)
    if scope.unit_ids:
        current = Q(elevator__using_unit_until__isnull=True) | Q(elevator__using_unit_until__gt=now())
        condition |= Q(elevator__using_unit_id__in=scope.unit_ids) & current
        condition |= Q(filed_unit_id__in=scope.unit_ids) | Q(counterpart_id__in=scope.unit_ids)
    return condition


class Document(models.Model):
    """A document of an elevator's e-file. Never changed: a new one supersedes it, or it is withdrawn with a reason.

    `filed_unit` is the unit that filed it (none: a regulator), `counterpart` the other party of a contract. Its files are
    common.Attachment rows kept for it.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="documents", db_index=False)
    kind = models.CharField(max_length=24, choices=DocumentKind)
    number = models.CharField(max_length=80, blank=True)
    signed_on = models.DateField(null=True)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True)
    filed_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    counterpart = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    filed_at = models.DateTimeField()
    filed_by_kind = models.CharField(max_length=12)
    filed_by_id = models.CharField(max_length=64)
    superseded_by = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="supersedes")
    superseded_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_id = models.CharField(max_length=64, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="document_forward",
            ),
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="document_kind_known"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="", withdrawn_by_id="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="") & ~Q(withdrawn_by_id="")),
                name="document_withdrawn_whole",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by__isnull=True, superseded_at__isnull=True)
                | Q(superseded_by__isnull=False, superseded_at__isnull=False),
                name="document_superseded_whole",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(superseded_at__isnull=True), name="document_ends_once"
            ),
        ]
        indexes = [
            models.Index(fields=["elevator", "-id"], name="document_elevator"),
            models.Index(fields=["filed_unit", "-id"], name="document_filed_unit"),
            models.Index(fields=["counterpart"], condition=Q(counterpart__isnull=False), name="document_counterpart"),
        ]

    def __str__(self):
        return " ".join(part for part in (str(self.get_kind_display()), self.number) if part)
