"""Form parts that every app's forms share."""

import uuid

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.validation import without_personal_numbers


class PickInput(forms.TextInput):
    """A text input whose suggestions come from a picker; without script one types the whole value."""

    def __init__(self, *, url, attrs=None):
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.url = url

    def render(self, name, value, attrs=None, renderer=None):
        options = f"{(attrs or {}).get('id', name)}_options"
        extra = {
            "list": options,
            "hx-get": str(self.url),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": f"#{options}",
            "hx-params": name,
        }
        box = super().render(name, value, {**(attrs or {}), **extra}, renderer)
        return format_html('{}<datalist id="{}"></datalist>', box, options)


class PickField(forms.CharField):
    """One row of many, by what people call it or by its public id, among `rows` (already scoped to who asks).

    `find(rows, text)` narrows the rows to those that `text` names; none or several is an error at the field. `present`
    is the row chosen so far: its own name typed again means itself, whatever else is called so. Cleans to the row, or
    None when nothing was typed.
    """

    default_error_messages = {
        "unknown": _("There is nothing of this name among what you see. Type a little and choose a suggestion."),
        "several": _("Several have this name. Choose one of the suggestions."),
    }

    def __init__(self, *, rows, find, url, present=None, **options):
        super().__init__(max_length=160, widget=PickInput(url=url), **options)
        self.rows, self.find, self.present = rows, find, present

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        if self.present is not None and text.strip() == str(self.present):
            return self.present
        try:
            found = list(self.rows.filter(public_id=uuid.UUID(text))[:1])
        except ValueError:
            found = list(self.find(self.rows, text.strip())[:2])
        if len(found) != 1:
            code = "several" if found else "unknown"
            raise forms.ValidationError(self.error_messages[code], code=code)
        return found[0]


class FreeText(forms.CharField):
    """What people write in their own words, for others to read: no personal numbers (common.validation).

    tests/common/test_free_text.py names every other text field and why it may be one.
    """

    default_validators = [without_personal_numbers]
