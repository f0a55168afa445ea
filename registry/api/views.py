"""The register over REST."""

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, permissions
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.api.views import IdempotentPostMixin, ScopedListView, ScopedMixin, ScopedReadOnlyViewSet, ScopedViewSet
from common.errors import NotPermitted
from common.scoping import get_visible, get_visible_set, may
from registry import actions, queries, rules
from registry.api import serializers
from registry.forms import ElevatorFilter
from registry.models import Elevator, ElevatorClass, LifeEvent, Responsibility, Site
from registry.signals import marks_for

NUMBER_OF_PLATE = _("A rescue code comes with the nameplate that is hung; only the regulator enters one by hand.")


class ElevatorViewSet(ScopedViewSet):
    """Elevators that the caller sees; others do not exist (404)."""

    queryset = Elevator.objects.all()
    object_queryset = Elevator.objects.with_neighbours()
    serializer_class = serializers.ElevatorSerializer
    filterset_class = ElevatorFilter
    view_permission = Permission.VIEW_ELEVATOR
    permissions = {
        "create": Permission.CREATE_ELEVATOR,
        "partial_update": Permission.CHANGE_ELEVATOR,
        "bulk_change": Permission.CHANGE_REGISTRATION,
    }
    set_actions = ("bulk_change",)

    def paginate_queryset(self, queryset):
        return self._marked(queries.name_neighbours(super().paginate_queryset(queryset), flags=True))

    def _marked(self, rows):
        """What other apps say of each to this caller; in lists alone, for it changes without the version of one (ETag)."""
        ids = [row.pk for row in rows]
        said = {mark.name: mark.values(ids, self.actor) for mark in marks_for(self.actor)} if rows else {}
        for row in rows if said else ():
            row.marks = {name: values[row.pk] for name, values in said.items() if row.pk in values}
        return rows

    def shown(self, elevator):
        return Elevator.objects.with_neighbours().get(pk=elevator.pk)

    def answer(self, row, **options):
        return super().answer(row if hasattr(row, "open_flags") else self.shown(row), **options)

    @extend_schema(request=serializers.ElevatorInputSerializer, responses={201: serializers.ElevatorSerializer})
    def create(self, request):
        """Enter an elevator, unregistered. A using unit's manager enters it for the own unit, without rescue code or certificate
        number."""
        given = serializers.ElevatorInputSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        scope = reach_of(self.actor, Permission.CREATE_ELEVATOR)
        using_unit = None
        if not scope.everything and not scope.areas and len(scope.unit_ids) == 1:
            using_unit = Unit.objects.get(pk=next(iter(scope.unit_ids)))
        values = given.validated_data
        if values.get("rescue_code") and not (scope.everything or scope.areas):
            raise ValidationError({"rescue_code": [NUMBER_OF_PLATE]}, code="rescue-code-of-plate")
        queries.require_may_create(self.actor, area=values["area"], using_unit=using_unit)
        queries.require_may_number(self.actor, values)
        elevator = actions.create_elevator(values=values, by=self.actor, at=self.at, using_unit=using_unit)
        location = request.build_absolute_uri(f"{elevator.public_id}/")
        return self.answer(elevator, status=201, headers={"Location": location})

    @extend_schema(request=serializers.ElevatorInputSerializer, responses=serializers.ElevatorSerializer)
    def partial_update(self, request, public_id=None):
        """Change details. Fields of the use registration only for those who may register."""
        elevator = self.get_object()
        version = self.expected_version(elevator)
        given = serializers.ElevatorInputSerializer(
            elevator, data=request.data, partial=True, context=self.get_serializer_context()
        )
        given.is_valid(raise_exception=True)
        values = given.validated_data
        if rules.REGISTRATION_FIELDS & set(values):
            registrars = Elevator.objects.visible_to(self.actor, Permission.CHANGE_REGISTRATION)
            if not may(self.actor, Permission.CHANGE_REGISTRATION) or not registrars.filter(pk=elevator.pk).exists():
                raise NotPermitted(
                    _("Only the regulator changes codes, area, class, place and dates of the use registration."),
                    permission=Permission.CHANGE_REGISTRATION,
                )
        if "area" in values and values["area"].pk != elevator.area_id:
            queries.require_may_create(self.actor, area=values["area"], using_unit=None)
        changed = actions.change_elevator(
            elevator_id=elevator.pk, values=values, version=version, by=self.actor, at=self.at
        )
        return self.answer(changed)

    @extend_schema(parameters=[OpenApiParameter("city", str, description="Area code of the city.")])
    @action(detail=False, url_path=r"by-code/(?P<code>[^/]{1,80})")
    def by_code(self, request, code=None):
        """The elevator that a rescue, equipment or registration code, a certificate number or a source key names."""
        elevator = queries.elevator_by_code(code, actor=self.actor, city=request.query_params.get("city", ""))
        self.log_access(elevator)
        return self.answer(elevator)

    @extend_schema(request=serializers.BulkChangeSerializer, responses=serializers.BulkResultSerializer)
    @action(detail=False, methods=["post"], url_path="bulk-change", filterset_class=None)
    def bulk_change(self, request):
        """The same values for many elevators, all or none. One id that the caller does not see: 404 for the whole."""
        given = serializers.BulkChangeSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        rows = get_visible_set(
            Elevator.objects.all(),
            values.pop("ids"),
            actor=self.actor,
            view=self.view_permission,
            change=self.required_permission,
        )
        changed = actions.change_elevators(
            elevator_ids=[row.pk for row in rows], values=values, by=self.actor, at=self.at
        )
        return Response({"chosen": len(rows), "changed": len(changed)})


