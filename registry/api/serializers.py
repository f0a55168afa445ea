"""Shapes of the register in REST. Serializers check shape; rules and actions decide."""

from django import forms
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.choices import PlaceType
from accounts.models import Area, Unit
from accounts.roles import Permission
from common.api.fields import FreeTextField, MomentField, refuse_unknown
from common.validation import without_personal_numbers
from registry.actions.elevators import changeable_columns
from registry.choices import ResponsibilityRole
from registry.forms.elevators import FREE_TEXTS, MEASURES, believable_moment, clean_code, position, visible_site
from registry.models import Elevator, ElevatorClass, LifeEvent, Responsibility, Site, StatusFlag


@extend_schema_serializer(component_name="ElevatorArea")
class AreaSerializer(serializers.ModelSerializer):
    class Meta:
        model = Area
        fields = ["code", "name"]


@extend_schema_serializer(component_name="ElevatorUnit")
class UnitSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Unit
        fields = ["id", "name", "kind"]


class SiteReferenceSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Site
        fields = ["id", "name"]


class FlagSerializer(serializers.ModelSerializer):
    class Meta:
        model = StatusFlag
        fields = ["kind", "started_at", "reason"]


class ElevatorSerializer(serializers.ModelSerializer):
    """An elevator as everybody who sees it reads it. Moments in UTC, dates as such, lengths in m, load in kg."""

    id = serializers.UUIDField(source="public_id")
    area = AreaSerializer()
    managing_district = AreaSerializer(allow_null=True)
    city = AreaSerializer()
    site = SiteReferenceSerializer(allow_null=True)
    class_code = serializers.CharField(source="class_code_id", allow_null=True)
    using_unit = UnitSerializer(allow_null=True)
    maintenance_unit = UnitSerializer(allow_null=True)
    flags = FlagSerializer(source="open_flags", many=True)
    marks = serializers.DictField(
        child=serializers.CharField(),
        read_only=True,
        help_text="In lists, for roles that may see it: the value that a filter of the same name finds (`risk`).",
    )

    class Meta:
        model = Elevator
        fields = [
            "id",
            "equipment_code",
            "registration_code",
            "certificate_number",
            "rescue_code",
            "source",
            "source_key",
            "source_status",
            "internal_number",
            "city",
            "managing_district",
            "area",
            "site",
            "building",
            "address",
            "place_type",
            "latitude",
            "longitude",
            "coord_source",
            "class_code",
            "manufacturer_name",
            "model",
            "factory_number",
            "manufactured_on",
            "rated_load_kg",
            "rated_speed_mps",
            "travel_m",
            "floors",
            "landings",
            "floor_from",
            "floor_to",
            "technical",
            "commissioned_on",
            "last_renewed_on",
            "retrofitted",
            "registration_state",
            "registration_state_at",
            "flags",
            "marks",
            "using_unit",
            "maintenance_unit",
            "synthetic",
            "version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class CodeField(serializers.CharField):
    """An identifier in any of the forms people type; folded and checked by the rules."""

    def __init__(self, **options):
        super().__init__(required=False, allow_null=True, allow_blank=True, max_length=60, **options)

    def run_validation(self, data=serializers.empty):
        # a blank text does not reach to_internal_value, and only None is no code
        return super().run_validation(data) or None

    def to_internal_value(self, data):
        try:
            return clean_code(self.field_name, super().to_internal_value(data))
        except forms.ValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from error


class SiteField(serializers.UUIDField):
    """A site by its public id, among those that the caller sees."""

    def to_internal_value(self, data):
        try:
            return visible_site(str(super().to_internal_value(data)), self.context["request"].actor)
        except forms.ValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from error


class ElevatorInputSerializer(serializers.ModelSerializer):
    """What may be sent for an elevator; anything else in the body is an error, not ignored."""

    equipment_code = CodeField()
    registration_code = CodeField()
    certificate_number = CodeField()
    rescue_code = CodeField()
    area = serializers.SlugRelatedField(slug_field="code", queryset=Area.objects.all())
    site = SiteField(required=False, allow_null=True)
    class_code = serializers.PrimaryKeyRelatedField(
        queryset=ElevatorClass.objects.all(), required=False, allow_null=True
    )
    datum = serializers.ChoiceField(choices=["WGS84", "GCJ02", "BD09"], required=False, write_only=True)

    class Meta:
        model = Elevator
        # a position comes with its datum, and its origin follows from that
        fields = [*changeable_columns(but={"coord_source"}), "datum"]
        extra_kwargs = {name: {"min_value": 0} for name in MEASURES}
        extra_kwargs |= {name: {"validators": [without_personal_numbers]} for name in FREE_TEXTS}
        # the database's constraints decide on uniqueness, within everybody's elevators and without telling whose
        validators = []

    def validate(self, data):
        refuse_unknown(self)
        if "datum" in data and not {"latitude", "longitude"} <= set(data):
            raise serializers.ValidationError(
                {"datum": ["A datum goes with latitude and longitude."]}, code="half-position"
            )
        try:
            position(data)
        except forms.ValidationError as error:
            raise serializers.ValidationError(error.message_dict, code="position") from error
        data.pop("datum", None)
        return data


class BulkChangeSerializer(serializers.Serializer):
    """Up to 1,000 elevators and the values that all of them get."""

    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=1000)
    place_type = serializers.ChoiceField(choices=PlaceType.choices, required=False)
    class_code = serializers.PrimaryKeyRelatedField(queryset=ElevatorClass.objects.all(), required=False)

    def validate(self, data):
        refuse_unknown(self)
        if not set(data) - {"ids"}:
            raise serializers.ValidationError("Name at least one value to set.", code="nothing-to-set")
        return data


