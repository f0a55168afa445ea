"""What a typed text finds: exact codes, else sites, addresses and units by characters, pinyin or similar sound.

Candidates come from SearchEntry (few rows), elevators from the places found; everything within what the actor sees.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    CharField,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Concat
from django.utils.functional import cached_property

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from accounts.rules import Reach
from common.actor import Actor
from common.clock import now
from common.lookups import OneOf
from common.scoping import may
from registry.models import Elevator, Responsibility, SearchEntry, Site
from registry.models.scope import area_condition
from registry.queries.elevators import LIST_FIELDS, code_condition, name_neighbours
from registry.queries.search_entries import (
    ENOUGH_ALIKE,
    FAINT,
    LIKENESSES,
    PLACES,
    UNITS,
    best,
    matching,
    ranked,
    sounding_like,
    syllables_of,
)
from registry.rules.search import Query, cut_pinyin, fold, is_latin, read_query

# More places than one page of elevators needs, few enough to be looked up one by one.
MOST_PLACES = 40
# Units that answer for more elevators than WIDE are asked about the best CANDIDATES places, some at a time, then about
# four times as many, until there are enough or no more.
WIDE, CANDIDATES, CHUNKS = 5_000, 800, 8


@dataclass(slots=True)
class Found:
    """What a text finds, best first. `exact`: the elevators carry this very code. `guessed`: only similar in sound."""

    elevators: list[Elevator] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    exact: bool = False
    guessed: bool = False


def unit_keys(text: str) -> QuerySet | None:
    """Keys of the units whose name has every part of a typed text, in characters, pinyin or initials (registered at
    accounts.unit_finders; whether somebody sees them, whoever asks says). The area alone does not name a unit."""
    query = read_query(text)
    if not query.terms:
        return None
    entries = matching(UNITS, query.terms)
    for part in {fold(part) for part in query.typed.split()} - {""}:
        # one letter is no term, and still a part of the name: unit A is not unit B
        heard = Q(sound__contains=part) if is_latin(part) and len(part) > 1 else Q()
        entries = entries.filter(Q(name__contains=part) | heard)
    return entries.values("unit_id")


class _PlaceIn(Func):
    template = "array_position(%(expressions)s)"
    output_field = IntegerField()


_INSIDE = Func(
    Concat("building", Value(" "), "internal_number", output_field=CharField()),
    function="registry_search_fold",
    output_field=TextField(),
)


# --- which places somebody sees -----------------------------------------------------------------------------------------


def place_condition(scope: Reach, elevators: QuerySet[Elevator]) -> Q:
    """Sites in the scope's areas and those of its `elevators`; addresses where it may have an elevator (who shows one
    asks for it)."""
    if scope.everything:
        return Q()
    condition = area_condition(scope)
    if any(area.place_types for area in scope.areas):
        # an address has no place type: the elevators there say whether it is seen
        anywhere = replace(scope, areas=tuple(replace(area, place_types=frozenset()) for area in scope.areas))
        condition |= area_condition(anywhere) & Q(site__isnull=True)
    seen = elevators.order_by()
    if scope.unit_ids and not scope.areas:
        # theirs alone, and few enough to be named (see `wide`): then these are fetched, whatever was typed
        places = set(seen.values_list("site_id", "address").distinct())
        sites, addresses = {site for site, _address in places} - {None}, {address for _site, address in places} - {""}
        condition |= Q(OneOf(F("site_id"), sorted(sites)))
        condition |= Q(OneOf(F("address"), sorted(addresses)), site__isnull=True, unit__isnull=True)
    elif scope.unit_ids:
        condition |= Q(site__in=seen.filter(site__isnull=False).values("site_id"))
        condition |= Q(site__isnull=True, address__in=seen.exclude(address="").values("address"))
    return condition or Q(pk__in=[])


def find(text: str, *, actor: Actor, longest: int = 20) -> Found:
    """Elevators, sites and units that `text` may mean, at most `longest` of each, within what `actor` sees.

    A whole code finds its elevators and nothing else. Otherwise every term has to be found, in characters, pinyin or
    initials; when nothing has them all, what sounds alike.
    """
    query = read_query(text)
    if not query.typed:
        return Found()
    return _Search(query, actor, longest).run()


class _Search:
    """One search. The scope is worked out once: working it out may ask the database."""

    def __init__(self, query: Query, actor: Actor, longest: int):
        self.query, self.actor, self.longest = query, actor, longest
        self.found = Found()
        self.sees_elevators = may(actor, Permission.VIEW_ELEVATOR)
        self.sees_units = may(actor, Permission.VIEW_UNIT)
        self.elevators = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR) if self.sees_elevators else None

    def run(self) -> Found:
        found = self.found
        if self.sees_elevators:
            found.elevators = self._shown(self.elevators.filter(code_condition(self.query.typed)))
            found.exact = bool(found.elevators)
        if self.query.terms and not found.exact:
            self._find_words()
        name_neighbours(found.elevators)
        return found

    def _find_words(self) -> None:
        found = self.found
        if self.sees_elevators:
            self._find_places()
        if self.sees_units:
            found.units = self._units(
                self._keys(ranked(matching(self.named_units, self.query.terms), self.query.whole))
            )
        if self.sees_elevators and not found.elevators:
            self._find_by_unit()
        if not (found.elevators or found.sites or found.units):
            self._guess()

    def _shown(self, elevators: QuerySet[Elevator]) -> list[Elevator]:
        return list(elevators.only(*LIST_FIELDS)[: self.longest])

    # places and what stands there

    def _find_places(self) -> None:
        """The first reading of the query that names places where there is something."""
        for terms, part in self.query.readings:
            places = self._places(lambda entries, limit, terms=terms: best(entries, terms, limit))
            elevators = self._elevators_at(places, part)
            if elevators or (places and not part):
                self.found.elevators, self.found.sites = elevators, self._sites(places)
                return

    def _places(self, best_of: Callable[[QuerySet[SearchEntry], int], list[dict]]) -> list[dict]:
        """The first places, as `best_of(entries, limit)` gives them, that the actor sees, as {site_id, address}."""
        if not self.wide:
            return best_of(PLACES.filter(self.condition), MOST_PLACES)
        # a list of all that such a unit sees would cost more than asking for each of the best places
        seen, asked, limit = [], 0, CANDIDATES
        while len(seen) < MOST_PLACES:
            candidates = best_of(PLACES, limit)
            chunk = -(-limit // CHUNKS)
            for start in range(asked, len(candidates), chunk):
                seen += self._with_elevators(candidates[start : start + chunk])
                if len(seen) >= MOST_PLACES:
                    break
            if len(candidates) < limit:
                break
            asked, limit = limit, limit * 4
        return seen[:MOST_PLACES]

    def _with_elevators(self, places: list[dict]) -> list[dict]:
        here = list(self._at(places).order_by().values_list("site_id", "address").distinct())
        sites, addresses = {site for site, _address in here} - {None}, {address for _site, address in here} - {""}
        return [place for place in places if place["site_id"] in sites or place["address"] in addresses]

    @cached_property
    def scope(self):
        return reach_of(self.actor, Permission.VIEW_ELEVATOR)

    @cached_property
    def condition(self) -> Q:
        return place_condition(self.scope, self.elevators)

    @cached_property
    def wide(self) -> bool:
        """Does a unit of the actor answer for more elevators than are looked through first?"""
        if not self.scope.unit_ids:
            return False
        held = Responsibility.objects.current(now()).filter(unit_id__in=self.scope.unit_ids).order_by()
        return held.values("pk")[: WIDE + 1].count() > WIDE

    def _at(self, places: list[dict]) -> QuerySet[Elevator]:
        sites = [place["site_id"] for place in places if place["site_id"] is not None]
        addresses = [place["address"] for place in places if place["address"]]
        return self.elevators.filter(Q(OneOf(F("site_id"), sites)) | Q(OneOf(F("address"), addresses)))

    def _elevators_at(self, places: list[dict], part: str = "") -> list[Elevator]:
        """Elevators of the places, in the order of the places; `part` names a building or an internal number there."""
        if not places:
            return []
        rows = self._at(places)
        if part:
            # 3 is not part of 13
            rows = rows.alias(inside=_INSIDE).filter(inside__regex=rf"(^|[^0-9]){re.escape(part)}")
        sites = [place["site_id"] for place in places if place["site_id"] is not None]
        order = _PlaceIn(Value(sites, output_field=ArrayField(BigIntegerField())), F("site_id"))
        return self._shown(rows.order_by(order.asc(nulls_last=True), "pk"))

    def _sites(self, places: list[dict]) -> list[Site]:
        keys = [place["site_id"] for place in places if place["site_id"] is not None][: self.longest]
        sites = Site.objects.select_related("area").in_bulk(keys)
        return [sites[key] for key in keys if key in sites]

    # units

    @cached_property
    def named_units(self) -> QuerySet[SearchEntry]:
        """Which units to ask about; whether they are seen, Unit says."""
        scope = reach_of(self.actor, Permission.VIEW_UNIT)
        if scope.everything:
            return UNITS
        cities = {area.city_id for area in scope.areas}
        return UNITS.filter(Q(unit__in=scope.unit_ids) | Q(city__in=cities))

    def _keys(self, entries: QuerySet[SearchEntry]) -> list[int]:
        return list(entries.values_list("unit_id", flat=True)[: self.longest])

    def _units(self, keys: list[int]) -> list[Unit]:
        seen = Unit.objects.visible_to(self.actor, Permission.VIEW_UNIT).select_related("area")
        units = seen.in_bulk(keys) if keys else {}
        return [units[key] for key in keys if key in units]

    def _find_by_unit(self) -> None:
        """Elevators for which a unit of this name answers now, whether the actor may see the unit's own page or not."""
        named = ranked(matching(UNITS, self.query.terms), self.query.whole)
        units = list(named.values_list("unit_id", flat=True)[:MOST_PLACES])
        found = self.found.elevators
        for column in ("using_unit", "maintenance_unit") if units else ():
            if len(found) < self.longest:
                others = self.elevators.exclude(pk__in=[elevator.pk for elevator in found])
                found += self._shown(others.filter(**{f"{column}__in": units}))
        del found[self.longest :]

    # nothing has these words

    def _guess(self) -> None:
        """What sounds alike: 松枫花园 and songfenghuayan for 松风花园."""
        readings, found = self.query.readings, self.found
        whole = readings[1][0][0] if len(self.query.terms) == 1 and len(readings) > 1 else self.query.whole
        if len(whole) < 2:
            return
        typed = cut_pinyin(whole) if is_latin(whole) else whole
        places, units = [], []
        for likeness in LIKENESSES:
            heard = syllables_of(typed, likeness)
            if self.sees_elevators and len(places) < ENOUGH_ALIKE:
                # whoever asks place by place cannot tell beforehand how many of the first are theirs
                most = FAINT if likeness == LIKENESSES[-1] and not self.wide else None
                alike = self._places(
                    lambda entries, limit, heard=heard, most=most: list(
                        sounding_like(entries, heard, most=most).values("site_id", "address")[:limit]
                    )
                )
                places += [place for place in alike if place not in places][: MOST_PLACES - len(places)]
            if self.sees_units and not units:
                most = FAINT if likeness == LIKENESSES[-1] else None
                units = self._keys(sounding_like(self.named_units, heard, most=most))
        if self.sees_elevators:
            found.elevators, found.sites = self._elevators_at(places), self._sites(places)
        found.units = self._units(units)
        found.guessed = bool(found.elevators or found.sites or found.units)
