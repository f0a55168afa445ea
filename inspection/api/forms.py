"""The form of a report over REST: what is asked of one elevator, and which items cannot concern it."""

import datetime as dt

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.views import ScopedReadOnlyViewSet
from common.clock import local_date
from inspection.choices import ItemSign, ReportKind
from inspection.queries.items import form_of
from inspection.rules.items import APPLIES, DOES_NOT_APPLY, UNKNOWN
from registry.models import Elevator

NO_CONDITION = ""


class ReasonSerializer(serializers.Serializer):
    """Why an item does not apply: the condition of the law, the fact that it meets, where the fact comes from, the clause."""

    condition = serializers.CharField()
    fact = serializers.CharField()
    source = serializers.CharField()
    clause = serializers.CharField()


class FormItemSerializer(serializers.Serializer):
    """`scope`: whether the item concerns this elevator; "" where the catalogue has no condition that a machine can judge.
    `proposed`: NOT_APPLICABLE ("−") or "": a proposal, filed only if whoever files says so. `parts_left_out`,
    `parts_unknown`: of an item that applies, the parts that do not, or of which nobody knows."""

    code = serializers.CharField()
    report_no = serializers.IntegerField(allow_null=True)
    key_item = serializers.BooleanField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    condition_zh = serializers.CharField()
    condition_en = serializers.CharField()
    scope = serializers.ChoiceField(choices=[NO_CONDITION, APPLIES, DOES_NOT_APPLY, UNKNOWN])
    proposed = serializers.ChoiceField(choices=[NO_CONDITION, ItemSign.NOT_APPLICABLE])
    reasons = ReasonSerializer(many=True)
    parts_left_out = serializers.ListField(child=serializers.CharField())
    parts_unknown = serializers.ListField(child=serializers.CharField())


class FormSerializer(serializers.Serializer):
    elevator = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ReportKind)
    on = serializers.DateField()
    items = FormItemSerializer(many=True)


class FormViewSet(ScopedReadOnlyViewSet):
    """Elevators for which the caller files reports."""

    queryset = Elevator.objects.select_related("class_code")
    serializer_class = FormSerializer
    view_permission = Permission.FILE_REPORT

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=list(ReportKind.values), description="Default: PERIODIC."),
            OpenApiParameter("on", dt.date, description="The day of the conclusion. Default: today."),
        ]
    )
    def retrieve(self, request, public_id=None):
        """The items of a report of this kind on this day, with what the platform knows of each: a proposal, not a result."""
        elevator, kind, day = self.get_object(), self._kind(), self._day()
        items, answers = form_of(elevator, kind, day)
        rows = [_item(item, answers.get(item.code)) for item in items]
        return Response(FormSerializer({"elevator": elevator.public_id, "kind": kind, "on": day, "items": rows}).data)

    def _kind(self) -> str:
        kind = self.request.query_params.get("kind", ReportKind.PERIODIC)
        if kind not in ReportKind.values:
            raise ValidationError({"kind": [f"One of {', '.join(ReportKind.values)}."]}, code="invalid")
        return kind

    def _day(self) -> dt.date:
        text = self.request.query_params.get("on", "")
        try:
            day = dt.date.fromisoformat(text) if text else local_date(self.at)
        except ValueError:
            day = None
        if day is None or not 1950 <= day.year <= 2199:
            raise ValidationError({"on": ["A day is written as 2026-05-31."]}, code="invalid")
        return day


def _item(item, answer) -> dict:
    columns = ("code", "report_no", "key_item", "name_zh", "name_en", "condition_zh", "condition_en")
    shown = {name: getattr(item, name) for name in columns}
    if answer is None:
        return shown | {
            "scope": NO_CONDITION,
            "proposed": "",
            "reasons": [],
            "parts_left_out": [],
            "parts_unknown": [],
        }
    names = ("condition", "fact", "source", "clause")
    return shown | {
        "scope": answer.scope.applies,
        "proposed": answer.proposed,
        "reasons": [dict(zip(names, reason, strict=True)) for reason in answer.reasons],
        "parts_left_out": list(answer.scope.left_out),
        "parts_unknown": list(answer.scope.unknown),
    }
