"""Safety assessments of ageing elevators: the rule rows, one case, what the body found, money, votes, every step."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Area, Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.ids import new_public_id
from inspection.choices import (
    AssessmentDecision,
    AssessmentState,
    AssessmentStepKind,
    FundSource,
    FundState,
    RiskClass,
    VoteOutcome,
)
from inspection.models.reports import Report
from registry.models import Document, Elevator, RegistrationApplication

OPEN = ("APPLIED", "ASSIGNED", "REPORTED", "DECIDED", "FUNDED", "WORKING", "ACCEPTED")
STANDING = Q(state__in=OPEN)


class AssessmentRule(models.Model):
    """A dated row of what is known of the law of assessments (`inspection.rules.assessments` says what `columns` hold).

    `kind`: AGE, FAULTS (who should be assessed), RISK (classes of findings), VOTE (what owners' votes need). `area`: the
    code of the city whose row it is. `advise`: using units are told; a row that is not certain enough tells officers alone.
    """

    kind = models.CharField(max_length=8)
    version = models.CharField(max_length=40, unique=True)
    area = models.CharField(max_length=24)
    columns = models.JSONField(default=dict)
    advise = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=400)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["AGE", "FAULTS", "RISK", "VOTE"]), name="assess_rule_kind"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="assess_rule_forward"
            ),
        ]

    def __str__(self):
        return self.version


class AssessmentQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Of elevators that one sees, and those that one's unit applied for or assesses. Who may go on with it: the unit
        that uses the elevator now (APPLY_INSPECTION), the body that it was given to (FILE_REPORT)."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        if permission == Permission.FILE_REPORT:
            return self.filter(body__in=scope.unit_ids)
        if permission == Permission.APPLY_INSPECTION:
            current = Q(elevator__using_unit_until__isnull=True) | Q(elevator__using_unit_until__gt=Now())
            return self.filter(current, elevator__using_unit__in=scope.unit_ids)
        seen = Elevator.objects.visible_to(actor, permission).values("pk")
        return self.filter(Q(elevator__in=seen) | Q(unit__in=scope.unit_ids) | Q(body__in=scope.unit_ids))

    def standing(self):
        """Neither closed nor cancelled."""
        return self.filter(STANDING)


class Assessment(models.Model):
    """One safety assessment, from application to its end. Changed through inspection.actions.assessments alone.

    `reasons` and `rules`: why, by which rows, as it was when applied for. `level`, `score`: as the report prints them, never
    computed. `cost`: what the works are estimated at, in yuan; `assured`: what of it is certain.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=AssessmentState, default=AssessmentState.APPLIED)
    reasons = models.JSONField(default=list)
    rules = models.JSONField(default=list)
    report_number = models.CharField(max_length=40, blank=True)
    report_on = models.DateField(null=True)
    report_document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    level = models.CharField(max_length=40, blank=True)
    score = models.CharField(max_length=20, blank=True)
    decision = models.CharField(max_length=10, choices=AssessmentDecision, blank=True)
    decided_on = models.DateField(null=True)
    measures = models.CharField(max_length=500, blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    assured = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    vote = models.CharField(max_length=12, choices=VoteOutcome, default=VoteOutcome.NONE)
    works_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    works_from = models.DateField(null=True)
    works_until = models.DateField(null=True)
    registration = models.ForeignKey(
        RegistrationApplication, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    accepted_on = models.DateField(null=True)
    acceptance_report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    acceptance_document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    ended_reason = models.CharField(max_length=300, blank=True)
    applied_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["elevator"], condition=STANDING, name="assessment_one_standing"),
            # the same number of a body is the same report
            models.UniqueConstraint(
                fields=["body", "report_number"], condition=~Q(report_number=""), name="assessment_report_once"
            ),
            models.CheckConstraint(condition=Q(state__in=AssessmentState.values), name="assessment_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["APPLIED", "CANCELLED"]) | Q(body__isnull=False), name="assessment_has_body"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["APPLIED", "ASSIGNED", "CANCELLED"])
                | Q(report_on__isnull=False) & ~Q(report_number="") & ~Q(level=""),
                name="assessment_has_report",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["APPLIED", "ASSIGNED", "REPORTED", "CANCELLED"])
                | Q(decision__in=AssessmentDecision.values, decided_on__isnull=False),
                name="assessment_has_decision",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["FUNDED", "WORKING", "ACCEPTED"]) | Q(assured__gte=F("cost"), cost__gt=0),
                name="assessment_money_is_there",
            ),
            models.CheckConstraint(
                condition=Q(works_until__isnull=True) | Q(works_until__gte=F("works_from")),
                name="assessment_works_forward",
            ),
            models.CheckConstraint(
                condition=~Q(state="CANCELLED") | ~Q(ended_reason=""), name="assessment_cancelled_why"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], include=["managing_district", "elevator"], name="assessment_state"),
            models.Index(fields=["managing_district", "state", "-id"], name="assessment_district"),
            models.Index(fields=["body", "state", "-id"], name="assessment_body"),
            models.Index(fields=["elevator", "-id"], name="assessment_elevator"),
        ]

    def __str__(self):
        return str(self.public_id)

    @property
    def gap(self):
        """What is missing of the money, in yuan; None where nothing has to be paid."""
        return max(self.cost - self.assured, 0) if self.cost is not None else None


class AssessmentFinding(models.Model):
    """One risk that the report names: severity 1 (high) to 4, probability A to F, and its class by the row named in `rule`."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="findings")
    place = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField()
    probability = models.CharField(max_length=1)
    risk_class = models.CharField(max_length=3, choices=RiskClass)
    rule = models.CharField(max_length=40)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "place"], name="assess_finding_once"),
            models.CheckConstraint(
                condition=Q(severity__gte=1, severity__lte=4, probability__in=list("ABCDEF")),
                name="assess_finding_in_table",
            ),
        ]


class AssessmentFund(models.Model):
    """What one source gives for the works, in yuan, and how certain it is: one row for each source."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="funds")
    source = models.CharField(max_length=16, choices=FundSource)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    state = models.CharField(max_length=10, choices=FundState)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "source"], name="assess_fund_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="assess_fund_amount"),
            models.CheckConstraint(
                condition=Q(source__in=FundSource.values, state__in=FundState.values), name="assess_fund_known"
            ),
        ]


class AssessmentVote(models.Model):
    """A vote of the owners, by area (square metres) and by heads; `passed` by the row of law named in `rule`. Append-only."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="votes")
    voted_on = models.DateField()
    area_all = models.DecimalField(max_digits=12, decimal_places=2)
    area_voting = models.DecimalField(max_digits=12, decimal_places=2)
    area_for = models.DecimalField(max_digits=12, decimal_places=2)
    owners_all = models.PositiveIntegerField()
    owners_voting = models.PositiveIntegerField()
    owners_for = models.PositiveIntegerField()
    passed = models.BooleanField()
    rule = models.CharField(max_length=40)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(area_all__gte=F("area_voting"), area_voting__gte=F("area_for"))
                & Q(owners_all__gte=F("owners_voting"), owners_voting__gte=F("owners_for")),
                name="assess_vote_within",
            )
        ]


class AssessmentStep(models.Model):
    """What was done, by whom, with which words; `digest` over all that was said. Append-only."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=8, choices=AssessmentStepKind)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=12)
    by_id = models.CharField(max_length=64)
    by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=500, blank=True)
    digest = models.BinaryField(max_length=32)
