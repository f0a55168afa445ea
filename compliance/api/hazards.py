"""Hazards over REST: read, reported, taken a step further; the catalogue of what can be reported."""

import datetime as dt

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, permissions, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.roles import Permission
from common import clock
from common.api.fields import FreeTextField
from common.api.views import ScopedViewSet
from common.clock import local_date
from common.errors import NotPermitted
from common.models import Attachment
from common.scoping import get_visible
from compliance.actions.hazards import Seen, change_grade, extend_hazard, report_hazards, take_hazard_step
from compliance.choices import HazardGrade
from compliance.forms.hazards import HazardApiFilter
from compliance.models import Hazard, HazardItem
from compliance.queries.hazards import answers_for, items_on, source_of
from compliance.rules.hazards import OPEN
from registry.models import Elevator

MOST_ITEMS, MOST_PHOTOS = 20, 10


class HazardSerializer(serializers.ModelSerializer):
    """`due_on`: the last good day, in Nanjing; `days_late`: 0 until the day after it.
    `clock`: the dated row that gave the days. `changed_at`: of the last step.
    """

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id")
    item = serializers.CharField(source="item_id")
    repeat_of = serializers.UUIDField(source="repeat_of.public_id", default=None)
    days_late = serializers.SerializerMethodField()

    class Meta:
        model = Hazard
        fields = ["id", "elevator", "item", "details", "grade", "state", "source", "found_on", "due_on", "days_late"]
        fields += ["clock", "extended_at", "repeat_of", "ended_on", "reported_at", "changed_at", "version"]
        read_only_fields = fields

    def get_days_late(self, row) -> int:
        return max(0, (local_date(self.context["view"].at) - row.due_on).days) if row.state in OPEN else 0


class _Strict(serializers.Serializer):
    def to_internal_value(self, data):
        """A misspelt field is named, of one item of a list as of the whole body."""
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            raise ValidationError(
                {name: ["This field does not exist or cannot be set here."] for name in sorted(unknown)},
                code="unknown-field",
            )
        return super().to_internal_value(data)


def photos_field():
    return serializers.ListField(child=serializers.UUIDField(), default=list, max_length=MOST_PHOTOS)


class SeenSerializer(_Strict):
    """One thing that was seen. `attachments`: photographs that the caller sent before (POST /api/v1/attachments/)."""

    item = serializers.CharField(max_length=32, help_text="its code in the catalogue (hazard-items/)")
    details = FreeTextField(max_length=500)
    attachments = photos_field()


class HazardReportSerializer(_Strict):
    """What was found at one visit to one elevator."""

    elevator = serializers.UUIDField()
    found_on = serializers.DateField()
    items = SeenSerializer(many=True, min_length=1, max_length=MOST_ITEMS)

    def validate_items(self, items):
        codes = [one["item"] for one in items]
        if len(set(codes)) < len(codes):
            raise ValidationError("Each item once: put what was seen of it into one text.", code="repeated")
        return items


class HazardNoteSerializer(_Strict):
    note = FreeTextField(max_length=500)


class HazardEvidenceSerializer(HazardNoteSerializer):
    attachments = photos_field()


class HazardGradeSerializer(HazardNoteSerializer):
    grade = serializers.ChoiceField(choices=HazardGrade.choices)


class HazardExtensionSerializer(HazardNoteSerializer):
    due_on = serializers.DateField()


def step(request_serializer):
    """A verb of one hazard: POST with Idempotency-Key and If-Match, answered with the hazard as it is then."""

    def made(method):
        described = extend_schema(request=request_serializer, responses=HazardSerializer)(method)
        return action(detail=True, methods=["post"], filterset_class=None)(described)

    return made


