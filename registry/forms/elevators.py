"""Forms of the register: they check shape; rules and actions decide."""

from decimal import Decimal

from django import forms
from django.core.validators import MinValueValidator
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.choices import PlaceType
from accounts.fields import AreaSelect
from accounts.queries import open_units, units_named
from accounts.roles import Permission
from common.forms import FreeText, PickField
from common.validation import without_personal_numbers
from registry import rules
from registry.actions.elevators import changeable_columns
from registry.choices import CoordSource, ResponsibilityRole
from registry.models import Elevator, Site
from registry.queries import sites_named

CODE_SENTENCES = {
    ("equipment_code", "length"): _("An equipment code has 18 characters."),
    ("equipment_code", "form"): _("This is not an equipment code: 4 digits of class, 5 of manufacturer, year, serial."),
    ("registration_code", "length"): _("A registration code has 20 digits."),
    ("registration_code", "form"): _("This is not a registration code: class, region, year and month, serial."),
    ("certificate_number", "length"): _("A certificate number looks like 梯11苏A12345(19)."),
    ("certificate_number", "form"): _("A certificate number looks like 梯11苏A12345(19)."),
    ("rescue_code", "length"): _("A rescue code has 6 digits, leading zeros included."),
    ("rescue_code", "form"): _("A rescue code has 6 digits, leading zeros included."),
}
# Lengths and speeds, which their decimal columns would also take below zero.
MEASURES = ("rated_speed_mps", "travel_m")
# columns in people's own words; the rest are codes, numbers, choices
FREE_TEXTS = ("internal_number", "building", "address", "manufacturer_name", "model", "floor_from", "floor_to")
NORMALISERS = {
    "equipment_code": rules.normalise_equipment_code,
    "registration_code": rules.normalise_registration_code,
    "certificate_number": rules.normalise_certificate_number,
    "rescue_code": rules.normalise_rescue_code,
}


def clean_code(name: str, text: str) -> str | None:
    """The canonical code or None for an empty one; ValidationError with the sentence for its reason."""
    if not text or not text.strip():
        return None
    try:
        return NORMALISERS[name](text)
    except rules.CodeError as error:
        raise forms.ValidationError(
            CODE_SENTENCES[(error.field, error.reason)], code=f"{name}-{error.reason}"
        ) from error


