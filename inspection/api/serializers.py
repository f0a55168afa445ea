"""Reports of bodies as JSON, in and out."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.fields import FreeTextField
from inspection.actions import Filing, ItemLine
from inspection.actions.reports import LARGEST
from inspection.choices import ReportKind, RuleGeneration
from inspection.models import CatalogueItem, ItemResult, Report
from inspection.rules import last_of, report_number

MOST_ITEMS, MOST_PEOPLE = 200, 10
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "example": "2026-05"})
class MonthField(serializers.Field):
    """Year and month ("2026-05"); kept as the last day of the month."""

    default_error_messages = {"invalid": _("A month is written as year and month: 2026-05.")}

    def to_internal_value(self, data):
        found = _MONTH.fullmatch(data) if isinstance(data, str) else None
        if found is None or found[1] == "0000":
            self.fail("invalid")
        return last_of(int(found[1]), int(found[2]))

    def to_representation(self, day):
        return f"{day:%Y-%m}"


class Strict(serializers.Serializer):
    """Names fields that do not exist, in nested objects too."""

    def to_internal_value(self, data):
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else ()
        if unknown:
            raise serializers.ValidationError(
                {name: [_("This field does not exist or cannot be set here.")] for name in sorted(unknown)},
                code="unknown-field",
            )
        return super().to_internal_value(data)


class ItemInputSerializer(Strict):
    """`sign`: √ × △ − as printed, or MEETS, DOES_NOT, RECTIFIED, NOT_APPLICABLE."""

    code = serializers.CharField(max_length=24)
    sign = serializers.CharField(max_length=16)
    measured = FreeTextField(max_length=60, allow_blank=True, default="")
    remark = FreeTextField(max_length=200, allow_blank=True, default="")


class ReportNumberField(serializers.CharField):
    """A number of which something is seen."""

    def to_internal_value(self, data):
        number = super().to_internal_value(data)
        if not report_number(number):
            self.fail("blank")
        return number


class ReportInputSerializer(Strict):
    """One report. `elevator`: its id here, or its equipment, registration or rescue code; `verdict`: as printed (合格) or one of
    our codes; `people`: sign-in names of inspectors or testers; `supersedes`: id of the report that it corrects."""

    elevator = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(choices=ReportKind.choices)
    number = ReportNumberField(max_length=40)
    concluded_on = serializers.DateField()
    verdict = serializers.CharField(max_length=40)
    people = serializers.ListField(child=serializers.CharField(max_length=64), min_length=1, max_length=MOST_PEOPLE)
    generation = serializers.ChoiceField(choices=RuleGeneration.choices, allow_blank=True, default="")
    issued_on = serializers.DateField(allow_null=True, default=None)
    next_month = MonthField(allow_null=True, default=None)
    next_label = serializers.CharField(max_length=40, allow_blank=True, default="")
    notice_number = serializers.CharField(max_length=60, allow_blank=True, default="")
    notice_due_on = serializers.DateField(allow_null=True, default=None)
    supervised_use = serializers.BooleanField(default=False)
    items = serializers.ListField(child=ItemInputSerializer(), max_length=MOST_ITEMS, default=list)
    supersedes = serializers.UUIDField(allow_null=True, default=None)
    correction_reason = FreeTextField(max_length=300, allow_blank=True, default="")

    @staticmethod
    def as_filing(values: dict, elevator_id: int) -> Filing:
        values = {name: value for name, value in values.items() if name != "elevator"}
        items = tuple(ItemLine(**line) for line in values.pop("items"))
        people = tuple(values.pop("people"))
        return Filing(elevator_id, next_on=values.pop("next_month"), items=items, people=people, **values)


class ReportBulkInputSerializer(Strict):
    """`unit`: in whose name, where the caller files for several units."""

    unit = serializers.UUIDField(allow_null=True, default=None)
    reports = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=LARGEST)


class ReportBulkSchema(serializers.Serializer):
    """What `ReportBulkInputSerializer` takes, for OpenAPI: each report is judged by itself."""

    unit = serializers.UUIDField(allow_null=True, default=None)
    reports = ReportInputSerializer(many=True)


class FieldErrorSerializer(serializers.Serializer):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class RowResultSerializer(serializers.Serializer):
    """What became of the report at `index` (from 0). `report`: its id, unless refused; `code` and `errors` of a refusal."""

    index = serializers.IntegerField()
    number = serializers.CharField()
    result = serializers.ChoiceField(choices=["filed", "replayed", "refused"])
    report = serializers.UUIDField(allow_null=True)
    warnings = serializers.ListField(child=serializers.DictField())
    code = serializers.CharField(allow_blank=True)
    errors = FieldErrorSerializer(many=True)


class ReportBulkResultSerializer(serializers.Serializer):
    filed = serializers.IntegerField()
    replayed = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = RowResultSerializer(many=True)


class ReportSerializer(serializers.ModelSerializer):
    """A report as printed, and beside it what the platform says: `next_computed` by the law, `warnings`, `warranty_until`.

    `superseded_by`: the correction that took its place. `people`: names as printed.
    """

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    body = serializers.UUIDField(source="body.public_id")
    body_name = serializers.CharField(source="body.name")
    next_month = MonthField(source="next_on")
    next_computed = MonthField(source="next_computed_on")
    people = serializers.SerializerMethodField()
    supersedes = serializers.UUIDField(source="supersedes.public_id", default=None)
    superseded_by = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = ["id", "elevator", "body", "body_name", "kind", "number", "revision", "generation", "concluded_on"]
        fields += ["issued_on", "verdict", "verdict_text", "next_month", "next_computed", "next_label", "notice_number"]
        fields += ["notice_due_on", "supervised_use", "warranty_until", "warnings", "people", "supersedes"]
        fields += ["superseded_by", "correction_reason", "filed_at"]
        read_only_fields = fields

    def get_people(self, report) -> list[str]:
        return [str(person) for person in report.people.all()]

    def get_superseded_by(self, report) -> str | None:
        later = getattr(report, "superseded_by", None)
        return None if later is None else str(later.public_id)


class ItemResultSerializer(serializers.ModelSerializer):
    code = serializers.CharField(source="item.code")
    name_zh = serializers.CharField(source="item.name_zh")
    key_item = serializers.BooleanField(source="item.key_item")

    class Meta:
        model = ItemResult
        fields = ["code", "name_zh", "key_item", "sign", "measured", "remark"]
        read_only_fields = fields


class ReportDetailSerializer(ReportSerializer):
    """With the sign at each item."""

    items = ItemResultSerializer(source="results", many=True)

    class Meta(ReportSerializer.Meta):
        fields = [*ReportSerializer.Meta.fields, "items"]
        read_only_fields = fields


class CatalogueItemSerializer(serializers.ModelSerializer):
    """`report_no`: its number on the printed report; `condition_zh`: of which elevators it is asked, in the words of the law;
    the English is our own translation."""

    class Meta:
        model = CatalogueItem
        fields = [
            "standard",
            "kind",
            "report_no",
            "code",
            "key_item",
            "name_zh",
            "name_en",
            "condition_zh",
            "condition_en",
            "valid_from",
            "source",
        ]
        fields += ["certainty"]
        read_only_fields = fields
