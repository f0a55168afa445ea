"""People, units and areas over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics, permissions
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions, queries
from accounts.api import filters, serializers
from accounts.forms import UnitFilter, UserFilter
from accounts.models import Area, AreaGrant, Membership, Unit, User
from accounts.roles import Permission
from common import clock
from common.actor import ActorKind
from common.api.views import ScopedReadOnlyViewSet, ScopedViewSet


class AreaList(generics.ListAPIView):
    """The areas that the platform knows; the same for everybody who has signed in."""

    queryset = Area.objects.select_related("statistical_parent", "managed_by", "managing_district", "city")
    serializer_class = serializers.AreaSerializer
    permission_classes = [permissions.IsAuthenticated]
    filterset_class = filters.AreaFilter
    order = ("code",)


class UnitViewSet(ScopedViewSet):
    """Units that the caller sees; others do not exist (404)."""

    queryset = Unit.objects.select_related("area")
    serializer_class = serializers.UnitSerializer
    filterset_class = UnitFilter
    view_permission = Permission.VIEW_UNIT
    permissions = {"create": Permission.CHANGE_UNIT, "partial_update": Permission.CHANGE_UNIT}

    @extend_schema(request=serializers.UnitInputSerializer, responses={201: serializers.UnitSerializer})
    def create(self, request):
        """Enter a unit in a city where the caller may. 409 when its credit code is taken, 422 when it is not one."""
        given = serializers.UnitInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        unit = actions.create_unit(values=given.validated_data, by=self.actor, at=self.at)
        location = request.build_absolute_uri(f"{unit.public_id}/")
        return self.answer(unit, status=201, headers={"Location": location})

    @extend_schema(request=serializers.UnitInputSerializer, responses=serializers.UnitSerializer)
    def partial_update(self, request, public_id=None):
        """Change what is known of a unit. Send If-Match with the ETag that you read."""
        unit = self.get_object()
        version = self.expected_version(unit)
        given = serializers.UnitInputSerializer(unit, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = actions.change_unit(
            unit_id=unit.pk, values=given.validated_data, version=version, by=self.actor, at=self.at
        )
        return self.answer(changed)


class UserViewSet(ScopedReadOnlyViewSet):
    """People that the caller administers; others do not exist (404)."""

    queryset = User.objects.all()
    serializer_class = serializers.UserSerializer
    filterset_class = UserFilter
    view_permission = Permission.VIEW_USER

    def get_queryset(self):
        return queries.with_seen_roles(super().get_queryset(), actor=self.actor, at=self.at)

    def get_object(self):
        user = super().get_object()
        return queries.with_seen_roles(User.objects.filter(pk=user.pk), actor=self.actor, at=self.at).get()


class IsPerson(permissions.BasePermission):
    def has_permission(self, request, view):
        return request.actor.kind == ActorKind.PERSON


class Me(APIView):
    """Who asks, what they hold, what it permits. For people: a machine learns its scope with its token."""

    permission_classes = [permissions.IsAuthenticated, IsPerson]

    @extend_schema(responses=serializers.MeSerializer)
    def get(self, request):
        at, me = clock.now(), request.user
        me.seen_memberships = list(Membership.objects.current(at).filter(user=me).select_related("unit").order_by("pk"))
        me.seen_grants = list(AreaGrant.objects.current(at).filter(user=me).select_related("area").order_by("pk"))
        held = {permission for holding in request.actor.holdings for permission in holding.permissions}
        me.permissions = sorted(str(permission) for permission in held)
        me.own_certificates = list(queries.own_certificates(me))
        return Response(serializers.MeSerializer(me, context={"today": clock.local_date(at)}).data)
