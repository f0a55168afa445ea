"""Narrowing a list to a district."""

import django_filters
from django.utils.translation import gettext_lazy as _

from accounts.queries import area_of, areas_by_id


def district_choices() -> list[tuple]:
    """Districts and management areas that have elevators of their own to look after, from the process's copy of the areas."""
    return [(area.code, str(area)) for area in areas_by_id().values() if area.managing_district_id == area.pk]


def inside(rows, code: str):
    """Of a district by its official code; of none for an unknown one."""
    found = area_of(code)
    return rows.filter(managing_district=found) if found else rows.none()


def district_filter() -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=_("District"), choices=district_choices, method=lambda rows, _name, code: inside(rows, code)
    )
