from django.db import models


class Heartbeat(models.Model):
    """When a process that must always run was last seen (`pulse`, `beat`)."""

    name = models.CharField(max_length=32, primary_key=True)
    seen_at = models.DateTimeField()
