from django.db import models
from django.db.models import F, Q


class LawRow(models.Model):
    """One row of the law (`inspection.rules.law`): its columns by name, dated, with source and certainty.

    `area`: whose law it is, "CN" or the code of a city whose register brought its own rule. `columns`: what the section's
    dataclass takes, dates as text.
    """

    section = models.CharField(max_length=20)
    version = models.CharField(max_length=40)
    area = models.CharField(max_length=24, blank=True)
    columns = models.JSONField(default=dict)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    enabled = models.BooleanField(default=True)
    source = models.CharField(max_length=400)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [
            # what results name must be one row; verdicts and items share the version of their rule
            models.UniqueConstraint(
                fields=["section", "version"],
                condition=Q(section__in=["cycle", "brake_test", "governor_check", "tester_limit"]),
                name="law_row_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="law_row_forward"
            ),
        ]

    def __str__(self):
        return f"{self.section} {self.version}"
