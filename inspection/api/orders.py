"""Licences of bodies, orders that move windows, testers beyond the limit: entered by the city, read by whom they concern."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.models import Area, Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.api.fields import FreeTextField
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.scoping import get_visible, get_visible_set
from inspection import actions
from inspection.api.serializers import Strict
from inspection.choices import ReportKind
from inspection.models import BodyLicence, TesterExcess, WindowOverride
from registry.models import Elevator


class BodyLicenceSerializer(serializers.ModelSerializer):
    """Both days belong to it."""

    id = serializers.UUIDField(source="public_id")
    unit = serializers.UUIDField(source="unit.public_id")
    unit_name = serializers.CharField(source="unit.name")

    class Meta:
        model = BodyLicence
        fields = ["id", "unit", "unit_name", "number", "kinds", "valid_from", "valid_until", "withdrawn_at"]
        read_only_fields = fields


class LicenceInputSerializer(Strict):
    unit = serializers.UUIDField()
    number = serializers.CharField(max_length=60)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=ReportKind.choices), min_length=1)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField()


class ReasonSerializer(Strict):
    reason = FreeTextField(max_length=300)


class WindowOverrideSerializer(serializers.ModelSerializer):
    """`area`: its code, or none where the order is about single `elevators`."""

    id = serializers.UUIDField(source="public_id")
    area = serializers.CharField(source="area.code", default=None)

    class Meta:
        model = WindowOverride
        fields = ["id", "area", "year", "opens_on", "due_on", "document", "issued_on", "reason", "withdrawn_at"]
        read_only_fields = fields


class WindowInputSerializer(Strict):
    area = serializers.CharField(max_length=24, allow_blank=True, default="")
    elevators = serializers.ListField(child=serializers.UUIDField(), max_length=1000, default=list)
    year = serializers.IntegerField(min_value=2000, max_value=2199)
    opens_on = serializers.DateField()
    due_on = serializers.DateField()
    document = FreeTextField(max_length=120)
    issued_on = serializers.DateField()
    reason = FreeTextField(max_length=300)


class NothingSerializer(Strict):
    pass


class TesterExcessSerializer(serializers.ModelSerializer):
    """`count` in `month` where `limit` is allowed; `note`: what an officer found."""

    id = serializers.UUIDField(source="public_id")
    unit = serializers.UUIDField(source="unit.public_id")
    unit_name = serializers.CharField(source="unit.name")
    person = serializers.CharField(source="person.display_name")

    class Meta:
        model = TesterExcess
        fields = [
            "id",
            "unit",
            "unit_name",
            "person",
            "month",
            "code",
            "count",
            "limit",
            "rule",
            "found_at",
            "ended_at",
        ]
        fields += ["note"]
        read_only_fields = fields


class NoteSerializer(Strict):
    note = FreeTextField(max_length=300)


class _OrderViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Read with VIEW_REPORT, entered and ended with ORDER_INSPECTION."""

    view_permission = Permission.VIEW_REPORT
    permissions = dict.fromkeys(("create", "withdraw", "settle"), Permission.ORDER_INSPECTION)
    access_logged = False

    def _given(self, serializer) -> dict:
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _answer(self, row, status: int = 200) -> Response:
        return Response(self.get_serializer(self.queryset.get(pk=row.pk)).data, status=status)


class BodyLicenceViewSet(_OrderViewSet):
    """Licences of the caller's units, or of the units of the caller's city."""

    queryset = BodyLicence.objects.select_related("unit")
    serializer_class = BodyLicenceSerializer

    @extend_schema(request=LicenceInputSerializer, responses={201: BodyLicenceSerializer})
    def create(self, request):
        """Enter a licence of an inspection body; the same again is the same one."""
        values = self._given(LicenceInputSerializer)
        unit = get_visible(Unit.objects.all(), values.pop("unit"), actor=self.actor, view=Permission.ORDER_INSPECTION)
        return self._answer(actions.record_licence(unit=unit, by=self.actor, at=self.at, **values), 201)

    @extend_schema(request=ReasonSerializer, responses=BodyLicenceSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, public_id=None):
        """It should not have been entered; reports that were taken stay."""
        row, values = self.get_object(), self._given(ReasonSerializer)
        return self._answer(actions.withdraw_licence(licence_id=row.pk, by=self.actor, at=self.at, **values))


class WindowOverrideViewSet(_OrderViewSet):
    """Orders of authorities that move the windows of a year; everybody who reads reports reads them all."""

    queryset = WindowOverride.objects.select_related("area")
    serializer_class = WindowOverrideSerializer

    @extend_schema(request=WindowInputSerializer, responses={201: WindowOverrideSerializer})
    def create(self, request):
        """Enter an order, about an area or up to 1,000 elevators; what they owe is planned anew within a minute."""
        values = self._given(WindowInputSerializer)
        code, ids = values.pop("area"), values.pop("elevators")
        area = self._area(code) if code else None
        elevators = ids and get_visible_set(
            Elevator.objects.all(), ids, actor=self.actor, view=Permission.ORDER_INSPECTION
        )
        made = actions.order_windows(area=area, elevators=elevators, by=self.actor, at=self.at, **values)
        return self._answer(made, 201)

    def _area(self, code: str) -> Area:
        """An area of one's own city; another's is the same as none."""
        area, scope = Area.objects.filter(code=code).first(), reach_of(self.actor, Permission.ORDER_INSPECTION)
        own = {grant.area_id for grant in scope.areas}
        if area is None or not (scope.everything or {area.pk, area.city_id} & own):
            raise ValidationError({"area": [_("There is no such area among yours.")]}, code="unknown-area")
        return area

    @extend_schema(request=NothingSerializer, responses=WindowOverrideSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, public_id=None):
        """The order no longer holds; again changes nothing."""
        row = self.get_object()
        self._given(NothingSerializer)
        return self._answer(actions.withdraw_windows(order_id=row.pk, by=self.actor, at=self.at))


class TesterExcessViewSet(_OrderViewSet):
    """Testers who did more in a month than the rule allows: of the caller's units, or of the units of the caller's city."""

    queryset = TesterExcess.objects.select_related("unit", "person")
    serializer_class = TesterExcessSerializer

    @extend_schema(request=NoteSerializer, responses=TesterExcessSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request, public_id=None):
        """Say what was found; more tests in that month open it again."""
        row, values = self.get_object(), self._given(NoteSerializer)
        return self._answer(actions.settle_excess(excess_id=row.pk, by=self.actor, at=self.at, **values))
