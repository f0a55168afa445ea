"""What a typed text finds: exact codes, else sites, addresses and units by characters, pinyin or similar sound.

Candidates come from SearchEntry (few rows), elevators from the places found; everything within what the actor sees.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Concat, Length

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.scoping import may
from registry.models import Elevator, SearchEntry, Site
from registry.models.scope import area_condition
from registry.queries.elevators import LIST_FIELDS, elevators_with_code, name_neighbours
from registry.rules.search import Query, grams, is_latin, read_query

# More places than one page of elevators needs, few enough to be looked up one by one.
MOST_PLACES = 40
LEAST_LIKENESS = 0.62


@dataclass(slots=True)
class Found:
    """What a text finds, best first. `exact`: the elevators carry this very code. `guessed`: only similar in sound."""

    elevators: list[Elevator] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    exact: bool = False
    guessed: bool = False


def find(text: str, *, actor: Actor, longest: int = 20) -> Found:
    """Elevators, sites and units that `text` may mean, at most `longest` of each, within what `actor` sees.

    A whole code finds its elevators and nothing else. Otherwise every term has to be found, in characters, pinyin or
    initials; when nothing has them all, what sounds alike.
    """
    query = read_query(text)
    if not query.typed:
        return Found()
    elevators = may(actor, Permission.VIEW_ELEVATOR)
    if elevators:
        codes = list(elevators_with_code(query.typed, actor=actor).only(*LIST_FIELDS)[:longest])
        if codes:
            return Found(elevators=name_neighbours(codes), exact=True)
    found = Found()
    if not query.terms:
        return found
    if elevators:
        _find_places(found, query, actor, longest)
    if may(actor, Permission.VIEW_UNIT):
        _find_units(found, query, actor, longest)
    if elevators and not found.elevators:
        _find_by_unit(found, query, actor, longest)
    if not (found.elevators or found.sites or found.units):
        _guess(found, query, actor, longest, elevators)
    name_neighbours(found.elevators)
    return found


# --- which entries a text means -----------------------------------------------------------------------------------------


def matching(entries: QuerySet[SearchEntry], terms: Sequence[str]) -> QuerySet[SearchEntry]:
    """Those that have every term in their characters, their pinyin or its initials."""
    for term in terms:
        condition = Q(grams__contains=grams(term), text__contains=term)
        if is_latin(term):
            marked = ["~" + gram for gram in grams(term)]
            condition |= Q(grams__contains=marked, initials__contains=term)
            if len(term) > 2:  # what trigrams serve
                condition |= Q(sound__contains=term)
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


class _Likeness(Func):
    function = "word_similarity"


def syllables_of(text: str) -> str:
    """A typed text in pinyin, syllables apart, as the database writes it into `sound`. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (registry_search_sound(%s))[1]", [text])
        return cursor.fetchone()[0]


def sounding_like(entries: QuerySet[SearchEntry], syllables: str) -> QuerySet[SearchEntry]:
    """Those with a stretch that sounds alike, the likest first.

    The index finds pg_trgm's word similarity of 0.6, which half of the syllables can have: two of four are no slip.
    """
    likeness = _Likeness(Value(syllables), F("sound"), output_field=FloatField())
    like = entries.filter(sound__trigram_word_similar=syllables).alias(likeness=likeness)
    return like.filter(likeness__gt=LEAST_LIKENESS).order_by("-likeness", "pk")


# --- places and what stands there ---------------------------------------------------------------------------------------


def places_seen(actor: Actor, permission=Permission.VIEW_ELEVATOR) -> QuerySet[SearchEntry]:
    """Sites that the actor sees, and addresses where they may see an elevator (who shows one asks for it)."""
    scope = reach_of(actor, permission)
    places = SearchEntry.objects.filter(unit__isnull=True)
    if scope.everything:
        return places
    if not scope:
        return places.none()
    condition = area_condition(scope)
    if any(area.place_types for area in scope.areas):
        # an address has no place type: the elevators there say whether it is seen
        anywhere = replace(scope, areas=tuple(replace(area, place_types=frozenset()) for area in scope.areas))
        condition |= area_condition(anywhere) & Q(site__isnull=True)
    if scope.unit_ids:
        seen = Elevator.objects.visible_to(actor, permission).order_by()
        condition |= Q(site__in=seen.filter(site__isnull=False).values("site_id"))
        condition |= Q(site__isnull=True, address__in=seen.exclude(address="").values("address"))
    return places.filter(condition)


