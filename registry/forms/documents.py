"""Forms of the documents of an e-file."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from common.attachments.fields import AttachmentsField
from common.forms import FreeText
from registry.choices import DocumentKind, EfilePart
from registry.models import Document
from registry.rules.documents import Item


def kind_choices(items: list[Item], kinds: set[str]) -> list:
    """The kinds by part, for a select."""
    groups: dict[int, list] = {}
    for item in items:
        if item.kind in kinds:
            groups.setdefault(item.part, []).append((item.kind, DocumentKind(item.kind).label))
    return [(EfilePart(part).label, choices) for part, choices in groups.items()]


def day_field(**options) -> forms.DateField:
    return forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}), **options)


class DocumentForm(forms.Form):
    """What a document is, from when until when it holds, and its files. Without `choices` the kind is settled already."""

    kind = forms.ChoiceField(label=_("Kind of document"))
    files = AttachmentsField(label=_("Files"))
    number = FreeText(label=_("Number"), max_length=80, required=False, help_text=_("As printed on the document."))
    signed_on = day_field(label=_("Signed or issued on"))
    valid_from = day_field(label=_("Valid from"))
    valid_until = day_field(label=_("Valid until"), help_text=_("The last day. Contracts and certificates need it."))
    note = FreeText(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("No names, phone numbers or identity numbers of people."),
    )

    # contracts end: without a day nobody can be reminded
    ENDING = ("MAINTENANCE_CONTRACT", "PROPERTY_CONTRACT")

    def __init__(self, *args, choices: list | None, settled: str = "", **options):
        super().__init__(*args, **options)
        self.settled = settled
        if choices is None:
            del self.fields["kind"]
        else:
            self.fields["kind"].choices = choices
        for name in ("signed_on", "valid_from", "valid_until"):
            self.fields[name].validators = [*self.fields[name].validators, believable_day]

    def clean(self):
        data = super().clean()
        if (data.get("kind") or self.settled) in self.ENDING:
            for name in ("valid_from", "valid_until"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, forms.ValidationError(_("A contract needs this day."), code="required"))
        return data

    def values(self) -> dict:
        """What the action takes besides kind and files."""
        return {name: self.cleaned_data[name] for name in ("number", "signed_on", "valid_from", "valid_until", "note")}


def believable_day(value) -> None:
    if not 1900 <= value.year <= 2199:
        raise forms.ValidationError(forms.DateField.default_error_messages["invalid"], code="day")


class DocumentFilter(django_filters.FilterSet):
    """Documents of one kind."""

    kind = django_filters.ChoiceFilter(choices=DocumentKind, label=_("Kind of document"), empty_label=_("all"))

    class Meta:
        model = Document
        fields: list = []


class WithdrawForm(forms.Form):
    """Why a document should not have been filed."""

    reason = FreeText(
        label=_("Reason"), max_length=300, help_text=_("It stays beside the document and in the audit log.")
    )
