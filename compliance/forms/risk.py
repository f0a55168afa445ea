"""Filters of bands, the same for the page and for REST."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.queries import area_of
from compliance.choices import RiskBand
from compliance.models import RiskChange, RiskScore

RATED = [(band.value, band.label) for band in RiskBand if band != RiskBand.NONE]


class RiskFilter(django_filters.FilterSet):
    band = django_filters.ChoiceFilter(label=pgettext_lazy("risk", "Band"), choices=RATED)
    district = django_filters.CharFilter(label=_("District"), method="inside", widget=forms.HiddenInput)
    area = django_filters.CharFilter(label=_("Subdistrict"), method="inside", widget=forms.HiddenInput)
    unit = django_filters.UUIDFilter(
        label=_("Using unit"), field_name="elevator__using_unit__public_id", widget=forms.HiddenInput
    )

    class Meta:
        model = RiskScore
        fields: tuple = ()

    def inside(self, rows, name, value):
        """Of a district or subdistrict by its official code; of none for an unknown one."""
        found = area_of(value)
        return rows.filter(**{"managing_district" if name == "district" else "area": found}) if found else rows.none()


class RiskApiFilter(RiskFilter):
    """`updated_since`: of which anything changed at that moment or later."""

    band = django_filters.ChoiceFilter(label=pgettext_lazy("risk", "Band"), choices=RiskBand.choices)
    updated_since = django_filters.IsoDateTimeFilter(field_name="computed_at", lookup_expr="gte")


class RiskChangeFilter(django_filters.FilterSet):
    """`updated_since`: that happened at that moment or later."""

    elevator = django_filters.UUIDFilter(field_name="elevator__public_id")
    band = django_filters.ChoiceFilter(choices=RiskBand.choices)
    updated_since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")

    class Meta:
        model = RiskChange
        fields: tuple = ()