def _find_places(found: Found, query: Query, actor: Actor, longest: int) -> None:
    """The first reading of the query that names places where there is something."""
    seen = places_seen(actor)
    for terms, part in query.readings:
        places = list(ranked(matching(seen, terms), "".join(terms)).values("site_id", "address")[:MOST_PLACES])
        if not places:
            continue
        elevators = _elevators_at(places, part, actor, longest)
        if elevators or not part:
            found.elevators = elevators
            found.sites = _sites(places, longest)
            return


def _sites(places: list[dict], longest: int) -> list[Site]:
    keys = [place["site_id"] for place in places if place["site_id"] is not None][:longest]
    sites = Site.objects.select_related("area").in_bulk(keys)
    return [sites[key] for key in keys if key in sites]


class _PlaceIn(Func):
    template = "array_position(%(expressions)s)"
    output_field = IntegerField()


def _elevators_at(places: list[dict], part: str, actor: Actor, longest: int) -> list[Elevator]:
    """Elevators of the places, in the order of the places; `part` names a building or an internal number there."""
    sites = [place["site_id"] for place in places if place["site_id"] is not None]
    addresses = [place["address"] for place in places if place["address"]]
    rows = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR)
    rows = rows.filter(Q(site__in=sites) | Q(address__in=addresses))
    if part:
        inside = Func(
            Concat("building", Value(" "), "internal_number", output_field=CharField()),
            function="registry_search_fold",
            output_field=TextField(),
        )
        # 3 is not part of 13
        rows = rows.alias(inside=inside).filter(inside__regex=rf"(^|[^0-9]){re.escape(part)}")
    order = _PlaceIn(Value(sites, output_field=ArrayField(BigIntegerField())), F("site_id"))
    return list(rows.order_by(order.asc(nulls_last=True), "pk").only(*LIST_FIELDS)[:longest])


# --- units --------------------------------------------------------------------------------------------------------------


def _units_seen(entries: QuerySet[SearchEntry], actor: Actor) -> QuerySet[SearchEntry]:
    return entries.filter(unit__in=Unit.objects.visible_to(actor, Permission.VIEW_UNIT).values("pk"))


def _units(entries: QuerySet[SearchEntry], longest: int) -> list[Unit]:
    keys = list(entries.values_list("unit_id", flat=True)[:longest])
    units = Unit.objects.select_related("area").in_bulk(keys) if keys else {}
    return [units[key] for key in keys]


def _find_units(found: Found, query: Query, actor: Actor, longest: int) -> None:
    units = _units_seen(SearchEntry.objects.filter(unit__isnull=False), actor)
    found.units = _units(ranked(matching(units, query.terms), query.whole), longest)


def _find_by_unit(found: Found, query: Query, actor: Actor, longest: int) -> None:
    """Elevators for which a unit of this name answers now, whether the actor may see the unit's own page or not."""
    named = matching(SearchEntry.objects.filter(unit__isnull=False), query.terms)
    units = list(ranked(named, query.whole).values_list("unit_id", flat=True)[:MOST_PLACES])
    if not units:
        return
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR).only(*LIST_FIELDS)
    for column in ("using_unit", "maintenance_unit"):
        if (left := longest - len(found.elevators)) > 0:
            known = [elevator.pk for elevator in found.elevators]
            found.elevators += seen.filter(**{f"{column}__in": units}).exclude(pk__in=known)[:left]


# --- nothing has these words --------------------------------------------------------------------------------------------


def _guess(found: Found, query: Query, actor: Actor, longest: int, elevators: bool) -> None:
    """What sounds alike: 松枫花园 and songfenghuayan for 松风花园."""
    whole = query.readings[1][0][0] if len(query.terms) == 1 and len(query.readings) > 1 else query.whole
    if len(whole) < 2:
        return
    heard = syllables_of(whole)
    if elevators:
        places = list(sounding_like(places_seen(actor), heard).values("site_id", "address")[:MOST_PLACES])
        if places:
            found.elevators = _elevators_at(places, "", actor, longest)
            found.sites = _sites(places, longest)
    if may(actor, Permission.VIEW_UNIT):
        units = _units_seen(SearchEntry.objects.filter(unit__isnull=False), actor)
        found.units = _units(sounding_like(units, heard), longest)
    found.guessed = bool(found.elevators or found.sites or found.units)