class HazardViewSet(ScopedViewSet):
    """What is or was wrong with the elevators that the caller sees, and what its own unit found, newest first.

    Each step needs If-Match with the ETag (`version`) that was read: 428 without, 412 `changed-meanwhile` when somebody has gone
    on. 409 `hazard-not-now`, `hazard-same-person`, `hazard-extended-already`.
    """

    queryset = Hazard.objects.select_related("elevator", "repeat_of")
    serializer_class = HazardSerializer
    filterset_class = HazardApiFilter
    view_permission = Permission.VIEW_OBLIGATION
    permissions = {
        "create": Permission.REPORT_HAZARD,
        "claim": Permission.MEND_HAZARD,
        "extend": Permission.EXTEND_HAZARD,
        **dict.fromkeys(("confirm", "reject", "send_back", "verify", "grade"), Permission.JUDGE_HAZARD),
    }
    set_actions = ("create",)

    @extend_schema(request=HazardReportSerializer, responses={201: HazardSerializer(many=True)})
    def create(self, request):
        """Report what was found at one elevator, all of it or none; the answer has one hazard for each item, in that order.

        What stands already about the same item is answered as it is, and keeps the photographs that came. 404 for an elevator
        that the caller does not see; 422
        `hazard-item-unknown` (its pointer says which), `hazard-item-not-yet`, `hazard-found-in-future`.
        """
        values = self._given(HazardReportSerializer)
        elevator = get_visible(
            Elevator.objects.all(),
            values["elevator"],
            actor=self.actor,
            view=Permission.VIEW_ELEVATOR,
            change=Permission.REPORT_HAZARD,
        )
        reported = report_hazards(
            elevator=elevator,
            seen=[Seen(one["item"], one["details"], self._photos(one["attachments"])) for one in values["items"]],
            found_on=values["found_on"],
            by=self.actor,
            at=self.at,
            **source_of(self.actor, elevator),
        )
        rows = self.queryset.in_bulk([hazard.pk for hazard in reported])
        return Response(self.get_serializer([rows[hazard.pk] for hazard in reported], many=True).data, status=201)

    @step(HazardNoteSerializer)
    def confirm(self, request, public_id=None):
        """Say that it is one."""
        return self._take(HazardNoteSerializer, take_hazard_step, step="confirm")

    @step(HazardNoteSerializer)
    def reject(self, request, public_id=None):
        """Say that it is none."""
        return self._take(HazardNoteSerializer, take_hazard_step, step="reject")

    @step(HazardEvidenceSerializer)
    def claim(self, request, public_id=None):
        """Say that it is mended; somebody else verifies it."""
        return self._take(HazardEvidenceSerializer, take_hazard_step, step="claim")

    @step(HazardEvidenceSerializer)
    def send_back(self, request, public_id=None):
        """Say that it is not mended yet."""
        return self._take(HazardEvidenceSerializer, take_hazard_step, step="send_back")

    @step(HazardEvidenceSerializer)
    def verify(self, request, public_id=None):
        """Say that it is mended, having looked; this ends it."""
        return self._take(HazardEvidenceSerializer, take_hazard_step, step="verify")

    @step(HazardGradeSerializer)
    def grade(self, request, public_id=None):
        """Raise the grade at once, or propose a lower one, which counts when a second officer says the same."""
        return self._take(HazardGradeSerializer, change_grade)

    @step(HazardExtensionSerializer)
    def extend(self, request, public_id=None):
        """Give more time, once. 409 `hazard-past`, `hazard-not-later`, `hazard-too-long`."""
        return self._take(HazardExtensionSerializer, extend_hazard)

    def _take(self, serializer, act, **options) -> Response:
        hazard = self.get_object()
        if not answers_for(self.actor, hazard, self.required_permission):
            raise NotPermitted
        version, values = self.expected_version(hazard), self._given(serializer)
        if "attachments" in values:
            values["photos"] = self._photos(values.pop("attachments"))
        act(hazard_id=hazard.pk, version=version, by=self.actor, at=self.at, **options, **values)
        return self.answer(self.queryset.get(pk=hazard.pk))

    def _given(self, serializer) -> dict:
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _photos(self, ids) -> list[Attachment]:
        """The caller's own, sent and kept for nothing yet."""
        rows = list(Attachment.objects.visible_to(self.actor).filter(public_id__in=ids).order_by("pk"))
        if len(rows) < len(set(ids)):
            raise ValidationError(
                {"attachments": ["There is no such file of yours that is kept for nothing yet."]}, code="not-found"
            )
        return rows


class HazardItemSerializer(serializers.ModelSerializer):
    """`grade`: the one that it has at least. `valid_until` null: still in force. `certainty`: how sure the source is."""

    class Meta:
        model = HazardItem
        fields = ["code", "name_zh", "name_en", "grade", "valid_from", "valid_until", "source", "certainty"]
        read_only_fields = fields


class HazardItemList(generics.ListAPIView):
    """What can be reported on a day, by code; the same for everybody who has signed in."""

    queryset = HazardItem.objects.all()
    serializer_class = HazardItemSerializer
    permission_classes = [permissions.IsAuthenticated]
    pagination_class = None
    filter_backends = []

    @extend_schema(parameters=[OpenApiParameter("on", dt.date, description="Default: today.")])
    def get(self, request):
        return super().get(request)

    def get_queryset(self):
        day = self.request.query_params.get("on", "")
        try:
            return items_on(dt.date.fromisoformat(day) if day else clock.today()).order_by("code")
        except ValueError as error:
            raise ValidationError({"on": ["A day is written as 2026-05-31."]}, code="invalid") from error
