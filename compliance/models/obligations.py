import datetime as dt

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.db.models.lookups import LessThan

from accounts.choices import AreaKind
from accounts.models import Area, Unit, User
from accounts.queries import reach_of
from common.actor import ActorKind
from common.ids import new_public_id
from compliance.choices import ObligationStatus, Severity
from registry.models import Elevator
from registry.models.scope import area_condition, by_elevators

PENDING = Q(status="PENDING")
# waived by a document of an authority, and to be done again when that ends; the law itself waives, too (inspection.md R5)
EXCUSED = Q(status="WAIVED", law_alert_after__isnull=False)
# Whole areas whose rows are found by the columns that an obligation or alert repeats from its elevator.
_WHOLE = (AreaKind.CITY, AreaKind.DISTRICT, AreaKind.MANAGEMENT, AreaKind.SUBDISTRICT)


# "Due or to be applied for within 30 days", on home, in tiles, lists, counts by area and messages.
NEAR = dt.timedelta(days=30)


def to_do_by(day: dt.date) -> Q:
    """Somebody has to act by `day`: to apply, where one has to and has not yet, else to have it done. With what is late."""
    return Q(alert_after__lte=day) | Q(apply_by__lte=day)


class SubjectQuerySet(models.QuerySet):
    """Rows about an elevator, a unit or a person. `own_columns`: what makes a row one's own besides the elevator."""

    own_columns: tuple[str, ...] = ("unit", "for_unit", "person")

    def visible_to(self, actor, permission, *, whole=False):
        """Rows about elevators that one sees, about one's own units and what their people owe for them, and about oneself.
        `whole`: they are counted, not listed (registry.models.scope.by_elevators)."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        if scope.areas and not scope.unit_ids and all(a.kind in _WHOLE and not a.place_types for a in scope.areas):
            return self.filter(area_condition(scope))
        own = by_elevators(scope, actor, permission, whole=whole)
        for column in ("unit", "for_unit"):
            if column in self.own_columns:
                own |= Q(**{f"{column}__in": scope.unit_ids})
        if "person" in self.own_columns and actor.kind == ActorKind.PERSON:
            # by its key, not by a join: each of these conditions is found by an index of its own, or none is
            own |= Q(person=Subquery(User.objects.filter(public_id=actor.id).values("pk")[:1]))
        return self.filter(own)


class ObligationQuerySet(SubjectQuerySet):
    def pending(self):
        return self.filter(PENDING)

    def overdue(self, today):
        """Pending, and the last good day is over."""
        return self.filter(PENDING, alert_after__lt=today)

    def near(self, today, days: dt.timedelta = NEAR):
        """Pending and not late, and within so many days is the last one to apply, where one has to, else to have it done."""
        return self.filter(PENDING, to_do_by(today + days), alert_after__gte=today)

    def to_apply_only(self, until):
        """Of to_do_by(until), those whose last good day comes after it: found by an index of their own."""
        return self.filter(PENDING, apply_by__lte=until, alert_after__gt=until)

    def standing(self, today):
        """What may be done now or is late."""
        return self.filter(PENDING, opens_on__lte=today)

    def of_one_line(self, today, earlier=None):
        """Without what an elevator owes besides something older of the same kind: both are one line, told by with_periods.
        `earlier`: what older ones have to be among, where a list is narrowed."""
        among = Obligation.objects.pending() if earlier is None else earlier
        older = among.filter(_older_of_its_kind())
        return self.exclude(owed_now(today) & Q(Exists(older.filter(owed_now(today)))))

    def counted_by_line(self, today, until):
        """Of to_do_by(until), to be counted: what the lists of what is late and of what is near have a line for. An elevator that
        missed two of a kind is one, as of_one_line has it; late and near are lists of their own. Each row is looked at by itself:
        where they are many, lines_of_a_kind counts them inside an index."""
        same_list = Q(alert_after__gte=today) | Q(LessThan(OuterRef("alert_after"), today))
        older = Obligation.objects.pending().filter(_older_of_its_kind(), same_list)
        # each is found by an index of its own, or none is
        late_or_near = older.filter(alert_after__lte=until)
        return self.filter(~Exists(late_or_near), ~Exists(older.to_apply_only(until)))

    def with_periods(self, today):
        """Rows with `periods` and `owed_ids`: all that the elevator owes of the kind now, the oldest first."""
        owed = Obligation.objects.pending().filter(
            owed_now(today), elevator=OuterRef("elevator"), kind=OuterRef("kind")
        )
        owed = owed.order_by("alert_after", "pk")
        return self.annotate(
            periods=ArraySubquery(owed.values("period")), owed_ids=ArraySubquery(owed.values("public_id"))
        )


def lines_of_a_kind(which: Q):
    """How many lines rows of one kind are, where all of them stand in one list: each elevator once, and what is about none."""
    of_none = which & Q(elevator__isnull=True)
    return Count("elevator_id", filter=which, distinct=True) + Count("pk", filter=of_none)


def _older_of_its_kind() -> Q:
    """Inside a subquery: what the same elevator owes of the same kind and is due earlier; waivers may give two one day."""
    earlier = Q(alert_after__lt=OuterRef("alert_after")) | Q(alert_after=OuterRef("alert_after"), pk__lt=OuterRef("pk"))
    return earlier & Q(elevator=OuterRef("elevator"), kind=OuterRef("kind"))


def owed_now(today: dt.date) -> Q:
    """May be done, or has to be applied for or done within 30 days."""
    return Q(opens_on__lte=today) | to_do_by(today + NEAR)


def one_subject(*columns: str) -> Q:
    """Exactly one of these columns says what a row is about."""
    condition = Q()
    for named in columns:
        condition |= Q(**{f"{column}__isnull": column != named for column in columns})
    return condition


class Obligation(models.Model):
    """What one subject owes in one period. Written by compliance.actions alone (decision 0020).

    `city`, `managing_district`, `area` repeat the elevator's, so that a district's list walks one index.
    `step_at`: when somebody has to look at the row next; `last_step`: the stage that was told last (rules.stage).
    `for_unit`: the unit for which a person owes it, which sees it too. `waiver`: the newest one (decision 0028); `law_*`: what
    the law alone says, where a waiver has begun: the plain columns hold the dates that count.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    for_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=32)
    period = models.CharField(max_length=24)
    opens_on = models.DateField()
    due_on = models.DateField()
    apply_by = models.DateField(null=True)
    alert_after = models.DateField()
    status = models.CharField(max_length=12, choices=ObligationStatus, default=ObligationStatus.PENDING)
    met_on = models.DateField(null=True)
    days_late = models.PositiveIntegerField(default=0)
    failed_on = models.DateField(null=True)
    rule = models.CharField(max_length=80, blank=True)
    clause = models.CharField(max_length=120, blank=True)
    source_type = models.CharField(max_length=64, blank=True)
    source_id = models.CharField(max_length=64, blank=True)
    waiver = models.ForeignKey("compliance.Waiver", on_delete=models.PROTECT, null=True, related_name="+")
    law_due_on = models.DateField(null=True)
    law_alert_after = models.DateField(null=True)
    step_at = models.DateTimeField(null=True)
    last_step = models.SmallIntegerField(null=True)
    version = models.PositiveIntegerField(default=1)
    planned_at = models.DateTimeField()

    objects = ObligationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=one_subject("elevator", "unit", "person"), name="obligation_one_subject"),
            models.UniqueConstraint(
                fields=["elevator", "kind", "period"],
                condition=Q(elevator__isnull=False),
                name="obligation_elevator_once",
            ),
            models.UniqueConstraint(
                fields=["unit", "kind", "period"], condition=Q(unit__isnull=False), name="obligation_unit_once"
            ),
            models.UniqueConstraint(
                fields=["person", "kind", "period"], condition=Q(person__isnull=False), name="obligation_person_once"
            ),
            models.CheckConstraint(condition=Q(opens_on__lte=F("due_on")), name="obligation_window"),
            models.CheckConstraint(condition=Q(status__in=ObligationStatus.values), name="obligation_status_known"),
            models.CheckConstraint(
                condition=Q(status="MET", met_on__isnull=False) | (~Q(status="MET") & Q(met_on__isnull=True)),
                name="obligation_met_on",
            ),
            models.CheckConstraint(condition=PENDING | Q(step_at__isnull=True), name="obligation_step_of_pending"),
        ]
        indexes = [
            # the sweep: only rows that somebody has to look at
            models.Index(fields=["step_at", "id"], condition=Q(step_at__isnull=False), name="obligation_step"),
            # what other programs ask for: planned, closed or waived since a moment
            models.Index(fields=["planned_at"], name="obligation_planned"),
            # what a unit and its people owe: planned, closed and shown by unit
            models.Index(
                fields=["for_unit", "kind", "due_on"], condition=Q(for_unit__isnull=False), name="obligation_for_unit"
            ),
            # what is late or due, latest first, of a city, a district, a subdistrict, a kind
            *(
                models.Index(
                    fields=[*lead, "alert_after", "id"],
                    include=["kind", "opens_on", "elevator"],
                    condition=PENDING,
                    name=name,
                )
                for lead, name in (
                    (("city",), "obligation_city"),
                    (("managing_district",), "obligation_district"),
                    (("area",), "obligation_area"),
                    ((), "obligation_all"),
                )
            ),
            # what has to be applied for soon, of any place: counted beside those above
            models.Index(
                fields=["apply_by", "id"],
                include=["alert_after", "city", "managing_district", "area"],
                condition=PENDING & Q(apply_by__isnull=False),
                name="obligation_apply",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.period}"


class Notice(models.Model):
    """That a stage of an obligation came and was told: the proof that somebody was warned, and when. Append-only."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="notices", db_index=False)
    step = models.SmallIntegerField()
    due_on = models.DateField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            # of other dates (a window that moved) it is told again
            models.UniqueConstraint(fields=["obligation", "step", "due_on"], name="notice_once"),
        ]
        indexes = [models.Index(fields=["told_at"], name="notice_told")]


class ElevatorDue(models.Model):
    """An elevator to be planned anew: its facts changed, or its newest period has opened. Claimed in sets."""

    elevator = models.OneToOneField(Elevator, on_delete=models.CASCADE, primary_key=True, related_name="+")
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["noted_at", "elevator"], name="compliance_due_order")]


class AlertPolicy(models.Model):
    """Who is told when: a dated row, not code. `kind` '' : of every kind that has no row of its own."""

    kind = models.CharField(max_length=32, blank=True)
    warn_days = models.JSONField(default=list)
    ladder = models.JSONField(default=list)  # [[days, level], …]
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.ORANGE)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "valid_from"], name="alert_policy_once")]

    def __str__(self):
        return f"{self.kind or '*'} {self.valid_from}"
