"""Files brought in: the upload, how its columns are read, the batch that came of it, and every row as it stood."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import new_public_id
from common.models.jobs import Job, JobState


class RowOutcome(models.TextChoices):
    CREATED = "CREATED", _("new")
    UPDATED = "UPDATED", _("changed")
    UNCHANGED = "UNCHANGED", _("as before")
    REFUSED = "REFUSED", _("refused")


class BatchState(models.TextChoices):
    QUEUED = "QUEUED", _("waiting")
    RUNNING = "RUNNING", _("running")
    PAUSED = "PAUSED", _("paused")
    FAILED = "FAILED", _("failed")
    DONE = "DONE", _("done")
    UNDOING = "UNDOING", _("being undone")
    UNDONE = "UNDONE", _("undone")


class OwnQuerySet(models.QuerySet):
    def visible_to(self, actor, _permission=None):
        """One's own, and those of colleagues in the unit acted for, of kinds that one may import there oneself."""
        from common.intake.kinds import units_by_kind

        if actor.kind == "SYSTEM":
            return self.all()
        condition = Q(owner_kind=actor.kind, owner_id=actor.id)
        for kind, units in units_by_kind(actor).items():
            condition |= Q(kind=kind, acting_unit_id__in=sorted(units))
        return self.filter(condition)


class Owned(models.Model):
    """Who put it here, in the name of which unit."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    kind = models.CharField(max_length=64)  # key of an ImportKind
    owner_kind = models.CharField(max_length=12)
    owner_id = models.CharField(max_length=64)
    acting_unit_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    objects = OwnQuerySet.as_manager()

    class Meta:
        abstract = True


class Upload(Owned):
    """A file as its user sent it. `path` is relative to MEDIA_ROOT; `shape` is a common.intake.shapes.Shape."""

    path = models.CharField(max_length=200)
    original_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    shape = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["owner_id", "-id"], name="upload_owner"),
            models.Index(fields=["acting_unit_id", "-id"], name="upload_unit"),
        ]


class SavedMapping(Owned):
    """How a unit's (or a person's) files are read, by a name of their own. `spec`: common.intake.mapping.MappingSpec."""

    name = models.CharField(max_length=80)
    spec = models.JSONField()
    header = models.JSONField(default=list)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "acting_unit_id", "name"],
                condition=Q(acting_unit_id__isnull=False),
                name="saved_mapping_once_in_unit",
            ),
            models.UniqueConstraint(
                fields=["kind", "owner_id", "name"],
                condition=Q(acting_unit_id__isnull=True),
                name="saved_mapping_once_of_person",
            ),
        ]


class ImportBatch(Owned):
    """One file brought in (or rehearsed): what it was, how it was read, what became of it.

    `scope` says whose repetition it would be: the same file, read in the same way, comes in once for each scope until
    it is undone. `spec`: common.intake.mapping.MappingSpec; `summary`: reports.Tally; `preview`: reports.Preview.
    """

    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, related_name="batches")
    scope = models.CharField(max_length=80)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    mapping = models.CharField(max_length=80)
    mapping_digest = models.CharField(max_length=64)
    spec = models.JSONField(default=dict)
    shape = models.JSONField(null=True)
    source = models.CharField(max_length=40)
    dry_run = models.BooleanField(default=False)
    summary = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    error_file = models.CharField(max_length=255, blank=True)
    paused_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    undo_started_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undo_job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="+")
    undo_result = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "scope", "sha256", "mapping_digest"],
                condition=Q(undone_at__isnull=True, dry_run=False),
                name="intake_file_once",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(undo_started_at__isnull=False), name="import_undo_began"
            ),
        ]
        indexes = [
            models.Index(fields=["owner_id", "-id"], name="import_owner"),
            models.Index(fields=["acting_unit_id", "-id"], name="import_unit"),
            models.Index(fields=["kind", "source", "-id"], name="import_source"),
        ]

    @property
    def state(self) -> str:
        """Where it stands, from its moments and its job (select_related)."""
        if self.undone_at is not None:
            return BatchState.UNDONE
        if self.undo_started_at is not None:
            return BatchState.UNDOING
        if self.completed_at is not None:
            return BatchState.DONE
        if self.paused_at is not None:
            return BatchState.PAUSED
        return {JobState.QUEUED: BatchState.QUEUED, JobState.RUNNING: BatchState.RUNNING}.get(
            self.job.state, BatchState.FAILED
        )


class SourceRow(models.Model):
    """The row as it stood in the file, beside what was made of it; nothing of it is ever changed.

    `subject_id`: key in the kind's own table. `changes`: {field: [old, new]} of what was there already, so that an undo
    knows what to put back. Columns that the mapping declares personal are masked before they get here.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="rows", db_index=False)
    row_number = models.PositiveIntegerField()
    subject_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=RowOutcome)
    cells = models.JSONField()
    issues = models.JSONField(default=list)
    changes = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "row_number"], name="intake_row_once")]
        indexes = [
            models.Index(fields=["subject_id", "-id"], condition=Q(subject_id__isnull=False), name="source_row_subject")
        ]
