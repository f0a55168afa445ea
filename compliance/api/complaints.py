"""Complaints over REST: read, and answered by the unit whose turn it is."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.clock import local_date
from compliance.actions import answer_complaint
from compliance.forms.complaints import ComplaintFilter
from compliance.models import Complaint


class ComplaintSerializer(serializers.ModelSerializer):
    """`due_on`: the last day, in Nanjing, of whose turn it is; null once settled. `unit`: who answers; null: officials.
    Who complained is not told.
    """

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id", default=None)
    site = serializers.UUIDField(source="site.public_id", default=None)
    unit = serializers.UUIDField(source="unit.public_id", default=None)
    category = serializers.CharField(source="category.code")
    duplicate_of = serializers.UUIDField(source="duplicate_of.public_id", default=None)
    days_late = serializers.SerializerMethodField()

    class Meta:
        model = Complaint
        fields = [
            "id",
            "elevator",
            "site",
            "unit",
            "category",
            "text",
            "emergency",
            "source",
            "outside_number",
            "state",
        ]
        fields += [
            "due_on",
            "days_late",
            "answer",
            "upheld",
            "satisfaction",
            "duplicate_of",
            "passed_to",
            "received_at",
        ]
        read_only_fields = fields

    def get_days_late(self, row) -> int:
        return max(0, (local_date(self.context["view"].at) - row.due_on).days) if row.due_on else 0


class AnswerSerializer(serializers.Serializer):
    answer = FreeTextField(max_length=1000)

    def validate(self, data):
        refuse_unknown(self)
        return data


class ComplaintViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Complaints about what the caller sees, newest first."""

    queryset = Complaint.objects.select_related("category", "elevator", "site", "unit", "duplicate_of")
    serializer_class = ComplaintSerializer
    filterset_class = ComplaintFilter
    view_permission = Permission.VIEW_COMPLAINT
    permissions = {"answer": Permission.ANSWER_COMPLAINT}

    @extend_schema(request=AnswerSerializer, responses=ComplaintSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, public_id=None):
        """Say what was found and done. 403 unless it is the caller's unit that answers; 409 when it is not its turn."""
        complaint = self.get_object()
        given = AnswerSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        answer_complaint(complaint_id=complaint.pk, by=self.actor, at=self.at, **given.validated_data)
        return Response(self.get_serializer(self.queryset.get(pk=complaint.pk)).data)
