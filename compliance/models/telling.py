"""Who is to be told what, who was reminded by whom, and the addresses under which people subscribe to a calendar."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models import Area, Unit, User
from accounts.models.people import HALF_OPEN, TsTzRange
from common.actor import ActorKind
from common.ids import new_public_id
from common.models import Job
from compliance.choices import Audience, Topic
from compliance.models.alerts import Alert
from compliance.models.hazards import Hazard
from compliance.models.obligations import Obligation


class News(models.Model):
    """Something that one audience is to be told at `tell_at`: written by the step that makes it news, taken away by the
    transaction that queues the messages. A queue, not a record: what was told is the message, what happened the Notice
    or AlertStep. `overdue`, `month`, `hazards` are the figures of summaries; of single news `overdue` is 1.
    """

    topic = models.CharField(max_length=12, choices=Topic)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    obligation = models.ForeignKey(Obligation, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    hazard = models.ForeignKey(Hazard, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    overdue = models.PositiveIntegerField(default=1)
    month = models.PositiveIntegerField(default=0)
    hazards = models.PositiveIntegerField(default=0)
    tell_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, area__isnull=True, person__isnull=True)
                | Q(unit__isnull=True, area__isnull=False, person__isnull=True)
                | Q(unit__isnull=True, area__isnull=True, person__isnull=False),
                name="news_one_audience",
            )
        ]
        indexes = [
            models.Index(fields=["tell_at", "id"], name="news_tell"),
            models.Index(fields=["hazard"], condition=Q(hazard__isnull=False), name="news_hazard"),
        ]


class Summary(models.Model):
    """That the summaries of a day were made, for one sort of audience: made once, however many sweeps look."""

    audience = models.CharField(max_length=8, choices=Audience)
    day = models.DateField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "day"], name="summary_once")]


class ReminderRule(models.Model):
    """How long a unit that was reminded is left alone: a dated row, not code."""

    hours = models.PositiveSmallIntegerField()
    valid_from = models.DateField(unique=True)
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    def __str__(self):
        return f"{self.hours} h {self.valid_from}"


class ReminderRunQuerySet(models.QuerySet):
    def visible_to(self, actor, _permission=None):
        """One's own."""
        if actor.kind == ActorKind.SYSTEM:
            return self.all()
        return self.filter(by_kind=actor.kind, by_id=actor.id)


class ReminderRun(models.Model):
    """That somebody had units reminded: of which filter, how many were meant and how many told."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    scope = models.JSONField(default=dict)  # the filter as the page had it: codes and public ids
    unit_ids = models.JSONField(default=list)  # those that were shown in the preview
    by_kind = models.CharField(max_length=12)
    by_id = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = ReminderRunQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["by_id", "-id"], name="reminder_run_by")]


class Reminder(models.Model):
    """That a unit was reminded of what it owes, by whom and when. `until`: before that it is not reminded again, by anybody,
    which the database sees to."""

    run = models.ForeignKey(ReminderRun, on_delete=models.PROTECT, related_name="reminders")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    until = models.DateTimeField()
    overdue = models.PositiveIntegerField()
    elevators = models.PositiveIntegerField()
    people = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("at")), name="reminder_forward"),
            ExclusionConstraint(
                name="reminder_once",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    (TsTzRange("at", "until", HALF_OPEN), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["unit", "-at"], name="reminder_unit")]


class CalendarFeedQuerySet(models.QuerySet):
    def visible_to(self, actor, _permission=None):
        """One's own alone."""
        if actor.kind == ActorKind.SYSTEM:
            return self.all()
        return self.filter(user__public_id=actor.id) if actor.kind == ActorKind.PERSON else self.none()

    def in_force(self):
        return self.filter(revoked_at__isnull=True)


class CalendarFeed(models.Model):
    """An address under which a person's calendar program reads what is due. Whoever knows the address reads it, with what the
    person may see at that moment; of the token only a hash is kept. `unit` or `area` narrows it."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    language = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(area__isnull=True), name="calendar_feed_one_scope"
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="calendar_feed_user")]

    def __str__(self):
        return self.name
