"""What a typed text finds: exact codes, else sites, addresses and units by characters, pinyin or similar sound.

Candidates come from SearchEntry (few rows), elevators from the places found; everything within what the actor sees.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Concat, Length
from django.utils.functional import cached_property

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from accounts.rules import Reach
from common.actor import Actor
from common.clock import now
from common.scoping import may
from registry.models import Elevator, Responsibility, SearchEntry, Site
from registry.models.scope import area_condition
from registry.queries.elevators import LIST_FIELDS, code_condition, name_neighbours
from registry.rules.search import Query, cut_pinyin, grams, is_latin, read_query

# Not `unit IS NULL`: PostgreSQL would fetch that half of the table from an index for every search. How many there are,
# the statistics of migration 0016 tell it. Units are the few: those it may fetch.
PLACES = SearchEntry.objects.alias(unit_or_none=Coalesce("unit_id", 0)).filter(unit_or_none=0)
UNITS = SearchEntry.objects.filter(unit__isnull=False)
# More places than one page of elevators needs, few enough to be looked up one by one.
MOST_PLACES = 40
# Units that answer for more elevators than WIDE are asked about the best MOST_CANDIDATES places, CHUNK at a time.
WIDE, MOST_CANDIDATES, CHUNK = 5_000, 800, 100
# Up to so many matches are ranked all together; of more, rank by rank as far as needed.
MANY = 1_500
# What is as good as alike is asked for first: the rest is looked at only when that is not enough.
LIKENESSES = (0.8, 0.62)


@dataclass(slots=True)
class Found:
    """What a text finds, best first. `exact`: the elevators carry this very code. `guessed`: only similar in sound."""

    elevators: list[Elevator] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    exact: bool = False
    guessed: bool = False


class _PlaceIn(Func):
    template = "array_position(%(expressions)s)"
    output_field = IntegerField()


_INSIDE = Func(
    Concat("building", Value(" "), "internal_number", output_field=CharField()),
    function="registry_search_fold",
    output_field=TextField(),
)


# --- which entries a text means -----------------------------------------------------------------------------------------


def matching(entries: QuerySet[SearchEntry], terms: Sequence[str]) -> QuerySet[SearchEntry]:
    """Those that have every term in their characters, their pinyin or its initials."""
    for term in terms:
        pairs = grams(term)
        # one gram says all; the text is asked about the order of several
        condition = Q(grams__contains=pairs) if pairs == [term] else Q(grams__contains=pairs, text__contains=term)
        if is_latin(term):
            # trigrams serve three letters, and the initials stand in `sound` too
            condition = condition | Q(sound__contains=term) if len(term) > 2 else Q(grams__overlap=[term, f"~{term}"])
        entries = entries.filter(condition)
    return entries


def ranked(entries: QuerySet[SearchEntry], whole: str) -> QuerySet[SearchEntry]:
    """The name itself first, then names and initials that begin so, names that have it, the rest; short ones first."""
    rank = Case(
        When(name=whole, then=0),
        When(name__startswith=whole, then=1),
        When(initials__contains=f" {whole}", then=1),
        When(name__contains=whole, then=2),
        default=3,
        output_field=IntegerField(),
    )
    return entries.order_by(rank, Length("name"), "pk")


def best(entries: QuerySet[SearchEntry], terms: Sequence[str], limit: int) -> list[dict]:
    """The first `limit` of `ranked(matching(…))`, as {site_id, address}, at a price that does not grow with the matches."""
    whole = "".join(terms)
    some = SearchEntry.objects.filter(pk__in=matching(entries, terms).values("pk")[: MANY + 1])
    rows = ranked(some, whole).annotate(total=Window(Count("pk"))).values("site_id", "address", "total")[:limit]
    found = list(rows)
    if not found or found[0]["total"] <= MANY:
        return found
    keys: list[int] = []
    for step in _ranks(entries, terms, whole):
        keys += step.order_by(Length("name"), "pk").values_list("pk", flat=True)[: limit - len(keys)]
        if len(keys) >= limit:
            break
    places = {row.pop("pk"): row for row in SearchEntry.objects.filter(pk__in=keys).values("pk", "site_id", "address")}
    return [places[key] for key in keys if key in places]


def _ranks(entries: QuerySet[SearchEntry], terms: Sequence[str], whole: str) -> list[QuerySet[SearchEntry]]:
    """The ranks of `ranked`, one by one: each can be read in the order of an index and left when there are enough.

    A name that has the whole text has every term, so only the last rank looks for the terms.
    """
    same, begins, has = Q(name=whole), Q(name__startswith=whole), Q(name__contains=whole)
    first = [begins]  # the name itself is the shortest that begins so
    if is_latin(whole):
        begins |= Q(initials__contains=f" {whole}") & (
            Q(sound__contains=f" {whole}") if len(whole) > 2 else Q(grams__contains=[f"~{whole}"])
        )
        first = [same, begins & ~same]
    # one character is faster read from the names in the index than from all texts that have it
    inside = has & Q(grams__contains=grams(whole)) if len(whole) > 1 else has
    return [
        *(entries.filter(step) for step in first),
        entries.filter(inside).exclude(begins),
        matching(entries, terms).exclude(begins).exclude(has),
    ]


class _Likeness(Func):
    function = "word_similarity"


def syllables_of(text: str, likeness: float = LIKENESSES[-1]) -> str:
    """A typed text in pinyin, syllables apart, as the database writes it.

    The same statement tells this connection's pg_trgm how alike is alike: its own 0.6 is half of the syllables, and two
    of four are no slip.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (registry_search_sound(%s))[1], set_config('pg_trgm.word_similarity_threshold', %s, false)",
            [text, str(likeness)],
        )
        return cursor.fetchone()[0]


def sounding_like(entries: QuerySet[SearchEntry], syllables: str) -> QuerySet[SearchEntry]:
    """Those with a stretch that sounds alike (as `syllables_of` gave it), the likest first."""
    likeness = _Likeness(Value(syllables), F("syllables"), output_field=FloatField())
    return entries.filter(syllables__trigram_word_similar=syllables).order_by(likeness.desc(), "pk")


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
        condition |= Q(site__in=sorted(sites))
        condition |= Q(site__isnull=True, unit__isnull=True, address__in=sorted(addresses))
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
            found.units = self._units(self._unit_keys(ranked(matching(UNITS, self.query.terms), self.query.whole)))
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
        seen, candidates = [], best_of(PLACES, MOST_CANDIDATES)
        for start in range(0, len(candidates), CHUNK):
            seen += self._with_elevators(candidates[start : start + CHUNK])
            if len(seen) >= MOST_PLACES:
                break
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
        return self.elevators.filter(Q(site__in=sites) | Q(address__in=addresses))

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

    def _unit_keys(self, entries: QuerySet[SearchEntry]) -> list[int]:
        scope = reach_of(self.actor, Permission.VIEW_UNIT)
        if not scope.everything:
            # which ones to ask about; whether they are seen, Unit says
            cities = {area.city_id for area in scope.areas}
            entries = entries.filter(Q(unit__in=scope.unit_ids) | Q(city__in=cities))
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
            if self.sees_elevators and len(places) < MOST_PLACES:
                places = self._places(
                    lambda entries, limit, heard=heard: list(
                        sounding_like(entries, heard).values("site_id", "address")[:limit]
                    )
                )
            if self.sees_units and len(units) < self.longest:
                units = self._unit_keys(sounding_like(UNITS, heard))
        if self.sees_elevators:
            found.elevators, found.sites = self._elevators_at(places), self._sites(places)
        found.units = self._units(units)
        found.guessed = bool(found.elevators or found.sites or found.units)
