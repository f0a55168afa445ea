"""Income and costs over REST. Money in fen."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedListView
from common.scoping import get_visible
from registry.actions.disclosures import publish_income
from registry.api.serializers import UnitSerializer
from registry.api.views import OfElevatorMixin
from registry.forms.documents import believable_day
from registry.models import Disclosure
from registry.models.disclosures import MONEY
from registry.rules.disclosures import MOST_FEN

FEN = {"min_value": 0, "max_value": MOST_FEN}


class DisclosureSerializer(serializers.ModelSerializer):
    """A publication; `whole_site`: about all of the unit's elevators at the site. `corrects`: in whose place it stands."""

    id = serializers.UUIDField(source="public_id")
    using_unit = UnitSerializer()
    whole_site = serializers.SerializerMethodField()
    corrects = serializers.UUIDField(source="corrects.public_id", allow_null=True, default=None)

    class Meta:
        model = Disclosure
        fields = ["id", "using_unit", "whole_site", "period_from", "period_until", *MONEY, "used_for", "corrects"]
        fields += ["filed_at"]
        read_only_fields = fields

    def get_whole_site(self, row) -> bool:
        return row.site_id is not None


class DisclosureInputSerializer(serializers.Serializer):
    """`corrects`: a publication about this elevator that was wrong."""

    period_from = serializers.DateField(validators=[believable_day])
    period_until = serializers.DateField(validators=[believable_day])
    income = serializers.IntegerField(**FEN)
    maintenance = serializers.IntegerField(**FEN)
    repair = serializers.IntegerField(**FEN)
    inspection = serializers.IntegerField(**FEN)
    insurance = serializers.IntegerField(**FEN)
    other = serializers.IntegerField(**FEN)
    whole_site = serializers.BooleanField(default=False)
    used_for = FreeTextField(max_length=300, required=False, allow_blank=True, default="")
    corrects = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, data):
        refuse_unknown(self)
        return data


class DisclosureList(OfElevatorMixin, IdempotentPostMixin, ScopedListView):
    """What was published about one elevator or its site, newest first."""

    queryset = Disclosure.objects.select_related("using_unit", "corrects")
    serializer_class = DisclosureSerializer
    view_permission = Permission.VIEW_ELEVATOR

    @property
    def required_permission(self):
        return Permission.DISCLOSE_INCOME if self.request.method == "POST" else self.view_permission

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return Disclosure.objects.about(self.get_elevator()).select_related("using_unit", "corrects")

    @extend_schema(request=DisclosureInputSerializer, responses={201: DisclosureSerializer})
    def post(self, request, public_id=None):
        """Publish a period, or one in the place of a wrong one (`corrects`)."""
        elevator = self.get_elevator()
        given = DisclosureInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        if wrong := values.pop("corrects", None):
            rows = Disclosure.objects.about(elevator)
            values["corrects"] = get_visible(rows, wrong, actor=self.actor, view=self.view_permission)
        money = {name: values.pop(name) for name in MONEY}
        made = publish_income(elevator=elevator, money=money, by=self.actor, at=self.at, **values)
        return Response(self.get_serializer(self.queryset.get(pk=made.pk)).data, status=201)
