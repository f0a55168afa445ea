"""Machine-room climate over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.fields import MomentField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedListView
from common.scoping import get_visible
from registry.actions.climate import record_climate
from registry.api.serializers import UnitSerializer
from registry.api.views import OfElevatorMixin
from registry.forms.climate import HUMIDITY, TEMPERATURE
from registry.forms.elevators import believable_moment
from registry.models import ClimateReading


class ClimateReadingSerializer(serializers.ModelSerializer):
    """A reading: °C and percent, as text with one decimal. `corrects` names the reading in whose place it stands."""

    id = serializers.UUIDField(source="public_id")
    corrects = serializers.UUIDField(source="corrects.public_id", allow_null=True, default=None)
    filed_unit = UnitSerializer(allow_null=True)

    class Meta:
        model = ClimateReading
        fields = ["id", "measured_at", "temperature", "humidity", "verdict", "corrects", "filed_unit", "filed_at"]
        read_only_fields = fields


class ClimateInputSerializer(serializers.Serializer):
    measured_at = MomentField(validators=[believable_moment])
    temperature = serializers.DecimalField(**TEMPERATURE)
    humidity = serializers.DecimalField(required=False, allow_null=True, **HUMIDITY)
    corrects = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, data):
        refuse_unknown(self)
        return data


class ClimateReadingList(OfElevatorMixin, IdempotentPostMixin, ScopedListView):
    """What was measured in the machine room of an elevator, newest entry first."""

    queryset = ClimateReading.objects.select_related("filed_unit", "corrects")
    serializer_class = ClimateReadingSerializer
    view_permission = Permission.VIEW_ELEVATOR

    @property
    def required_permission(self):
        return Permission.RECORD_CLIMATE if self.request.method == "POST" else self.view_permission

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.filter(elevator=self.get_elevator())

    @extend_schema(request=ClimateInputSerializer, responses={201: ClimateReadingSerializer})
    def post(self, request, public_id=None):
        """Record a reading, or one in the place of a wrong one (`corrects`)."""
        elevator = self.get_elevator()
        given = ClimateInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        if wrong := values.pop("corrects", None):
            rows = ClimateReading.objects.filter(elevator=elevator)
            values["corrects"] = get_visible(rows, wrong, actor=self.actor, view=self.view_permission)
        made = record_climate(elevator=elevator, by=self.actor, at=self.at, **values)
        return Response(self.get_serializer(made).data, status=201)
