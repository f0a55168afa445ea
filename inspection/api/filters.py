"""Filters of reports."""

import django_filters

from inspection.choices import ReportKind, Verdict
from inspection.models import Report


class ReportFilter(django_filters.FilterSet):
    """`updated_since`: filed at that moment or later (a report never changes; a correction is another one)."""

    # kind, verdict and day as the report's place repeats them, whose indexes tell all of them (models.ReportPlace)
    kind = django_filters.ChoiceFilter(field_name="place__kind", choices=ReportKind)
    verdict = django_filters.ChoiceFilter(field_name="place__verdict", choices=Verdict)
    number = django_filters.CharFilter()
    elevator = django_filters.UUIDFilter(field_name="elevator__public_id")
    body = django_filters.UUIDFilter(field_name="body__public_id")
    concluded_since = django_filters.DateFilter(field_name="place__concluded_on", lookup_expr="gte")
    concluded_until = django_filters.DateFilter(field_name="place__concluded_on", lookup_expr="lte")
    updated_since = django_filters.IsoDateTimeFilter(field_name="filed_at", lookup_expr="gte")
    superseded = django_filters.BooleanFilter(field_name="superseded_by", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Report
        fields: list = []
