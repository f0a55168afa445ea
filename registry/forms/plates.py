"""Forms of nameplates: ordering, handing out, hanging, taking out of use; filters of their lists."""

from decimal import Decimal

import django_filters
from django import forms
from django.conf import settings
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.choices import AreaKind
from accounts.models import Area, Unit
from accounts.queries import open_units, reach_of, units_named
from accounts.roles import Permission
from common.forms import FreeText, PickField
from registry.actions.plates import MOST_AT_ONCE
from registry.choices import PlateState, ScanVerdict
from registry.models import Elevator, Nameplate, PlateScan
from registry.plates.layouts import all_layouts
from registry.queries.elevators import code_condition

PHOTOGRAPHS = "image/jpeg,image/png,image/webp,image/heic,image/heif"


def cities_of(actor) -> list[Area]:
    """The cities that `actor` orders plates for."""
    scope = reach_of(actor, Permission.ORDER_PLATES)
    cities = Area.objects.filter(kind=AreaKind.CITY).order_by("code")
    if not scope.everything:
        cities = cities.filter(pk__in=[a.area_id for a in scope.areas if a.kind == AreaKind.CITY and not a.place_types])
    return list(cities)


def layout_choices() -> list[tuple[str, str]]:
    return [(name, layout.title_in(get_language())) for name, layout in all_layouts().items()]


def unit_field(actor, **options) -> PickField:
    return PickField(
        label=_("Held by"),
        help_text=_("Credit code or whole name; empty: the city's own store."),
        rows=open_units(actor, Permission.ORDER_PLATES),
        find=units_named,
        url=reverse_lazy("accounts:unit_picker"),
        required=False,
        **options,
    )


class OrderForm(forms.Form):
    """Plates of stock with new numbers."""

    city = forms.ModelChoiceField(label=_("City"), queryset=Area.objects.none(), to_field_name="code", empty_label=None)
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_AT_ONCE)
    layout = forms.ChoiceField(label=_("Print layout"), widget=forms.RadioSelect)

    def __init__(self, *args, actor, **options):
        super().__init__(*args, **options)
        cities = cities_of(actor)
        self.fields["city"].queryset = Area.objects.filter(pk__in=[city.pk for city in cities])
        self.fields["layout"].choices = layout_choices()
        self.fields["layout"].initial = next(iter(all_layouts()))
        self.fields["count"].help_text = format_lazy(_("1 to {most}."), most=f"{MOST_AT_ONCE:,}")
        self.fields["unit"] = unit_field(actor)
        if len(cities) == 1:
            self.fields["city"].initial = cities[0].code


class ReissueForm(forms.Form):
    """The next plate of each chosen elevator's own number."""

    layout = forms.ChoiceField(label=_("Print layout"), widget=forms.RadioSelect)

    def __init__(self, *args, actor, **options):
        super().__init__(*args, **options)
        self.fields["layout"].choices = layout_choices()
        self.fields["layout"].initial = next(iter(all_layouts()))
        self.fields["unit"] = unit_field(actor)


class HandOutForm(forms.Form):
    """Who holds what is left of an order."""

    def __init__(self, *args, actor, **options):
        super().__init__(*args, **options)
        self.fields["unit"] = unit_field(actor)


def degrees(most: int) -> forms.DecimalField:
    limit = Decimal(most)
    return forms.DecimalField(
        required=False, max_digits=9, decimal_places=6, min_value=-limit, max_value=limit, widget=forms.HiddenInput
    )


