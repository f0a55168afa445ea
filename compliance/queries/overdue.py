"""What is late, by district, subdistrict, using unit and elevator: one statement for each level, in the actor's scope."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value

from accounts.choices import AreaKind
from accounts.models import Area, Unit
from accounts.queries import area_of, areas_by_id, reach_of
from accounts.roles import Permission
from common.actor import Actor
from compliance.choices import RiskBand
from compliance.models import Hazard, Obligation, Reminder, ReminderRule, RiskScore
from compliance.models.obligations import NEAR, lines_of_a_kind, to_do_by
from registry.models import Elevator
from registry.queries import name_neighbours
from registry.queries.elevators import LIST_FIELDS

LONGEST = 300  # lines of one level; a subdistrict has fewer units, a unit with more elevators has the list
# {level: (column of what repeats its elevator's areas, column of the elevator)}
_COLUMNS = {
    "district": ("managing_district_id", "managing_district_id"),
    "area": ("area_id", "area_id"),
    "unit": ("elevator__using_unit_id", "using_unit_id"),
    "elevator": ("elevator_id", "pk"),
}


NUMBERS = ("overdue", "month", "hazards", "late", "elevators", "duties")
# what stands in a column of its own; green is the rest
BANDS = {"red": RiskBand.RED, "orange": RiskBand.ORANGE, "yellow": RiskBand.YELLOW}


@dataclass(frozen=True, slots=True)
class Where:
    """How far a list was narrowed: a district, a subdistrict, a using unit, a kind of obligation."""

    district: Area | None = None
    area: Area | None = None
    unit: Unit | None = None
    kind: str = ""

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """As an address has it."""
        pairs = (
            ("district", self.district.code if self.district else ""),
            ("area", self.area.code if self.area else ""),
            ("unit", str(self.unit.public_id) if self.unit else ""),
            ("kind", self.kind),
        )
        return [(name, value) for name, value in pairs if value]

    def narrow(self, rows: QuerySet, *, prefix: str) -> QuerySet:
        """Rows inside; `prefix`: how they reach the elevator ("" for elevators themselves)."""
        given = {"managing_district": self.district, "area": self.area, f"{prefix}using_unit": self.unit}
        return rows.filter(**{name: value for name, value in given.items() if value is not None})


def where_of(parameters, known_kinds, actor: Actor) -> Where | None:
    """What an address asks for (`parameters`: request.GET); None when it names something that there is not, or a unit of which
    the actor sees nothing."""
    district, area = parameters.get("district", ""), parameters.get("area", "")
    unit, kind = parameters.get("unit", ""), parameters.get("kind", "")
    found = Where(
        district=area_of(district) if district else None,
        area=area_of(area) if area else None,
        unit=unit_seen(unit, actor) if unit else None,
        kind=kind if kind in known_kinds else "",
    )
    missing = (
        district and not found.district,
        area and not found.area,
        unit and not found.unit,
        kind and not found.kind,
    )
    return None if any(missing) else found


def unit_seen(public_id: str, actor: Actor) -> Unit | None:
    """A unit by its id, for whoever sees it or an elevator for which it answers; to others it is as unknown. One statement, and
    what the scope of a unit asks."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    own = Unit.objects.visible_to(actor, Permission.VIEW_OBLIGATION).values("pk")
    elevators = Elevator.objects.visible_to(actor, Permission.VIEW_OBLIGATION).filter(using_unit=OuterRef("pk"))
    return Unit.objects.filter(Q(pk__in=own) | Exists(elevators), public_id=wanted).first()


def level_of(actor: Actor, where: Where) -> str:
    """What the lines of the next level are."""
    if where.unit is not None:
        return "elevator"
    if where.area is not None:
        return "unit"
    if where.district is not None:
        return "area"
    scope = reach_of(actor, Permission.VIEW_OBLIGATION)
    kinds = {area.kind for area in scope.areas}
    if scope.everything or AreaKind.CITY in kinds:
        return "district"
    return "area" if kinds & {AreaKind.DISTRICT, AreaKind.MANAGEMENT} else "unit"


