"""What is asked of who waives what is due, and of who revokes it."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.attachments.fields import AttachmentsField
from common.clock import today
from common.forms import FreeText
from compliance.choices import WaiverKind


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class WaiveForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is granted"), choices=WaiverKind.choices, widget=forms.RadioSelect)
    from_on = forms.DateField(label=pgettext_lazy("waiver", "From"), widget=_day(), help_text=_("Today or later."))
    until_on = forms.DateField(
        label=_("Last day"),
        widget=_day(),
        help_text=_("The day after, it is owed again: what the law wanted before that day is then overdue."),
    )
    reason = FreeText(
        label=_("Why"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The using unit reads it. No names and no phone numbers."),
    )
    clause = FreeText(label=_("It rests on"), max_length=120, help_text=_("Law and article."))
    reference = FreeText(label=_("Number of the document"), max_length=120)
    files = AttachmentsField(label=_("The document"), most=3)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["from_on"].initial = today()


class RevokeWaiverForm(forms.Form):
    reason = FreeText(
        label=_("Why"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The using unit reads it. No names and no phone numbers."),
    )