class BulkResultSerializer(serializers.Serializer):
    chosen = serializers.IntegerField()
    changed = serializers.IntegerField()


class ResponsibilitySerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    unit = UnitSerializer()
    reference = serializers.SerializerMethodField()

    class Meta:
        model = Responsibility
        fields = ["id", "elevator", "unit", "role", "started_at", "ended_at", "reference"]
        read_only_fields = fields

    def get_reference(self, row) -> str:
        """Of the document; blank except for this unit, the using unit and the regulator of the place."""
        return self.context["references"].of(row)


class AssignSerializer(serializers.Serializer):
    """A unit that is to answer for an elevator, half-open from `started_at` (until `ended_at`)."""

    unit = serializers.UUIDField()
    role = serializers.ChoiceField(choices=ResponsibilityRole.choices)
    started_at = MomentField(validators=[believable_moment])
    ended_at = MomentField(required=False, allow_null=True, validators=[believable_moment])
    reference = FreeTextField(max_length=120)

    def validate_unit(self, value):
        actor = self.context["request"].actor
        unit = Unit.objects.visible_to(actor, Permission.ASSIGN_RESPONSIBILITY).filter(public_id=value).first()
        if unit is None:
            raise serializers.ValidationError("There is no such unit among those that you see.", code="unknown-unit")
        return unit

    def validate(self, data):
        refuse_unknown(self)
        if data.get("ended_at") and data["ended_at"] <= data["started_at"]:
            raise serializers.ValidationError({"ended_at": ["The end lies before the beginning."]}, code="backwards")
        return data


class EndSerializer(serializers.Serializer):
    ended_at = MomentField(validators=[believable_moment])

    def validate(self, data):
        refuse_unknown(self)
        return data


class LifeEventSerializer(serializers.ModelSerializer):
    """An event of an elevator's life; `hash` (hexadecimal) covers it and the one before (registry.rules.chain)."""

    hash = serializers.SerializerMethodField()

    class Meta:
        model = LifeEvent
        fields = ["sequence", "kind", "outcome", "occurred_at", "source_type", "source_id", "details", "hash"]

    def get_hash(self, event) -> str:
        return bytes(event.hash).hex()


class SiteSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    area = AreaSerializer()

    class Meta:
        model = Site
        fields = ["id", "name", "address", "area", "place_type"]


class ElevatorClassSerializer(serializers.ModelSerializer):
    class Meta:
        model = ElevatorClass
        fields = ["code", "name_zh", "name_en", "parent", "valid_from", "source", "certainty"]


class FoundElevatorSerializer(serializers.ModelSerializer):
    """Enough of an elevator to tell it from its neighbours."""

    id = serializers.UUIDField(source="public_id")
    area = AreaSerializer()
    site = SiteReferenceSerializer(allow_null=True)

    class Meta:
        model = Elevator
        fields = [
            "id",
            "rescue_code",
            "equipment_code",
            "registration_code",
            "certificate_number",
            "internal_number",
            "area",
            "site",
            "building",
            "address",
            "registration_state",
        ]
        read_only_fields = fields


class FoundSerializer(serializers.Serializer):
    exact = serializers.BooleanField(help_text="The elevators carry this very code.")
    guessed = serializers.BooleanField(help_text="Nothing has these words; what is listed sounds alike.")
    elevators = FoundElevatorSerializer(many=True)
    sites = SiteSerializer(many=True)
    units = UnitSerializer(many=True)
