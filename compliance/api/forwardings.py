"""Complaints on their way to platforms outside over REST: read, sent again, taken back, by officials who judge them."""

import django_filters
from rest_framework import serializers

from accounts.roles import Permission
from common.api.fields import FreeTextField
from common.api.verbs import VerbSerializer, VerbsMixin, row_verb
from common.api.views import ScopedReadOnlyViewSet
from compliance.actions import forwarding
from compliance.choices import Answerer, ForwardingState
from compliance.models import Forwarding


class ForwardingSerializer(serializers.ModelSerializer):
    """`outside_id`, `outside_status`, `outside_notes`: what the platform there says of it. `reason`, `status_code`: why the last
    attempt failed. `GIVEN_UP`: nobody there has taken it over; see `again` and `take_back`."""

    id = serializers.UUIDField(source="public_id")
    complaint = serializers.UUIDField(source="complaint.public_id")
    platform = serializers.CharField(source="platform.name")

    class Meta:
        model = Forwarding
        fields = ["id", "complaint", "platform", "state", "reason", "status_code", "outside_id", "outside_status"]
        fields += ["outside_notes", "created_at", "tried_at", "sent_at", "ended_at"]
        read_only_fields = fields


class ForwardingApiFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=ForwardingState.choices)
    complaint = django_filters.UUIDFilter(field_name="complaint__public_id")
    platform = django_filters.CharFilter(field_name="platform__name")

    class Meta:
        model = Forwarding
        fields: tuple = ()


class TakeBackSerializer(VerbSerializer):
    """`to`: who answers it from now on."""

    to = serializers.ChoiceField(choices=Answerer.choices)
    note = FreeTextField(max_length=1000, required=False, default="", allow_blank=True)


class ForwardingViewSet(VerbsMixin, ScopedReadOnlyViewSet):
    """What went to platforms outside about complaints that the caller judges, the newest first."""

    queryset = Forwarding.objects.select_related("complaint", "platform")
    serializer_class = ForwardingSerializer
    filterset_class = ForwardingApiFilter
    view_permission = Permission.REVIEW_COMPLAINT
    permissions = dict.fromkeys(("again", "take_back"), Permission.REVIEW_COMPLAINT)

    @row_verb(gives=ForwardingSerializer)
    def again(self, row):
        """Try anew what was given up. 409 `forwarding-not-given-up`, `forwarding-taken-back`, `platform-unfit`."""
        return forwarding.forward_again(forwarding_id=row.pk, by=self.actor, at=self.at)

    @row_verb(takes=TakeBackSerializer, gives=ForwardingSerializer)
    def take_back(self, row, **given):
        """Give it to a unit here, or to the officials. 409 `forwarding-not-given-up`, `complaint-nobody-answers`."""
        forwarding.take_back(forwarding_id=row.pk, by=self.actor, at=self.at, **given)
        return row
