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
