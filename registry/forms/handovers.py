"""Forms of changes of the maintenance unit and their handover records."""

import django_filters
from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.choices import UnitKind
from accounts.models import Unit
from accounts.queries import units_named
from common.attachments.fields import AttachmentsField
from common.forms import FreeText, PickField
from registry.choices import ChangeState, HandedOver
from registry.forms.documents import believable_day
from registry.models import MaintenanceChange


def maintenance_units():
    """Whom one may propose: every open maintenance unit, as they are public."""
    return Unit.objects.filter(kind=UnitKind.MAINTENANCE_UNIT, closed_on=None)


class ProposeForm(forms.Form):
    """Who is to maintain the chosen elevators, from which day, by which contract."""

    starts_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}), validators=[believable_day]
    )
    reference = FreeText(label=_("Number of the contract"), max_length=120)
    files = AttachmentsField(label=_("The signed contract"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["new_unit"] = PickField(
            label=_("New maintenance unit"),
            help_text=_("Credit code or whole name; suggestions come while you type."),
            rows=maintenance_units(),
            find=units_named,
            url=reverse_lazy("registry:maintenance_unit_picker"),
        )
        self.order_fields(["new_unit", "starts_on", "reference", "files"])


class SeenForm(forms.Form):
    """Consent to what was shown: `seen` is its fingerprint, written by the page and not by the person."""

    seen = forms.CharField(max_length=64)

    def clean_seen(self):
        return self.cleaned_data["seen"].replace("\0", "")


class RefuseForm(forms.Form):
    """Why the new unit does not take over."""

    reason = FreeText(label=_("Reason"), max_length=300, help_text=_("The using unit reads it."))


def _handed(label) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", _("Choose")), *HandedOver.choices])


def _text(label, **options) -> forms.Field:
    return FreeText(label=label, max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}), **options)


class HandoverForm(forms.Form):
    """What the unit that leaves hands over."""

    keys = _handed(_("Keys of the elevators"))
    files = _handed(_("Technical files and maintenance records"))
    tools = _handed(_("Special tools and spare parts"))
    open_faults = _text(_("Faults that are open"))
    remarks = _text(_("Remarks"), help_text=_("No names, phone numbers or identity numbers of people."))
    objection = _text(
        _("Objection"),
        help_text=_("Why you think that the change is wrong. It is recorded and does not stop the change."),
    )


class ReceiveForm(forms.Form):
    """What the unit that comes found otherwise."""

    note = _text(_("What you found otherwise"))


class ChangeFilter(django_filters.FilterSet):
    """Changes by state."""

    state = django_filters.ChoiceFilter(choices=ChangeState, label=_("State"), empty_label=_("all"))

    class Meta:
        model = MaintenanceChange
        fields: list = []
