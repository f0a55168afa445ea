"""Nameplates over REST: orders and their sheets, hanging, taking out of use, coverage, scans of bad ones."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.queries import open_units
from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedListView, ScopedReadOnlyViewSet
from common.attachments.answers import answer_attachment
from common.errors import NotVisible
from common.files import answer_file
from common.models import Attachment
from common.scoping import get_visible_set
from registry.actions.plate_sheets import sheets_of
from registry.actions.plate_stock import hand_out_plates
from registry.actions.plates import MOST_AT_ONCE, hang_plate, order_plates, void_plate
from registry.api.serializers import AreaSerializer, UnitSerializer
from registry.api.views import OfElevatorMixin
from registry.forms.plates import PlateFilter, ScanFilter, cities_of
from registry.models import Elevator, Nameplate, PlateBatch, PlateScan
from registry.plates.layouts import all_layouts
from registry.queries.plate_counts import coverage_lines
from registry.queries.plates import photo_of


class PlateSerializer(serializers.ModelSerializer):
    """A plate. `code` and `issue` are printed on it; what is signed behind the link is not shown: it would print another."""

    id = serializers.UUIDField(source="public_id")
    city = AreaSerializer()
    elevator = serializers.UUIDField(source="elevator.public_id", allow_null=True, default=None)
    unit = UnitSerializer(allow_null=True)

    class Meta:
        model = Nameplate
        fields = ["id", "city", "code", "issue", "state", "unit", "elevator", "created_at", "bound_at"]
        fields += ["latitude", "longitude", "accuracy_m", "confirmed_far_m", "voided_at", "void_reason"]
        read_only_fields = fields


class _Strict(serializers.Serializer):
    def validate(self, data):
        refuse_unknown(self)
        return data


class HangSerializer(_Strict):
    """`text`: the link that was scanned, or what is printed. `photo`: id of an attachment that the caller has sent."""

    text = serializers.CharField(max_length=400)
    photo = serializers.UUIDField()
    latitude = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-90, max_value=90, required=False)
    longitude = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-180, max_value=180, required=False)
    accuracy_m = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    confirmed_far = serializers.BooleanField(
        default=False,
        help_text="Hang it although the position is far from the register's (409 plate-far-away without).",
    )

    def validate(self, data):
        if ("latitude" in data) != ("longitude" in data):
            raise ValidationError({"latitude": ["A position has both."]}, code="half-position")
        return super().validate(data)


class VoidSerializer(_Strict):
    reason = FreeTextField(max_length=200)


class PlateViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """The plates on elevators that the caller sees, and the caller's stock, newest first."""

    queryset = Nameplate.objects.select_related("city", "elevator", "unit")
    serializer_class = PlateSerializer
    filterset_class = PlateFilter
    view_permission = Permission.VIEW_ELEVATOR
    permissions = {"void": Permission.ORDER_PLATES}

    @extend_schema(request=VoidSerializer, responses=PlateSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request, public_id=None):
        """Take it out of use for good; again changes nothing."""
        plate = self.get_object()
        given = VoidSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        void_plate(plate=plate, by=self.actor, at=self.at, **given.validated_data)
        return Response(self.get_serializer(self.queryset.get(pk=plate.pk)).data)

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    @action(detail=True)
    def photo(self, request, public_id=None):
        """How it looked when it was hung: the copy without metadata. 404 without one."""
        photo = photo_of(self.get_object())
        if photo is None:
            raise NotVisible
        return answer_attachment(photo, by=self.actor, via="api")


class ElevatorPlateList(OfElevatorMixin, IdempotentPostMixin, ScopedListView):
    """The plates of one elevator, newest first."""

    queryset = PlateViewSet.queryset
    serializer_class = PlateSerializer
    view_permission = Permission.VIEW_ELEVATOR

    @property
    def required_permission(self):
        return Permission.HANG_PLATE if self.request.method == "POST" else self.view_permission

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.filter(elevator=self.get_elevator())

    @extend_schema(request=HangSerializer, responses={201: PlateSerializer})
    def post(self, request, public_id=None):
        """Hang the plate that was scanned in this elevator's car; the plate before it becomes void."""
        elevator = self.get_elevator()
        given = HangSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        [photo] = get_visible_set(Attachment.objects.all(), [values["photo"]], actor=self.actor, view=None)
        position = (values["latitude"], values["longitude"]) if "latitude" in values else None
        plate = hang_plate(
            text=values["text"],
            elevator=elevator,
            photo=photo,
            position=position,
            accuracy_m=values.get("accuracy_m") if position else None,
            confirmed_far=values["confirmed_far"],
            by=self.actor,
            at=self.at,
        )
        return Response(self.get_serializer(self.queryset.get(pk=plate.pk)).data, status=201)


