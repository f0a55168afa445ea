"""The form of a bulk change: what stays empty is left as it is."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import PlaceType
from accounts.fields import AreaSelect
from common.forms import FreeText
from registry.actions.bulk import BULK_CHANGEABLE
from registry.forms.elevators import ElevatorForm
from registry.models import Elevator, ElevatorClass

_LABELS = ElevatorForm.Meta.labels
LEAVE = _("leave as it is")


def _day(name: str) -> forms.DateField:
    return forms.DateField(
        label=_LABELS[name], required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _text(name: str) -> forms.Field:
    longest = Elevator._meta.get_field(name).max_length
    return FreeText(label=_LABELS[name], required=False, max_length=longest)


class BulkChangeForm(forms.Form):
    """The same value for many elevators; what stays empty is left as it is."""

    place_type = forms.ChoiceField(
        label=_LABELS["place_type"], choices=[("", LEAVE), *PlaceType.choices], required=False
    )
    class_code = forms.ModelChoiceField(
        label=_LABELS["class_code"], queryset=ElevatorClass.objects.all(), required=False, empty_label=LEAVE
    )
    area = AreaSelect(label=_("Area"), required=False, empty_label=LEAVE)
    manufacturer_name = _text("manufacturer_name")
    model = _text("model")
    commissioned_on = _day("commissioned_on")
    last_renewed_on = _day("last_renewed_on")
    retrofitted = forms.TypedChoiceField(
        label=_LABELS["retrofitted"],
        choices=[("", LEAVE), ("true", _("yes")), ("false", _("no"))],
        coerce=lambda value: value == "true",
        empty_value=None,
        required=False,
    )

    field_order = BULK_CHANGEABLE

    def clean(self):
        data = super().clean()
        if not self.errors and not self.values():
            raise forms.ValidationError(_("Choose at least one value to set."), code="nothing-to-set")
        return data

    def values(self) -> dict:
        """What the action takes: only what somebody chose."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
