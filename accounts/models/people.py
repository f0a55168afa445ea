import datetime as dt

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.crypto import salted_hmac

from accounts.choices import PlaceType
from accounts.models.areas import Area
from accounts.models.units import Unit
from accounts.roles import role_choices
from accounts.rules import Reach, reach
from common.actor import ActorKind
from common.clock import now
from common.ids import new_public_id


class TsTzRange(Func):
    """tstzrange(start, end, '[)')"""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


HALF_OPEN = RangeBoundary(inclusive_lower=True, inclusive_upper=False)


def _reach(actor, permission) -> Reach:
    return Reach(everything=True) if actor.kind == ActorKind.SYSTEM else reach(actor.holdings, permission)


class PeriodQuerySet(models.QuerySet):
    def current(self, at):
        """In force at this moment; periods are half-open."""
        return self.filter(Q(started_at__lte=at), Q(ended_at__isnull=True) | Q(ended_at__gt=at))

    def lasting(self, at):
        """In force and not about to end. Whoever waited for a lock has an older `at` than the one who held it and ended a
        row "now": without the minute that row would still count, and two administrators could end each other.
        """
        return self.current(at).unfinished(at + dt.timedelta(minutes=1))

    def unfinished(self, at):
        """In force at this moment or later."""
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))


class MembershipQuerySet(PeriodQuerySet):
    def visible_to(self, actor, permission):
        """All for administrators of the platform; those in own units for a unit's administrator, never a person's others."""
        scope = _reach(actor, permission)
        return self.all() if scope.everything else self.filter(unit_id__in=scope.unit_ids)


class AreaGrantQuerySet(PeriodQuerySet):
    def visible_to(self, actor, permission):
        """All for administrators of the platform, none for anybody else."""
        return self.all() if _reach(actor, permission).everything else self.none()


class UserQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Everybody for administrators of the platform; present people of own units for their unit's administrator."""
        scope = _reach(actor, permission)
        if scope.everything:
            return self.all()
        members = Membership.objects.unfinished(now()).filter(unit_id__in=scope.unit_ids)
        return self.filter(pk__in=members.values("user_id"))

    def named(self, username):
        """The one with this sign-in name, whatever its case; uses the index behind `user_name_once`."""
        return self.alias(name_key=models.functions.Lower("username")).filter(name_key=username.lower())

    def with_names(self, usernames):
        """Those with one of these sign-in names, given in small letters."""
        return self.alias(name_key=models.functions.Lower("username")).filter(name_key__in=usernames)

    def called(self, text):
        """Those with this sign-in name, or whose name begins so."""
        keyed = self.alias(name_key=models.functions.Lower("username"))
        return keyed.filter(Q(name_key=text.lower()) | Q(display_name__startswith=text))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, username):
        """Names are one whatever their case."""
        return self.named(username).get()


class User(AbstractBaseUser):
    """A person who signs in. What they may do comes from memberships and area grants alone."""

    PERSONAL_FIELDS = frozenset({"username", "display_name"})

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    username = models.CharField(max_length=64)
    display_name = models.CharField(max_length=64)
    is_active = models.BooleanField(default=True)
    password_set_at = models.DateTimeField(default=now)
    # set by an administrator: leads nowhere but to the page that changes it
    wrong_passwords = models.PositiveSmallIntegerField(
        default=0
    )  # present ones, typed while signed in, since a right one
    must_change_password = models.BooleanField(default=False)
    # part of what a session is checked against: one more ends all of a person's sessions at once
    session_epoch = models.PositiveIntegerField(default=0)
    synthetic = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name"]

    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(models.functions.Lower("username"), name="user_name_once")]
        # searched by the beginning of the name
        indexes = [models.Index(fields=["display_name"], opclasses=["varchar_pattern_ops"], name="user_display_name")]

    def __str__(self):
        return self.display_name or self.username

    def set_password(self, raw_password):
        """Whoever sets one, the server's command too, sets when it was."""
        super().set_password(raw_password)
        self.password_set_at = now()

    def _get_session_auth_hash(self, secret=None):
        """What Django compares on each request: the password, and the epoch that ends sessions without a new one."""
        return salted_hmac(
            "accounts.User.session", f"{self.session_epoch}:{self.password}", secret=secret, algorithm="sha256"
        ).hexdigest()


class Membership(models.Model):
    """A person's role in a unit, for a time."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=32, choices=role_choices("UNIT"))
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="membership_forward"
            ),
            ExclusionConstraint(
                name="membership_once",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (TsTzRange("started_at", "ended_at", HALF_OPEN), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["unit", "user"], name="membership_unit")]


class AreaGrant(models.Model):
    """A person's role over an area (limited to place types for industry departments) or, without area, the platform."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="area_grants")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=32, choices=role_choices())
    place_types = ArrayField(models.CharField(max_length=16, choices=PlaceType), default=list, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = AreaGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="area_grant_forward"
            ),
            # only platform roles reach everywhere; a forgotten area must never do it
            models.CheckConstraint(
                condition=Q(area__isnull=False)
                | Q(role__in=["AUDITOR", "SYSTEM_ADMIN", "SECURITY_ADMIN", "AUDIT_ADMIN"]),
                name="area_grant_has_area",
            ),
            # system, security and audit administrator are three people at any moment (GB/T 22239-2019, level 3)
            ExclusionConstraint(
                name="area_grant_apart",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.NOT_EQUAL),
                    (TsTzRange("started_at", "ended_at", HALF_OPEN), RangeOperators.OVERLAPS),
                ],
                condition=Q(role__in=["SYSTEM_ADMIN", "SECURITY_ADMIN", "AUDIT_ADMIN"]),
            ),
            models.CheckConstraint(
                condition=~Q(role="INDUSTRY_OFFICER") | ~Q(place_types=[]), name="area_grant_sector"
            ),
        ]
        indexes = [models.Index(fields=["user"], name="area_grant_user")]