@dataclass(slots=True)
class Line:
    """One district, subdistrict, unit or elevator. `overdue`, `month`: an elevator counts once for each kind, as in
    the lists; `late`: elevators with something overdue, of `elevators`; `duties`: what units and their people owe and have not
    done, about no elevator (no share, no reminder)."""

    key: int | None
    overdue: int = 0
    month: int = 0
    hazards: int = 0
    late: int = 0
    elevators: int = 0
    duties: int = 0
    red: int = 0
    orange: int = 0
    yellow: int = 0
    label: str = ""
    hint: str = ""
    code: str = ""  # what an address calls it
    url: str = ""
    bands: list = field(default_factory=list)  # of {"label", "count", "state", "url"}
    reminded_at: dt.datetime | None = None

    @property
    def share(self) -> float:
        """Elevators with something overdue, percent of all."""
        return 100 * self.late / self.elevators if self.elevators else 0.0


def lines_of(actor: Actor, where: Where, level: str, today: dt.date) -> list[Line]:
    """The lines of a level, in no order and without names. One statement."""
    column, own = _COLUMNS[level]
    late = Q(alert_after__lt=today)
    obligations, until = where.narrow(_pending(actor), prefix="elevator__"), today + NEAR
    if where.kind:
        obligations = obligations.filter(kind=where.kind)
    hazards = where.narrow(
        Hazard.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True).standing(), prefix="elevator__"
    )
    elevators = where.narrow(Elevator.objects.visible_to(actor, Permission.VIEW_OBLIGATION), prefix="")
    none = Value(0)
    parts = (
        _counted(obligations.filter(alert_after__lte=until), column, lines_of_a_kind(late), lines_of_a_kind(~late),
                 none, none, none, none, also=("kind",)),
        _counted(obligations.filter(late), column, none, none, none, Count("elevator_id", distinct=True), none, none),
        _counted(obligations.to_apply_only(until).counted_by_line(today, until), column, none, Count("pk"), none, none,
                 none, none),
        _counted(hazards, column, none, none, Count("pk"), none, none, none),
        _counted(elevators, own, none, none, none, none, Count("pk"), none),
    )  # fmt: skip
    if level != "elevator":
        by = column if level != "unit" else "for_unit_id"
        parts += (_counted(_duties(actor, where, today), by, none, none, none, none, none, Count("pk")),)
    lines: dict[int | None, Line] = {}
    for key, *numbers in parts[0].union(*parts[1:], all=True):
        line = lines.setdefault(key, Line(key))
        for name, number in zip(NUMBERS, numbers, strict=True):
            setattr(line, name, getattr(line, name) + number)
    return list(lines.values())


def count_bands(lines: list[Line], actor: Actor, where: Where, level: str) -> list[Line]:
    """Give lines the number of their elevators in each of BANDS, as the list of bands has them. One statement."""
    scores = where.narrow(
        RiskScore.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True), prefix="elevator__"
    )
    numbers = {name: Count("pk", filter=Q(band=band)) for name, band in BANDS.items()}
    rows = scores.filter(band__in=BANDS.values()).order_by().values(line=F(_COLUMNS[level][0])).annotate(**numbers)
    found = {row.pop("line"): row for row in rows}
    for line in lines:
        for name, number in found.get(line.key, {}).items():
            setattr(line, name, number)
    return lines


def _counted(rows: QuerySet, column: str, *numbers, also: tuple = ()) -> QuerySet:
    """(line, *numbers); `also`: columns of which each value is counted by itself, so that a line has several rows."""
    names = [f"n_{name}" for name in NUMBERS]
    return (
        rows.order_by()
        .values(*also, line=F(column))
        .annotate(**dict(zip(names, numbers, strict=True)))
        .values_list("line", *names)
    )


def _duties(actor: Actor, where: Where, today: dt.date) -> QuerySet[Obligation]:
    """What units and their people have not done in time."""
    rows = (
        Obligation.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True)
        .overdue(today)
        .filter(for_unit__isnull=False)
    )
    given = {
        "managing_district": where.district,
        "area": where.area,
        "for_unit": where.unit,
        "kind": where.kind or None,
    }
    return rows.filter(**{name: value for name, value in given.items() if value is not None})


def _pending(actor: Actor, permission=Permission.VIEW_OBLIGATION) -> QuerySet[Obligation]:
    return Obligation.objects.visible_to(actor, permission, whole=True).pending().filter(elevator__isnull=False)


