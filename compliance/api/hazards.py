"""Hazards over REST: read."""

from rest_framework import serializers

from accounts.roles import Permission
from common.api.views import ScopedReadOnlyViewSet
from common.clock import local_date
from compliance.forms.hazards import HazardApiFilter
from compliance.models import Hazard
from compliance.rules.hazards import OPEN


class HazardSerializer(serializers.ModelSerializer):
    """`due_on`: the last good day, in Nanjing; `days_late`: 0 until the day after it.
    `clock`: the dated row that gave the days.
    """

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    item = serializers.CharField(source="item_id")
    repeat_of = serializers.UUIDField(source="repeat_of.public_id", default=None)
    days_late = serializers.SerializerMethodField()

    class Meta:
        model = Hazard
        fields = ["id", "elevator", "item", "details", "grade", "state", "source", "found_on", "due_on", "days_late"]
        fields += ["clock", "extended_at", "repeat_of", "ended_on", "reported_at", "version"]
        read_only_fields = fields

    def get_days_late(self, row) -> int:
        return max(0, (local_date(self.context["view"].at) - row.due_on).days) if row.state in OPEN else 0


class HazardViewSet(ScopedReadOnlyViewSet):
    """What is or was wrong with the elevators that the caller sees, and what its own unit found."""

    queryset = Hazard.objects.select_related("elevator", "repeat_of")
    serializer_class = HazardSerializer
    filterset_class = HazardApiFilter
    view_permission = Permission.VIEW_OBLIGATION
