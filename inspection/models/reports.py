"""Reports as bodies printed them, what stands beside them, and what they are judged by."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Area, Unit, User
from accounts.queries import reach_of
from common.ids import new_public_id
from common.language import in_this_language
from compliance.models import HazardItem
from inspection.choices import ItemSign, ReportKind, RuleGeneration, Verdict
from inspection.models.inspections import Inspection
from registry.models import Elevator
from registry.models.scope import by_elevators, whole_areas_condition


class CatalogueItem(models.Model):
    """An item of a report of one kind, a dated row. `report_no`: its number on the printed report (T7001); `hazard_item`: what a
    × at it is in the hazard ledger. Conditions that a machine can judge are rows of LawRow (`item_condition`). The English is our
    own translation (data/catalogue_en.csv); the Chinese counts."""

    standard = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, choices=ReportKind)
    place = models.PositiveSmallIntegerField()
    report_no = models.PositiveSmallIntegerField(null=True)
    code = models.CharField(max_length=24)
    key_item = models.BooleanField()
    name_zh = models.CharField(max_length=120)
    condition_zh = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=120, blank=True)
    condition_en = models.CharField(max_length=120, blank=True)
    hazard_item = models.ForeignKey(HazardItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        ordering = ["standard", "place"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "code", "valid_from"], name="catalogue_item_once"),
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="catalogue_kind_known"),
        ]

    def __str__(self):
        return f"{self.code} {self.name_zh}"

    @property
    def name(self) -> str:
        return in_this_language(self.name_zh, self.name_en)

    @property
    def condition(self) -> str:
        return in_this_language(self.condition_zh, self.condition_en)


class ReportQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """Those of elevators that one sees, and those that one's own unit filed."""
        scope = reach_of(actor, permission)
        if scope.everything:
            return self.all()
        if (inside := whole_areas_condition(scope, "place__")) is not None:
            return self.filter(inside, place__withdrawn=False)
        return self.filter(Q(body__in=scope.unit_ids) | by_elevators(scope, actor, permission))

    def standing(self):
        """Those that no correction took the place of."""
        return self.filter(superseded_by__isnull=True)


class Report(models.Model):
    """One report of a body about one elevator, as printed; never edited: a correction is another row that names it.

    `inspection` is the fact that the ledger reckons with. `verdict` is the body's, never recomputed. `next_on`: the last day of
    the month that it prints for the next inspection; `next_computed_on`: the one that the law gives. `digest`: over all that
    was sent; the same number with the same digest is the same report. `revision`: 1, and one more for each correction
    that kept the number. `warnings`: [{"code", …}], things to look at, none of which changes anything.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    inspection = models.OneToOneField(Inspection, on_delete=models.PROTECT, related_name="report")
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="+", db_index=False)
    body = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=ReportKind)
    number = models.CharField(max_length=40)
    revision = models.PositiveSmallIntegerField(default=1)
    digest = models.BinaryField(max_length=32)
    generation = models.CharField(max_length=12, choices=RuleGeneration, blank=True)
    concluded_on = models.DateField()
    issued_on = models.DateField(null=True)
    verdict = models.CharField(max_length=28, choices=Verdict)
    verdict_text = models.CharField(max_length=40, blank=True)
    next_on = models.DateField(null=True)
    next_computed_on = models.DateField(null=True)
    next_label = models.CharField(max_length=40, blank=True)
    notice_number = models.CharField(max_length=60, blank=True)
    notice_due_on = models.DateField(null=True)
    supervised_use = models.BooleanField(default=False)
    warranty_until = models.DateField(null=True)
    warranty_rule = models.CharField(max_length=40, blank=True)
    warnings = models.JSONField(default=list)
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    correction_reason = models.CharField(max_length=300, blank=True)
    people = models.ManyToManyField(User, through="ReportPerson", related_name="+")
    filed_at = models.DateTimeField()
    filed_by_kind = models.CharField(max_length=12)
    filed_by_id = models.CharField(max_length=64)

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="report_kind_known"),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values) & ~Q(verdict="UNSTATED"), name="report_verdict_known"
            ),
            models.CheckConstraint(condition=~Q(number=""), name="report_numbered"),
            # two posts of one number at once: one row
            models.UniqueConstraint(fields=["body", "number", "revision"], name="report_number_once"),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True, correction_reason="")
                | (Q(supersedes__isnull=False) & ~Q(correction_reason="")),
                name="report_correction_says_why",
            ),
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True) | Q(issued_on__gte=F("concluded_on")), name="report_issued_after"
            ),
        ]
        indexes = [
            models.Index(
                fields=["elevator", "-id"], include=["kind", "verdict", "concluded_on"], name="report_elevator"
            ),
            models.Index(fields=["body", "-id"], include=["kind", "concluded_on"], name="report_body"),
            models.Index(fields=["filed_at"], name="report_filed"),
            models.Index(fields=["number"], name="report_number"),
            # the tests of a month, for the limits of testers
            models.Index(fields=["concluded_on"], condition=Q(kind="SELF_TEST"), name="report_self_tests"),
        ]

    def __str__(self):
        return self.number


def _of_area(**more):
    """Without a constraint of its own: the elevator's, whose copy it is, is checked."""
    more |= {"on_delete": models.PROTECT, "related_name": "+", "db_index": False, "db_constraint": False}
    return models.ForeignKey(Area, **more)


_LEADS = (("city", "city"), ("managing_district", "district"), ("area", "area"), ("verdict", "verdict"))
_LISTED = ("city", "managing_district", "area", "verdict", "kind", "concluded_on", "withdrawn")


class ReportPlace(models.Model):
    """Where a report lies: its elevator's areas as they stand now, and what lists filter by, so that a district's list walks one
    index however few of the city's reports are its own. Beside the report, which is never updated; written by the database alone
    (migration 0013). `withdrawn`: the elevator was, with its import, and officials see it no more."""

    report = models.OneToOneField(
        Report, on_delete=models.PROTECT, primary_key=True, related_name="place", db_constraint=False
    )
    city = _of_area()
    managing_district = _of_area(null=True)
    area = _of_area()
    withdrawn = models.BooleanField()
    verdict = models.CharField(max_length=28)
    kind = models.CharField(max_length=20)
    concluded_on = models.DateField()

    class Meta:
        indexes = [
            # the order of the list in each scope, and by the verdict where that is rarer; whatever else is asked is judged inside
            models.Index(
                fields=[lead, "-report"],
                include=[told for told in _LISTED if told != lead],
                name=f"report_place_{name}",
            )
            for lead, name in _LEADS
        ]

    def __str__(self):
        return str(self.report_id)


class ReportPerson(models.Model):
    """An inspector or tester whom the report names."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="named", db_index=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "person"], name="report_person_once")]
        indexes = [models.Index(fields=["person", "report"], name="report_of_person")]


class ItemResult(models.Model):
    """The sign at one item of a report, in the report's order. `measured`: the value as printed, with its unit."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="results", db_index=False)
    item = models.ForeignKey(CatalogueItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.PositiveSmallIntegerField()
    sign = models.CharField(max_length=16, choices=ItemSign)
    measured = models.CharField(max_length=60, blank=True)
    remark = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["report", "item"], name="item_result_once"),
            models.CheckConstraint(condition=Q(sign__in=ItemSign.values), name="item_sign_known"),
        ]