def named(lines: list[Line], level: str) -> list[Line]:
    """Give lines their names. Areas: no statement; units: two (with the last reminder); elevators: three."""
    keys = [line.key for line in lines if line.key is not None]
    if level == "unit":
        units, reminded = Unit.objects.only("pk", "public_id", "name").in_bulk(keys), last_reminders(keys)
        for line in lines:
            if (unit := units.get(line.key)) is not None:
                line.label, line.code, line.reminded_at = unit.name, str(unit.public_id), reminded.get(line.key)
    elif level == "elevator":
        rows = name_neighbours(list(Elevator.objects.filter(pk__in=keys).only(*LIST_FIELDS)))
        elevators = {row.pk: row for row in rows}
        for line in lines:
            row = elevators[line.key]
            line.label, line.code = row.main_code, str(row.public_id)
            line.hint = f"{row.site.name if row.site else row.address} {row.building}".strip()
    else:
        areas = areas_by_id()
        for line in lines:
            if (area := areas.get(line.key)) is not None:
                line.label, line.code = str(area), area.code
    return lines


def last_reminders(unit_ids) -> dict[int, dt.datetime]:
    """{unit: when it was reminded last}; one statement."""
    rows = Reminder.objects.filter(unit_id__in=list(unit_ids)).order_by("unit_id", "-at").distinct("unit_id")
    return dict(rows.values_list("unit_id", "at"))


@dataclass(frozen=True, slots=True)
class Debt:
    """What one using unit owes within a filter; an elevator counts once for each kind."""

    unit_id: int
    overdue: int
    month: int
    elevators: int
    reminded_until: dt.datetime | None

    def rests(self, at: dt.datetime) -> bool:
        """Was it reminded so recently that it is left alone?"""
        return self.reminded_until is not None and self.reminded_until > at


def debts(actor: Actor, where: Where, *, today: dt.date, at: dt.datetime, unit_ids=None) -> list[Debt]:
    """Using units with something overdue that this actor may remind, the most first. One statement."""
    late = Q(alert_after__lt=today)
    rows = where.narrow(_pending(actor, Permission.REMIND_UNIT), prefix="elevator__")
    rows = rows.filter(to_do_by(today + NEAR), elevator__using_unit__isnull=False)
    rows = rows.counted_by_line(today, today + NEAR)
    rows = rows.filter(Q(elevator__using_unit_until__isnull=True) | Q(elevator__using_unit_until__gt=at))
    if where.kind:
        rows = rows.filter(kind=where.kind)
    if unit_ids is not None:
        rows = rows.filter(elevator__using_unit__in=unit_ids)
    last = Reminder.objects.filter(unit=OuterRef("unit_id_of")).order_by("-at").values("until")[:1]
    found = (
        rows.order_by()
        .values(unit_id_of=F("elevator__using_unit_id"))
        .annotate(
            overdue=Count("pk", filter=late),
            month=Count("pk", filter=~late),
            elevators=Count("elevator_id", filter=late, distinct=True),
        )
        .filter(overdue__gt=0)
        .annotate(reminded_until=Subquery(last))
        .order_by("-overdue", "unit_id_of")
        .values_list("unit_id_of", "overdue", "month", "elevators", "reminded_until")
    )
    return [Debt(*row) for row in found]


def without_unit(rows: QuerySet[Obligation], at: dt.datetime) -> QuerySet[Obligation]:
    """Those about elevators for which no using unit answers at a moment: nobody can be reminded of them."""
    nobody = Q(elevator__using_unit__isnull=True) | Q(elevator__using_unit_until__lte=at)
    return rows.filter(nobody, elevator__isnull=False)


def count_without_unit(actor: Actor, where: Where, *, today: dt.date, at: dt.datetime) -> int:
    """Elevators with something overdue that debts() leaves out, as nobody answers for them. One statement."""
    rows = where.narrow(_pending(actor, Permission.REMIND_UNIT), prefix="elevator__").overdue(today)
    if where.kind:
        rows = rows.filter(kind=where.kind)
    return without_unit(rows, at).aggregate(number=Count("elevator_id", distinct=True))["number"]


def reminder_hours(day: dt.date) -> int:
    """For how long a reminded unit is left alone, by the row in force. Raises LookupError where there is none."""
    rows = ReminderRule.objects.filter(valid_from__lte=day).exclude(valid_until__lt=day).order_by("-valid_from")
    row = rows.first()
    if row is None:
        raise LookupError(f"no rule about reminders on {day}")
    return row.hours
