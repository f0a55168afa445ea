"""Applications about use registrations over REST: begun with answers and documents, submitted, read; decided on pages only."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedListView, ScopedReadOnlyViewSet
from common.clock import local_date
from common.scoping import get_visible_set
from registry.actions.registrations import (
    attach_document,
    detach_document,
    open_application,
    save_answers,
    save_replies,
    submit_application,
    withdraw_application,
)
from registry.actions.use_labels import label_answer
from registry.api.serializers import UnitSerializer
from registry.api.views import OfElevatorMixin
from registry.choices import ApplicationKind, RemarkTarget
from registry.forms.registrations import ApplicationFilter
from registry.models import Document, RegistrationApplication, UseLabel
from registry.queries.registrations import attached_document, last_remarks, read_application
from registry.rules.registration import EDITABLE, FIELDS, LONGEST_TEXT


class RemarkSerializer(serializers.Serializer):
    """What is to be mended. `changed`: since it was returned (null: not known); `reply`: what the unit says of it."""

    target = serializers.CharField()
    name = serializers.CharField()
    reason = serializers.CharField()
    changed = serializers.BooleanField(allow_null=True)
    reply = serializers.CharField(allow_blank=True)


class ApplicationSerializer(serializers.ModelSerializer):
    """An application. `due_on`: last day of the regulator's term while it runs; `apply_due_on`: of the unit's."""

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    unit = UnitSerializer()
    new_unit = UnitSerializer(allow_null=True)

    class Meta:
        model = RegistrationApplication
        fields = ["id", "elevator", "kind", "state", "unit", "new_unit", "round", "version", "created_at"]
        fields += ["submitted_at", "accepted_at", "due_on", "apply_due_on", "decided_at", "reason"]
        read_only_fields = fields


class ApplicationDetailSerializer(ApplicationSerializer):
    """With answers, documents, what is wrong with it while it can be changed, and the last remarks of the regulator."""

    documents = serializers.SerializerMethodField()
    faults = serializers.SerializerMethodField()
    missing_documents = serializers.SerializerMethodField()
    remarks = serializers.SerializerMethodField()

    class Meta(ApplicationSerializer.Meta):
        fields = [*ApplicationSerializer.Meta.fields, "answers", "documents", "faults", "missing_documents", "remarks"]
        read_only_fields = fields

    def _reading(self, row):
        if not hasattr(row, "reading"):
            row.reading = read_application(row, today=self.context["view"].today)
        return row.reading

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_documents(self, row):
        return [str(key) for key in row.documents.order_by("pk").values_list("public_id", flat=True)]

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_faults(self, row):
        return self._reading(row).faults if row.state in EDITABLE else {}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_missing_documents(self, row):
        return self._reading(row).missing if row.state in EDITABLE else []

    @extend_schema_field(RemarkSerializer(many=True))
    def get_remarks(self, row):
        return RemarkSerializer(last_remarks(row).values(), many=True).data


class ApplicationInputSerializer(serializers.Serializer):
    """`answers`: {name: text}, kept as sent; `documents`: ids of documents of this elevator's e-file."""

    kind = serializers.ChoiceField(choices=ApplicationKind.choices)
    answers = serializers.DictField(child=FreeTextField(max_length=LONGEST_TEXT, allow_blank=True), default=dict)
    documents = serializers.ListField(child=serializers.UUIDField(), max_length=50, default=list)

    def validate_answers(self, answers):
        if unknown := sorted(set(answers) - set(FIELDS)):
            raise serializers.ValidationError(
                {name: ["This field does not exist or cannot be set here."] for name in unknown}, code="unknown-field"
            )
        return answers

    def validate(self, data):
        refuse_unknown(self)
        return data


class NothingSerializer(serializers.Serializer):
    """An empty body."""

    def validate(self, data):
        refuse_unknown(self)
        return data


class ReplySerializer(serializers.Serializer):
    """What the unit says of the remark on an answer or document."""

    target = serializers.ChoiceField(choices=RemarkTarget.choices)
    name = serializers.CharField(max_length=24)
    reply = FreeTextField(max_length=LONGEST_TEXT, allow_blank=True)


class SubmitSerializer(NothingSerializer):
    """`replies` to the last remarks, where nothing was changed or more is to be said."""

    replies = ReplySerializer(many=True, required=False)


class DetachSerializer(NothingSerializer):
    """The id of a document that the application brings."""

    document = serializers.UUIDField()


class TodayMixin:
    @property
    def today(self):
        return local_date(self.at)


