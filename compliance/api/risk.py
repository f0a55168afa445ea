"""Bands over REST: read; one is named by its elevator."""

from django.db.models import F
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.roles import Permission
from common.api.views import ScopedListView, ScopedReadOnlyViewSet
from compliance.forms.risk import RiskApiFilter, RiskChangeFilter
from compliance.models import RiskChange, RiskScore


class RiskReasonSerializer(serializers.Serializer):
    """`day`: the last good day, '' where none is set; `row`: the obligation or hazard that gave it, by `source`; `policy`: the
    dated row that made it count."""

    fact = serializers.CharField()
    code = serializers.CharField()
    item = serializers.CharField()
    band = serializers.CharField()
    points = serializers.IntegerField()
    day = serializers.CharField()
    clause = serializers.CharField()
    policy = serializers.CharField()
    source = serializers.CharField()
    row = serializers.CharField()


class RiskScoreSerializer(serializers.ModelSerializer):
    """`reasons`: the gravest first; `score`: 0 to 999, its hundreds the band; `since_at`: since when it is in this band."""

    elevator = serializers.UUIDField(source="elevator.public_id")
    reasons = RiskReasonSerializer(many=True)

    class Meta:
        model = RiskScore
        fields = ["elevator", "band", "score", "reasons", "policy", "since_at", "computed_at"]
        read_only_fields = fields


@extend_schema_view(
    retrieve=extend_schema(
        parameters=[
            OpenApiParameter("public_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="of the elevator")
        ]
    )
)
class RiskScoreViewSet(ScopedReadOnlyViewSet):
    """The present bands of the elevators that the caller sees: facts of what is late and wrong, no forecast."""

    # a band has no id of its own: it is named by its elevator
    queryset = RiskScore.objects.select_related("elevator").annotate(public_id=F("elevator__public_id"))
    serializer_class = RiskScoreSerializer
    filterset_class = RiskApiFilter
    view_permission = Permission.VIEW_OBLIGATION
    access_logged = False


class RiskChangeSerializer(serializers.ModelSerializer):
    """`before`: the band it left, '' the first time; `reasons`: those of the new band at that moment."""

    elevator = serializers.UUIDField(source="elevator.public_id")
    reasons = RiskReasonSerializer(many=True)

    class Meta:
        model = RiskChange
        fields = ["elevator", "before", "band", "score", "reasons", "policy", "at"]
        read_only_fields = fields


class RiskChangeList(ScopedListView):
    """The bands that elevators which the caller sees came into, the newest first. Nothing of it is ever changed."""

    queryset = RiskChange.objects.select_related("elevator")
    serializer_class = RiskChangeSerializer
    filterset_class = RiskChangeFilter
    view_permission = Permission.VIEW_OBLIGATION
