"""What is asked of who complains."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.clock import today
from common.forms import FreeText
from compliance.queries.complaints import categories_on


class TellForm(forms.Form):
    """A complaint in the complainant's words."""

    category = forms.ChoiceField(label=_("What is wrong?"), choices=[])
    text = FreeText(label=_("What happened?"), max_length=1000)
    contact = forms.CharField(label=_("Your phone"), required=False, max_length=40)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["category"].choices = [(row.code, row.name) for row in categories_on(today())]