class RegistrationViewSet(TodayMixin, IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Applications that the caller may read, newest first."""

    queryset = RegistrationApplication.objects.select_related("elevator", "unit", "new_unit")
    serializer_class = ApplicationSerializer
    filterset_class = ApplicationFilter
    view_permission = Permission.VIEW_APPLICATION
    permissions = dict.fromkeys(("submit", "withdraw", "detach"), Permission.APPLY_REGISTRATION)

    def get_serializer_class(self):
        return ApplicationSerializer if self.action == "list" else ApplicationDetailSerializer

    def _step(self, request, step, shape=NothingSerializer):
        row = self.get_object()
        given = shape(data=request.data)
        given.is_valid(raise_exception=True)
        if replies := given.validated_data.get("replies"):
            said = {(each["target"], each["name"]): each["reply"] for each in replies}
            save_replies(application=row, replies=said, by=self.actor, at=self.at)
        step(application=row, by=self.actor, at=self.at)
        return Response(self.get_serializer(self.queryset.get(pk=row.pk)).data)

    @extend_schema(request=SubmitSerializer, responses=ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request, public_id=None):
        """Hand it to the regulator; again changes nothing. 422 when it is not complete or remarks are neither mended nor
        replied to, 409 when another is under way."""
        return self._step(request, submit_application, SubmitSerializer)

    @extend_schema(request=NothingSerializer, responses=ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, public_id=None):
        """Take it back; again changes nothing. 409 when it is decided."""
        return self._step(request, withdraw_application)

    @extend_schema(request=DetachSerializer, responses=ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def detach(self, request, public_id=None):
        """Name a document no more; the e-file keeps it. 404 when the application does not bring it, 409 once it is submitted."""
        row = self.get_object()
        given = DetachSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        document = attached_document(row, given.validated_data["document"])
        detach_document(application=row, document=document, by=self.actor, at=self.at)
        return Response(self.get_serializer(self.queryset.get(pk=row.pk)).data)


class ElevatorRegistrationList(TodayMixin, OfElevatorMixin, IdempotentPostMixin, ScopedListView):
    """The applications about one elevator."""

    queryset = RegistrationViewSet.queryset
    serializer_class = ApplicationSerializer
    filterset_class = ApplicationFilter
    view_permission = Permission.VIEW_ELEVATOR

    @property
    def required_permission(self):
        return Permission.APPLY_REGISTRATION if self.request.method == "POST" else self.view_permission

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        elevator = self.get_elevator()
        return self.queryset.visible_to(self.actor, Permission.VIEW_APPLICATION).filter(elevator=elevator)

    @extend_schema(request=ApplicationInputSerializer, responses={201: ApplicationDetailSerializer})
    def post(self, request, public_id=None):
        """Begin an application, or change the unit's draft of this kind: `answers` take the place of those there."""
        elevator = self.get_elevator()
        given = ApplicationInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        documents = []
        if values["documents"]:
            rows = Document.objects.filter(elevator=elevator)
            documents = get_visible_set(rows, values["documents"], actor=self.actor, view=Permission.VIEW_DOCUMENT)
        row = open_application(elevator=elevator, kind=values["kind"], by=self.actor, at=self.at)
        save_answers(application=row, answers=values["answers"], by=self.actor, at=self.at)
        for document in documents:
            attach_document(application=row, document=document, by=self.actor, at=self.at)
        row = self.queryset.get(pk=row.pk)
        return Response(ApplicationDetailSerializer(row, context=self.get_serializer_context()).data, status=201)


class UseLabelSerializer(serializers.ModelSerializer):
    """A use label: what it says, as of the day of issue. `ready`: the PDF is drawn."""

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    ready = serializers.SerializerMethodField()

    class Meta:
        model = UseLabel
        fields = ["id", "elevator", "certificate_number", "facts", "issued_at", "voided_at", "ready", "sha256"]
        read_only_fields = fields

    def get_ready(self, label) -> bool:
        return label.written_at is not None


class UseLabelViewSet(ScopedReadOnlyViewSet):
    """Use labels of the elevators that the caller sees, newest first."""

    queryset = UseLabel.objects.select_related("elevator")
    serializer_class = UseLabelSerializer
    view_permission = Permission.VIEW_ELEVATOR
    filter_backends = []

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    @action(detail=True)
    def file(self, request, public_id=None):
        """The PDF; 409 until it is drawn, 410 when the label is no longer valid."""
        label = self.get_object()
        return label_answer(label, by=self.actor, via="api")
