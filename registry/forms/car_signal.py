"""The form of a signal check: each carrier, whether a call got through, and how strong the signal was."""

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.choices import Carrier
from registry.forms.elevators import believable_moment

STRENGTH = {"min_value": -140, "max_value": -20}


class SignalForm(forms.Form):
    checked_at = forms.DateTimeField(
        label=_("Checked at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        validators=[believable_moment],
        help_text=_("Doors closed, on the lowest floor: there the signal is weakest."),
    )

    CALLS = (("", _("not tried")), ("yes", _("the call got through")), ("no", _("no call possible")))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for carrier in Carrier:
            self.fields[f"{carrier}_call"] = forms.ChoiceField(label=carrier.label, choices=self.CALLS, required=False)
            self.fields[f"{carrier}_strength"] = forms.IntegerField(
                label=_("%(carrier)s: signal in dBm") % {"carrier": carrier.label}, required=False, **STRENGTH
            )

    def clean(self):
        data = super().clean()
        for carrier in Carrier:
            if data.get(f"{carrier}_strength") is not None and not data.get(f"{carrier}_call"):
                self.add_error(f"{carrier}_call", forms.ValidationError(_("Say whether a call got through.")))
        return data

    def tried(self) -> list[dict]:
        """The carriers that were tried."""
        data = self.cleaned_data
        return [
            {"carrier": str(carrier), "call_possible": call == "yes", "strength": data.get(f"{carrier}_strength")}
            for carrier in Carrier
            if (call := data.get(f"{carrier}_call"))
        ]
