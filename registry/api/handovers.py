"""Changes of the maintenance unit over REST. Files are sent to /api/v1/attachments/ first."""

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.queries import reach_of
from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.errors import NotVisible
from common.models import Attachment
from common.scoping import get_visible_set
from registry.actions import handovers as actions
from registry.api.serializers import UnitSerializer
from registry.choices import HandedOver
from registry.forms.documents import believable_day
from registry.forms.handovers import ChangeFilter, maintenance_units
from registry.models import ChangeItem, Elevator, HandoverRecord, MaintenanceChange


class _Strict(serializers.Serializer):
    def validate(self, data):
        refuse_unknown(self)
        return data


class HandoverRecordSerializer(serializers.ModelSerializer):
    """What the unit that leaves handed over, and when the other side closed the record."""

    id = serializers.UUIDField(source="public_id")
    old_unit = UnitSerializer()

    class Meta:
        model = HandoverRecord
        fields = ["id", "old_unit", "due_on", "keys", "files", "tools", "open_faults", "remarks", "objection"]
        fields += ["handed_at", "received_at", "received_note"]
        read_only_fields = fields


class ChangeItemSerializer(serializers.ModelSerializer):
    """One elevator; `problem` says why it was not entered."""

    elevator = serializers.UUIDField(source="elevator.public_id")

    class Meta:
        model = ChangeItem
        fields = ["elevator", "state", "problem"]
        read_only_fields = fields


class MaintenanceChangeSerializer(serializers.ModelSerializer):
    """A proposal and what became of it. Whoever leaves reads its own elevators and record only, and no contract number."""

    id = serializers.UUIDField(source="public_id")
    using_unit = UnitSerializer()
    new_unit = UnitSerializer()
    reference = serializers.SerializerMethodField()
    items = serializers.SerializerMethodField()
    records = serializers.SerializerMethodField()

    class Meta:
        model = MaintenanceChange
        fields = ["id", "using_unit", "new_unit", "starts_on", "reference", "state", "proposed_at", "expires_at"]
        fields += ["answered_at", "reason", "done_at", "items", "records"]
        read_only_fields = fields

    def _leaving(self, change) -> frozenset | None:
        """The caller's units, when they are on the leaving side alone."""
        scope = reach_of(self.context["view"].actor, Permission.VIEW_CHANGE)
        if scope.everything or scope.areas or {change.using_unit_id, change.new_unit_id} & scope.unit_ids:
            return None
        return scope.unit_ids

    def get_reference(self, change) -> str:
        return change.reference if self._leaving(change) is None else ""

    def get_items(self, change) -> list[dict]:
        return ChangeItemSerializer(change.items.all(), many=True).data

    def get_records(self, change) -> list[dict]:
        own = self._leaving(change)
        rows = [record for record in change.records.all() if own is None or record.old_unit_id in own]
        return HandoverRecordSerializer(rows, many=True).data


class ProposeSerializer(_Strict):
    """`files`: ids of attachments that the caller has sent; `new_unit`: id of an open maintenance unit."""

    elevators = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=actions.MOST)
    new_unit = serializers.UUIDField()
    starts_on = serializers.DateField(validators=[believable_day])
    reference = FreeTextField(max_length=120)
    files = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=10)


class ProposedSerializer(MaintenanceChangeSerializer):
    """A new proposal; `skipped`: elevators that stay out of it, and why."""

    skipped = serializers.SerializerMethodField()

    class Meta(MaintenanceChangeSerializer.Meta):
        fields = [*MaintenanceChangeSerializer.Meta.fields, "skipped"]
        read_only_fields = fields

    def get_skipped(self, change) -> list[dict]:
        return self.context["skipped"]


class ChangeReasonSerializer(_Strict):
    reason = FreeTextField(max_length=300)


class ChangeNothingSerializer(_Strict):
    pass


class HandOverSerializer(_Strict):
    keys = serializers.ChoiceField(choices=HandedOver.choices)
    files = serializers.ChoiceField(choices=HandedOver.choices)
    tools = serializers.ChoiceField(choices=HandedOver.choices)
    open_faults = FreeTextField(max_length=1000, allow_blank=True, default="")
    remarks = FreeTextField(max_length=1000, allow_blank=True, default="")
    objection = FreeTextField(max_length=1000, allow_blank=True, default="")


class ReceiveHandoverSerializer(_Strict):
    note = FreeTextField(max_length=1000, allow_blank=True, default="")


class MaintenanceChangeViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Proposals and changes of the caller's units or areas, newest first."""

    queryset = MaintenanceChange.objects.select_related("using_unit", "new_unit").prefetch_related("records__old_unit")
    serializer_class = MaintenanceChangeSerializer
    filterset_class = ChangeFilter
    view_permission = Permission.VIEW_CHANGE
    permissions = {
        "create": Permission.PROPOSE_CHANGE,
        "withdraw": Permission.PROPOSE_CHANGE,
        **dict.fromkeys(("confirm", "refuse", "hand_over", "receive"), Permission.ANSWER_CHANGE),
    }
    set_actions = ("create",)

    def initial(self, request, *args, **kwargs):
        """Of the elevators of a change each reader gets those that are theirs to know."""
        super().initial(request, *args, **kwargs)
        items = ChangeItem.objects.visible_to(self.actor, self.view_permission).select_related("elevator")
        self.queryset = self.queryset.prefetch_related(Prefetch("items", items.order_by("pk")))

    def _given(self, serializer):
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _answer(self, change):
        return Response(self.get_serializer(self.queryset.get(pk=change.pk)).data)

    @extend_schema(request=ProposeSerializer, responses={201: ProposedSerializer})
    def create(self, request):
        """Propose that another unit maintains these elevators. One id that the caller does not see: 404 for the whole."""
        values = self._given(ProposeSerializer)
        elevators = get_visible_set(
            Elevator.objects.all(),
            values.pop("elevators"),
            actor=self.actor,
            view=Permission.VIEW_ELEVATOR,
            change=Permission.PROPOSE_CHANGE,
            largest=actions.MOST,
        )
        files = get_visible_set(Attachment.objects.all(), values.pop("files"), actor=self.actor, view=None)
        unit = maintenance_units().filter(public_id=values.pop("new_unit")).first()
        if unit is None:
            raise ValidationError({"new_unit": ["There is no such open maintenance unit."]}, code="unknown")
        made = actions.propose_change(
            elevators=elevators, new_unit=unit, files=files, by=self.actor, at=self.at, **values
        )
        ids = {row.pk: str(row.public_id) for row in elevators}
        skipped = [{"elevator": ids[key], "problem": why} for key, why in made.skipped.items()]
        context = {**self.get_serializer_context(), "skipped": skipped}
        data = ProposedSerializer(self.queryset.get(pk=made.change.pk), context=context).data
        return Response(data, status=201)

    @extend_schema(request=ChangeNothingSerializer, responses=MaintenanceChangeSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request, public_id=None):
        """Take the elevators over; again changes nothing. 409 `already-answered`."""
        change = self.get_object()
        self._given(ChangeNothingSerializer)
        return self._answer(actions.confirm_change(change=change, by=self.actor, at=self.at))

    @extend_schema(request=ChangeReasonSerializer, responses=MaintenanceChangeSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request, public_id=None):
        """Do not take them over; everything stays as it is."""
        change = self.get_object()
        values = self._given(ChangeReasonSerializer)
        return self._answer(actions.refuse_change(change=change, by=self.actor, at=self.at, **values))

    @extend_schema(request=ChangeNothingSerializer, responses=MaintenanceChangeSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, public_id=None):
        """Take the proposal back before anybody has answered."""
        change = self.get_object()
        self._given(ChangeNothingSerializer)
        return self._answer(actions.withdraw_change(change=change, by=self.actor, at=self.at))

    def _record(self, change, record_id):
        record = change.records.filter(public_id=record_id).first()
        if record is None:
            raise NotVisible
        return record

    @extend_schema(request=HandOverSerializer, responses=MaintenanceChangeSerializer)
    @action(detail=True, methods=["post"], url_path=r"records/(?P<record_id>[0-9a-f-]{36})/hand-over")
    def hand_over(self, request, public_id=None, record_id=None):
        """The unit that leaves writes its record, anew until it is received."""
        change = self.get_object()
        record = self._record(change, record_id)
        actions.hand_over(record=record, by=self.actor, at=self.at, **self._given(HandOverSerializer))
        return self._answer(change)

    @extend_schema(request=ReceiveHandoverSerializer, responses=MaintenanceChangeSerializer)
    @action(detail=True, methods=["post"], url_path=r"records/(?P<record_id>[0-9a-f-]{36})/receive")
    def receive(self, request, public_id=None, record_id=None):
        """The unit that comes closes the record."""
        change = self.get_object()
        record = self._record(change, record_id)
        actions.receive_handover(record=record, by=self.actor, at=self.at, **self._given(ReceiveHandoverSerializer))
        return self._answer(change)
