"""Certificates of people over REST. Scans are sent to /api/v1/attachments/ first; numbers come back masked only."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.actions.certificates import record_certificate, withdraw_certificate
from accounts.choices import CertificateKind, CertificateState
from accounts.forms.certificates import MOST_FILES, CertificateFilter, believable_day
from accounts.models import Certificate, Unit, User
from accounts.queries import certificate_file
from accounts.roles import Permission
from accounts.rules.certificates import state_of
from common.api.fields import FreeTextField
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.attachments.answers import answer_attachment
from common.attachments.api import AttachmentSerializer
from common.clock import local_date
from common.models import Attachment
from common.scoping import get_visible, get_visible_set


class CertificateSerializer(serializers.ModelSerializer):
    """A certificate. `number` is a mask; `state` is of today in Nanjing; both days belong to it."""

    id = serializers.UUIDField(source="public_id")
    person = serializers.SerializerMethodField()
    unit = serializers.SerializerMethodField()
    number = serializers.CharField(source="number.masked")
    state = serializers.SerializerMethodField()

    class Meta:
        model = Certificate
        fields = ["id", "person", "unit", "kind", "number", "issuer", "valid_from", "valid_until", "state"]
        fields += ["recorded_at", "withdrawn_at", "withdrawn_reason"]
        read_only_fields = fields

    def get_person(self, row) -> dict[str, str]:
        return {"id": str(row.user.public_id), "name": row.user.display_name}

    def get_unit(self, row) -> dict[str, str]:
        return {"id": str(row.unit.public_id), "name": row.unit.name}

    def get_state(self, row) -> CertificateState:
        return state_of(row, local_date(self.context["view"].at))


class CertificateDetailSerializer(CertificateSerializer):
    files = serializers.SerializerMethodField()

    class Meta(CertificateSerializer.Meta):
        fields = [*CertificateSerializer.Meta.fields, "files"]
        read_only_fields = fields

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_files(self, row):
        return AttachmentSerializer(Attachment.objects.kept_for(row), many=True).data


class _Strict(serializers.Serializer):
    def validate(self, data):
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError(
                {name: ["This field does not exist or cannot be set here."] for name in unknown}, code="unknown-field"
            )
        return data


class CertificateInputSerializer(_Strict):
    """`person` holds a role in `unit`; without `valid_until` the rule of the kind says it; `files`: ids of attachments."""

    unit = serializers.UUIDField()
    person = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=CertificateKind.choices)
    number = serializers.CharField(max_length=40)
    issuer = FreeTextField(max_length=120)
    valid_from = serializers.DateField(validators=[believable_day])
    valid_until = serializers.DateField(required=False, allow_null=True, validators=[believable_day])
    files = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST_FILES)


class WithdrawCertificateSerializer(_Strict):
    reason = FreeTextField(max_length=300)


class CertificateViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Certificates that the caller sees, newest entry first; `due=60`, `30` or `expired` gives what has to be renewed."""

    queryset = Certificate.objects.select_related("user", "unit")
    serializer_class = CertificateSerializer
    filterset_class = CertificateFilter
    view_permission = Permission.VIEW_CERTIFICATE
    permissions = {"create": Permission.RECORD_CERTIFICATE, "withdraw": Permission.WITHDRAW_CERTIFICATE}

    def get_serializer_class(self):
        return CertificateSerializer if self.action == "list" else CertificateDetailSerializer

    @extend_schema(request=CertificateInputSerializer, responses={201: CertificateDetailSerializer})
    def create(self, request):
        """Record a certificate of one of the caller's own unit's people; the same again is the same certificate."""
        given = CertificateInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        record = Permission.RECORD_CERTIFICATE
        unit = get_visible(Unit.objects.all(), values.pop("unit"), actor=self.actor, view=record)
        user = get_visible(User.objects.all(), values.pop("person"), actor=self.actor, view=record)
        wanted = values.pop("files", [])
        files = get_visible_set(Attachment.objects.all(), wanted, actor=self.actor, view=None) if wanted else []
        made = record_certificate(unit=unit, user_id=user.pk, attachments=files, by=self.actor, at=self.at, **values)
        return Response(self.get_serializer(self.queryset.get(pk=made.pk)).data, status=201)

    @extend_schema(request=WithdrawCertificateSerializer, responses=CertificateDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, public_id=None):
        """Take back a certificate that should not have been recorded; again changes nothing."""
        certificate = self.get_object()
        given = WithdrawCertificateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        withdraw_certificate(certificate=certificate, by=self.actor, at=self.at, **given.validated_data)
        return Response(self.get_serializer(self.queryset.get(pk=certificate.pk)).data)

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    @action(detail=True, url_path=r"files/(?P<attachment_id>[0-9a-f-]{36})")
    def file(self, request, public_id=None, attachment_id=None):
        """One of its scans: the copy without metadata."""
        return answer_attachment(certificate_file(public_id, attachment_id, actor=self.actor), by=self.actor, via="api")
