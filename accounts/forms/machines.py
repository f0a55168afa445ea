"""Forms of machines."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import UnitSelect
from accounts.models import ApiClient, Unit
from accounts.queries import open_units
from accounts.roles import PERMISSION_LABELS, Permission
from accounts.rules.machines import FOR_MACHINES, permissions_held, permissions_of_unit
from common.forms import FreeText


def permission_choices(allowed) -> list:
    return [(str(each), PERMISSION_LABELS[each]) for each in Permission if each in allowed]


class ClientForm(forms.Form):
    """What a machine is called, what it may do, how often it may ask."""

    name = FreeText(label=_("Name"), max_length=80, help_text=_("The program and where it runs. No names of people."))
    permissions = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Only what the program needs, and what you may do in the unit yourself: whoever holds a right gives it."
        ),
    )
    rate_per_minute = forms.IntegerField(
        label=_("Requests a minute"),
        min_value=1,
        max_value=6000,
        initial=ApiClient._meta.get_field("rate_per_minute").default,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, actor, unit: Unit | None = None, there=(), **options):
        """Offered is what the actor holds in the unit (in any of theirs, before one is chosen), and what is `there`."""
        super().__init__(*args, **options)
        allowed = FOR_MACHINES if unit is None else permissions_of_unit(unit.kind)
        units = {holding.unit_id for holding in actor.holdings} if unit is None else {unit.pk}
        held = {str(each) for unit_id in units for each in permissions_held(actor.holdings, unit_id)}
        allowed = {each for each in allowed if str(each) in held or str(each) in there}
        self.fields["permissions"].choices = permission_choices(allowed)

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("name", "permissions", "rate_per_minute")}


class CreateClientForm(ClientForm):
    """A new one says whose it is."""

    unit = UnitSelect(label=_("Unit"))
    field_order = ["unit"]

    def __init__(self, *args, actor, **options):
        units = open_units(actor, Permission.MANAGE_CLIENT).order_by("name")
        few = list(units[:2])
        super().__init__(*args, actor=actor, unit=few[0] if len(few) == 1 else None, **options)
        self.fields["unit"].queryset = units

    def values(self) -> dict:
        return {"unit": self.cleaned_data["unit"], **super().values()}
