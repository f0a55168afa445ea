"""Applications over REST: units apply, bodies answer. Sets are judged row by row: a refused one costs the others nothing."""

import uuid

from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.problems import field_errors
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.clock import local_date
from common.errors import NotVisible, Refusal
from compliance.models import Obligation
from inspection.actions.applications import (
    MOST,
    Answer,
    Asked,
    apply_for_inspections,
    appoint_inspection,
    appoint_inspections,
    decline_application,
    withdraw_application,
)
from inspection.forms.applications import ApplicationApiFilter
from inspection.models import Application
from inspection.queries.applications import bodies_on
from inspection.rules import applications as rules


class _Strict(serializers.Serializer):
    def validate(self, data):
        refuse_unknown(self)
        return data


class InspectionApplicationSerializer(serializers.ModelSerializer):
    """`due_on`: the last good day. `in_time`: the unit applied while there was time. `late_by`: whose fault it is that it comes
    after the last good day: UNIT, BODY or "". `warnings` (after a POST): APPOINTED_LATE. The phone is never here."""

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    elevator_code = serializers.CharField(source="elevator.main_code")
    unit = serializers.UUIDField(source="unit.public_id")
    unit_name = serializers.CharField(source="unit.name")
    body = serializers.UUIDField(source="body.public_id")
    body_name = serializers.CharField(source="body.name")
    inspector = serializers.UUIDField(source="inspector.public_id", default=None)
    report = serializers.UUIDField(source="report.public_id", default=None)
    late_by = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = ["id", "elevator", "elevator_code", "unit", "unit_name", "body", "body_name", "kind", "period"]
        fields += ["opens_on", "due_on", "wanted_from", "wanted_until", "in_time", "state", "appointed_on", "inspector"]
        fields += ["reason", "report", "applied_at", "decided_at", "late_by", "warnings", "version"]
        read_only_fields = fields

    def get_late_by(self, row) -> str:
        today = local_date(self.context["view"].at)
        given = {name: getattr(row, name) for name in ("state", "in_time", "due_on", "appointed_on")}
        return rules.fault(**given, today=today)

    def get_warnings(self, row) -> list[str]:
        late = row.state == "APPOINTED" and row.appointed_on > row.due_on
        return ["APPOINTED_LATE"] if late else []


class ApplyInputSerializer(_Strict):
    """One inspection. `obligation`: its id from /api/v1/compliance/obligations/; `contact`: the phone of who opens the door."""

    obligation = serializers.UUIDField()
    body = serializers.UUIDField()
    wanted_from = serializers.DateField()
    wanted_until = serializers.DateField()
    contact = serializers.CharField(max_length=40, allow_blank=True, default="")


class AppointInputSerializer(_Strict):
    """`inspector`: id of a person of the body. `version`: the one that was read; without it the last answer wins."""

    day = serializers.DateField()
    inspector = serializers.UUIDField(allow_null=True, default=None)
    version = serializers.IntegerField(allow_null=True, default=None, min_value=1, max_value=2**31 - 1)


class AppointRowSerializer(AppointInputSerializer):
    application = serializers.UUIDField()


class ReasonInputSerializer(_Strict):
    reason = FreeTextField(max_length=300)
    version = serializers.IntegerField(allow_null=True, default=None, min_value=1, max_value=2**31 - 1)


class ApplyBulkInputSerializer(_Strict):
    applications = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MOST)


class AppointBulkInputSerializer(_Strict):
    appointments = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MOST)


class ApplyBulkSchema(serializers.Serializer):
    """What the list takes, for OpenAPI: each row is judged by itself."""

    applications = ApplyInputSerializer(many=True)


class AppointBulkSchema(serializers.Serializer):
    """What /appoint/ takes, for OpenAPI: each row is judged by itself."""

    appointments = AppointRowSerializer(many=True)


class ApplicationErrorSerializer(serializers.Serializer):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ApplicationRowResultSerializer(serializers.Serializer):
    """What became of the row at `index` (from 0). `application`: as it stands now, unless refused; else `code` and `errors`."""

    index = serializers.IntegerField()
    result = serializers.ChoiceField(choices=["done", "refused"])
    application = InspectionApplicationSerializer(allow_null=True)
    code = serializers.CharField(allow_blank=True)
    errors = ApplicationErrorSerializer(many=True)


class ApplicationBulkResultSerializer(serializers.Serializer):
    done = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = ApplicationRowResultSerializer(many=True)


# stands for an unknown id, so that the action refuses it when and as it refuses somebody of another body: whether there is such a
# person is nobody's business
NOBODY = User(pk=0)


class BodyUnknown(Refusal):
    code = "application-body-unknown"
    field = "body"
    message = _("There is no such inspection body.")


class ApplicationViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Applications about elevators that the caller sees, and those that its unit made or has to answer; newest first."""

    queryset = Application.objects.select_related("elevator", "unit", "body", "inspector", "report")
    serializer_class = InspectionApplicationSerializer
    filterset_class = ApplicationApiFilter
    view_permission = Permission.VIEW_REPORT
    permissions = {
        "create": Permission.APPLY_INSPECTION,
        "withdraw": Permission.APPLY_INSPECTION,
        **dict.fromkeys(("appoint", "decline", "appoint_many"), Permission.ANSWER_INSPECTION),
    }

    @extend_schema(request=ApplyBulkSchema, responses=ApplicationBulkResultSerializer)
    def create(self, request):
        """Apply for up to 100 inspections, each judged by itself. The same again is the application that is there."""
        rows = self._rows(ApplyBulkInputSerializer, "applications", ApplyInputSerializer)
        due = self._named(Obligation.objects.visible_to(self.actor, Permission.APPLY_INSPECTION), rows, "obligation")
        bodies = self._named(bodies_on(local_date(self.at), ()), rows, "body")
        for row in rows:
            if row.values and (obligation := due.get(row.values.pop("obligation"))) is None:
                row.refuse(NotVisible(field="obligation"))
            elif row.values and (body := bodies.get(row.values.pop("body"))) is None:
                row.refuse(BodyUnknown())
            elif row.values:
                row.order = Asked(obligation, body, **row.values)
        return self._done(rows, lambda orders: apply_for_inspections(asked=orders, by=self.actor, at=self.at))

    @extend_schema(
        operation_id="inspection_applications_appoint_many",
        request=AppointBulkSchema,
        responses=ApplicationBulkResultSerializer,
    )
    @action(detail=False, methods=["post"], url_path="appoint")
    def appoint_many(self, request):
        """Appoint days for up to 100 applications, each judged by itself."""
        rows = self._rows(AppointBulkInputSerializer, "appointments", AppointRowSerializer)
        seen = Application.objects.visible_to(self.actor, self.view_permission)
        known = self._named(seen, rows, "application")
        people = self._named(User.objects.all(), rows, "inspector")
        for row in rows:
            if row.values is None:
                continue
            given, application = row.values, known.get(row.values["application"])
            if application is None:
                row.refuse(NotVisible(field="application"))
            else:
                inspector = given["inspector"] and people.get(given["inspector"], NOBODY)
                row.order = Answer(application, given["day"], inspector, given["version"])
        return self._done(rows, lambda orders: appoint_inspections(answers=orders, by=self.actor, at=self.at))

    @extend_schema(request=AppointInputSerializer, responses=InspectionApplicationSerializer)
    @action(detail=True, methods=["post"])
    def appoint(self, request, public_id=None):
        """Say on which day the body comes, or another one. A day after the last good one is taken and warned about."""
        row, given = self.get_object(), self._given(AppointInputSerializer)
        inspector = given["inspector"] and (User.objects.filter(public_id=given["inspector"]).first() or NOBODY)
        expected = given["version"]
        appoint_inspection(
            application=row, day=given["day"], inspector=inspector, expected=expected, by=self.actor, at=self.at
        )
        return self._answer(row)

    @extend_schema(request=ReasonInputSerializer, responses=InspectionApplicationSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request, public_id=None):
        """The body does not come. 409 `application-moved-on` when it has been answered otherwise."""
        row, given = self.get_object(), self._given(ReasonInputSerializer)
        expected = given.pop("version")
        decline_application(application=row, expected=expected, by=self.actor, at=self.at, **given)
        return self._answer(row)

    @extend_schema(request=ReasonInputSerializer, responses=InspectionApplicationSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, public_id=None):
        """The unit takes it back; then the inspection has to be applied for anew."""
        row, given = self.get_object(), self._given(ReasonInputSerializer)
        expected = given.pop("version")
        withdraw_application(application=row, expected=expected, by=self.actor, at=self.at, **given)
        return self._answer(row)

    def _given(self, serializer) -> dict:
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _answer(self, row: Application) -> Response:
        return Response(self.get_serializer(self.queryset.get(pk=row.pk)).data)

    def _rows(self, outer, name: str, inner) -> list["_Row"]:
        given = self._given(outer)
        return [_Row(index, data, inner) for index, data in enumerate(given[name])]

    @staticmethod
    def _named(queryset, rows: list["_Row"], name: str) -> dict[uuid.UUID, object]:
        """{public id: row} of what the rows name and the caller may name. One statement."""
        wanted = {row.values[name] for row in rows if row.values} - {None}
        return {row.public_id: row for row in queryset.filter(public_id__in=wanted)} if wanted else {}

    def _done(self, rows: list["_Row"], work) -> Response:
        ready = [row for row in rows if row.order is not None]
        outcomes = work([row.order for row in ready]) if ready else []
        made = {one.pk for one in outcomes if isinstance(one, Application)}
        shown = self.get_serializer(self.queryset.filter(pk__in=made), many=True).data if made else []
        by_id = {row["id"]: row for row in shown}
        for row, outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, Refusal):
                row.refuse(outcome)
            else:
                row.result |= {"result": "done", "application": by_id[str(outcome.public_id)]}
        results = [row.result for row in rows]
        counted = {name: sum(each["result"] == name for each in results) for name in ("done", "refused")}
        return Response({**counted, "results": results})


class _Row:
    """One row on its way through a bulk request."""

    def __init__(self, index: int, data: dict, serializer):
        self.order, self.values = None, None
        self.result = {"index": index, "result": "refused", "application": None, "code": "", "errors": []}
        given = serializer(data=data)
        if given.is_valid():
            self.values = dict(given.validated_data)
        else:
            self.result |= {"code": "invalid", "errors": field_errors(ValidationError(given.errors))}

    def refuse(self, refusal: Refusal) -> None:
        error = {"pointer": f"/{refusal.field or ''}", "code": refusal.code, "detail": force_str(refusal.message)}
        self.result |= {"code": refusal.code, "errors": [error]}