class ElevatorForm(forms.ModelForm):
    """Details of an elevator. `may_register` opens the fields that belong to the use registration; `may_number` the
    numbers of a new one: its rescue code, which else comes with its plate (decision 0011), and its certificate number, of
    an old certificate that the regulator enters.
    """

    area = AreaSelect(label=_("Area"), help_text=_("The subdistrict if you know it, else the district."))
    datum = forms.ChoiceField(
        label=_("Map datum of the position"),
        required=False,
        choices=(("WGS84", "WGS84 / CGCS2000"), ("GCJ02", "GCJ-02"), ("BD09", "BD-09")),
        help_text=_("GPS devices give WGS84; Chinese web maps give GCJ-02, Baidu BD-09. Stored as WGS84."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    REGISTRATION_FIELDS = rules.REGISTRATION_FIELDS
    GROUPS = (
        (_("Identity"), "rescue_code equipment_code registration_code certificate_number internal_number"),
        (_("Location"), "area site building address place_type latitude longitude datum"),
        (
            _("Technical parameters"),
            "class_code manufacturer_name model factory_number rated_load_kg rated_speed_mps travel_m "
            "floors landings floor_from floor_to",
        ),
        (_("Dates"), "manufactured_on commissioned_on last_renewed_on retrofitted"),
    )
    field_order = [name for _title, names in GROUPS for name in names.split()]

    class Meta:
        model = Elevator
        # the site is picked by name, the origin of a position comes with its datum
        fields = changeable_columns(but={"site", "coord_source"})
        labels = {
            "equipment_code": _("Equipment code"),
            "registration_code": _("Registration code"),
            "certificate_number": _("Certificate number"),
            "rescue_code": _("Rescue code"),
            "internal_number": _("In-house number"),
            "building": _("Building"),
            "address": _("Address"),
            "place_type": _("Place"),
            "latitude": _("Latitude"),
            "longitude": _("Longitude"),
            "class_code": _("Class"),
            "manufacturer_name": _("Manufacturer"),
            "model": _("Model"),
            "factory_number": _("Factory number"),
            "manufactured_on": _("Manufactured on"),
            "rated_load_kg": _("Rated load (kg)"),
            "rated_speed_mps": _("Rated speed (m/s)"),
            "travel_m": _("Travel (m)"),
            "floors": _("Floors"),
            "landings": _("Landings"),
            "floor_from": _("Lowest floor"),
            "floor_to": _("Highest floor"),
            "commissioned_on": _("Commissioned on"),
            "last_renewed_on": _("Last renewed on"),
            "retrofitted": _("Retrofitted to an older building"),
        }
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for name in ("manufactured_on", "commissioned_on", "last_renewed_on")
        }

    def __init__(self, *args, actor, may_register, may_number=True, **kwargs):
        super().__init__(*args, **kwargs)
        for name in FREE_TEXTS:
            self.fields[name].validators.append(without_personal_numbers)
        for name in MEASURES:
            self.fields[name].validators.append(MinValueValidator(0))
        self.fields["site"] = PickField(
            label=_("Site"),
            required=False,
            help_text=_("Whole name of an estate, mall or station; suggestions come while you type."),
            rows=Site.objects.visible_to(actor, Permission.VIEW_ELEVATOR),
            find=sites_named,
            present=self.instance.site if self.instance.pk else None,
            url=reverse_lazy("registry:site_picker"),
        )
        self.order_fields(self.field_order)
        for name in NORMALISERS:
            # typed with blanks and hyphens, in full width: the rule counts, not the column's length
            self.fields[name] = forms.CharField(label=self.fields[name].label, required=False, max_length=60)
        self.fields["rescue_code"].help_text = _(
            "Only where an old 96333 plate hangs already: its six digits. Else leave it empty; the nameplate brings its number."
        )
        if not may_number:
            del self.fields["rescue_code"]
        self.fields["class_code"].empty_label = _("not known")
        if not self.instance.pk:
            # nobody saves a kind of place that they did not choose
            self.fields["place_type"].choices = [("", _("choose a kind of place")), *PlaceType.choices]
            self.initial["place_type"] = ""
            if not may_number:
                del self.fields["certificate_number"]
        if self.instance.pk:
            self.initial |= {
                "area": self.instance.area.code,
                "site": self.instance.site.name if self.instance.site else "",
                "version": self.instance.version,
            }
            self.fields["version"].required = True
            if not may_register:
                for name in self.REGISTRATION_FIELDS & set(self.fields):
                    del self.fields[name]

    def groups(self) -> list[dict]:
        """The fields under their headings, as the page shows them; a group without fields is left out."""
        groups = [
            {"title": title, "fields": [self[name] for name in names.split() if name in self.fields]}
            for title, names in self.GROUPS
        ]
        return [group for group in groups if group["fields"]]

    def _clean_code(self, name):
        return clean_code(name, self.cleaned_data[name])

    def clean_equipment_code(self):
        return self._clean_code("equipment_code")

    def clean_registration_code(self):
        return self._clean_code("registration_code")

    def clean_certificate_number(self):
        return self._clean_code("certificate_number")

    def clean_rescue_code(self):
        return self._clean_code("rescue_code")

    def clean(self):
        data = super().clean()
        position(data)
        return data

    def _post_clean(self):
        """Only what each column can hold; a form must not write to the instance before the action is allowed to."""
        for name in set(self._meta.fields) & set(self.cleaned_data):
            try:
                self._meta.model._meta.get_field(name).run_validators(self.cleaned_data[name])
            except forms.ValidationError as error:
                self.add_error(name, error)

    def values(self) -> dict:
        """What the actions take: only fields that this form showed."""
        names = (set(self.fields) | {"coord_source"}) - {"datum", "version"}
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


def visible_site(text: str, actor):
    """The site with this public id that the actor sees, None for none; ValidationError otherwise."""
    if not text:
        return None
    try:
        return Site.objects.visible_to(actor, Permission.VIEW_ELEVATOR).get(public_id=text)
    except (Site.DoesNotExist, ValueError, forms.ValidationError) as error:
        raise forms.ValidationError(
            _("There is no such site among those that you see."), code="unknown-site"
        ) from error


def position(data: dict) -> None:
    """Turn latitude, longitude and datum of `data` into WGS84 columns, or raise ValidationError."""
    if "latitude" not in data and "longitude" not in data:
        return
    latitude, longitude = data.get("latitude"), data.get("longitude")
    if latitude is None and longitude is None:
        data["coord_source"] = ""
        return
    if latitude is None or longitude is None:
        missing = "latitude" if latitude is None else "longitude"
        raise forms.ValidationError({missing: _("A position needs both latitude and longitude.")})
    datum = data.get("datum") or "WGS84"
    try:
        north, east = rules.to_wgs84(float(latitude), float(longitude), datum)
    except rules.PositionError as error:
        raise forms.ValidationError(
            {"latitude": _("Latitude is from −90 to 90, longitude from −180 to 180 degrees. Are they swapped?")}
        ) from error
    if datum != "WGS84":
        # as the columns hold them, so that the same position again is no change
        data["latitude"], data["longitude"] = Decimal(f"{north:.6f}"), Decimal(f"{east:.6f}")
    data["coord_source"] = {"GCJ02": CoordSource.GCJ02, "BD09": CoordSource.BD09}.get(datum, CoordSource.MANUAL)


def believable_moment(value) -> None:
    """A moment near the ends of the calendar cannot be shown in Nanjing's time; it would break each page that tries."""
    if not 1900 <= value.year <= 2199:
        raise forms.ValidationError(forms.DateTimeField.default_error_messages["invalid"], code="moment")


class ResponsibilityForm(forms.Form):
    """Who is to answer for an elevator, from which day, by which document."""

    role = forms.ChoiceField(label=_("Role"), choices=ResponsibilityRole)
    started_on = forms.DateTimeField(
        label=_("From"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        validators=[believable_moment],
    )
    reference = FreeText(label=_("Document"), max_length=120, help_text=_("Contract or decision number."))

    field_order = ["role", "unit"]

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"] = PickField(
            label=_("Unit"),
            help_text=_("Credit code or whole name; suggestions come while you type."),
            rows=open_units(actor, Permission.ASSIGN_RESPONSIBILITY),
            find=units_named,
            url=reverse_lazy("accounts:unit_picker"),
        )
        self.order_fields(self.field_order)


class EndResponsibilityForm(forms.Form):
    """When a responsibility ends."""

    ended_at = forms.DateTimeField(
        label=_("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        validators=[believable_moment],
    )
