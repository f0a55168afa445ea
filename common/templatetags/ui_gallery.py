"""Sample data for the gallery page, written beside the component that shows it. No page of the platform uses this."""

import datetime as dt
import json

from django import forms, template
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

register = template.Library()


@register.simple_block_tag
def data(content):
    """{% data as columns %}[{"label": "…"}]{% enddata %}: JSON in the template, a list in the context."""
    return json.loads(content)


@register.simple_tag
def day(offset):
    """{% day -3 as d %}: a date that many days from today."""
    return timezone.localdate() + dt.timedelta(days=offset)


@register.simple_tag
def minute(offset):
    """{% minute -4 as at %}: a moment that many minutes from now."""
    return timezone.now() + dt.timedelta(minutes=offset)


class SampleForm(forms.Form):
    """One field of every widget that the platform uses."""

    name = forms.CharField(label=_("Name"), help_text=_("As on the certificate."))
    code = forms.CharField(
        label=_("Six-digit code"),
        help_text=_("The code on the plate. Typing it is as good as scanning."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    due_on = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "—"), ("A", _("First kind")), ("B", _("Second kind"))])
    urgency = forms.ChoiceField(
        label=_("How urgent"), choices=[("NOW", _("At once")), ("WEEK", _("This week"))], widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    photo = forms.FileField(label=_("Photo"), required=False)
    told = forms.BooleanField(label=_("The people concerned have been told"), required=False)

    def clean_code(self):
        code = self.cleaned_data["code"]
        if not (code.isdigit() and len(code) == 6):
            raise forms.ValidationError(_("Enter six digits, for example 200 417."))
        return code


class SampleFilterForm(forms.Form):
    """A short form as lists use it."""

    word = forms.CharField(label=_("Word"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All")), ("A", _("First kind")), ("B", _("Second kind"))]
    )
    since = forms.DateField(label=_("Since"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


@register.simple_tag
def sample_form(kind="empty"):
    """'empty', 'errors' (bound, with two wrong fields) or 'filter'."""
    if kind == "filter":
        return SampleFilterForm(auto_id="filter_%s")
    if kind == "errors":
        sent = {"name": "", "code": "20O417", "due_on": "2026-11-30", "kind": "A", "urgency": "NOW"}
        return SampleForm(sent, auto_id="wrong_%s")
    return SampleForm()


@register.simple_tag
def sample_dates(rows):
    """Rows of `data` with "days" turned into a date `due` and "minutes" into a moment `at`."""
    for row in rows:
        if "days" in row:
            row["due"] = day(row["days"])
        if "minutes" in row:
            row["at"] = minute(row["minutes"])
    return rows
