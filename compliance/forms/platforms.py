"""What is asked of who enters a platform outside that takes complaints over by Open311."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import AreaKind
from accounts.models import Area
from common.clock import today
from common.forms import FreeText
from compliance.models import OutsidePlatform
from compliance.queries.complaints import categories_on


class PlatformForm(forms.Form):
    """A new one, or the one in `platform`, whose name stays: it stands in the record of what was passed on."""

    name = FreeText(
        label=_("Name"), max_length=80, help_text=_("Officers choose it by this when they pass a complaint on.")
    )
    city = forms.ModelChoiceField(
        Area.objects.filter(kind=AreaKind.CITY).order_by("code"), label=_("City"), required=False,
        empty_label=_("any"), to_field_name="code",
    )  # fmt: skip
    endpoint = forms.CharField(
        label=_("Address"), max_length=300, widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text=_("Of its GeoReport v2, up to the part before services."),
    )  # fmt: skip
    jurisdiction = forms.CharField(
        label="jurisdiction_id", max_length=80, required=False, help_text=_("If it has one; it says so itself.")
    )
    services = forms.CharField(
        label=_("What it takes"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})
    )
    api_key = forms.CharField(
        label=_("Key"), max_length=200, required=False, strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args, platform: OutsidePlatform | None = None, **options):
        super().__init__(*args, **options)
        codes = ", ".join(f"{row.code} ({row.name})" for row in categories_on(today()))
        self.fields["services"].help_text = _(
            "One line for each: our category = their service code; = and a code alone for all the rest. Ours: %(codes)s."
        ) % {"codes": codes}
        self.platform = platform
        self.fields["api_key"].help_text = (
            _("Nobody reads it here again. Leave it empty to keep the present one; enter another to change it.")
            if platform
            else _("That it gave us. Kept sealed: nobody reads it here again. Empty if it wants none.")
        )
        if platform:
            self.fields["name"].disabled = True
            self.initial = {
                "name": platform.name,
                "city": platform.city and platform.city.code,
                "endpoint": platform.endpoint,
                "jurisdiction": platform.jurisdiction,
                "services": "\n".join(f"{ours}={theirs}" for ours, theirs in platform.services.items()),
            }

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        if self.platform is None and OutsidePlatform.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is one of this name. Change that one, or choose another name."))
        return name

    def clean_services(self) -> dict[str, str]:
        known, found = {row.code for row in categories_on(today())}, {}
        for line in filter(None, map(str.strip, self.cleaned_data["services"].splitlines())):
            ours, sign, theirs = (part.strip() for part in line.partition("="))
            if not (sign and theirs) or (ours and ours not in known) or len(theirs) > 64 or ours in found:
                raise forms.ValidationError(_("This line is not understood: %(line)s"), params={"line": line[:80]})
            found[ours] = theirs
        return found

    def clean_api_key(self):
        """None: as it was."""
        return self.cleaned_data["api_key"] or None
