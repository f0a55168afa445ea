from django.db import models
from django.db.models import F, Q

from accounts.models import Area, Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.ids import new_public_id
from common.language import in_this_language
from common.personal.fields import SealedField
from compliance.choices import Answerer, ComplaintSource, ComplaintState, ComplaintStepKind
from compliance.models.obligations import SubjectQuerySet
from compliance.rules.complaints import OPEN, WANTS_ANSWER
from registry.models import Elevator, Site
from registry.models.scope import area_condition

STANDING = Q(state__in=sorted(OPEN))
WAITING = Q(state__in=sorted(WANTS_ANSWER), unit__isnull=False, elevator__isnull=False)
WAITING_OF_SITE = Q(state__in=sorted(WANTS_ANSWER), unit__isnull=False, elevator__isnull=True)


class ComplaintCategory(models.Model):
    """What people complain about, who answers it and within how many working days: a dated row, not code.

    `code` is the service_code of Open311. `urgent`: it may mean that somebody needs help now.
    """

    code = models.CharField(max_length=32)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    answered_by = models.CharField(max_length=20, choices=Answerer)
    reply_days = models.PositiveSmallIntegerField()
    review_days = models.PositiveSmallIntegerField()
    urgent = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="complaint_category_once"),
            models.CheckConstraint(condition=Q(reply_days__gte=1, review_days__gte=1), name="complaint_category_days"),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return in_this_language(self.name_zh, self.name_en)


class ComplaintQuerySet(SubjectQuerySet):
    own_columns = ("unit",)

    def visible_to(self, actor, permission, *, whole=False):
        """About elevators and sites that one sees, and what one's own units answer; who may *answer*: the unit whose turn
        it is, or the officials of the place where no unit answers."""
        scope = reach_of(actor, permission)
        if permission == Permission.ANSWER_COMPLAINT and not scope.everything:
            places = area_condition(scope) if scope.areas and not _by_place_type(scope) else Q(pk__in=[])
            return self.filter(Q(unit__in=scope.unit_ids) | Q(unit=None) & places)
        seen = super().visible_to(actor, permission, whole=whole)
        if scope.everything or (not scope.unit_ids and not _by_place_type(scope)):
            return seen
        sites = Site.objects.visible_to(actor, permission).values("pk")
        return seen | self.filter(elevator=None, site__in=sites)

    def standing(self):
        """Neither judged nor passed on."""
        return self.filter(STANDING)

    def overdue(self, today):
        return self.filter(STANDING, due_on__lt=today)

    def waiting_for_units(self):
        """About one elevator, and a unit's turn to answer."""
        return self.filter(WAITING)

    def waiting_for_units_of_sites(self):
        """About a whole site, and a unit's turn to answer."""
        return self.filter(WAITING_OF_SITE)


def _by_place_type(scope) -> bool:
    """The row has no place type: such a grant answers nothing here."""
    return any(area.place_types for area in scope.areas)


class Complaint(models.Model):
    """What somebody tells about an elevator or a site. Changed through compliance.actions.complaints alone.

    `unit`: who answers, as the register had it when it was assigned; none: the officials of the place. `due_on`: the last
    day of whose turn it is, nobody's once it is judged. `tracking`: digest of the number that only the sender has.
    `form_key`: the form, or the caller's key, that sent it: the same again is the same complaint.
    """

    PERSONAL_FIELDS = frozenset({"contact"})

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    category = models.ForeignKey(ComplaintCategory, on_delete=models.PROTECT, related_name="+", db_index=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.CharField(max_length=1000)
    emergency = models.BooleanField(default=False)
    source = models.CharField(max_length=12, choices=ComplaintSource)
    outside_number = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=ComplaintState, default=ComplaintState.RECEIVED)
    due_on = models.DateField(null=True)
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.CharField(max_length=80, blank=True)
    upheld = models.BooleanField(null=True)
    satisfaction = models.PositiveSmallIntegerField(null=True)
    contact = SealedField(kind="phone", binds="public_id", null=True)
    tracking = models.BinaryField(max_length=32, unique=True)
    form_key = models.CharField(max_length=120, unique=True)
    form_digest = models.BinaryField(max_length=32)
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    passed_to = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ComplaintState.values), name="complaint_state_known"),
            models.CheckConstraint(condition=Q(source__in=ComplaintSource.values), name="complaint_source_known"),
            models.CheckConstraint(
                condition=Q(elevator__isnull=False) | Q(site__isnull=False), name="complaint_about_something"
            ),
            models.CheckConstraint(
                condition=STANDING & Q(due_on__isnull=False) | ~STANDING & Q(due_on__isnull=True),
                name="complaint_due_while_open",
            ),
            models.CheckConstraint(
                condition=Q(state="DUPLICATE", duplicate_of__isnull=False)
                | ~Q(state="DUPLICATE") & Q(duplicate_of__isnull=True),
                name="complaint_duplicate_of",
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of__isnull=True) | ~Q(duplicate_of=F("id")), name="complaint_not_of_itself"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["REVIEWED", "CLOSED"], upheld__isnull=False, reviewed_at__isnull=False)
                | ~Q(state__in=["REVIEWED", "CLOSED"]) & Q(upheld__isnull=True, reviewed_at__isnull=True),
                name="complaint_judged",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__gte=1, satisfaction__lte=5),
                name="complaint_satisfaction",
            ),
            models.CheckConstraint(condition=~Q(state="TRANSFERRED") | ~Q(passed_to=""), name="complaint_passed_to"),
        ]
        indexes = [
            # the list's order is by deadline: a page walks one of these
            *(
                models.Index(fields=[*lead, "due_on", "id"], include=["state", "category", "elevator"], name=name)
                for lead, name in (
                    (("city",), "complaint_city"),
                    (("managing_district",), "complaint_district"),
                    (("area",), "complaint_area"),
                    (("unit",), "complaint_unit"),
                    ((), "complaint_all"),
                )
            ),
            models.Index(fields=["elevator", "-id"], name="complaint_elevator"),
            models.Index(fields=["site", "-id"], name="complaint_site"),
            models.Index(fields=["duplicate_of"], condition=Q(duplicate_of__isnull=False), name="complaint_duplicates"),
            models.Index(fields=["received_at", "id"], name="complaint_received"),
            models.Index(fields=["unit", "elevator"], condition=WAITING, name="complaint_waiting"),
            models.Index(fields=["unit", "site"], condition=WAITING_OF_SITE, name="complaint_waiting_site"),
            models.Index(fields=["changed_at"], condition=Q(contact__isnull=False), name="complaint_phone"),
        ]

    def __str__(self):
        return str(self.public_id)


class ComplaintStep(models.Model):
    """What was done about a complaint, by whom, with which words: append-only."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=12, choices=ComplaintStepKind)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=12)
    by_id = models.CharField(max_length=64)
    by_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=1000, blank=True)
    changes = models.JSONField(default=dict)
