"""Special keys over REST."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedListView, ScopedReadOnlyViewSet
from registry.actions.keys import enter_key, issue_key, report_key_lost, retire_key, return_key
from registry.api.serializers import UnitSerializer
from registry.api.views import OfElevatorMixin
from registry.choices import KeyKind
from registry.forms.keys import KeyFilter
from registry.models import SpecialKey
from registry.queries.keys import holders_for, open_issues


class SpecialKeySerializer(serializers.ModelSerializer):
    """A key; `holder` (a name) and `due_at` while somebody has it."""

    id = serializers.UUIDField(source="public_id")
    unit = UnitSerializer()
    elevator = serializers.UUIDField(source="elevator.public_id")
    whole_site = serializers.SerializerMethodField()
    holder = serializers.CharField(source="out.holder.display_name", default=None)
    due_at = serializers.DateTimeField(source="out.due_at", default=None)

    class Meta:
        model = SpecialKey
        fields = ["id", "unit", "label", "kind", "elevator", "whole_site", "state", "holder", "due_at", "created_at"]
        read_only_fields = fields

    def get_whole_site(self, key) -> bool:
        return key.site_id is not None


class _Strict(serializers.Serializer):
    def validate(self, data):
        refuse_unknown(self)
        return data


class EnterKeySerializer(_Strict):
    label = FreeTextField(max_length=40)
    kind = serializers.ChoiceField(choices=KeyKind.choices)
    whole_site = serializers.BooleanField(default=False)


class IssueKeySerializer(_Strict):
    """`holder`: the sign-in name."""

    holder = serializers.CharField(max_length=64)
    purpose = FreeTextField(max_length=200)
    hours = serializers.IntegerField(min_value=1)


class KeyNoteSerializer(_Strict):
    note = FreeTextField(max_length=200)


class KeyNothingSerializer(_Strict):
    pass


def with_holders(keys: list) -> list:
    out = open_issues(keys)
    for key in keys:
        key.out = out.get(key.pk)
    return keys


class SpecialKeyViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """The keys that the caller keeps, or of the elevators of the caller's area."""

    queryset = SpecialKey.objects.select_related("unit", "elevator", "site")
    serializer_class = SpecialKeySerializer
    filterset_class = KeyFilter
    view_permission = Permission.VIEW_KEYS
    permissions = dict.fromkeys(("issue", "bring_back", "lose", "retire"), Permission.KEEP_KEYS)

    def paginate_queryset(self, queryset):
        return with_holders(super().paginate_queryset(queryset))

    def retrieve(self, request, public_id=None):
        return self._answer(self.get_object())

    def _answer(self, key):
        return Response(self.get_serializer(with_holders([self.queryset.get(pk=key.pk)])[0]).data)

    def _given(self, serializer):
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given.validated_data

    @extend_schema(request=IssueKeySerializer, responses=SpecialKeySerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request, public_id=None):
        """Hand it to a person of the keeper's unit or of the elevator's maintenance unit. 409 `key-out`, `key-gone`."""
        key, values = self.get_object(), dict(self._given(IssueKeySerializer))
        holder = holders_for(key, self.at).named(values.pop("holder")).first()
        if holder is None:
            raise ValidationError({"holder": ["Nobody of this sign-in name may have this key."]}, code="not-a-holder")
        issue_key(key=key, holder=holder, by=self.actor, at=self.at, **values)
        return self._answer(key)

    @extend_schema(request=KeyNothingSerializer, responses=SpecialKeySerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def bring_back(self, request, public_id=None):
        """It is back with its keeper; again changes nothing."""
        key = self.get_object()
        self._given(KeyNothingSerializer)
        return_key(key=key, by=self.actor, at=self.at)
        return self._answer(key)

    @extend_schema(request=KeyNoteSerializer, responses=SpecialKeySerializer)
    @action(detail=True, methods=["post"])
    def lose(self, request, public_id=None):
        """It cannot be found; again changes nothing."""
        key = self.get_object()
        report_key_lost(key=key, by=self.actor, at=self.at, **self._given(KeyNoteSerializer))
        return self._answer(key)

    @extend_schema(request=KeyNoteSerializer, responses=SpecialKeySerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request, public_id=None):
        """The key or its lock is no more. 409 `key-out` while somebody has it."""
        key = self.get_object()
        retire_key(key=key, reason=self._given(KeyNoteSerializer)["note"], by=self.actor, at=self.at)
        return self._answer(key)


class ElevatorKeyList(OfElevatorMixin, IdempotentPostMixin, ScopedListView):
    """The keys that open one elevator, among those that the caller sees."""

    queryset = SpecialKeyViewSet.queryset
    serializer_class = SpecialKeySerializer
    view_permission = Permission.VIEW_ELEVATOR

    @property
    def required_permission(self):
        return Permission.KEEP_KEYS if self.request.method == "POST" else self.view_permission

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.visible_to(self.actor, Permission.VIEW_KEYS).opening(self.get_elevator())

    def paginate_queryset(self, queryset):
        return with_holders(super().paginate_queryset(queryset))

    @extend_schema(request=EnterKeySerializer, responses={201: SpecialKeySerializer})
    def post(self, request, public_id=None):
        """Enter a key of one's own unit."""
        elevator = self.get_elevator()
        given = EnterKeySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        key = enter_key(elevator=elevator, by=self.actor, at=self.at, **given.validated_data)
        return Response(self.get_serializer(with_holders([self.queryset.get(pk=key.pk)])[0]).data, status=201)
