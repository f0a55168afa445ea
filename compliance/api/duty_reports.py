"""Weekly reviews and monthly meetings over REST, by the person appointed for it or a program of the unit."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission
from common.api.fields import FreeTextField
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.clock import local_date
from common.scoping import get_visible
from compliance.actions.duties import Finding, file_report
from compliance.api.duties import (
    MOST_FINDINGS,
    DayField,
    DutyRecordSerializer,
    DutyRecordViewSet,
    Strict,
    StrictRow,
    files_named,
    files_of,
    keys_of,
    named,
)
from compliance.choices import DutyKind
from compliance.forms.duties import LONGEST, MOST_PHOTOS, RecordFilter
from compliance.models import UnitOnDuty
from compliance.queries.duties import in_use, list_in_force
from compliance.rules.duties import judged_on, period_of


class AnswerInputSerializer(StrictRow):
    """What is not right, who mends it until when. With an `elevator` in use by the unit it enters the hazard ledger at once.
    `attachments`: photographs of this alone."""

    item = serializers.UUIDField(help_text="a weekly or monthly line of the risk-control list in force")
    elevator = serializers.UUIDField(allow_null=True, default=None)
    remark = FreeTextField(max_length=300)
    mender = FreeTextField(max_length=120)
    mend_by = serializers.DateField()
    attachments = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=MOST_PHOTOS)


class _ReportSerializer(Strict):
    """`client_id`: the record's number in the sender's program; the same again answers with the same record. `day` lies in the
    period. `findings` empty: every item of the list is right."""

    client_id = serializers.UUIDField()
    unit = serializers.UUIDField()
    person = serializers.UUIDField(help_text="the appointed person")
    day = DayField()
    findings = AnswerInputSerializer(many=True, default=list, max_length=MOST_FINDINGS)


class WeeklyReviewSerializer(_ReportSerializer):
    __doc__ = _ReportSerializer.__doc__

    summary = FreeTextField(max_length=LONGEST)
    analysis = FreeTextField(max_length=LONGEST)
    supervision = FreeTextField(max_length=LONGEST)
    plan = FreeTextField(max_length=LONGEST)


class MonthlyMeetingSerializer(_ReportSerializer):
    __doc__ = _ReportSerializer.__doc__

    attendees = FreeTextField(max_length=LONGEST)
    heard = FreeTextField(max_length=LONGEST)
    decisions = FreeTextField(max_length=LONGEST)
    tasks = FreeTextField(max_length=LONGEST)


class _ReportViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    kind = ""
    input_class: type[_ReportSerializer]
    serializer_class = DutyRecordSerializer
    filterset_class = RecordFilter
    view_permission = Permission.VIEW_DUTY
    permissions = {"create": Permission.FILE_DUTY}
    set_actions = ("create",)
    access_logged = False

    def _file(self, request) -> Response:
        given = self.input_class(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        unit = get_visible(
            UnitOnDuty.objects.all(),
            values.pop("unit"),
            actor=self.actor,
            view=Permission.VIEW_DUTY,
            change=Permission.FILE_DUTY,
        )
        person = named(User, values.pop("person"))
        day, number, rows = values.pop("day"), values.pop("client_id"), values.pop("findings")
        with files_named():
            record = file_report(
                kind=self.kind,
                unit=unit,
                person=person,
                day=day,
                client_id=number,
                content=values,
                findings=self._findings(unit, day, rows),
                by=self.actor,
                at=self.at,
            )
        return Response(self.get_serializer(self.queryset.get(pk=record.pk)).data, status=201)

    def _findings(self, unit, day, rows) -> list[Finding]:
        """Keys for ids; what is not the unit's or not in the list is refused by the action, which says so."""
        if not rows:
            return []
        at = self.at
        risk_list = list_in_force(unit, judged_on(period_of(self.kind, day), local_date(at)))
        items = {} if risk_list is None else dict(risk_list.items.values_list("public_id", "pk"))
        keys = keys_of(in_use(unit, at), [one["elevator"] for one in rows if one["elevator"]])
        return [
            Finding(
                keys.get(one["elevator"], 0) if one["elevator"] else None,
                items.get(one["item"], 0),
                one["remark"],
                mender=one["mender"],
                mend_by=one["mend_by"],
                photos=files_of(self.actor, one["attachments"]),
            )
            for one in rows
        ]


class WeeklyReviewViewSet(_ReportViewSet):
    """Weekly reviews alone; POST files one."""

    kind = DutyKind.WEEKLY_REVIEW
    input_class = WeeklyReviewSerializer
    queryset = DutyRecordViewSet.queryset.filter(kind=DutyKind.WEEKLY_REVIEW)

    @extend_schema(request=WeeklyReviewSerializer, responses={201: DutyRecordSerializer})
    def create(self, request):
        """File the safety director's review of a week. By the director, or a program of the unit.

        409 `not-appointed`, `no-risk-list`, `duty-filed-already`, `attachment-taken`; 422 `duty-not-yet`, `duty-too-late`,
        `duty-unknown-item`, `duty-elevator-not-used`, `duty-said-twice`, `duty-mending-past`, `duty-mending-far`.
        """
        return self._file(request)


class MonthlyMeetingViewSet(_ReportViewSet):
    """Monthly meetings alone; POST files the minutes of one."""

    kind = DutyKind.MONTHLY_MEETING
    input_class = MonthlyMeetingSerializer
    queryset = DutyRecordViewSet.queryset.filter(kind=DutyKind.MONTHLY_MEETING)

    @extend_schema(request=MonthlyMeetingSerializer, responses={201: DutyRecordSerializer})
    def create(self, request):
        """File the minutes of the month's meeting. By the head of the unit, or a program of the unit.

        409 `not-appointed`, `no-risk-list`, `duty-filed-already`, `attachment-taken`; 422 `duty-not-yet`, `duty-too-late`,
        `duty-unknown-item`, `duty-elevator-not-used`, `duty-said-twice`, `duty-mending-past`, `duty-mending-far`.
        """
        return self._file(request)
