import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.choices import CertificateKind
from accounts.models.people import Membership, User, _reach
from accounts.models.units import Unit
from common.clock import now
from common.ids import new_public_id
from common.personal import BlindIndexField, SealedField


class CertificateRule(models.Model):
    """How long certificates of a kind hold and how early they are renewed: a dated row, not code."""

    kind = models.CharField(max_length=20, choices=CertificateKind)
    years = models.PositiveSmallIntegerField(null=True)  # null: no rule is known, the certificate itself says
    renew_days_before = models.PositiveSmallIntegerField(null=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "valid_from"], name="certificate_rule_once")]


class CertificateQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those that own units recorded of people who are still theirs; those of a city's units for its officers."""
        scope = _reach(actor, permission)
        if scope.everything:
            return self.all()
        cities = {area.city_id for area in scope.areas}
        seen = Q(unit_id__in=scope.unit_ids) & Q(_still_member(now()))
        return self.filter(seen | Q(unit__area__city_id__in=cities) if cities else seen)

    def standing(self):
        """Not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def of_person(self, user):
        """What `accounts.rules.certificates.holds_valid` asks: a person's standing certificates, whoever recorded them."""
        return self.standing().filter(user=user)

    def counting(self, at):
        """The newest of each kind of people who still belong to the unit: what has to be renewed, and nothing of the past."""
        later = Certificate.objects.standing().filter(
            unit=OuterRef("unit"), user=OuterRef("user"), kind=OuterRef("kind"), valid_until__gt=OuterRef("valid_until")
        )
        return self.standing().filter(~Exists(later), Q(_still_member(at)), user__is_active=True)

    def expired(self, today):
        return self.filter(valid_until__lt=today)

    def expiring(self, today, days):
        """Valid, and not for longer than so many days."""
        return self.filter(valid_until__gte=today, valid_until__lte=today + dt.timedelta(days=days))


def _still_member(at):
    return Exists(Membership.objects.unfinished(at).filter(user=OuterRef("user"), unit=OuterRef("unit")))


class Certificate(models.Model):
    """A certificate of a person as a unit recorded it: who issued it, from when until when (both days belong to it).

    Its number holds an identity number in this country and is sealed like one. Never edited: withdrawn and recorded anew.
    """

    PERSONAL_FIELDS = frozenset({"number"})

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="certificates")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="certificates", db_index=False)
    kind = models.CharField(max_length=20, choices=CertificateKind)
    number = SealedField(kind="certificate_number", binds="public_id", default=None)
    number_index = BlindIndexField(of="number")
    issuer = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_until = models.DateField()
    rule = models.ForeignKey(CertificateRule, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    recorded_by_kind = models.CharField(max_length=12)
    recorded_by_id = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="certificate_forward"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="certificate_withdrawn_whole",
            ),
            models.UniqueConstraint(
                fields=["unit", "user", "kind", "valid_from"],
                condition=Q(withdrawn_at__isnull=True),
                name="certificate_once",
            ),
            # one number, one person; who they are is told by the hash, without anybody reading the number
            ExclusionConstraint(
                name="certificate_number_of_one",
                expressions=[("number_index", RangeOperators.EQUAL), ("user", RangeOperators.NOT_EQUAL)],
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-id"], name="certificate_unit"),
            models.Index(fields=["valid_until"], condition=Q(withdrawn_at__isnull=True), name="certificate_until"),
        ]

    def __str__(self):
        return self.get_kind_display()
