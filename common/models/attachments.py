from django.db import models

from common.attachments.choices import AttachmentState, MediaType, ScanState, Sealing
from common.ids import new_public_id


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, actor, _permission=None):
        """What one has sent and no row has claimed yet; from then on the row's own scope decides. The platform sees all."""
        if actor.kind == "SYSTEM":
            return self.all()
        return self.filter(owner_kind=actor.kind, owner_id=actor.id, state=AttachmentState.RECEIVED)

    def kept_for(self, subject):
        """The files of a row, in the order in which they came."""
        return self.filter(
            subject_type=subject._meta.label_lower, subject_id=subject.pk, state=AttachmentState.KEPT
        ).order_by("pk")


class Attachment(models.Model):
    """A file that somebody sent: the original sealed (`sha256`, `size`, `media_type` are its own), beside it the clean copy
    that is handed out (`copy_…`). `subject_type` and `subject_id` name the row that keeps it."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    owner_kind = models.CharField(max_length=12)
    owner_id = models.CharField(max_length=64)
    acting_unit_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=130)
    media_type = models.CharField(max_length=20, choices=MediaType)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sealing = models.CharField(max_length=12, choices=Sealing, default=Sealing.FILE_MODE)
    copy_media_type = models.CharField(max_length=20, choices=MediaType)
    copy_size = models.PositiveBigIntegerField()
    copy_sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    pages = models.PositiveIntegerField(null=True)
    scan = models.CharField(max_length=12, choices=ScanState, default=ScanState.NOT_SCANNED)
    state = models.CharField(max_length=10, choices=AttachmentState, default=AttachmentState.RECEIVED)
    received_at = models.DateTimeField()
    subject_type = models.CharField(max_length=64, blank=True)
    subject_id = models.BigIntegerField(null=True)
    kept_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_kind", "owner_id", "sha256"],
                condition=models.Q(state=AttachmentState.RECEIVED),
                name="attachment_received_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state=AttachmentState.KEPT, kept_at__isnull=False, subject_id__isnull=False)
                | (~models.Q(state=AttachmentState.KEPT) & models.Q(kept_at__isnull=True, subject_id__isnull=True)),
                name="attachment_kept_for_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(state=AttachmentState.REMOVED, removed_at__isnull=False)
                | (~models.Q(state=AttachmentState.REMOVED) & models.Q(removed_at__isnull=True)),
                name="attachment_removed_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["subject_type", "subject_id"],
                condition=models.Q(subject_id__isnull=False),
                name="attachment_subject",
            ),
            models.Index(
                fields=["received_at"], condition=models.Q(state=AttachmentState.RECEIVED), name="attachment_stray"
            ),
        ]
