"""Filters of the list of reports."""

import uuid

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.choices import AreaKind
from accounts.models import Unit
from accounts.queries import area_of, areas_by_id, units_found
from inspection.choices import ReportKind, Verdict
from inspection.models import Report

DAY = {"type": "date"}


def district_choices():
    """Cities, districts and management areas, those of a city together."""
    areas = [area for area in areas_by_id().values() if area.kind != AreaKind.SUBDISTRICT]
    cities = {area.pk: area.code for area in areas if area.kind == AreaKind.CITY}
    return [(area.code, str(area)) for area in sorted(areas, key=lambda a: (cities.get(a.city_id, ""), a.code))]


class ReportFilter(django_filters.FilterSet):
    # of the report's place, whose indexes tell all of them (models.ReportPlace)
    kind = django_filters.ChoiceFilter(label=_("Kind"), field_name="place__kind", choices=ReportKind.choices)
    verdict = django_filters.ChoiceFilter(
        label=_("Verdict"),
        field_name="place__verdict",
        choices=[choice for choice in Verdict.choices if choice[0] != "UNSTATED"],
    )
    body = django_filters.CharFilter(label=_("Filed by"), method="of_body", max_length=80)
    district = django_filters.ChoiceFilter(label=_("District"), method="inside", choices=district_choices)
    since = django_filters.DateFilter(
        label=pgettext_lazy("period", "From"),
        field_name="place__concluded_on",
        lookup_expr="gte",
        widget=forms.DateInput(attrs=DAY),
    )
    until = django_filters.DateFilter(
        label=pgettext_lazy("period", "Until"),
        field_name="place__concluded_on",
        lookup_expr="lte",
        widget=forms.DateInput(attrs=DAY),
    )
    # set by links from an e-file and to the corrected ones
    elevator = django_filters.UUIDFilter(
        label=_("Elevator"), field_name="elevator__public_id", widget=forms.HiddenInput
    )

    class Meta:
        model = Report
        fields: tuple = ()

    def of_body(self, rows, _name, text):
        """A unit by its public id, its code or what it is called."""
        try:
            units = Unit.objects.filter(public_id=uuid.UUID(text))
        except ValueError:
            units = units_found(Unit.objects.all(), text)
        return rows.filter(body__in=units.values("pk"))

    def inside(self, rows, _name, code):
        """Of a city or district by its official code."""
        area = area_of(code)
        if area is None:
            return rows.none()
        column = "city" if area.kind == AreaKind.CITY else "managing_district"
        return rows.filter(**{f"place__{column}": area})
