"""The filters of the elevator list, the same for the page and for REST."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.choices import AreaKind, PlaceType
from accounts.models import Unit
from accounts.queries import area_of, areas_by_id
from common import clock
from common.scoping import may
from registry import queries, rules
from registry.choices import STATES_SEEN, FlagKind, PlateState
from registry.models import Elevator, Nameplate, Site
from registry.queries.disclosures import without_disclosure
from registry.queries.map import within
from registry.rules.grid import SectionError, parse_section
from registry.signals import ELEVATOR_MARKS, ElevatorMark


def _class_choices():
    return [(row.code, str(row)) for row in queries.elevator_classes().values()]


def area_choices(given: str = ""):
    """Cities, districts and management areas, those of a city together; of subdistricts the `given` one alone."""
    known = areas_by_id()
    areas = [area for area in known.values() if area.kind != AreaKind.SUBDISTRICT or area.code == given]
    cities = {area.pk: area.code for area in areas if area.kind == AreaKind.CITY}

    def words(area) -> str:
        district = known.get(area.managing_district_id) if area.kind == AreaKind.SUBDISTRICT else None
        return f"{district} · {area}" if district else str(area)

    return [(area.code, words(area)) for area in sorted(areas, key=lambda a: (cities.get(a.city_id, ""), a.code))]


class AreaFilter(django_filters.ChoiceFilter):
    """Picked from a list without subdistricts, which would be a hundred lines; one that the address names stands in it too,
    so that filtering anew keeps it."""

    def __init__(self, **options):
        super().__init__(choices=area_choices, **options)

    @property
    def field(self):
        if not hasattr(self, "_field") and (given := (self.parent.data or {}).get("area")):
            self.extra["choices"] = area_choices(str(given))
        return super().field


SECTION_SENTENCES = {
    "form": _("A section of the map is four numbers: west, south, east, north, in degrees, with commas between."),
    "range": _(
        "A section of the map lies between -180 and 180 degrees from west to east, -90 and 90 from south to north."
    ),
    "swapped": _("A section of the map names west before east and south before north."),
}


class SectionField(forms.CharField):
    """A section of the map as text; cleaned it is a registry.rules.grid.Section, or None."""

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_section(text)
        except SectionError as error:
            raise ValidationError(SECTION_SENTENCES[error.reason], code=f"section-{error.reason}") from error


def spoken_section(text: str) -> str:
    """A section as a chip says it, to some hundred metres; what cannot be read as it is."""
    try:
        section = parse_section(text)
    except SectionError:
        return text
    return f"{section.south:.3f}–{section.north:.3f} N, {section.west:.3f}–{section.east:.3f} E"


class SectionFilter(django_filters.Filter):
    field_class = SectionField


LOCATED = (("true", _("known")), ("false", _("missing")))


class MarkFilter(django_filters.ChoiceFilter):
    """What another app says about elevators, for somebody who may see it."""

    def __init__(self, mark: ElevatorMark, **options):
        super().__init__(choices=mark.choices(), label=mark.label, empty_label=_("all"), **options)
        self.mark = mark

    def filter(self, queryset, value):
        if not value:
            return queryset
        area = self.parent.form.cleaned_data.get("area")
        return self.mark.narrow(queryset, self.parent.request.actor, value, area_of(area.strip()) if area else None)


class MarkedFilterSet(django_filters.FilterSet):
    """Takes in what `registry.elevator_marks` brings, as far as the asker may see it. Whoever may not finds nothing by it:
    neither the rows nor their number tell."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        actor = getattr(self.request, "actor", None)
        self._refused = set()
        for name, mark in self.brought().items():
            if actor is None or not may(actor, mark.permission):
                self._refused.add(name)
                continue
            self.filters[name] = own = MarkFilter(mark, field_name=name)
            own.parent, own.model = self, Elevator

    @classmethod
    def brought(cls) -> dict[str, ElevatorMark]:
        """{name in the address: the mark}."""
        return {mark.name: mark for mark in (registration.answer() for registration in ELEVATOR_MARKS)}

    @classmethod
    def brought_filters(cls) -> dict[str, MarkFilter]:
        """What the schema of the REST interface lists beside the filters of everybody (common.api.schema)."""
        told = _("Only for roles that may see it: others find nothing by it.")
        return {name: MarkFilter(mark, field_name=name, help_text=told) for name, mark in cls.brought().items()}

    def filter_queryset(self, queryset):
        if any(self.data.get(name) for name in self._refused):
            return queryset.none()
        return super().filter_queryset(queryset)


