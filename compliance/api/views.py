"""What is due and alerts over REST."""

import django_filters
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.roles import Permission
from common.api.fields import FreeTextField
from common.api.verbs import VerbSerializer, VerbsMixin, row_verb
from common.api.views import ScopedReadOnlyViewSet
from common.clock import local_date
from compliance.actions import acknowledge_alert
from compliance.choices import AlertState, ObligationStatus
from compliance.forms import AlertFilter, ObligationFilter
from compliance.forms.areas import inside
from compliance.models import Alert, Obligation
from compliance.rules import days_overdue


class ObligationSerializer(serializers.ModelSerializer):
    """Days are days in Nanjing, all inclusive. `days_overdue`: 0 until the day after `alert_after`. About an elevator, or about a
    using `unit` and one of its people (`person`, by id). `waiver`: the newest one; where it has begun, `law_due_on` and
    `law_alert_after` are the law's own days and the others those that count. `planned_at`: when facts or
    waivers changed it last."""

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id", default=None)
    unit = serializers.UUIDField(source="for_unit.public_id", default=None)
    person = serializers.UUIDField(source="person.public_id", default=None)
    waiver = serializers.UUIDField(source="waiver.public_id", default=None)
    days_overdue = serializers.SerializerMethodField()

    class Meta:
        model = Obligation
        fields = [
            "id",
            "elevator",
            "unit",
            "person",
            "kind",
            "period",
            "opens_on",
            "apply_by",
            "due_on",
            "alert_after",
            "status",
        ]
        fields += ["days_overdue", "met_on", "days_late", "failed_on", "rule", "clause"]
        fields += ["waiver", "law_due_on", "law_alert_after", "planned_at", "version"]
        read_only_fields = fields

    def get_days_overdue(self, row) -> int:
        return days_overdue(row.alert_after, local_date(self.context["view"].at)) if row.status == "PENDING" else 0


class ObligationApiFilter(ObligationFilter):
    status = django_filters.ChoiceFilter(choices=ObligationStatus, label=_("State"))
    elevator = django_filters.UUIDFilter(field_name="elevator__public_id")
    updated_since = django_filters.IsoDateTimeFilter(field_name="planned_at", lookup_expr="gte")


class ObligationViewSet(ScopedReadOnlyViewSet):
    """What the law wants of the elevators that the caller sees, and what became of it."""

    queryset = Obligation.objects.select_related("elevator", "for_unit", "person", "waiver")
    serializer_class = ObligationSerializer
    filterset_class = ObligationApiFilter
    view_permission = Permission.VIEW_OBLIGATION
    access_logged = False


class AlertSerializer(serializers.ModelSerializer):
    """`level`: whose turn it is; `escalates_at`: when it moves on if nothing ends it. About an elevator, a unit, one of its
    people, or a `site` of which no elevator is known."""

    id = serializers.UUIDField(source="public_id")
    elevator = serializers.UUIDField(source="elevator.public_id", default=None)
    unit = serializers.UUIDField(source="for_unit.public_id", default=None)
    person = serializers.UUIDField(source="person.public_id", default=None)
    site = serializers.UUIDField(source="site.public_id", default=None)

    class Meta:
        model = Alert
        fields = [
            "id",
            "elevator",
            "unit",
            "person",
            "site",
            "kind",
            "state",
            "level",
            "severity",
            "clause",
            "opened_at",
            "escalates_at",
        ]
        fields += ["acknowledged_at", "note", "resolved_at"]
        read_only_fields = fields


class AlertApiFilter(AlertFilter):
    state = django_filters.ChoiceFilter(choices=AlertState, label=_("State"))
    elevator = django_filters.UUIDFilter(field_name="elevator__public_id")
    district = django_filters.CharFilter(method="within")

    def within(self, rows, _name, code):
        return inside(rows, code)


class AcknowledgeSerializer(VerbSerializer):
    note = FreeTextField(max_length=400)


class AlertViewSet(VerbsMixin, ScopedReadOnlyViewSet):
    """Alerts about what the caller sees, newest first; resolved ones too."""

    queryset = Alert.objects.select_related("elevator", "for_unit", "person", "site")
    serializer_class = AlertSerializer
    filterset_class = AlertApiFilter
    view_permission = Permission.VIEW_OBLIGATION
    permissions = {"acknowledge": Permission.ACKNOWLEDGE_ALERT}
    access_logged = False

    @row_verb(takes=AcknowledgeSerializer, gives=AlertSerializer)
    def acknowledge(self, alert, **given):
        """Say that one has seen it; stops no clock. 409 when it is resolved already."""
        return acknowledge_alert(alert_id=alert.pk, by=self.actor, at=self.at, **given)
