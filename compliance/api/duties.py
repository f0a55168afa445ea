"""Safety duties over REST: what was filed, who is appointed, a daily check from a program of the unit."""

import contextlib

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission
from common.api.fields import FreeTextField, refuse_unknown
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.attachments.claims import AttachmentTaken
from common.clock import local_date
from common.models import Attachment
from common.scoping import get_visible
from compliance.actions.duties import Finding, file_daily_check
from compliance.actions.duties.refusals import DutyNotDone
from compliance.choices import DutyKind
from compliance.forms.duties import MOST_PHOTOS, RecordFilter
from compliance.models import DutyAppointment, DutyFinding, DutyRecord, RiskItem, RiskList, UnitOnDuty
from compliance.queries.duties import bound_to, list_in_force
from registry.models import Site


class FindingSerializer(serializers.ModelSerializer):
    """What was not right; `hazard`: its row in the hazard ledger. In a review or a meeting `mender` and `mend_by` say who
    mends it until when, and `elevator` may be null."""

    elevator = serializers.UUIDField(source="elevator.public_id", default=None)
    item = serializers.UUIDField(source="item.public_id")
    hazard = serializers.UUIDField(source="hazard.public_id", default=None)

    class Meta:
        model = DutyFinding
        fields = ["elevator", "item", "remark", "stopped", "mender", "mend_by", "hazard"]
        read_only_fields = fields


class DutyRecordSerializer(serializers.ModelSerializer):
    """A daily check, weekly review or monthly meeting as it was filed. Days are days in Nanjing."""

    id = serializers.UUIDField(source="public_id")
    unit = serializers.UUIDField(source="unit.public_id")
    person = serializers.UUIDField(source="person.public_id")
    site = serializers.UUIDField(source="site.public_id", default=None)
    elevators = serializers.SerializerMethodField(help_text="how many were looked at")
    findings = FindingSerializer(many=True)

    class Meta:
        model = DutyRecord
        fields = ["id", "client_id", "kind", "unit", "person", "site", "due_on", "filed_at", "days_late", "elevators"]
        fields += ["findings", "content"]
        read_only_fields = fields

    def get_elevators(self, row) -> int:
        return len(row.elevators)


class DutyRecordViewSet(ScopedReadOnlyViewSet):
    """Records of the own unit, or of the units of one's areas, newest first."""

    queryset = DutyRecord.objects.select_related("unit", "person", "site").prefetch_related(
        "findings__elevator", "findings__item", "findings__hazard"
    )
    serializer_class = DutyRecordSerializer
    filterset_class = RecordFilter
    view_permission = Permission.VIEW_DUTY
    access_logged = False


class DutyAppointmentSerializer(serializers.ModelSerializer):
    """Who is head, safety director or safety officer; `ended_on` is the first day without."""

    id = serializers.UUIDField(source="public_id")
    unit = serializers.UUIDField(source="unit.public_id")
    person = serializers.UUIDField(source="user.public_id")
    name = serializers.CharField(source="user.display_name")

    class Meta:
        model = DutyAppointment
        fields = ["id", "unit", "person", "name", "role", "started_on", "ended_on", "reference"]
        read_only_fields = fields


class DutyAppointmentViewSet(ScopedReadOnlyViewSet):
    """Appointments under SAMR Order 74, newest first."""

    queryset = DutyAppointment.objects.select_related("unit", "user")
    serializer_class = DutyAppointmentSerializer
    view_permission = Permission.VIEW_DUTY
    access_logged = False
    filter_backends = []


class Strict(serializers.Serializer):
    def validate(self, data):
        refuse_unknown(self)
        return data


class StrictRow(serializers.Serializer):
    """One row of several in a body."""

    def to_internal_value(self, data):
        """As for the whole body: a misspelt field is named."""
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError(
                {name: ["This field does not exist or cannot be set here."] for name in sorted(unknown)},
                code="unknown-field",
            )
        return super().to_internal_value(data)


MOST_FINDINGS = 200  # each enters the hazard ledger while somebody waits
LAST_YEAR = 2200


class DayField(serializers.DateField):
    """A day of a duty: the last days of the calendar have no week and no month that ends."""

    default_error_messages = {"too_far": DutyNotDone.WORDS["too_far"]}

    def to_internal_value(self, value):
        day = super().to_internal_value(value)
        if day.year > LAST_YEAR:
            self.fail("too_far")
        return day


class FindingInputSerializer(StrictRow):
    """`attachments`: photographs of this alone."""

    elevator = serializers.UUIDField()
    item = serializers.UUIDField(help_text="a line of the risk-control list in force on that day")
    remark = FreeTextField(max_length=300)
    stopped = serializers.BooleanField(default=False)
    attachments = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=MOST_PHOTOS)


