"""Safety assessments and the list of who should be assessed, as they may be taken out."""

from django.db.models import DecimalField, F, TextField
from django.db.models.functions import Cast, Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.choices import PlaceType
from accounts.roles import Permission
from common.clock import today
from common.exports.columns import Column, Form
from common.exports.kinds import ExportKind
from inspection.choices import AssessmentDecision, AssessmentState
from inspection.forms.assessments import CaseFilter, WorklistFilter
from inspection.models import Assessment
from inspection.queries.assessment_words import in_sql, labels_in_sql
from inspection.queries.assessments import is_officer, to_be_assessed
from registry.models import Elevator

CASES, WORKLIST = "inspection.assessments", "inspection.to_be_assessed"


def _id():
    return Cast("public_id", TextField())


def _gap():
    return Greatest(F("cost") - F("assured"), 0, output_field=DecimalField(max_digits=12, decimal_places=2))


def _codes(prefix: str = "") -> tuple[Column, ...]:
    return (
        Column("rescue_code", _("Rescue code"), Form.CODE, source=f"{prefix}rescue_code"),
        Column("equipment_code", _("Equipment code"), Form.CODE, source=f"{prefix}equipment_code", width=20),
        Column("district", _("District"), source=f"{prefix}managing_district__name"),
        Column("site", _("Site"), source=f"{prefix}site__name", width=28),
        Column("address", _("Address"), source=f"{prefix}address", width=32),
    )


CASE_COLUMNS = (
    *_codes("elevator__"),
    Column("state", _("Step"), Form.CHOICE, choices=lambda: dict(AssessmentState.choices)),
    Column("reason", _("Reason"), source=labels_in_sql, width=36),
    Column("unit", _("Using unit"), source="unit__name", width=28),
    Column("body", _("Body"), source="body__name", width=28),
    Column("report_number", _("Number of the report"), Form.CODE),
    Column("report_on", _("Day of the report"), Form.DATE),
    Column("level", _("Level as printed")),
    Column("decision", _("Decision"), Form.CHOICE, choices=lambda: dict(AssessmentDecision.choices)),
    Column("cost", _("Estimated cost in yuan"), Form.DECIMAL, places=2),
    Column("assured", _("Assured"), Form.DECIMAL, places=2),
    Column("gap", _("Money missing, yuan"), Form.DECIMAL, source=_gap, places=2),
    Column("id", _("Platform's own id"), Form.CODE, source=_id, width=38, chosen=False),
)
WORKLIST_COLUMNS = (
    *_codes(),
    Column("place_type", _("Kind of place"), Form.CHOICE, choices=lambda: dict(PlaceType.choices)),
    Column("commissioned_on", _("In use since"), Form.DATE),
    Column("last_renewed_on", _("Last renewed on"), Form.DATE),
    Column("using_unit", _("Using unit"), source="using_unit__name", width=28),
    Column("id", _("Platform's own id"), Form.CODE, source=_id, width=38, chosen=False),
)


class _Worklist(ExportKind):
    """Not every elevator that one sees: those that should be assessed, as on the page."""

    def offered(self, actor):
        """Units read those reasons alone of which they are told, as on the page."""
        advised = not is_officer(actor)
        reason = Column("reason", _("Reason"), source=lambda: in_sql(today(), advised=advised), width=48)
        return (*self.columns[:-1], reason, self.columns[-1])

    def scoped(self, actor):
        seen = self.rows().visible_to(actor, self.permission)
        return to_be_assessed(seen, today(), advised=not is_officer(actor))


def case_export() -> ExportKind:
    """Safety assessments (registered at common.export_kinds)."""
    return _CASES


def worklist_export() -> ExportKind:
    """Elevators to be assessed (registered at common.export_kinds)."""
    return _WORKLIST


_CASES = ExportKind(
    label=_("Safety assessments"),
    permission=Permission.VIEW_REPORT,
    columns=CASE_COLUMNS,
    rows=Assessment.objects.all,
    filter_class=CaseFilter,
    list_url=lambda: reverse("assessments:cases"),
    file_word=pgettext_lazy("file name", "safety assessments"),
)
_WORKLIST = _Worklist(
    label=_("Elevators to be assessed"),
    permission=Permission.VIEW_REPORT,
    columns=WORKLIST_COLUMNS,
    rows=Elevator.objects.all,
    filter_class=WorklistFilter,
    list_url=lambda: reverse("assessments:worklist"),
    file_word=pgettext_lazy("file name", "elevators to be assessed"),
)
