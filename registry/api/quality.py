"""Data quality over REST."""

import django_filters
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from registry.actions import quality
from registry.choices import IssueState
from registry.forms.quality import DataIssueFilter
from registry.models import DataIssue
from registry.queries.quality import sentence_of, title_of


class DataIssueSerializer(serializers.ModelSerializer):
    """`check` and `column` are stable codes; `title` and `sentence` say the same in the caller's language."""

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    check = serializers.CharField(source="check_code")
    title = serializers.SerializerMethodField()
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = DataIssue
        fields = ["id", "elevator", "check", "column", "kind", "params", "title", "sentence", "state", "found_at"]
        fields += ["ended_at", "reason"]
        read_only_fields = fields

    def get_title(self, issue) -> str:
        return title_of(issue.check_code, issue.params.get("header", ""))

    def get_sentence(self, issue) -> str:
        return sentence_of(issue)


class AcceptSerializer(serializers.Serializer):
    reason = FreeTextField(max_length=200)

    def validate(self, data):
        refuse_unknown(self)
        return data


class DataIssueApiFilter(DataIssueFilter):
    state = django_filters.ChoiceFilter(choices=IssueState, label=_("State"))


class DataIssueViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """What is missing, malformed or doubtful about the elevators that the caller sees, newest first."""

    queryset = DataIssue.objects.select_related("elevator")
    serializer_class = DataIssueSerializer
    filterset_class = DataIssueApiFilter
    view_permission = Permission.VIEW_ELEVATOR
    permissions = {"accept": Permission.CHANGE_ELEVATOR}
    access_logged = False

    @extend_schema(request=AcceptSerializer, responses=DataIssueSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request, public_id=None):
        """Say that the value is right as it stands. 409 when the issue is no longer open."""
        issue = self.get_object()
        given = AcceptSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        accepted = quality.accept_issue(issue_id=issue.pk, by=self.actor, at=self.at, **given.validated_data)
        return Response(self.get_serializer(accepted).data)
