"""Messages, each way that one goes out, how people want to be told, and units' webhooks."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.actor import ActorKind
from common.ids import new_public_id
from common.messages.choices import Channel, DeliveryState, Group, Reason
from common.messages.rules import QUIET_FROM, QUIET_UNTIL, Preferences
from common.personal.fields import SealedField
from common.reach import units_reached

PERSON, UNIT = "PERSON", "UNIT"


class MessageQuerySet(models.QuerySet):
    def visible_to(self, actor, _permission=None):
        """A person's own inbox; nobody reads another's, whatever they hold."""
        if actor.kind == ActorKind.SYSTEM:
            return self.all()
        if actor.kind != ActorKind.PERSON:
            return self.none()
        return self.filter(recipient_kind=PERSON, recipient_id=actor.id, in_app=True)

    def unread(self):
        return self.filter(in_app=True, read_at__isnull=True)


class Message(models.Model):
    """Something said to one recipient, once for each `key`. `params` are plain values for the words of its kind; no row
    holds anybody's name, number or free text. `in_app`: it stands in the inbox of a person from the moment it is written."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    key = models.CharField(max_length=160)
    recipient_kind = models.CharField(max_length=16)
    recipient_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    subject_type = models.CharField(max_length=64, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    link = models.CharField(max_length=200, blank=True)
    emergency = models.BooleanField(default=False)
    in_app = models.BooleanField(default=True)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient_id", "recipient_kind", "key"], name="message_once"),
            models.CheckConstraint(condition=Q(read_at__isnull=True) | Q(in_app=True), name="message_read_in_app"),
            models.CheckConstraint(condition=Q(link="") | Q(link__startswith="/"), name="message_link_ours"),
        ]
        indexes = [
            models.Index(fields=["recipient_id", "-id"], condition=Q(in_app=True), name="message_inbox"),
            models.Index(
                fields=["recipient_id", "-id"], condition=Q(in_app=True, read_at__isnull=True), name="message_unread"
            ),
            models.Index(fields=["created_at"], name="message_age"),
        ]


class MessagePreference(models.Model):
    """How a person wants to be told; whoever has no row has the usual (common.messages.rules)."""

    person_id = models.CharField(max_length=64, primary_key=True)
    channels = models.JSONField(default=dict)
    quiet_from = models.TimeField(default=QUIET_FROM)
    quiet_until = models.TimeField(default=QUIET_UNTIL)
    digest_hour = models.PositiveSmallIntegerField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(digest_hour__isnull=True) | Q(digest_hour__lte=23), name="message_digest_hour"
            )
        ]

    @property
    def chosen(self) -> Preferences:
        return Preferences(self.channels, self.quiet_from, self.quiet_until, self.digest_hour)


class UnitsOwnQuerySet(models.QuerySet):
    unit = "unit_id"

    def visible_to(self, actor, permission):
        """Own units' for whoever holds the permission there; all for whoever holds it over the platform."""
        units = units_reached(actor, permission)
        return self.all() if units is None else self.filter(**{f"{self.unit}__in": sorted(units)})


class WebhookEndpoint(models.Model):
    """Where a unit's program wants to be told. `secret` signs, under the number `secret_number`; while one is exchanged for
    the next, the former signs beside it until `former_until`."""

    PERSONAL_FIELDS = frozenset({"secret", "former_secret"})

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    unit_id = models.BigIntegerField()
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=400)
    groups = ArrayField(models.CharField(max_length=16, choices=Group))
    secret = SealedField(kind="webhook_secret", binds="public_id")
    secret_number = models.PositiveIntegerField(default=1)
    former_secret = SealedField(kind="webhook_secret", binds="public_id", null=True)
    former_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)

    objects = UnitsOwnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit_id", "url"], condition=Q(disabled_at__isnull=True), name="webhook_once"
            ),
            models.CheckConstraint(
                condition=Q(former_secret__isnull=True, former_until__isnull=True)
                | Q(former_secret__isnull=False, former_until__isnull=False),
                name="webhook_former_whole",
            ),
            models.CheckConstraint(condition=~Q(groups=[]), name="webhook_wants_something"),
        ]
        indexes = [models.Index(fields=["unit_id", "-id"], name="webhook_unit")]

    def __str__(self):
        return self.name


class DeliveryQuerySet(UnitsOwnQuerySet):
    unit = "endpoint__unit_id"

    def due(self, at):
        """To be tried now: never tried, to be tried again, or left by a worker that died (its lease is the next attempt)."""
        return self.filter(state=DeliveryState.QUEUED, attempt_after__lte=at)

    def failed(self):
        """Given up although there was somewhere to send it: what somebody should look into."""
        return self.filter(state=DeliveryState.GIVEN_UP).exclude(reason=Reason.NO_ADDRESS)

    def reached_nobody(self):
        """Given up because the person has no such address: nothing of ours is broken."""
        return self.filter(state=DeliveryState.GIVEN_UP, reason=Reason.NO_ADDRESS)


class Delivery(models.Model):
    """One message on one way out: the row is the queue and the log. `public_id` is what the receiver tells repetitions by.

    `due_at` is when it was meant to go, `attempt_after` when it is tried next: taking it moves that to the end of the
    lease, so nothing has to notice that a worker died. `address` is a mask, never the number.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    emergency = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    attempt_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    reference = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=40, blank=True)
    digest = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="gathered")
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "channel", "endpoint"], nulls_distinct=False, name="delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.WEBHOOK, endpoint__isnull=False)
                | (~Q(channel=Channel.WEBHOOK) & Q(endpoint__isnull=True)),
                name="delivery_endpoint_of_webhook",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["QUEUED", "DIGEST"], ended_at__isnull=True)
                | Q(state__in=["GATHERED", "ACCEPTED", "DELIVERED", "GIVEN_UP"], ended_at__isnull=False),
                name="delivery_ended_or_open",
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "attempt_after"], condition=Q(state="QUEUED"), name="delivery_due"),
            models.Index(fields=["attempt_after"], condition=Q(state="QUEUED", emergency=True), name="delivery_urgent"),
            models.Index(fields=["attempt_after"], condition=Q(state="DIGEST"), name="delivery_digest"),
            models.Index(
                fields=["state", "ended_at"], condition=Q(state__in=["ACCEPTED", "GIVEN_UP"]), name="delivery_ended"
            ),
            models.Index(fields=["state", "-id"], name="delivery_state"),
            models.Index(fields=["endpoint", "-id"], condition=Q(endpoint__isnull=False), name="delivery_endpoint"),
        ]

    @property
    def nobody_there(self) -> bool:
        return self.state == DeliveryState.GIVEN_UP and self.reason == Reason.NO_ADDRESS

    @property
    def open(self) -> bool:
        return self.state in (DeliveryState.QUEUED, DeliveryState.DIGEST)

    def waits(self, at: dt.datetime) -> bool:
        """Queued for a later moment."""
        return self.state == DeliveryState.QUEUED and self.attempt_after > at