class ElevatorFilter(MarkedFilterSet):
    """Each is one condition on an indexed column; together they are AND."""

    area = django_filters.CharFilter(method="in_area", label=_("Area"))
    class_code = django_filters.ChoiceFilter(
        method="of_class", choices=_class_choices, label=_("Class"), empty_label=_("all")
    )
    registration_state = django_filters.ChoiceFilter(
        choices=[(state.value, state.label) for state in STATES_SEEN], label=_("Registration"), empty_label=_("all")
    )
    place_type = django_filters.ChoiceFilter(choices=PlaceType, label=_("Place"), empty_label=_("all"))
    min_age = django_filters.NumberFilter(
        method="at_least_years_old", min_value=0, max_value=150, label=_("Age in years, at least")
    )
    flag = django_filters.ChoiceFilter(method="flagged", choices=FlagKind, label=_("Flag"), empty_label=_("all"))
    retrofitted = django_filters.ChoiceFilter(
        choices=(("true", _("yes")), ("false", _("no"))),
        method="is_retrofitted",
        label=_("Retrofitted"),
        empty_label=_("all"),
    )
    using_unit = django_filters.UUIDFilter(method="of_unit", label=_("Using unit"))
    maintenance_unit = django_filters.UUIDFilter(method="of_unit", label=_("Maintenance unit"))
    site = django_filters.UUIDFilter(method="at_site", label=_("Site"))

    bbox = SectionFilter(method="in_section", label=_("Section of the map"))
    located = django_filters.ChoiceFilter(
        choices=LOCATED,
        method="is_located",
        label=_("Position"),
        empty_label=_("all"),
    )

    nameplate = django_filters.ChoiceFilter(
        choices=(("true", _("hangs")), ("false", _("none"))),
        method="has_nameplate",
        label=_("Nameplate"),
        empty_label=_("all"),
    )

    income = django_filters.ChoiceFilter(
        choices=(("false", _("nothing recent published")),),
        method="has_published_nothing",
        label=_("Income and costs"),
        empty_label=_("all"),
    )

    class Meta:
        model = Elevator
        fields: list = []

    def in_area(self, queryset, _name, code):
        """A city, district, management area or subdistrict by its code; an unknown code finds nothing."""
        area = area_of(code.strip())
        if area is None:
            return queryset.none()
        column = {AreaKind.CITY: "city", AreaKind.SUBDISTRICT: "area"}.get(area.kind, "managing_district")
        return queryset.filter(**{f"{column}_id": area.pk})

    def of_unit(self, queryset, name, public_id):
        """A unit by its public id, as a value and not a join: then the list still walks its index in order."""
        unit = Unit.objects.filter(public_id=public_id).values("pk")[:1]
        return queryset.filter(**{f"{name}_id": Subquery(unit)})

    def at_site(self, queryset, _name, public_id):
        return queryset.filter(site_id=Subquery(Site.objects.filter(public_id=public_id).values("pk")[:1]))

    def of_class(self, queryset, _name, code):
        """A class, or all classes under a group (3300: escalators and moving walks)."""
        significant = code.rstrip("0")
        if len(significant) >= 3:
            return queryset.filter(class_code=code)
        return queryset.filter(class_code__in=[c for c in queries.elevator_classes() if c.startswith(significant)])

    def at_least_years_old(self, queryset, _name, years):
        today = clock.today()
        try:
            latest = today.replace(year=today.year - int(years))
        except ValueError:  # 29 February
            latest = today.replace(year=today.year - int(years), day=28)
        return queryset.filter(commissioned_on__lte=latest)

    def flagged(self, queryset, _name, value: str):  # drf-spectacular reads the type of a parameter of this name
        # "> 0" lets PostgreSQL use the small index of flagged elevators
        return queryset.filter(flag_bits__gt=0, flag_bits__in=rules.masks_with(value))

    def in_section(self, queryset, _name, value: str):
        return within(queryset, value) if value else queryset

    def is_located(self, queryset, _name, value):
        return queryset.filter(map_y__isnull=value == "false")

    def has_nameplate(self, queryset, _name, value):
        hanging = Exists(Nameplate.objects.filter(elevator=OuterRef("pk"), state=PlateState.BOUND))
        return queryset.filter(hanging if value == "true" else ~hanging)

    def has_published_nothing(self, queryset, _name, value: str):
        return without_disclosure(queryset, today=clock.today())

    def is_retrofitted(self, queryset, _name, value):
        return queryset.filter(retrofitted=value == "true")


class ElevatorPageFilter(ElevatorFilter):
    """On the page areas are picked from a list; any area's code still works in the address."""

    area = AreaFilter(method="in_area", label=_("Area"), empty_label=_("all"), null_label=None)
    # set by links from a unit's page; a chip shows and removes them
    using_unit = django_filters.UUIDFilter(method="of_unit", label=_("Using unit"), widget=forms.HiddenInput)
    maintenance_unit = django_filters.UUIDFilter(
        method="of_unit", label=_("Maintenance unit"), widget=forms.HiddenInput
    )
    # set by links from the map
    bbox = SectionFilter(method="in_section", label=_("Section of the map"), widget=forms.HiddenInput)
    located = django_filters.ChoiceFilter(
        choices=LOCATED,
        method="is_located",
        label=_("Position"),
        widget=forms.HiddenInput,
    )
    site = django_filters.UUIDFilter(method="at_site", label=_("Site"), widget=forms.HiddenInput)
