"""Data quality over REST."""

import django_filters
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.roles import Permission
from common.api.fields import FreeTextField
from common.api.verbs import VerbSerializer, VerbsMixin, row_verb
from common.api.views import ScopedReadOnlyViewSet
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


class AcceptSerializer(VerbSerializer):
    reason = FreeTextField(max_length=200)


class DataIssueApiFilter(DataIssueFilter):
    state = django_filters.ChoiceFilter(choices=IssueState, label=_("State"))


class DataIssueViewSet(VerbsMixin, ScopedReadOnlyViewSet):
    """What is missing, malformed or doubtful about the elevators that the caller sees, newest first."""

    queryset = DataIssue.objects.select_related("elevator")
    serializer_class = DataIssueSerializer
    filterset_class = DataIssueApiFilter
    view_permission = Permission.VIEW_ELEVATOR
    permissions = {"accept": Permission.CHANGE_ELEVATOR}
    access_logged = False

    @row_verb(takes=AcceptSerializer, gives=DataIssueSerializer)
    def accept(self, issue, **given):
        """Say that the value is right as it stands. 409 when the issue is no longer open."""
        return quality.accept_issue(issue_id=issue.pk, by=self.actor, at=self.at, **given)
