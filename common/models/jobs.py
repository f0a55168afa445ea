from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_public_id


class JobState(models.TextChoices):
    QUEUED = "QUEUED", _("waiting")
    RUNNING = "RUNNING", _("running")
    SUCCEEDED = "SUCCEEDED", _("done")
    FAILED = "FAILED", _("failed")
    CANCELLED = "CANCELLED", _("cancelled")


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


class JobQuerySet(models.QuerySet):
    def visible_to(self, actor, _permission=None):
        """A job is its owner's business: people see what they started, the platform sees all."""
        if actor.kind == "SYSTEM":
            return self.all()
        return self.filter(owner_kind=actor.kind, owner_id=actor.id)

    def claimable(self, at):
        """Waiting, or running under a lease that ran out because its worker died."""
        return self.filter(
            models.Q(state=JobState.QUEUED) | models.Q(state=JobState.RUNNING, lease_until__lt=at),
        )


class Job(models.Model):
    """Work in the background: the row is the queue and the memory, with progress that a page can show."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    kind = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=JobState, default=JobState.QUEUED)
    owner_kind = models.CharField(max_length=12)
    owner_id = models.CharField(max_length=64)
    acting_unit_id = models.BigIntegerField(null=True)
    params = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    lease_until = models.DateTimeField(null=True)
    lease_fence = models.PositiveIntegerField(default=0)
    progress_fence = models.PositiveIntegerField(default=0)  # the lease under which it last got on
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner_id", "-id"], name="job_owner"),
            models.Index(fields=["id"], condition=models.Q(state__in=["QUEUED", "RUNNING"]), name="job_open"),
        ]

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def percent(self) -> int | None:
        """0-100, or None while the size of the work is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None
