"""The form by which a using unit publishes income and costs, in yuan."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import FreeText
from registry.forms.documents import believable_day
from registry.models.disclosures import MONEY
from registry.rules.disclosures import MOST_FEN, fen, yuan

LABELS = {
    "income": _("Income from advertising (yuan)"),
    "maintenance": _("Maintenance (yuan)"),
    "repair": _("Repair and parts (yuan)"),
    "inspection": _("Inspection and testing (yuan)"),
    "insurance": _("Insurance (yuan)"),
    "other": _("Other costs (yuan)"),
}
AMOUNT = {"min_value": Decimal(0), "max_value": Decimal(MOST_FEN) / 100, "max_digits": 12, "decimal_places": 2}


def day_field(label) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, validators=[believable_day])


class DisclosureForm(forms.Form):
    """A period and its money. With `correcting` what it is about stands already."""

    period_from = day_field(_("First day"))
    period_until = day_field(_("Last day"))
    whole_site = forms.BooleanField(
        label=_("For all of our elevators at this site together"), required=False, initial=True
    )
    used_for = FreeText(
        label=_("What the income was used for"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody reads it. No names, phone numbers or identity numbers of people."),
    )

    def __init__(self, *args, site: bool, correcting=None, **options):
        super().__init__(*args, **options)
        for name in MONEY:
            self.fields[name] = forms.DecimalField(label=LABELS[name], **AMOUNT)
        if not site or correcting is not None:
            del self.fields["whole_site"]
        self.order_fields(["period_from", "period_until", "whole_site", *MONEY, "used_for"])

    def values(self) -> dict:
        """What the action takes."""
        data = self.cleaned_data
        names = ("period_from", "period_until", "used_for")
        return {
            **{name: data[name] for name in names},
            "whole_site": data.get("whole_site", False),
            "money": {name: fen(data[name]) for name in MONEY},
        }


def initial_of(row) -> dict:
    """The form as it was when `row` was published."""
    names = ("period_from", "period_until", "used_for")
    return {name: getattr(row, name) for name in names} | {name: yuan(getattr(row, name)) for name in MONEY}
