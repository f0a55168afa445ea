"""Forms of data quality."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.queries import area_of
from common.forms import FreeText
from registry.choices import IssueKind
from registry.forms.filters import area_choices
from registry.models import DataIssue
from registry.queries.quality import WORDS


def _check_choices():
    return [(check, title) for check, (title, _sentence) in WORDS.items()]


class DataIssueFilter(django_filters.FilterSet):
    """What is wrong, and where."""

    check_code = django_filters.ChoiceFilter(choices=_check_choices, label=_("What"), empty_label=_("all"))
    kind = django_filters.ChoiceFilter(choices=IssueKind, label=_("Kind"), empty_label=_("all"))
    area = django_filters.ChoiceFilter(
        method="in_area", choices=area_choices, label=_("Area"), empty_label=_("all"), null_label=None
    )

    class Meta:
        model = DataIssue
        fields: list = []

    def in_area(self, queryset, _name, value: str):  # drf-spectacular reads the type of a parameter of this name
        area = area_of(value)
        if area is None:
            return queryset.none()
        column = "city_id" if area.kind == "CITY" else "managing_district_id"
        return queryset.filter(**{column: area.pk})


class AcceptIssueForm(forms.Form):
    """Why a value is right as it stands."""

    reason = FreeText(
        label=_("Why the value is right"),
        max_length=200,
        help_text=_("For example the document that says so. It stays with the issue and in the audit log."),
    )


class FoldForm(forms.Form):
    """Spellings that mean one manufacturer."""

    spellings = FreeText(label=_("Spellings, one a line"), widget=forms.Textarea(attrs={"rows": 8}), max_length=20_000)
    name = FreeText(
        label=_("Manufacturer"),
        max_length=120,
        required=False,
        help_text=_("As it is to be called on the platform. Leave empty for words that name no manufacturer."),
    )

    def clean_spellings(self):
        return [line.strip() for line in self.cleaned_data["spellings"].splitlines() if line.strip()]
