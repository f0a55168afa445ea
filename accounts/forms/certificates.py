"""Forms of certificates."""

import datetime as dt

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import CertificateKind
from accounts.forms import UnitSelect, UnshownInput
from accounts.models import Certificate, User
from accounts.queries import open_units
from accounts.roles import Permission
from accounts.rules.certificates import SOON
from common import clock
from common.attachments.fields import AttachmentsField
from common.forms import FreeText

MOST_FILES = 4
DUE = (("60", _("expired or expiring within 60 days")), ("30", _("within 30 days")), ("expired", _("expired")))


def believable_day(value) -> None:
    if not 1950 <= value.year <= 2199:
        raise forms.ValidationError(forms.DateField.default_error_messages["invalid"], code="day")


def day_field(**options) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), validators=[believable_day], **options)


class PersonSelect(forms.ModelChoiceField):
    """One of the unit's people, by public id."""

    def __init__(self, **options):
        super().__init__(queryset=User.objects.none(), to_field_name="public_id", empty_label=_("Choose"), **options)


class CertificateForm(forms.Form):
    """Whose certificate, what it says, a scan of it. The person must hold a role in the unit."""

    unit = UnitSelect(label=_("Unit"))
    person = PersonSelect(label=_("Person"))
    kind = forms.ChoiceField(label=_("Kind of certificate"), choices=[("", _("Choose")), *CertificateKind.choices])
    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        help_text=_("As printed on the certificate. It is sealed, and not shown again."),
        widget=UnshownInput(),
    )
    issuer = FreeText(label=_("Issued by"), max_length=120)
    valid_from = day_field(label=_("Valid from"))
    valid_until = day_field(
        label=_("Valid until"),
        required=False,
        help_text=_("The last day. Empty: as long as the rule of its kind says."),
    )
    files = AttachmentsField(label=_("Scan"), most=MOST_FILES, required=False)

    def __init__(self, *args, actor, **options):
        super().__init__(*args, **options)
        units = open_units(actor, Permission.RECORD_CERTIFICATE).order_by("name")
        people = User.objects.visible_to(actor, Permission.RECORD_CERTIFICATE).filter(is_active=True)
        self.fields["unit"].queryset = units
        self.fields["person"].queryset = people.order_by("display_name", "pk")
        if len(few := list(units[:2])) == 1:
            self.fields["unit"].initial = few[0].public_id

    def values(self) -> dict:
        """What the action takes besides the files."""
        data = self.cleaned_data
        names = ("unit", "kind", "number", "issuer", "valid_from", "valid_until")
        return {"user_id": data["person"].pk, **{name: data[name] for name in names}}


class WithdrawCertificateForm(forms.Form):
    reason = FreeText(
        label=_("Reason"), max_length=300, help_text=_("No names, phone numbers or identity numbers of people.")
    )


class CertificateFilter(django_filters.FilterSet):
    """Kind; what has to be renewed (the newest of each kind of people who still belong to their unit)."""

    kind = django_filters.ChoiceFilter(
        choices=CertificateKind.choices, label=_("Kind of certificate"), empty_label=_("all")
    )
    due = django_filters.ChoiceFilter(choices=DUE, method="is_due", label=_("To be renewed"), empty_label=_("all"))
    person = django_filters.UUIDFilter(field_name="user__public_id", label=_("Person"), widget=forms.HiddenInput)

    class Meta:
        model = Certificate
        fields: list = []

    def is_due(self, queryset, _name, due):
        at = clock.now()
        today, rows = clock.local_date(at), queryset.counting(at)
        if due == "expired":
            return rows.expired(today)
        if due == "30":
            return rows.expiring(today, 30)
        return rows.filter(valid_until__lte=today + dt.timedelta(days=SOON))
