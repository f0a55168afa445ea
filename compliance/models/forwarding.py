"""Platforms outside that take complaints over by Open311 GeoReport v2, and what was sent there."""

import datetime as dt

from django.db import models
from django.db.models import Q

from accounts.models import Area
from common.ids import new_public_id
from common.messages.choices import Reason
from common.personal.fields import SealedField
from common.scoping import may
from compliance.choices import ForwardingState
from compliance.models.complaints import Complaint

OPEN_STATES = ("QUEUED", "SENT")


class OutsidePlatformQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those who keep them keep all: a role over the whole platform. Others choose among those in force, by name."""
        return self.all() if may(actor, permission) else self.none()


class OutsidePlatform(models.Model):
    """Where complaints can be forwarded: a row, not code. `services`: their code for each of our categories, "" for the rest.

    `city`: for complaints of which city; none: of any.
    """

    PERSONAL_FIELDS = frozenset({"api_key"})

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    name = models.CharField(max_length=80, unique=True)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    endpoint = models.CharField(max_length=300)
    jurisdiction = models.CharField(max_length=80, blank=True)
    api_key = SealedField(kind="outside_key", binds="public_id", null=True)
    services = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)

    objects = OutsidePlatformQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def service_of(self, code: str) -> str:
        """Their service code for a category of ours; '' where none is known."""
        return self.services.get(code) or self.services.get("", "")


class ForwardingQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those of complaints that one sees."""
        return self.filter(complaint__in=Complaint.objects.visible_to(actor, permission).values("pk"))

    def due(self, at: dt.datetime):
        """To be sent or asked about now; what a worker that died held comes back when its lease ends."""
        return self.filter(state__in=OPEN_STATES, attempt_after__lte=at)


class Forwarding(models.Model):
    """One complaint on its way to a platform outside: the row is the queue and the log.

    `public_id` is the Idempotency-Key of every attempt. `outside_id`: what it is called there; `token`: what leads to that once
    it has one. `attempts`: since the last success.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="forwardings")
    platform = models.ForeignKey(OutsidePlatform, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ForwardingState, default=ForwardingState.QUEUED)
    attempt_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    outside_id = models.CharField(max_length=64, blank=True)
    token = models.CharField(max_length=80, blank=True)
    outside_status = models.CharField(max_length=20, blank=True)
    outside_notes = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ForwardingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint", "platform"], name="forwarding_once"),
            models.CheckConstraint(condition=Q(state__in=ForwardingState.values), name="forwarding_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES, ended_at__isnull=True)
                | ~Q(state__in=OPEN_STATES) & Q(ended_at__isnull=False),
                name="forwarding_ended_or_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["QUEUED", "GIVEN_UP"]) | Q(sent_at__isnull=False), name="forwarding_sent_at"
            ),
        ]
        indexes = [
            models.Index(fields=["attempt_after"], condition=Q(state__in=OPEN_STATES), name="forwarding_due"),
        ]
