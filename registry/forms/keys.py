"""Forms of special keys."""

import django_filters
from django import forms
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from common.forms import FreeText, PickField
from registry.choices import KeyKind, KeyState
from registry.models import SpecialKey


class KeyForm(forms.Form):
    """What the key is called and what it opens."""

    label = FreeText(label=_("Label on the key"), max_length=40)
    kind = forms.ChoiceField(label=_("What it opens"), choices=[("", _("Choose")), *KeyKind.choices])
    whole_site = forms.BooleanField(label=_("It opens all elevators at this site"), required=False)

    def __init__(self, *args, site: bool, **options):
        super().__init__(*args, **options)
        if not site:
            del self.fields["whole_site"]


class IssueKeyForm(forms.Form):
    """Who gets the key, what for, how long."""

    purpose = FreeText(label=_("What for"), max_length=200)
    hours = forms.IntegerField(label=_("Back within hours"), min_value=1)

    field_order = ["holder", "purpose", "hours"]

    def __init__(self, *args, people, longest: int, **options):
        super().__init__(*args, **options)
        self.fields["holder"] = PickField(
            label=_("Who gets it"),
            help_text=_("Sign-in name. Your own people are suggested; the maintenance unit's you know by theirs."),
            rows=people,
            find=lambda rows, text: rows.named(text),
            url=reverse_lazy("registry:key_holder_picker"),
        )
        self.fields["hours"].max_value = longest
        self.fields["hours"].initial = min(8, longest)
        self.fields["hours"].help_text = format_lazy(_("1 to {most}."), most=longest)
        self.order_fields(self.field_order)


class KeyNoteForm(forms.Form):
    """Why, or how it came."""

    note = FreeText(
        label=_("What happened"), max_length=200, help_text=_("No phone numbers or identity numbers of people.")
    )


class NothingForm(forms.Form):
    """A step that asks for nothing but to be confirmed."""


class KeyFilter(django_filters.FilterSet):
    """Keys by state."""

    state = django_filters.ChoiceFilter(choices=KeyState, label=_("State"), empty_label=_("all"))

    class Meta:
        model = SpecialKey
        fields: list = []
