"""The list of elevators as it may be taken out: typed columns over the same filters as the page."""

from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.choices import PlaceType
from accounts.models import Unit
from accounts.queries import area_of
from accounts.roles import Permission
from common.exports.columns import Column, Form
from common.exports.kinds import ExportKind
from common.filtering import words_of
from registry import rules
from registry.choices import CoordSource, FlagKind, RegistrationState
from registry.forms.elevators import ElevatorForm
from registry.forms.filters import ElevatorFilter, spoken_section
from registry.models import Elevator, Site
from registry.signals import marks_for

KIND = "registry.elevators"
_LABELS = ElevatorForm.Meta.labels


def _class_name():
    return F("class_code__name_zh" if (get_language() or "").startswith("zh") else "class_code__name_en")


def _public_id():
    return Cast("public_id", TextField())


def _flag_words() -> dict[int, str]:
    """Every combination of open flags in words."""
    return {
        bits: "、".join(str(FlagKind(kind).label) for kind in rules.FLAG_BITS if kind in rules.flags_in(bits))
        for bits in range(1, 2 ** len(rules.FLAG_BITS))
    } | {0: ""}


def _choices(choices):
    return lambda: dict(choices.choices)


def _own(name: str, form: Form = Form.TEXT, **options) -> Column:
    """A column that the details form has as well, under the same words."""
    return Column(name, _LABELS[name], form, **options)


COLUMNS = (
    _own("rescue_code", Form.CODE, width=10),
    _own("equipment_code", Form.CODE, width=20),
    _own("registration_code", Form.CODE, width=22),
    _own("certificate_number", Form.CODE, width=20),
    Column("source_key", _("Key in the source register"), Form.CODE),
    _own("internal_number", Form.CODE),
    Column("city", _("City"), source="city__name"),
    Column("managing_district", _("Managing district"), source="managing_district__name"),
    Column("area", _("Area"), source="area__name"),
    Column("site", _("Site"), source="site__name", width=28),
    _own("building"),
    _own("address", width=32),
    _own("place_type", Form.CHOICE, choices=_choices(PlaceType)),
    _own("latitude", Form.DECIMAL, places=6),
    _own("longitude", Form.DECIMAL, places=6),
    Column("coord_source", _("Origin of the position"), Form.CHOICE, choices=_choices(CoordSource), chosen=False),
    Column("class_code", _("Class code"), Form.CODE, source="class_code_id", width=10),
    Column("class_name", _("Class"), source=_class_name, width=24),
    _own("manufacturer_name", width=28),
    _own("model"),
    _own("factory_number", Form.CODE),
    _own("manufactured_on", Form.DATE),
    _own("rated_load_kg", Form.INTEGER),
    _own("rated_speed_mps", Form.DECIMAL, places=2),
    _own("travel_m", Form.DECIMAL, places=2),
    _own("floors", Form.INTEGER, width=8),
    _own("landings", Form.INTEGER, width=8),
    _own("floor_from", width=8, chosen=False),
    _own("floor_to", width=8, chosen=False),
    _own("commissioned_on", Form.DATE),
    _own("last_renewed_on", Form.DATE, chosen=False),
    Column(
        "retrofitted",
        _("Retrofitted"),
        Form.CHOICE,
        choices=lambda: {True: str(_("yes")), False: str(_("no"))},
        width=8,
    ),
    Column("registration_state", _("Registration"), Form.CHOICE, choices=_choices(RegistrationState)),
    Column("registration_state_at", _("Registration since"), Form.MOMENT, width=20, chosen=False),
    Column("flags", _("Flags"), Form.CHOICE, source="flag_bits", choices=_flag_words),
    Column("using_unit", _("Using unit"), source="using_unit__name", width=28),
    Column("maintenance_unit", _("Maintenance unit"), source="maintenance_unit__name", width=28),
    Column("id", _("Platform's own id"), Form.CODE, source=_public_id, width=38, chosen=False),
    Column("updated_at", _("Last changed"), Form.MOMENT, width=20, chosen=False),
)


def spoken_filters(filterset, actor) -> list[tuple[str, str]]:
    """The filters of the list in words, units by their name as far as one sees them."""

    def spoken(name, _field, given):
        if name in ("using_unit", "maintenance_unit"):
            return unit_name(given, actor=actor)
        if name == "bbox":
            return spoken_section(given)
        if name == "site":
            sites = Site.objects.visible_to(actor, Permission.VIEW_ELEVATOR).filter(public_id=given)
            return sites.values_list("name", flat=True).first()
        return area_of(given.strip()) if name == "area" else None

    return words_of(filterset, spoken)


def unit_name(public_id, *, actor) -> str | None:
    """The name of a unit that answers for something one sees, else None."""
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR)
    unit = Unit.objects.filter(public_id=public_id).first()
    if unit is None:
        return None
    known = seen.filter(using_unit=unit).exists() or seen.filter(maintenance_unit=unit).exists()
    return unit.name if known else None


def elevator_export() -> ExportKind:
    """Elevators (registered at common.export_kinds)."""
    return _KIND


def _brought(actor) -> tuple[Column, ...]:
    """Columns of other apps, for those who may see them (registry.elevator_marks)."""
    return tuple(column for mark in marks_for(actor) for column in mark.columns(actor))


_KIND = ExportKind(
    label=_("Elevators"),
    permission=Permission.VIEW_ELEVATOR,
    columns=COLUMNS,
    rows=Elevator.objects.all,
    filter_class=ElevatorFilter,
    spoken=spoken_filters,
    list_url=lambda: reverse("registry:elevators"),
    file_word=pgettext_lazy("file name", "elevators"),
    more_columns=_brought,
)
