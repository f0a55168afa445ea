"""Records of safety duties as they may be taken out."""

from django.db.models import TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from common.exports.columns import Column, Form
from common.exports.kinds import ExportKind
from common.filtering import words_of
from compliance.choices import DutyKind
from compliance.forms.duties import RecordFilter
from compliance.models import DutyRecord, UnitOnDuty

KIND = "compliance.duty_records"

COLUMNS = (
    Column("kind", pgettext_lazy("obligation", "What"), Form.CHOICE, choices=lambda: dict(DutyKind.choices)),
    Column("due_on", pgettext_lazy("duty record", "For"), Form.DATE),
    Column("unit", _("Using unit"), source="unit__name", width=28),
    Column("site", _("Site"), source="site__name", width=28),
    Column("person", pgettext_lazy("duty record", "By"), source="person__display_name"),
    Column("filed_at", pgettext_lazy("duty record", "Filed"), Form.MOMENT, width=20),
    Column("days_late", _("Days late"), Form.INTEGER, width=8),
    Column("findings_count", _("Findings"), Form.INTEGER, width=8),
    Column(
        "id", _("Platform's own id"), Form.CODE, source=lambda: Cast("public_id", TextField()), width=38, chosen=False
    ),
)


def spoken(filterset, actor) -> list[tuple[str, str]]:
    """The filters in words; a unit by its name, as far as one sees it."""

    def say(name, _field, given):
        if name != "unit":
            return None
        seen = UnitOnDuty.objects.visible_to(actor, Permission.VIEW_DUTY)
        return seen.filter(public_id=given).values_list("name", flat=True).first()

    return words_of(filterset, say)


def duty_record_export() -> ExportKind:
    """Records of safety duties (registered at common.export_kinds)."""
    return _KIND


_KIND = ExportKind(
    label=_("Records of safety duties"),
    permission=Permission.VIEW_DUTY,
    columns=COLUMNS,
    rows=DutyRecord.objects.all,
    filter_class=RecordFilter,
    spoken=spoken,
    list_url=lambda: reverse("compliance:duty_records"),
    file_word=pgettext_lazy("file name", "duty records"),
)
