"""Safety assessments over REST: read by whom they concern, their reports filed in bulk by the bodies that have them."""

from django.db import transaction
from django.utils.encoding import force_str
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.fields import FreeTextField
from common.api.problems import field_errors
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.errors import NotPermitted, NotVisible, Refusal
from common.models import Attachment
from inspection.actions.assessments import MOST_FINDINGS, FindingLine, file_assessment
from inspection.api.serializers import FieldErrorSerializer, Strict
from inspection.forms.assessments import CaseFilter
from inspection.models import Assessment, AssessmentFinding
from inspection.queries.assessment_words import reason_labels
from inspection.rules import assessments as rules
from registry.actions.documents import file_document
from registry.choices import DocumentKind
from registry.models import Document, Elevator

LARGEST = 200
MOST_FILES = 10


class AssessmentFindingSerializer(serializers.ModelSerializer):
    class Meta:
        model = AssessmentFinding
        fields = ["text", "severity", "probability", "risk_class", "rule"]
        read_only_fields = fields


class AssessmentTurnSerializer(serializers.Serializer):
    who = serializers.ChoiceField(choices=["UNIT", "BODY", "OFFICER"])
    step = serializers.ChoiceField(choices=[step.name for step in rules.TABLE])


class AssessmentSerializer(serializers.ModelSerializer):
    """`reasons`: why it was applied for, as codes. `turn`: the step that leads on and whose it is (UNIT, BODY, OFFICER), null
    when it has ended. `level`, `score`: as the report prints them. Money in yuan; `gap`: what is missing, null where nothing is
    paid."""

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    unit = serializers.UUIDField(source="unit.public_id")
    body = serializers.UUIDField(source="body.public_id", default=None)
    gap = serializers.DecimalField(max_digits=12, decimal_places=2)
    reason_labels = serializers.SerializerMethodField()
    turn = serializers.SerializerMethodField()
    findings = AssessmentFindingSerializer(many=True)

    class Meta:
        model = Assessment
        fields = ["id", "elevator", "unit", "body", "state", "turn", "reasons", "reason_labels"]
        fields += ["report_number", "report_on", "level", "score"]
        fields += ["decision", "decided_on", "cost", "assured", "gap", "vote", "works_from", "works_until"]
        fields += ["accepted_on", "applied_at", "changed_at", "version", "findings"]
        read_only_fields = fields

    def get_reason_labels(self, case) -> list[str]:
        """`reasons` in words, in the language that was asked for."""
        return reason_labels(case.reasons)

    @extend_schema_field(AssessmentTurnSerializer(allow_null=True))
    def get_turn(self, case) -> dict | None:
        found = rules.turn(case.state, decision=case.decision)
        return found and {"who": found[0], "step": found[1]}


class AssessmentFindingInputSerializer(Strict):
    text = FreeTextField(max_length=200)
    severity = serializers.IntegerField(min_value=1, max_value=4)
    probability = serializers.ChoiceField(choices=list("ABCDEF"))


class AssessmentReportSerializer(Strict):
    """The report of one assessment, named by its id here. `files`: the report itself, ids of attachments that the caller has
    sent; they become a document of the e-file."""

    assessment = serializers.UUIDField()
    number = FreeTextField(max_length=40)
    reported_on = serializers.DateField()
    level = FreeTextField(max_length=40)
    score = FreeTextField(max_length=20, allow_blank=True, default="")
    findings = serializers.ListField(child=AssessmentFindingInputSerializer(), max_length=MOST_FINDINGS, default=list)
    files = serializers.ListField(child=serializers.UUIDField(), max_length=MOST_FILES, default=list)


class AssessmentBulkInputSerializer(Strict):
    reports = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=LARGEST)


class AssessmentBulkSchema(serializers.Serializer):
    """What `AssessmentBulkInputSerializer` takes, for OpenAPI: each report is judged by itself."""

    reports = AssessmentReportSerializer(many=True)


class AssessmentRowSerializer(serializers.Serializer):
    """What became of the report at `index` (from 0); `code` and `errors` of a refusal."""

    index = serializers.IntegerField()
    result = serializers.ChoiceField(choices=["filed", "replayed", "refused"])
    code = serializers.CharField()
    errors = FieldErrorSerializer(many=True)


class AssessmentBulkResultSerializer(serializers.Serializer):
    filed = serializers.IntegerField()
    replayed = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = AssessmentRowSerializer(many=True)


class AssessmentViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Safety assessments of what the caller sees, and those that the caller's unit applied for or has; newest first."""

    queryset = Assessment.objects.select_related("elevator", "unit", "body").prefetch_related("findings")
    serializer_class = AssessmentSerializer
    filterset_class = CaseFilter
    view_permission = Permission.VIEW_REPORT
    permissions = {"create": Permission.FILE_REPORT}

    @extend_schema(request=AssessmentBulkSchema, responses=AssessmentBulkResultSerializer)
    def create(self, request):
        """File the reports of up to 200 assessments, each judged by itself: one that is refused costs the others nothing.

        A report that was filed before with the same content is `replayed`. An assessment that the caller's body does not have
        is `not-found`.
        """
        given = AssessmentBulkInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        results = [self._file(index, row) for index, row in enumerate(given.validated_data["reports"])]
        counted = {name: sum(each["result"] == name for each in results) for name in ("filed", "replayed", "refused")}
        return Response({**counted, "results": results})

    def _file(self, index: int, data: dict) -> dict:
        given = AssessmentReportSerializer(data=data)
        if not given.is_valid():
            errors = field_errors(ValidationError(given.errors))
            return {"index": index, "result": "refused", "code": "invalid", "errors": errors}
        values = dict(given.validated_data)
        try:
            rows = Assessment.objects.visible_to(self.actor, Permission.FILE_REPORT)
            case = rows.filter(public_id=values.pop("assessment")).first()
            if case is None:
                raise NotVisible(field="assessment")
            values["findings"] = [FindingLine(**line) for line in values["findings"]]
            filed = self._take(case, values.pop("files"), values)
        except Refusal as refusal:
            return {"index": index, "result": "refused", "code": refusal.code, "errors": [_error(refusal)]}
        result = "replayed" if filed.version == case.version else "filed"
        return {"index": index, "result": result, "code": "", "errors": []}

    @transaction.atomic
    def _take(self, case: Assessment, files: list, values: dict) -> Assessment:
        """The paper and what it says, or neither."""
        paper = self._paper(case, files, values["number"]) if files else None
        return file_assessment(case=case, document=paper, by=self.actor, at=self.at, **values)

    def _paper(self, case: Assessment, files: list, number: str) -> Document:
        """The report among the documents of the e-file; the same files of this case again are the same document."""
        able = Elevator.objects.visible_to(self.actor, Permission.FILE_DOCUMENT)
        if not able.filter(pk=case.elevator_id).exists():
            raise NotPermitted(permission=Permission.FILE_DOCUMENT)
        known = Attachment.objects.visible_to(self.actor)
        if case.report_document is not None:
            known = known | Attachment.objects.kept_for(case.report_document).order_by()
        found = {row.public_id: row for row in known.filter(public_id__in=files)}
        if set(found) != set(files):
            raise NotVisible(field="files")
        given = [found[key] for key in dict.fromkeys(files)]
        kind = DocumentKind.SAFETY_ASSESSMENT
        return file_document(
            elevator=case.elevator, kind=kind, attachments=given, number=number, by=self.actor, at=self.at
        )


def _error(refusal: Refusal) -> dict:
    return {"pointer": f"/{refusal.field or ''}", "code": refusal.code, "detail": force_str(refusal.message)}
