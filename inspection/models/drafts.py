from django.db import models
from django.db.models import Q

from accounts.models import Unit, User
from accounts.queries import reach_of
from common.actor import ActorKind
from common.ids import new_public_id
from inspection.choices import ReportKind
from inspection.models.reports import Report
from registry.models import Elevator

UNFILED = Q(report__isnull=True)


class ReportDraftQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """One's own alone, of units in whose name one still files: a draft is nobody's record yet."""
        if actor.kind != ActorKind.PERSON:
            return self.none()
        return self.filter(owner__public_id=actor.id, unit__in=reach_of(actor, permission).unit_ids)

    def unfiled(self):
        return self.filter(UNFILED)


class ReportDraft(models.Model):
    """A report that somebody is writing: what was typed so far, right or wrong, until it is filed or thrown away.

    `answers`: {field: text}; `items`: {code of the item: [sign, measured, remark]}. `version` counts the changes, `saved_from` is
    the window that made the last one, so that two windows do not overwrite each other. `report`: what it was filed as.
    `unused_since`: from when its last days count, once its owner has been told (actions.draft_retention); a change takes it away.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=ReportKind)
    corrects = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    answers = models.JSONField(default=dict)
    items = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_from = models.CharField(max_length=40, blank=True)
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    unused_since = models.DateTimeField(null=True)
    report = models.OneToOneField(Report, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ReportDraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="report_draft_kind_known"),
            # beginning twice goes on with the one that is there
            models.UniqueConstraint(
                fields=["owner", "unit", "elevator", "kind"],
                condition=UNFILED & Q(corrects__isnull=True),
                name="report_draft_one_begun",
            ),
            models.UniqueConstraint(
                fields=["owner", "corrects"], condition=UNFILED & Q(corrects__isnull=False), name="report_draft_one_fix"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], condition=UNFILED, name="report_draft_mine"),
            models.Index(
                fields=["changed_at", "id"],
                condition=UNFILED & Q(unused_since__isnull=True),
                name="report_draft_untold",
            ),
            models.Index(
                fields=["unused_since"], condition=UNFILED & Q(unused_since__isnull=False), name="report_draft_told"
            ),
        ]

    def __str__(self):
        return self.answers.get("number", "") or self.get_kind_display()
