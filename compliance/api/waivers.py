"""Waivers over REST: granted with files that were sent before, revoked, read by whoever sees the obligation."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.roles import Permission
from common.api.fields import FreeTextField
from common.api.verbs import VerbSerializer, VerbsMixin, row_verb
from common.api.views import MatchedChangeMixin, ScopedReadOnlyViewSet
from common.attachments.answers import answer_attachment
from common.models import Attachment
from common.scoping import get_visible, get_visible_set
from compliance.actions import grant_waiver, revoke_waiver
from compliance.choices import WaiverKind
from compliance.models import Obligation, Waiver
from compliance.queries.waivers import file_of


class WaiverSerializer(serializers.ModelSerializer):
    """`until_on`: the last day that was granted; `ends_on`: the last day on which it holds or held, the day before it was
    revoked. Days in Nanjing, both included."""

    id = serializers.UUIDField(source="public_id")
    obligation = serializers.UUIDField(source="obligation.public_id")
    elevator = serializers.UUIDField(source="obligation.elevator.public_id", default=None)

    class Meta:
        model = Waiver
        fields = ["id", "obligation", "elevator", "kind", "from_on", "until_on", "ends_on", "reason", "clause"]
        fields += ["reference", "granted_at", "revoked_at", "revoked_reason", "changed_at", "version"]
        read_only_fields = fields


class WaiverInputSerializer(VerbSerializer):
    """`reference`, `clause`: of the document in `files` (ids of attachments); `from_on` is today or later."""

    obligation = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=WaiverKind.choices)
    from_on = serializers.DateField()
    until_on = serializers.DateField()
    reason = FreeTextField(max_length=400)
    clause = FreeTextField(max_length=120)
    reference = FreeTextField(max_length=120)
    files = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=3)


class RevokeWaiverSerializer(VerbSerializer):
    reason = FreeTextField(max_length=400)


class WaiverFilter(django_filters.FilterSet):
    obligation = django_filters.UUIDFilter(field_name="obligation__public_id")
    elevator = django_filters.UUIDFilter(field_name="obligation__elevator__public_id")
    kind = django_filters.ChoiceFilter(choices=WaiverKind.choices)
    holds_on = django_filters.DateFilter(method="holding")
    updated_since = django_filters.IsoDateTimeFilter(field_name="changed_at", lookup_expr="gte")

    class Meta:
        model = Waiver
        fields: tuple = ()

    def holding(self, rows, _name, value):
        """Those that hold on a day."""
        return rows.held_on(value)


class WaiverViewSet(MatchedChangeMixin, VerbsMixin, ScopedReadOnlyViewSet):
    """Waivers of what the caller sees, the newest first."""

    queryset = Waiver.objects.select_related("obligation__elevator")
    serializer_class = WaiverSerializer
    filterset_class = WaiverFilter
    view_permission = Permission.VIEW_OBLIGATION
    permissions = dict.fromkeys(("create", "revoke"), Permission.WAIVE_OBLIGATION)
    set_actions = ("create",)

    @extend_schema(request=WaiverInputSerializer, responses={201: WaiverSerializer})
    def create(self, request):
        """Waive an obligation from one day to another, or postpone it to a day. 409 when somebody has waived it already."""
        values = self.given(WaiverInputSerializer)
        owed = get_visible(
            Obligation.objects.all(),
            values.pop("obligation"),
            actor=self.actor,
            view=self.view_permission,
            change=Permission.WAIVE_OBLIGATION,
        )
        files = get_visible_set(Attachment.objects.all(), values.pop("files"), actor=self.actor, view=None)
        made = grant_waiver(obligation_id=owed.pk, files=files, by=self.actor, at=self.at, **values)
        return self.shown(made, status=201)

    @row_verb(takes=RevokeWaiverSerializer, gives=WaiverSerializer)
    def revoke(self, waiver, **given):
        """End it before its last day: it is owed again from today. Again changes nothing; 409 when it is over."""
        return revoke_waiver(waiver_id=waiver.pk, by=self.actor, at=self.at, **given)

    @extend_schema(responses={200: bytes})
    @action(detail=True, url_path=r"files/(?P<attachment_id>[0-9a-f-]{36})")
    def file(self, request, public_id=None, attachment_id=None):
        """The document, as a download without metadata."""
        return answer_attachment(file_of(self.get_object(), attachment_id), by=self.actor, via="api")
