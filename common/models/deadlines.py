from django.db import models

from common.ids import new_public_id


class DeadlineQuerySet(models.QuerySet):
    def pending(self):
        """Not fired, not withdrawn."""
        return self.filter(fired_at__isnull=True, withdrawn_at__isnull=True)

    def due(self, at):
        """Pending and to be tried at this moment (a failed attempt postpones `attempt_after`, never `due_at`)."""
        return self.pending().filter(attempt_after__lte=at)


class Deadline(models.Model):
    """The one timer: when `due_at` has come, the handler of `kind` runs once, in the transaction that sets `fired_at`.

    `fence` rises with each re-arming: what a handler does for an older fence is void. `attempt_after` is `due_at` until
    an attempt fails.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    kind = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    fence = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField()
    attempt_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"],
                condition=models.Q(fired_at__isnull=True, withdrawn_at__isnull=True),
                name="deadline_one_pending",
            ),
            models.CheckConstraint(
                condition=models.Q(fired_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="deadline_fired_or_withdrawn",
            ),
        ]
        indexes = [
            models.Index(
                fields=["attempt_after"],
                condition=models.Q(fired_at__isnull=True, withdrawn_at__isnull=True),
                name="deadline_pending",
            ),
        ]
