from django.db import models


class CalendarDay(models.Model):
    """A day that is not as its weekday says: a holiday, or a weekend that is worked in exchange. A row, not code: the
    State Council announces each year late in the year before."""

    day = models.DateField(primary_key=True)
    working = models.BooleanField()
    name = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    def __str__(self):
        return f"{self.day} {self.name}"
