"""What is asked of a row of law that follows another."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from common.citations import CERTAINTIES, certainty_in_words
from common.forms import FreeText
from inspection.models import LawRow
from inspection.models.law import COUNTRY
from inspection.queries.law_words import COLUMNS, SECTIONS
from inspection.rules import law_changes as rules


class LawFilter(django_filters.FilterSet):
    section = django_filters.ChoiceFilter(label=_("About"), choices=list(SECTIONS.items()))
    area = django_filters.ChoiceFilter(
        label=_("Whose"), choices=[(COUNTRY, _("the whole country")), ("own", _("a city's own"))], method="whose"
    )

    class Meta:
        model = LawRow
        fields: tuple = ()

    def whose(self, rows, _name, value):
        of_all = ["", COUNTRY]
        return rows.filter(area__in=of_all) if value == COUNTRY else rows.exclude(area__in=of_all)


class YearsField(forms.CharField):
    """Years as people list them: "1, 4, 7"."""

    def prepare_value(self, value):
        return ", ".join(str(each) for each in value) if isinstance(value, list) else value

    def clean(self, value) -> list[int]:
        words = super().clean(value).replace("，", ",").replace("、", ",").split(",")
        try:
            return [int(word) for word in words if word.strip()]
        except ValueError:
            raise forms.ValidationError(_("Write years as numbers with commas between, as in 1, 4, 7.")) from None


class FollowForm(forms.Form):
    """The numbers of the former row stand there already: whoever proposes changes what differs."""

    version = FreeText(
        label=_("Name of the new row"), max_length=40, help_text=_("Results say by which row they were reckoned.")
    )
    valid_from = forms.DateField(
        label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    source = FreeText(
        label=_("Source"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The text and clause that say so, as “TSG 08-2026 §4.2”."),
    )  # fmt: skip
    certainty = forms.ChoiceField(label=_("How sure it is"))

    def __init__(self, *args, row: LawRow, **options):
        super().__init__(*args, **options)
        self.row = row
        self.fields["certainty"].choices = [(mark, certainty_in_words(mark)) for mark in CERTAINTIES]
        self.names = rules.numbers_of(row.section, row.columns)
        for name in self.names:
            self.fields[name] = self._field(name)

    def _field(self, name: str) -> forms.Field:
        said = {"label": COLUMNS[name], "initial": self.row.columns[name]}
        if name == rules.YEARS:
            return YearsField(max_length=200, **said)
        least, most = rules.NUMBERS[self.row.section][name]
        return forms.IntegerField(min_value=least, max_value=most, **said)

    def given(self) -> dict:
        data = self.cleaned_data
        numbers = {name: data[name] for name in self.names if data[name] != self.row.columns[name]}
        return {**{name: data[name] for name in ("version", "valid_from", "source", "certainty")}, "numbers": numbers}


class ApproveForm(forms.Form):
    """Nothing is asked."""


class RefuseForm(forms.Form):
    note = FreeText(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
