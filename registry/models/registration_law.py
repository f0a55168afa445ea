"""The law of the use registration as dated rows: terms, what each kind of application needs, letters of certificate numbers."""

from django.db import models
from django.db.models import Q

from accounts.models import Area
from registry.choices import ApplicationKind, NeedWhen, RemarkTarget, TermName


class DatedQuerySet(models.QuerySet):
    def on(self, day):
        """Those in force on a day."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day), valid_from__lte=day)


class DatedRow(models.Model):
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


class RegistrationTerm(DatedRow):
    """How long somebody has (`kind` blank: for every kind that has no row of its own)."""

    name = models.CharField(max_length=14, choices=TermName)
    kind = models.CharField(max_length=10, choices=ApplicationKind, blank=True)
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "kind", "valid_from"], name="registration_term_once")]


class RegistrationNeed(DatedRow):
    """A question that an application of a kind answers (`name` in registry.rules.registration.FIELDS) or a kind of document
    that it brings (`name` in DocumentKind)."""

    kind = models.CharField(max_length=10, choices=ApplicationKind)
    target = models.CharField(max_length=10, choices=RemarkTarget)
    name = models.CharField(max_length=24)
    required = models.BooleanField()
    applies = models.CharField(max_length=14, choices=NeedWhen, default=NeedWhen.ALWAYS)
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "target", "name", "valid_from"], name="registration_need_once")
        ]


class CertificateLetters(DatedRow):
    """Province and city in a city's certificate numbers, as on its car plates (苏A)."""

    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    letters = models.CharField(max_length=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "valid_from"], name="certificate_letters_once"),
            models.CheckConstraint(condition=Q(letters__regex=r"^[一-龥][A-Z]$"), name="certificate_letters_form"),
        ]
