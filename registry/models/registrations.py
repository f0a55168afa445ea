"""Applications about the use registration, what the regulator remarks on them, and the use label that comes of them."""

from django.db import models
from django.db.models import Q

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.ids import new_public_id
from common.models import Job
from registry.choices import (
    DECIDED_STATES,
    OPEN_STATES,
    WAITING_STATES,
    ApplicationKind,
    ApplicationState,
    RemarkTarget,
)
from registry.models.documents import Document
from registry.models.elevators import Elevator
from registry.models.registration_law import RegistrationTerm
from registry.models.scope import area_condition


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """The own unit's, for ever; those that would hand an elevator to the own unit; those in the areas granted. A draft
        is its unit's alone. For APPLY_REGISTRATION the own unit's, for CHANGE_REGISTRATION those in the areas."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        sent = ~Q(state=ApplicationState.DRAFT)
        condition = Q(pk__in=[])
        if scope.areas:
            condition |= sent & area_condition(scope, "elevator__")
        if scope.unit_ids and permission != Permission.CHANGE_REGISTRATION:
            condition |= Q(unit_id__in=scope.unit_ids)
        if scope.unit_ids and permission == Permission.VIEW_APPLICATION:
            condition |= sent & Q(new_unit_id__in=scope.unit_ids)
        return self.filter(condition)

    def waiting(self):
        """Those that the regulator has to answer."""
        return self.filter(state__in=WAITING_STATES)


class RegistrationApplication(models.Model):
    """What a using unit asks of the regulator about one elevator. `answers` are kept as typed, good or bad.

    `round` counts how often it was submitted; remarks name the round that they are about. `due_on` is the last day of the
    regulator's term while it runs, `apply_due_on` that of the unit's; both name the row of law they were reckoned by.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="applications", db_index=False)
    kind = models.CharField(max_length=10, choices=ApplicationKind)
    state = models.CharField(max_length=12, choices=ApplicationState, default=ApplicationState.DRAFT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    new_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    answers = models.JSONField(default=dict)
    round = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    submitted_by_kind = models.CharField(max_length=12, blank=True)
    submitted_by_id = models.CharField(max_length=64, blank=True)
    accepted_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    due_rule = models.ForeignKey(
        RegistrationTerm, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    apply_due_on = models.DateField(null=True)
    apply_rule = models.ForeignKey(
        RegistrationTerm, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    decided_by_kind = models.CharField(max_length=12, blank=True)
    decided_by_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500, blank=True)  # of a refusal
    documents = models.ManyToManyField(Document, through="ApplicationDocument", related_name="+")

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ApplicationKind.values), name="application_kind_known"),
            models.CheckConstraint(condition=Q(state__in=ApplicationState.values), name="application_state_known"),
            # two of them could contradict each other
            models.UniqueConstraint(
                fields=["elevator"], condition=Q(state__in=OPEN_STATES), name="application_one_open"
            ),
            models.UniqueConstraint(
                fields=["elevator", "kind", "unit"],
                condition=Q(state=ApplicationState.DRAFT),
                name="application_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(state__in=WAITING_STATES, due_on__isnull=False, due_rule__isnull=False)
                | (~Q(state__in=WAITING_STATES) & Q(due_on__isnull=True)),
                name="application_clock_runs",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=DECIDED_STATES, decided_at__isnull=False) & ~Q(decided_by_id=""))
                | (~Q(state__in=DECIDED_STATES) & Q(decided_at__isnull=True, decided_by_id="")),
                name="application_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApplicationState.REFUSED) | ~Q(reason=""), name="application_refused_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ApplicationState.DRAFT, ApplicationState.WITHDRAWN])
                | Q(submitted_at__isnull=False),
                name="application_submitted_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-id"], name="application_unit"),
            models.Index(fields=["elevator", "-id"], name="application_elevator"),
            models.Index(fields=["due_on", "id"], condition=Q(due_on__isnull=False), name="application_due"),
            models.Index(fields=["new_unit"], condition=Q(new_unit__isnull=False), name="application_new_unit"),
        ]

    def __str__(self):
        return str(self.get_kind_display())

    @property
    def short_number(self) -> str:
        """What people quote on the phone."""
        return self.public_id.hex[-8:].upper()


class ApplicationDocument(models.Model):
    """A document of the e-file that an application brings."""

    application = models.ForeignKey(RegistrationApplication, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", db_index=False)
    attached_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "document"], name="application_document_once")]


class RegistrationRemark(models.Model):
    """What is to be mended in one answer or document, and why. Append-only in the database.

    `was`: the answer, or the ids of the documents, as they were returned; null for remarks from before it was kept.
    """

    application = models.ForeignKey(
        RegistrationApplication, on_delete=models.PROTECT, related_name="remarks", db_index=False
    )
    round = models.PositiveSmallIntegerField()
    target = models.CharField(max_length=10, choices=RemarkTarget)
    name = models.CharField(max_length=24)
    reason = models.CharField(max_length=500)
    was = models.JSONField(null=True)
    written_at = models.DateTimeField()
    written_by_id = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "round", "target", "name"], name="remark_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="remark_says_why"),
        ]


class RemarkReply(models.Model):
    """What the using unit says of a remark: why it stays, or where it was mended. Its to change while it is returned."""

    remark = models.OneToOneField(RegistrationRemark, on_delete=models.PROTECT, related_name="reply")
    text = models.CharField(max_length=500)
    written_at = models.DateTimeField()
    written_by_kind = models.CharField(max_length=12)
    written_by_id = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="remark_reply_says_something")]


class CertificateSeries(models.Model):
    """The last serial given under a prefix (梯11苏A) in a year; its row is the lock under which the next is given."""

    prefix = models.CharField(max_length=6)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prefix", "year"], name="certificate_series_once")]


class UseLabelQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Labels of the elevators that one sees."""
        if reach_of(actor, permission).everything:
            return self.all()
        return self.filter(elevator_id__in=Elevator.objects.visible_to(actor, permission).values("pk"))


class UseLabel(models.Model):
    """The use label (使用标志) for the car: what it says is kept as it was on the day of issue; drawn by a job."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="use_labels")
    application = models.OneToOneField(RegistrationApplication, on_delete=models.PROTECT, related_name="use_label")
    certificate_number = models.CharField(max_length=24)
    facts = models.JSONField()
    issued_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=100, blank=True)
    byte_count = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    written_at = models.DateTimeField(null=True)

    objects = UseLabelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["elevator"], condition=Q(voided_at__isnull=True), name="use_label_one_valid"
            ),
            models.CheckConstraint(
                condition=Q(written_at__isnull=True, file_name="", sha256="")
                | (Q(written_at__isnull=False) & ~Q(file_name="") & ~Q(sha256="")),
                name="use_label_written_whole",
            ),
        ]
