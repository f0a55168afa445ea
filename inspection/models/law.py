from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.queries import areas_by_id, reach_of
from accounts.roles import Permission
from common.ids import new_public_id

COUNTRY = "CN"


def _cities(scope) -> set[str]:
    known = areas_by_id()
    return {known[reach.city_id or reach.area_id].code for reach in scope.areas}


class LawRowQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """The law is no secret: whoever may read reports reads all rows. To set them (SET_LAW) is for the city whose they are;
        those of the country for any city, as far as they concern no other's elevators (`actions.law`)."""
        scope = reach_of(actor, permission)
        if scope.everything or (scope and permission != Permission.SET_LAW):
            return self.all()
        return self.filter(area__in=["", COUNTRY, *_cities(scope)]) if scope else self.none()


class LawRow(models.Model):
    """One row of the law (`inspection.rules.law`): its columns by name, dated, with source and certainty.

    `area`: whose law it is, "CN" or the code of a city whose register brought its own rule. `columns`: what the section's
    dataclass takes, dates as text.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    section = models.CharField(max_length=20)
    version = models.CharField(max_length=40)
    area = models.CharField(max_length=24, blank=True)
    columns = models.JSONField(default=dict)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    enabled = models.BooleanField(default=True)
    source = models.CharField(max_length=400)
    certainty = models.CharField(max_length=8)

    objects = LawRowQuerySet.as_manager()

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


class LawProposalQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Whoever may set the row that it follows."""
        return self.filter(follows__in=LawRow.objects.visible_to(actor, permission).values("pk"))

    def waiting(self):
        return self.filter(decided_at__isnull=True)


class LawProposal(models.Model):
    """A row of law that one officer proposes and another has to approve. It follows a row from `valid_from` on, which itself
    stays as it is. `counted`: what was reckoned to follow when it was proposed (`queries.law_changes`)."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    follows = models.ForeignKey(LawRow, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.CharField(max_length=40)
    columns = models.JSONField(default=dict)
    valid_from = models.DateField()
    source = models.CharField(max_length=400)
    certainty = models.CharField(max_length=8)
    counted = models.JSONField(default=dict)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    decided_note = models.CharField(max_length=300, blank=True)
    row = models.OneToOneField(LawRow, on_delete=models.PROTECT, null=True, related_name="+")

    objects = LawProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["follows"], condition=Q(decided_at__isnull=True), name="law_proposal_one_waits"
            ),
            models.CheckConstraint(
                # nobody decided what lapsed
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False) & (Q(decided_by__isnull=False) | Q(row__isnull=True)),
                name="law_proposal_decided_whole",
            ),
            # who ends it without a row says why; who makes a row of it is another than who proposed it
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, row__isnull=True)
                | (Q(decided_at__isnull=False, row__isnull=True) & (~Q(decided_note="") | Q(decided_by__isnull=True)))
                | (Q(decided_at__isnull=False, row__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="law_proposal_by_two",
            ),
        ]

    def __str__(self):
        return self.version

    @property
    def lapsed(self) -> bool:
        """Its day passed before a second person decided."""
        return self.decided_at is not None and self.decided_by_id is None
