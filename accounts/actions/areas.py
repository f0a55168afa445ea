"""Areas of other cities, brought in from a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import AreaKind
from accounts.models import Area
from common.actor import Actor
from common.audit import difference, record_change
from common.errors import Refusal

# The columns of a list of areas; `managed_by_code` may be blank: then the area is managed by its parent.
AREA_COLUMNS = ("code", "name", "name_en", "kind", "parent_code", "managed_by_code", "source")
_TEXTS = ("name", "name_en", "source")


class AreaRefused(Refusal):
    """A list of areas that does not hold together; nothing of it was brought in."""

    code = "area-refused"

    def __init__(self, message, **params):
        super().__init__(message, **params)


@dataclass(frozen=True, slots=True)
class AreasImported:
    created: int
    changed: int
    unchanged: int


@transaction.atomic
def import_areas(*, rows: Iterable[Mapping[str, str]], by: Actor) -> AreasImported:
    """Add the areas of a list, all or none; an area that is there is only renamed. The same list again changes nothing.

    A row comes after its parent and its manager. Where an area lies and who manages it is repeated on every elevator in
    it, so this list may not change it. Raises AreaRefused with the row's number (the header is row 1).
    """
    areas = {area.code: area for area in Area.objects.select_for_update()}
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    for number, row in enumerate(rows, start=2):
        wanted = _wanted(number, {name: (row.get(name) or "").strip() for name in AREA_COLUMNS}, areas)
        area = areas.get(wanted["code"])
        if area is None:
            areas[wanted["code"]] = _create(wanted, by)
            counts["created"] += 1
        else:
            counts["changed" if _rename(number, area, wanted, by) else "unchanged"] += 1
    return AreasImported(**counts)


def _wanted(number: int, row: dict[str, str], areas: dict[str, Area]) -> dict:
    """The fields of an area from its row."""
    if not row["code"] or not row["name"] or not row["source"]:
        raise AreaRefused(_("Row %(row)s: code, name and source may not be blank."), row=number)
    if row["kind"] not in AreaKind.values:
        raise AreaRefused(
            _("Row %(row)s: “%(kind)s” is no kind of area. There are: %(kinds)s."),
            row=number,
            kind=row["kind"],
            kinds=", ".join(AreaKind.values),
        )
    for field in (Area._meta.get_field(name) for name in ("code", *_TEXTS)):
        if len(row[field.name]) > field.max_length:
            raise AreaRefused(
                _("Row %(row)s: %(column)s may have %(longest)s characters at most."),
                row=number,
                column=field.name,
                longest=field.max_length,
            )
    parent = _named(number, row["parent_code"], areas)
    manager = _named(number, row["managed_by_code"], areas) or parent
    if (row["kind"] == AreaKind.CITY) != (manager is None):
        raise AreaRefused(
            _("Row %(row)s: a city has no parent, and every other area has one or is managed by one."), row=number
        )
    texts = {name: row[name] for name in ("code", *_TEXTS)}
    return texts | {"kind": row["kind"], "statistical_parent": parent, "managed_by": manager}


def _named(number: int, code: str, areas: dict[str, Area]) -> Area | None:
    if not code:
        return None
    if code not in areas:
        raise AreaRefused(
            _("Row %(row)s: there is no area %(code)s. Put it above this row or import its list first."),
            row=number,
            code=code,
        )
    return areas[code]


def _create(wanted: dict, by: Actor) -> Area:
    """A city is its own city, a district its own managing district; below, both are the manager's."""
    manager = wanted["managed_by"]
    area = Area(**wanted)
    if manager is not None:
        area.city_id = manager.city_id or manager.pk
    if wanted["kind"] == AreaKind.SUBDISTRICT:
        area.managing_district_id = manager.managing_district_id
        if area.managing_district_id is None:
            raise AreaRefused(
                _("%(code)s: a subdistrict is managed by a district or a management area."), code=area.code
            )
    area.save()
    if area.kind == AreaKind.CITY:
        area.city = area
        area.save(update_fields=["city"])
    elif area.kind in (AreaKind.DISTRICT, AreaKind.MANAGEMENT):
        area.managing_district = area
        area.save(update_fields=["managing_district"])
    record_change(
        action="accounts.create_area",
        subject=area,
        by=by,
        changes={name: [None, value] for name, value in wanted.items() if value},
    )
    return area


def _rename(number: int, area: Area, wanted: dict, by: Actor) -> bool:
    """Whether something changed. Refuses to move an area."""
    changes = difference(area, wanted)
    if set(changes) - set(_TEXTS):
        raise AreaRefused(
            _(
                "Row %(row)s: %(code)s is on the platform with another kind, parent or manager. Elevators hang on that, "
                "so this list cannot change it."
            ),
            row=number,
            code=area.code,
        )
    if not changes:
        return False
    for name in changes:
        setattr(area, name, wanted[name])
    area.save(update_fields=list(changes))
    record_change(action="accounts.change_area", subject=area, by=by, changes=changes)
    return True
