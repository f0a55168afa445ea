from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_public_id
from common.models.jobs import Job, JobState


class ExportFormat(models.TextChoices):
    XLSX = "xlsx", _("Excel workbook (XLSX)")
    CSV = "csv", _("Text with commas (CSV, UTF-8)")


class ExportQuerySet(models.QuerySet):
    def visible_to(self, actor, _permission=None):
        """Whoever asked for an export, and nobody else; the platform sees all."""
        if actor.kind == "SYSTEM":
            return self.all()
        return self.filter(owner_kind=actor.kind, owner_id=actor.id)

    def expired(self, at):
        """Files whose days are over and that still lie on the disk."""
        return self.filter(expires_at__lte=at, removed_at__isnull=True)


class Export(models.Model):
    """A list taken out as a file: what was asked for, by whom, what came of it, until when the file is kept.

    `parameters` are the list's filters as [name, value] pairs, `filter_words` the same as [label, value] in the reader's
    `language`; `columns` names of the kind's columns. `keys` holds the primary keys of the rows in the file (common.
    exports.keys), so that a download can ask whether each of them is still the owner's to see.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=64)
    format = models.CharField(max_length=4, choices=ExportFormat)
    owner_kind = models.CharField(max_length=12)
    owner_id = models.CharField(max_length=64)
    acting_unit_id = models.BigIntegerField(null=True)
    parameters = models.JSONField(default=list)
    filter_words = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    language = models.CharField(max_length=12)
    created_at = models.DateTimeField()

    file_name = models.CharField(max_length=120, blank=True)
    row_count = models.PositiveIntegerField(null=True)
    byte_count = models.PositiveBigIntegerField(null=True)
    keys = models.BinaryField(null=True)
    written_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(written_at__isnull=True, file_name="", expires_at__isnull=True)
                | (~models.Q(file_name="") & models.Q(written_at__isnull=False, expires_at__isnull=False)),
                name="export_file_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["owner_id", "-id"], name="export_owner"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(removed_at__isnull=True, expires_at__isnull=False),
                name="export_to_remove",
            ),
        ]

    @property
    def available(self) -> bool:
        """Is there a file (as far as the row knows)?"""
        return self.written_at is not None and self.removed_at is None

    @property
    def state(self) -> str:
        """One word for REST: a state of the job, or REMOVED when the file's days were over."""
        return "REMOVED" if self.removed_at is not None else self.job.state

    @property
    def failed(self) -> bool:
        return self.job.state == JobState.FAILED
