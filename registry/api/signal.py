"""Phone signal in cars over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.fields import MomentField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedListView
from registry.actions.car_signal import Tried, record_signal
from registry.api.serializers import UnitSerializer
from registry.api.views import OfElevatorMixin
from registry.choices import Carrier
from registry.forms.car_signal import STRENGTH
from registry.forms.elevators import believable_moment
from registry.models import CarSignal


class CarSignalSerializer(serializers.ModelSerializer):
    """One carrier in one check; `strength` in dBm."""

    id = serializers.UUIDField(source="public_id")
    filed_unit = UnitSerializer(allow_null=True)

    class Meta:
        model = CarSignal
        fields = ["id", "carrier", "call_possible", "strength", "checked_at", "filed_unit", "filed_at"]
        read_only_fields = fields


class TriedSerializer(serializers.Serializer):
    carrier = serializers.ChoiceField(choices=Carrier.choices)
    call_possible = serializers.BooleanField()
    strength = serializers.IntegerField(required=False, allow_null=True, **STRENGTH)


class SignalInputSerializer(serializers.Serializer):
    checked_at = MomentField(validators=[believable_moment])
    tried = TriedSerializer(many=True, min_length=1, max_length=len(Carrier))

    def validate(self, data):
        refuse_unknown(self)
        return data


class CarSignalList(OfElevatorMixin, IdempotentPostMixin, ScopedListView):
    """Checks of the phone signal in one car, newest first."""

    queryset = CarSignal.objects.select_related("filed_unit")
    serializer_class = CarSignalSerializer
    view_permission = Permission.VIEW_ELEVATOR

    @property
    def required_permission(self):
        return Permission.RECORD_SIGNAL if self.request.method == "POST" else self.view_permission

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.filter(elevator=self.get_elevator())

    @extend_schema(request=SignalInputSerializer, responses={201: CarSignalSerializer(many=True)})
    def post(self, request, public_id=None):
        """Record one check, every carrier that was tried at once."""
        elevator = self.get_elevator()
        given = SignalInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        tried = [Tried(**one) for one in given.validated_data["tried"]]
        moment = given.validated_data["checked_at"]
        made = record_signal(elevator=elevator, checked_at=moment, tried=tried, by=self.actor, at=self.at)
        return Response(self.get_serializer(made, many=True).data, status=201)
