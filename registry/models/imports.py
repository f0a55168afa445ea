from django.db import models

from common.ids import new_public_id
from common.models import Job
from registry.choices import RowOutcome
from registry.models.elevators import Elevator


class ImportBatch(models.Model):
    """One file brought in: what it was, how it was read, what became of it."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    mapping = models.CharField(max_length=40)
    mapping_version = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=40)
    summary = models.JSONField(default=dict)
    error_file = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "mapping", "mapping_version"],
                condition=models.Q(completed_at__isnull=False),
                name="import_file_once",
            )
        ]


class SourceRow(models.Model):
    """The row as it stood in the file, beside what was made of it; nothing of it is ever changed.

    Columns that the mapping declares personal are masked before they get here.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="rows", db_index=False)
    row_number = models.PositiveIntegerField()
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, null=True, related_name="source_rows")
    outcome = models.CharField(max_length=10, choices=RowOutcome)
    cells = models.JSONField()
    issues = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "row_number"], name="source_row_once")]
