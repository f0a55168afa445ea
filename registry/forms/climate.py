"""The form of a machine-room reading."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.forms.elevators import believable_moment

TEMPERATURE = {"min_value": Decimal("-60"), "max_value": Decimal("99"), "max_digits": 4, "decimal_places": 1}
HUMIDITY = {"min_value": Decimal("0"), "max_value": Decimal("99.9"), "max_digits": 4, "decimal_places": 1}


class ClimateForm(forms.Form):
    """When it was measured, how warm and how damp it was."""

    measured_at = forms.DateTimeField(
        label=_("Measured at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        validators=[believable_moment],
    )
    temperature = forms.DecimalField(label=_("Temperature (°C)"), **TEMPERATURE)
    humidity = forms.DecimalField(label=_("Relative humidity"), help_text=_("In percent."), required=False, **HUMIDITY)