class DailyCheckSerializer(Strict):
    """`client_id`: the record's number in the sender's program; the same again answers with the same record. `findings` empty:
    nothing was found. `site` null: elevators that belong to none."""

    client_id = serializers.UUIDField()
    unit = serializers.UUIDField()
    officer = serializers.UUIDField(help_text="the appointed person")
    site = serializers.UUIDField(allow_null=True)
    day = DayField()
    elevators = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=1000)
    findings = FindingInputSerializer(many=True, default=list, max_length=MOST_FINDINGS)
    attachments = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=10)


class DailyCheckViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Daily checks alone; POST files one."""

    queryset = DutyRecordViewSet.queryset.filter(kind=DutyKind.DAILY_CHECK)
    serializer_class = DutyRecordSerializer
    filterset_class = RecordFilter
    view_permission = Permission.VIEW_DUTY
    permissions = {"create": Permission.FILE_DUTY}
    set_actions = ("create",)
    access_logged = False

    @extend_schema(request=DailyCheckSerializer, responses={201: DutyRecordSerializer})
    def create(self, request):
        """File the round of one officer at one site. By the officer, their director, or a program of the unit.

        409 `not-appointed`, `no-risk-list`, `duty-filed-already`, `attachment-taken`; 422 `duty-not-yet`, `duty-too-late`,
        `duty-incomplete`, `duty-unknown-elevator`, `duty-unknown-item`, `duty-said-twice`.
        """
        given = DailyCheckSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        unit = get_visible(
            UnitOnDuty.objects.all(),
            values["unit"],
            actor=self.actor,
            view=Permission.VIEW_DUTY,
            change=Permission.FILE_DUTY,
        )
        with files_named():
            record = file_daily_check(**self._values(unit, values), by=self.actor, at=self.at)
        fresh = self.queryset.get(pk=record.pk)
        return Response(self.get_serializer(fresh).data, status=201)

    def _values(self, unit, values) -> dict:
        """Keys for ids; what is not the officer's is refused by the action, which says so."""
        officer = named(User, values["officer"])
        site = named(Site, values["site"]) if values["site"] else None
        keys = keys_of(bound_to(unit, officer, values["day"]), values["elevators"])
        risk_list = list_in_force(unit, values["day"])
        items = {} if risk_list is None else dict(risk_list.items.values_list("public_id", "pk"))
        return {
            "unit": unit,
            "officer": officer,
            "site": site,
            "day": values["day"],
            "client_id": values["client_id"],
            "elevators": [keys.get(each, 0) for each in values["elevators"]],
            "findings": [
                Finding(
                    keys.get(one["elevator"], 0),
                    items.get(one["item"], 0),
                    one["remark"],
                    one["stopped"],
                    photos=files_of(self.actor, one["attachments"]),
                )
                for one in values["findings"]
            ],
            "photos": files_of(self.actor, values["attachments"]),
        }


def named(model, public_id):
    """The row with this id; for an unknown id one that nothing belongs to, so that it is refused in the words that somebody
    else's is: whether an id exists is nobody's business."""
    return model.objects.filter(public_id=public_id).first() or model(pk=0)


def keys_of(elevators, public_ids) -> dict:
    return dict(elevators.filter(public_id__in=public_ids).values_list("public_id", "pk"))


def files_of(actor, public_ids) -> list[Attachment]:
    """Those that the actor has sent and nothing keeps yet; for any other an empty one stands, which nothing can keep: the action
    refuses it, unless the record is there already and its files with it."""
    if not public_ids:
        return []
    found = {row.public_id: row for row in Attachment.objects.visible_to(actor).filter(public_id__in=public_ids)}
    rows = [found.get(each) or Attachment(public_id=each) for each in dict.fromkeys(public_ids)]
    return sorted(rows, key=lambda row: row.pk or 0)


@contextlib.contextmanager
def files_named():
    """A file that cannot be kept is refused under the name that it has in the request."""
    try:
        yield
    except AttachmentTaken as refused:
        raise AttachmentTaken(field="attachments") from refused


class RiskItemSerializer(serializers.ModelSerializer):
    """A line of a risk-control list."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = RiskItem
        fields = ["id", "position", "risk", "measure", "scope", "frequency", "owner", "hazard_item"]
        read_only_fields = fields


class RiskItemViewSet(ScopedReadOnlyViewSet):
    """The lines of the lists that are in force today, by which a daily check is filed."""

    queryset = RiskItem.objects.all()
    serializer_class = RiskItemSerializer
    view_permission = Permission.VIEW_DUTY
    access_logged = False
    filter_backends = []

    def get_queryset(self):
        rows = super().get_queryset()
        return rows.filter(risk_list__in=RiskList.objects.in_force(local_date(self.at)).values("pk"))