class OfElevatorMixin:
    """Rows that belong to the elevator in the address, which must be seen (and theirs to change for POST)."""

    def get_elevator(self) -> Elevator:
        return get_visible(
            Elevator.objects.all(),
            self.kwargs["public_id"],
            actor=self.actor,
            view=self.view_permission,
            change=self.required_permission,
        )


class LifeEventList(OfElevatorMixin, ScopedListView):
    """What happened to an elevator, newest first."""

    queryset = LifeEvent.objects.all()
    serializer_class = serializers.LifeEventSerializer
    view_permission = Permission.VIEW_ELEVATOR
    order = ("-sequence",)

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.get_elevator().life_events.all()


class ResponsibilityList(OfElevatorMixin, IdempotentPostMixin, ScopedListView):
    """Who answers, answered or will answer for an elevator."""

    queryset = Responsibility.objects.select_related("unit", "elevator")
    serializer_class = serializers.ResponsibilitySerializer
    view_permission = Permission.VIEW_ELEVATOR

    @property
    def required_permission(self):
        return Permission.ASSIGN_RESPONSIBILITY if self.request.method == "POST" else self.view_permission

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.filter(elevator=self.elevator)

    @cached_property
    def elevator(self):
        return self.get_elevator()

    def get_serializer_context(self):
        if getattr(self, "swagger_fake_view", False):
            return super().get_serializer_context()
        return super().get_serializer_context() | {"references": queries.reference_reader(self.actor, self.elevator)}

    @extend_schema(request=serializers.AssignSerializer, responses={201: serializers.ResponsibilitySerializer})
    def post(self, request, public_id=None):
        """Let a unit answer for this elevator. 409 when another one does in that role at that time."""
        elevator = self.elevator
        given = serializers.AssignSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        made = actions.assign_responsibility(elevator=elevator, by=self.actor, at=self.at, **given.validated_data)
        return Response(self.get_serializer(made).data, status=201)


class EndResponsibility(IdempotentPostMixin, ScopedMixin, generics.GenericAPIView):
    """End a responsibility."""

    queryset = Responsibility.objects.select_related("unit", "elevator")
    serializer_class = serializers.EndSerializer
    view_permission = Permission.VIEW_ELEVATOR
    access_logged = False

    @property
    def required_permission(self):
        return Permission.ASSIGN_RESPONSIBILITY

    @extend_schema(request=serializers.EndSerializer, responses=serializers.ResponsibilitySerializer)
    def post(self, request, public_id=None):
        row = self.get_object()
        given = serializers.EndSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        ended = actions.end_responsibility(responsibility=row, by=self.actor, at=self.at, **given.validated_data)
        context = {"references": queries.reference_reader(self.actor, ended.elevator)}
        return Response(serializers.ResponsibilitySerializer(ended, context=context).data)


class SiteViewSet(ScopedReadOnlyViewSet):
    """Estates, malls and stations that the caller sees."""

    queryset = Site.objects.select_related("area")
    serializer_class = serializers.SiteSerializer
    view_permission = Permission.VIEW_ELEVATOR
    access_logged = False


class ElevatorClassList(generics.ListAPIView):
    """The class catalogue; the same for everybody who has signed in."""

    queryset = ElevatorClass.objects.all()
    serializer_class = serializers.ElevatorClassSerializer
    permission_classes = [permissions.IsAuthenticated]
    pagination_class = None
    filter_backends = []


class SearchView(ScopedMixin, generics.GenericAPIView):
    """What a typed text finds among the elevators, sites and units that the caller sees, best first, 20 of each."""

    queryset = Elevator.objects.none()
    serializer_class = serializers.FoundSerializer
    view_permission = Permission.VIEW_ELEVATOR
    access_logged = False
    filter_backends = []
    pagination_class = None

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "q",
                str,
                required=True,
                description="A whole code; or words of a name, an address, a unit: Chinese characters (one is enough), "
                "pinyin or its initials. Cut after 80 characters.",
            )
        ],
        responses=serializers.FoundSerializer,
    )
    def get(self, request):
        """A whole code finds its elevators and nothing else (`exact`); without a match, what sounds alike (`guessed`)."""
        text = request.query_params.get("q", "")
        if not text.strip():
            raise ValidationError({"q": [_("Type what to search for.")]}, code="required")
        return Response(self.get_serializer(queries.find(text, actor=self.actor)).data)