class PlateOrderSerializer(serializers.ModelSerializer):
    """An order. `state` is that of the drawing; `sheets/` has the file once `written_at` is set."""

    id = serializers.UUIDField(source="public_id")
    city = AreaSerializer()
    unit = UnitSerializer(allow_null=True)
    state = serializers.CharField(source="job.state")
    drawn = serializers.IntegerField(source="job.done")

    class Meta:
        model = PlateBatch
        fields = ["id", "city", "unit", "content", "layout", "host", "count", "state", "drawn", "created_at"]
        fields += ["pages", "byte_count", "sha256", "written_at"]
        read_only_fields = fields


class PlateOrderInputSerializer(_Strict):
    """Either `count` plates of stock, or the next plate of each of `elevators` (one city)."""

    city = serializers.CharField(max_length=20)
    layout = serializers.ChoiceField(choices=sorted(all_layouts()))
    count = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, required=False)
    elevators = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=1000, required=False)
    unit = serializers.UUIDField(required=False, allow_null=True)


class HolderSerializer(_Strict):
    unit = serializers.UUIDField(allow_null=True)


class PlateOrderViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Orders of plates, newest first."""

    queryset = PlateBatch.objects.select_related("city", "unit", "job")
    serializer_class = PlateOrderSerializer
    view_permission = Permission.ORDER_PLATES
    access_logged = False

    def unit_named(self, public_id):
        """The open unit of this id, None for none; a foreign one is an error at the field."""
        if public_id is None:
            return None
        unit = open_units(self.actor, Permission.ORDER_PLATES).filter(public_id=public_id).first()
        if unit is None:
            raise ValidationError({"unit": ["There is no such open unit among those that you see."]}, code="unknown")
        return unit

    @extend_schema(request=PlateOrderInputSerializer, responses={201: PlateOrderSerializer})
    def create(self, request):
        """Give numbers and queue the drawing of the sheets."""
        given = PlateOrderInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        city = next((city for city in cities_of(self.actor) if city.code == values["city"]), None)
        if city is None:
            raise ValidationError({"city": ["This is not a city that you order plates for."]}, code="unknown")
        elevators = ()
        if "elevators" in values:
            elevators = get_visible_set(
                Elevator.objects.all(),
                values["elevators"],
                actor=self.actor,
                view=Permission.VIEW_ELEVATOR,
                change=Permission.ORDER_PLATES,
            )
        batch = order_plates(
            city=city,
            layout=values["layout"],
            count=values.get("count", 0),
            elevators=elevators,
            unit=self.unit_named(values.get("unit")),
            by=self.actor,
            at=self.at,
        )
        location = request.build_absolute_uri(f"{batch.public_id}/")
        row = self.queryset.get(pk=batch.pk)
        return Response(self.get_serializer(row).data, status=201, headers={"Location": location})

    @extend_schema(request=HolderSerializer, responses=PlateOrderSerializer)
    @action(detail=True, methods=["post"], url_path="hand-out")
    def hand_out(self, request, public_id=None):
        """Note who holds the plates of it that hang nowhere yet; again changes nothing. 409 when none is left."""
        batch = self.get_object()
        given = HolderSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        unit = self.unit_named(given.validated_data["unit"])
        hand_out_plates(batch=batch, unit=unit, by=self.actor, at=self.at)
        return Response(self.get_serializer(self.queryset.get(pk=batch.pk)).data)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def sheets(self, request, public_id=None):
        """The sheets as PDF: 409 not drawn yet, 410 no longer there."""
        batch = self.get_object()
        path = sheets_of(batch, by=self.actor, via="api")
        return answer_file(path, name=batch.sheets_name, media_type="application/pdf")


class PlateScanSerializer(serializers.ModelSerializer):
    """Scans of one bad plate on one day. `city`, `code`, `issue` only where one of our keys signed them."""

    class Meta:
        model = PlateScan
        fields = ["day", "verdict", "city", "code", "issue", "count", "last_at"]
        read_only_fields = fields


class PlateScanList(ScopedListView):
    """Scans of plates that are not good, newest day first."""

    queryset = PlateScan.objects.all()
    serializer_class = PlateScanSerializer
    filterset_class = ScanFilter
    view_permission = Permission.VIEW_PLATE_SCANS
    order = ("-day", "-id")


class CoverageSerializer(serializers.Serializer):
    """Of the elevators in use in a managing district: how many have a plate."""

    area = AreaSerializer()
    in_use = serializers.IntegerField()
    hung = serializers.IntegerField()


class PlateCoverage(ScopedListView):
    """Coverage by managing district, within what the caller sees; not paged."""

    view_permission = Permission.VIEW_ELEVATOR
    serializer_class = CoverageSerializer
    pagination_class = None
    filter_backends = []

    @extend_schema(responses=CoverageSerializer(many=True))
    def get(self, request):
        return Response(CoverageSerializer(coverage_lines(self.actor), many=True).data)
