"""Documents of e-files over REST. Files are sent to /api/v1/attachments/ first; their ids are named here."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedListView, ScopedReadOnlyViewSet
from common.attachments.answers import answer_attachment
from common.attachments.api import AttachmentSerializer
from common.clock import local_date
from common.models import Attachment
from common.scoping import get_visible_set
from registry.actions.documents import file_document, withdraw_document
from registry.api.serializers import UnitSerializer
from registry.api.views import OfElevatorMixin
from registry.choices import DocumentKind, DocumentState
from registry.forms.documents import DocumentFilter, believable_day
from registry.models import Document
from registry.queries.documents import documents_of, file_of, files_of
from registry.rules.documents import state_of

MOST_FILES = 10


class DocumentSerializer(serializers.ModelSerializer):
    """A document of an e-file. `state` is of today; dates are days in Nanjing."""

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    state = serializers.SerializerMethodField()
    filed_unit = UnitSerializer(allow_null=True)
    counterpart = UnitSerializer(allow_null=True)
    superseded_by = serializers.UUIDField(source="superseded_by.public_id", allow_null=True, default=None)
    files = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = ["id", "elevator", "kind", "number", "signed_on", "valid_from", "valid_until", "note", "state"]
        fields += ["filed_unit", "counterpart", "filed_at", "superseded_by", "superseded_at"]
        fields += ["withdrawn_at", "withdrawn_reason", "files"]
        read_only_fields = fields

    def get_state(self, document) -> DocumentState:
        return state_of(document, local_date(self.context["view"].at))

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_files(self, document):
        files = getattr(document, "files", None)
        return AttachmentSerializer(files if files is not None else files_of([document])[document.pk], many=True).data


class DocumentInputSerializer(serializers.Serializer):
    """`files`: ids of attachments that the caller has sent; `supersedes`: a document that stands, of this kind and elevator."""

    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    files = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_FILES)
    number = FreeTextField(max_length=80, required=False, allow_blank=True)
    signed_on = serializers.DateField(required=False, allow_null=True, validators=[believable_day])
    valid_from = serializers.DateField(required=False, allow_null=True, validators=[believable_day])
    valid_until = serializers.DateField(required=False, allow_null=True, validators=[believable_day])
    note = FreeTextField(max_length=500, required=False, allow_blank=True)
    supersedes = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, data):
        refuse_unknown(self)
        return data


class WithdrawSerializer(serializers.Serializer):
    reason = FreeTextField(max_length=300)

    def validate(self, data):
        refuse_unknown(self)
        return data


def with_files(rows: list) -> list:
    files = files_of(rows)
    for row in rows:
        row.files = files[row.pk]
    return rows


class DocumentViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Documents that the caller may read, newest first; contracts only where they are the caller's to read."""

    queryset = Document.objects.select_related("elevator", "filed_unit", "counterpart", "superseded_by")
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter
    view_permission = Permission.VIEW_DOCUMENT
    permissions = {"withdraw": Permission.FILE_DOCUMENT}

    def paginate_queryset(self, queryset):
        return with_files(super().paginate_queryset(queryset))

    @extend_schema(request=WithdrawSerializer, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, public_id=None):
        """Take a document back that should not have been filed; again changes nothing. 409 when another superseded it."""
        document = self.get_object()
        given = WithdrawSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        withdraw_document(document=document, by=self.actor, at=self.at, **given.validated_data)
        return Response(self.get_serializer(self.queryset.get(pk=document.pk)).data)

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    @action(detail=True, url_path=r"files/(?P<attachment_id>[0-9a-f-]{36})")
    def file(self, request, public_id=None, attachment_id=None):
        """One of its files: the copy without metadata."""
        return answer_attachment(file_of(public_id, attachment_id, actor=self.actor), by=self.actor, via="api")


class ElevatorDocumentList(OfElevatorMixin, IdempotentPostMixin, ScopedListView):
    """The documents of one elevator."""

    queryset = DocumentViewSet.queryset
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter
    view_permission = Permission.VIEW_DOCUMENT

    @property
    def required_permission(self):
        return Permission.FILE_DOCUMENT if self.request.method == "POST" else self.view_permission

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        rows = documents_of(self.get_elevator(), actor=self.actor)
        return rows.select_related("elevator", "filed_unit", "counterpart", "superseded_by")

    def paginate_queryset(self, queryset):
        return with_files(super().paginate_queryset(queryset))

    @extend_schema(request=DocumentInputSerializer, responses={201: DocumentSerializer})
    def post(self, request, public_id=None):
        """File a document, or one in the place of another (`supersedes`)."""
        elevator = self.get_elevator()
        given = DocumentInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        files = get_visible_set(Attachment.objects.all(), values.pop("files"), actor=self.actor, view=None)
        if former := values.pop("supersedes", None):
            rows = Document.objects.filter(elevator=elevator)
            values["supersedes"] = get_visible_set(
                rows, [former], actor=self.actor, view=self.view_permission, change=Permission.FILE_DOCUMENT
            )[0]
        made = file_document(elevator=elevator, attachments=files, by=self.actor, at=self.at, **values)
        return Response(self.get_serializer(self.queryset.get(pk=made.pk)).data, status=201)
