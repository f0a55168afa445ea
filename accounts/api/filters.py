"""Filters of REST lists that pages do not have."""

import django_filters

from accounts.choices import AreaKind
from accounts.models import Area


class AreaFilter(django_filters.FilterSet):
    """Of one kind; of one city; managed by one district or management area (codes)."""

    kind = django_filters.ChoiceFilter(choices=AreaKind)
    city = django_filters.CharFilter(field_name="city__code")
    managing_district = django_filters.CharFilter(field_name="managing_district__code")

    class Meta:
        model = Area
        fields: list = []