class HangForm(forms.Form):
    """The plate in the car: what the camera read, how it looks there, and where the phone was."""

    text = forms.CharField(
        label=_("Nameplate"),
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("Scan the code, or type the line below it."),
    )
    photo = forms.FileField(
        label=_("Photograph of the plate in the car"),
        widget=forms.FileInput(attrs={"accept": PHOTOGRAPHS, "capture": "environment"}),
        allow_empty_file=True,  # named by what looks into it
        required=False,
    )
    photo_kept = forms.UUIDField(required=False, widget=forms.HiddenInput)  # sent with an earlier try of this form
    latitude, longitude = degrees(90), degrees(180)
    confirmed_far = forms.BooleanField(label=_("Yes, hang it here all the same"), required=False)
    accuracy_m = forms.IntegerField(required=False, min_value=0, max_value=1_000_000, widget=forms.HiddenInput)

    def clean(self):
        data = super().clean()
        # a position that cannot be is the phone's mistake, not the worker's: the plate hangs without one
        for name in ("latitude", "longitude", "accuracy_m"):
            if self.errors.pop(name, None):
                data[name] = None
        if not data.get("photo") and not data.get("photo_kept") and "photo" not in self.errors:
            self.add_error("photo", forms.ValidationError(_("Take a photograph of the plate."), code="required"))
        return data

    @property
    def asks_whether_far(self) -> bool:
        """The question is put where it arises; a tick that was set stays to be seen."""
        return bool(self["confirmed_far"].errors or self["confirmed_far"].value())

    def keep_photo(self, attachment) -> None:
        """Show the form again without asking for the photograph again."""
        self.data = self.data.copy()
        self.data["photo_kept"] = str(attachment.public_id)

    def values(self) -> dict:
        """What the action takes besides elevator and photo."""
        data = self.cleaned_data
        both = data.get("latitude") is not None and data.get("longitude") is not None
        return {
            "text": data["text"],
            "position": (data["latitude"], data["longitude"]) if both else None,
            "accuracy_m": data.get("accuracy_m") if both else None,
            "confirmed_far": data["confirmed_far"],
        }


def elevators_called(rows, text: str):
    """Elevators of `rows` with exactly this code or number of the using unit."""
    return rows.filter(code_condition(text))


class HangFoundForm(HangForm):
    """A plate was scanned first: which elevator is this?"""

    def __init__(self, *args, actor, **options):
        super().__init__(*args, **options)
        self.fields["elevator"] = PickField(
            label=_("Elevator"),
            help_text=_("Its equipment or registration code; suggestions come while you type a code, site or address."),
            rows=Elevator.objects.visible_to(actor, Permission.HANG_PLATE),
            find=elevators_called,
            url=reverse_lazy("registry:hanging_picker"),
        )
        self.order_fields(["text", "elevator", "photo", "confirmed_far"])


class VoidForm(forms.Form):
    """Why a plate goes out of use."""

    reason = FreeText(
        label=_("Reason"), max_length=200, help_text=_("Lost, damaged, stolen, misprinted … It stays beside the plate.")
    )


class PlateFilter(django_filters.FilterSet):
    """Plates by state, number, holder and where they were hung."""

    state = django_filters.ChoiceFilter(choices=PlateState, label=_("State"), empty_label=_("all"))
    code = django_filters.CharFilter(method="numbered", label=_("Number"))
    unit = django_filters.UUIDFilter(method="held_by", label=_("Held by"))
    store = django_filters.ChoiceFilter(
        choices=(("true", _("held by nobody")),), method="in_store", label=_("The city's store"), empty_label=_("all")
    )
    far = django_filters.ChoiceFilter(
        choices=(("true", _("far from the register's position")),),
        method="hung_far",
        label=_("Hung"),
        empty_label=_("all"),
    )

    class Meta:
        model = Nameplate
        fields: list = []

    def numbered(self, queryset, _name, value):
        return queryset.filter(code=value.strip())

    def held_by(self, queryset, _name, public_id):
        return queryset.filter(unit__in=Unit.objects.filter(public_id=public_id).values("pk"))

    def in_store(self, queryset, _name, _value):
        return queryset.filter(unit__isnull=True)

    def hung_far(self, queryset, _name, _value):
        return queryset.filter(confirmed_far_m__isnull=False)


class ScanFilter(django_filters.FilterSet):
    """Bad scans by what was wrong."""

    verdict = django_filters.ChoiceFilter(choices=ScanVerdict, label=_("What was wrong"), empty_label=_("all"))

    class Meta:
        model = PlateScan
        fields: list = []


def plate_address() -> str:
    return f"https://{settings.PLATE_HOST}/e/"
