"""Filters of what is due and of alerts."""

import datetime as dt

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.queries import area_of
from common.clock import now, today
from common.forms import FreeText
from compliance.actions.alerts import OVERDUE_KIND
from compliance.choices import AlertLevel, AlertState, Severity
from compliance.forms.areas import district_filter
from compliance.models import Alert, Obligation
from compliance.models.obligations import NEAR
from compliance.queries import kinds
from compliance.queries.now import in_week
from compliance.queries.overdue import unit_seen, without_unit
from compliance.queries.standing import OTHER_ALERTS


def kind_choices() -> list[tuple]:
    return [(kind.code, kind.label) for kind in kinds().values()]


def alert_kind_choices() -> list[tuple]:
    overdue = [(OVERDUE_KIND + kind.code, kind.overdue_label) for kind in kinds().values()]
    return [*overdue, *OTHER_ALERTS.items()]


class When(django_filters.ChoiceFilter):
    """How late or near; days in Nanjing. Near is what has its last day to apply within so many days, where one has to apply."""

    WORDS = (
        ("overdue", _("overdue")),
        ("week", _("due or to be applied for within 7 days")),
        ("month", _("due or to be applied for within 30 days")),
        ("open", _("may be done now")),
    )

    def __init__(self, **options):
        super().__init__(choices=self.WORDS, **options)

    def filter(self, rows, value):
        day = today()
        if value == "overdue":
            return rows.overdue(day)
        if value in ("week", "month"):
            return rows.near(day, dt.timedelta(days=7) if value == "week" else NEAR)
        return rows.filter(opens_on__lte=day, alert_after__gte=day) if value == "open" else rows


class ObligationFilter(django_filters.FilterSet):
    when = When(label=pgettext_lazy("obligation", "When"))
    kind = django_filters.ChoiceFilter(label=pgettext_lazy("obligation", "What"), choices=kind_choices)
    # what a calendar and the counts by area lead here with; removed by their chips, chosen there
    on = django_filters.DateFilter(label=_("Last day"), field_name="alert_after", widget=forms.HiddenInput)
    district = django_filters.CharFilter(label=_("District"), method="inside", widget=forms.HiddenInput)
    area = django_filters.CharFilter(label=_("Subdistrict"), method="inside", widget=forms.HiddenInput)
    unit = django_filters.UUIDFilter(
        label=_("Using unit"), field_name="elevator__using_unit__public_id", widget=forms.HiddenInput
    )

    class Meta:
        model = Obligation
        fields: tuple = ()

    def inside(self, rows, name, value):
        """Of a district or subdistrict by its official code; of none for an unknown one."""
        found = area_of(value)
        return rows.filter(**{"managing_district" if name == "district" else "area": found}) if found else rows.none()


class DueFilter(ObligationFilter):
    """Of the page: and what nobody can be reminded of (the counts by area and reminders lead here with it)."""

    on = django_filters.DateFilter(
        label=_("Last day, or last day to apply"),
        method=lambda rows, _name, value: rows.filter(Q(alert_after=value) | Q(apply_by=value)),
        widget=forms.HiddenInput,
    )
    week = django_filters.DateFilter(
        label=_("To be applied for or done in the week from"),
        method=lambda rows, _name, value: in_week(rows, value, today()),
        widget=forms.HiddenInput,
    )
    answers = django_filters.ChoiceFilter(
        label=_("Using unit"),
        choices=(("none", _("no using unit known")),),
        method=lambda rows, _name, _value: without_unit(rows, now()),
        widget=forms.HiddenInput,
    )

    def filter_queryset(self, queryset):
        """An elevator that missed two of a kind is one line; of what is narrowed by days, only if both are inside."""
        rows = super().filter_queryset(queryset)
        given = self.form.cleaned_data
        if given.get("on") or given.get("week"):
            return rows
        within = self.filters["when"].filter(Obligation.objects.pending(), given.get("when"))
        return rows.of_one_line(today(), within)


def spoken_place(name: str, given, actor) -> str | None:
    """A filter's district, subdistrict or unit by its name, a foreign unit by what was given; None for other filters. Units: one
    statement."""
    if name in ("district", "area"):
        return str(area_of(str(given)) or given)
    if name == "unit":
        return str(unit_seen(str(given), actor) or given)
    return None


class AlertFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=[choice for choice in AlertState.choices if choice[0] != "RESOLVED"]
    )
    level = django_filters.ChoiceFilter(label=_("Whose turn"), choices=AlertLevel.choices)
    severity = django_filters.ChoiceFilter(label=_("How grave"), choices=Severity.choices)
    kind = django_filters.ChoiceFilter(label=pgettext_lazy("alert", "What"), choices=alert_kind_choices)
    district = district_filter()
    unit = django_filters.UUIDFilter(
        label=_("Using unit"), field_name="elevator__using_unit__public_id", widget=forms.HiddenInput
    )

    class Meta:
        model = Alert
        fields: tuple = ()


class AcknowledgeForm(forms.Form):
    """That one has seen it, and what one will do."""

    note = FreeText(
        label=_("What will be done"),
        help_text=_("Whoever reads the alert after you sees it. It stops no clock: only the missing fact does."),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
