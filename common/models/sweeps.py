from django.db import models


class SweepRun(models.Model):
    """The last run of each sweep: what its page shows. A run that failed keeps when the last good one ended."""

    name = models.CharField(max_length=64, primary_key=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    good_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    runs = models.PositiveBigIntegerField(default=0)


class SweepFault(models.Model):
    """A row on which a sweep failed by itself (common.apart): left out until `again_at`, gone once it went well.

    `row_id`: the key of whatever the sweep claims. `error`: its type only, as a message may quote personal data.
    """

    sweep = models.CharField(max_length=64)
    row_id = models.BigIntegerField()
    error = models.CharField(max_length=200)
    attempts = models.PositiveSmallIntegerField(default=1)
    first_at = models.DateTimeField()
    failed_at = models.DateTimeField()
    again_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sweep", "row_id"], name="sweep_fault_once")]

    def __str__(self):
        return f"{self.sweep} {self.row_id}"
