"""Which rows an actor may see, built on responsibilities and area grants; the one place that says so."""

from django.db.models import BooleanField, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.lookups import IsNull

from accounts.choices import AreaKind
from accounts.rules import Reach
from common.clock import now
from common.one_look import once, one_look

FEW, MANY = 1_000, 8_000  # measured in a city of 200,000: where one way begins to cost less than the other

# Column on Elevator that answers for each kind of area.
_AREA_COLUMN = {
    AreaKind.CITY: "city_id",
    AreaKind.DISTRICT: "managing_district_id",
    AreaKind.MANAGEMENT: "managing_district_id",
    AreaKind.SUBDISTRICT: "area_id",
}


def area_condition(scope: Reach, prefix: str = "") -> Q:
    """Rows inside the granted areas, of the granted place types."""
    condition = Q()
    for area in scope.areas:
        one = Q(**{f"{prefix}{_AREA_COLUMN[area.kind]}": area.area_id})
        if area.place_types:
            one &= Q(**{f"{prefix}place_type__in": sorted(area.place_types)})
        condition |= one
    return condition


def whole_areas_condition(scope: Reach, prefix: str = "") -> Q | None:
    """For rows that repeat an elevator's three areas: what finds them by these columns alone, where a reach is made of whole
    areas and nothing else. None where the elevators themselves have to be asked: of units, of some place types."""
    if not scope.areas or scope.unit_ids or any(area.place_types for area in scope.areas):
        return None
    return area_condition(scope, prefix)


def elevator_condition(scope: Reach) -> Q | None:
    """The rows of Elevator that a reach covers: None for all, an impossible condition for none."""
    if scope.everything:
        return None
    on_its_row, others = _held(scope)
    if others is not None:
        on_its_row |= Q(pk__in=others.values("elevator_id"))
    return on_its_row or Q(pk__in=[])


def _held(scope: Reach):
    """What finds the elevators of a reach: a condition on their own rows (empty where none stands there), and the
    responsibilities of other roles (None where no unit holds any).

    The two great roles stand on the elevator's own row (with their end), so that a list walks one index; units that
    hold any other role are looked up in Responsibility.
    """
    from registry.models.responsibilities import Responsibility

    condition = area_condition(scope)
    if not scope.unit_ids:
        return condition, None
    at = now()
    held = once(("roles", scope.unit_ids), lambda: frozenset(Responsibility.objects.roles_held(scope.unit_ids, at)))
    great = {"USING_UNIT": "using_unit", "MAINTENANCE_UNIT": "maintenance_unit"}
    for role in [role for role in great if role in held]:
        column = great[role]
        condition |= Q(**{f"{column}_id__in": sorted(scope.unit_ids)}) & (
            Q(**{f"{column}_until__isnull": True}) | Q(**{f"{column}_until__gt": at})
        )
    if not (others := held - great.keys()):
        return condition, None
    return condition, Responsibility.objects.current(at).filter(unit_id__in=scope.unit_ids, role__in=sorted(others))


class _Among(Func):
    """Is it one of these keys? They go to the database as one array, written once: a placeholder for each of thousands costs as
    much to write and to read as finding the rows does."""

    output_field = BooleanField()
    template, arg_joiner = "(%(expressions)s::bigint[]))", " = ANY("

    @classmethod
    def of(cls, column: str, keys: list[int]) -> Q:
        return Q(cls(F(column), Value(f"{{{','.join(map(str, keys))}}}"))) if keys else Q(pk__in=[])


def by_elevators(scope, actor, permission, *, whole: bool = False) -> Q:
    """Rows about the elevators that one sees.

    Of a unit with few elevators these are named by their keys (one statement more, once in one look): then PostgreSQL finds the
    rows by both indexes, and does not walk all rows of the city for those of three elevators. Of a unit with very many, as a
    body has, about each third row of the list's index fits: each is asked for by itself, where `IN (SELECT …)` gathers all
    elevators first. `whole`: for who reads all of the rows, to count them: no order of a list helps there, so keys serve up to
    many, and beyond that gathering costs least.
    """
    from registry.models.elevators import Elevator

    with one_look():  # which roles the units hold
        seen = Elevator.objects.visible_to(actor, permission).order_by().values_list("pk", flat=True)
        if scope.areas or not scope.unit_ids:
            return Q(elevator__in=seen)
        named = _named_by_roles(scope)
        named = seen if named is None else named
        most = MANY if whole else FEW
        keys = once(("keys", scope, most), lambda: list(named[: most + 1]))
    if len(keys) <= most:
        return _Among.of("elevator_id", keys)
    if whole or not named[MANY : MANY + 1].exists():
        return Q(elevator__in=named)
    # not Exists: of that PostgreSQL makes the same set again
    return Q(IsNull(Subquery(seen.filter(pk=OuterRef("elevator_id")).values("pk")[:1]), False))


def _named_by_roles(scope: Reach):
    """The keys of the elevators of who holds no role that stands on the elevator's row, an inspection body above all: its
    responsibilities name them, and only the few that were withdrawn have to be looked up. None where others are seen, too."""
    from registry.models.elevators import Elevator

    on_its_row, others = _held(scope)
    if on_its_row or others is None:
        return None
    left = others.exclude(elevator__in=Elevator.objects.withdrawn().values("pk"))
    return left.order_by().values_list("elevator_id", flat=True)
