"""Shapes of people, units and areas in REST. Serializers check shape; rules and actions decide."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.choices import CertificateState, UnitKind
from accounts.models import Area, AreaGrant, Certificate, Membership, Unit, User
from accounts.rules.certificates import state_of
from common.api.fields import FreeTextField


class AreaSerializer(serializers.ModelSerializer):
    """`managed_by` and `managing_district` are codes; 江北新区 manages subdistricts that statistics count elsewhere."""

    statistical_parent = serializers.SlugRelatedField("code", read_only=True)
    managed_by = serializers.SlugRelatedField("code", read_only=True)
    managing_district = serializers.SlugRelatedField("code", read_only=True)
    city = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = Area
        fields = ["code", "name", "name_en", "kind", "statistical_parent", "managed_by", "managing_district", "city"]


class AreaReferenceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Area
        fields = ["code", "name"]


class UnitSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    area = AreaReferenceSerializer()

    class Meta:
        model = Unit
        fields = ["id", "kind", "name", "credit_code", "area", "closed_on", "version", "created_at"]


class UnitInputSerializer(serializers.Serializer):
    """`area` is a code; `credit_code` null or empty where there is none."""

    kind = serializers.ChoiceField(choices=UnitKind)
    name = FreeTextField(max_length=160)
    credit_code = serializers.CharField(max_length=40, required=False, allow_null=True, allow_blank=True)
    area = serializers.SlugRelatedField(
        "code", queryset=Area.objects.all(), error_messages={"does_not_exist": _("There is no area with this code.")}
    )


class UnitReferenceSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Unit
        fields = ["id", "name"]


class MembershipSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    unit = UnitReferenceSerializer()

    class Meta:
        model = Membership
        fields = ["id", "role", "unit", "started_at", "ended_at"]


class AreaGrantSerializer(serializers.ModelSerializer):
    """`area` is null for roles over the whole platform."""

    id = serializers.UUIDField(source="public_id")
    area = AreaReferenceSerializer(allow_null=True)

    class Meta:
        model = AreaGrant
        fields = ["id", "role", "area", "place_types", "started_at", "ended_at"]


class UserSerializer(serializers.ModelSerializer):
    """Memberships and grants as far as the caller may know them."""

    id = serializers.UUIDField(source="public_id")
    memberships = MembershipSerializer(source="seen_memberships", many=True)
    area_grants = AreaGrantSerializer(source="seen_grants", many=True)

    class Meta:
        model = User
        fields = ["id", "username", "display_name", "is_active", "memberships", "area_grants", "created_at"]


class OwnCertificateSerializer(serializers.ModelSerializer):
    """A certificate as its holder reads it: `number` is a mask; `state` is of today in Nanjing; both days belong to it."""

    id = serializers.UUIDField(source="public_id")
    unit = UnitReferenceSerializer()
    number = serializers.CharField(source="number.masked")
    state = serializers.SerializerMethodField()

    class Meta:
        model = Certificate
        fields = ["id", "unit", "kind", "number", "valid_from", "valid_until", "state"]

    def get_state(self, row) -> CertificateState:
        return state_of(row, self.context["today"])


class MeSerializer(serializers.Serializer):
    """Who asks, what they hold now, what all of it together permits somewhere, and what is recorded of their certificates."""

    id = serializers.UUIDField(source="public_id")
    username = serializers.CharField()
    display_name = serializers.CharField()
    memberships = MembershipSerializer(source="seen_memberships", many=True)
    area_grants = AreaGrantSerializer(source="seen_grants", many=True)
    permissions = serializers.ListField(child=serializers.CharField())
    certificates = OwnCertificateSerializer(source="own_certificates", many=True)
