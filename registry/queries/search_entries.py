"""Which search entries a text means, and in what order: by characters, pinyin or initials, or by similar sound."""

from collections.abc import Iterator, Sequence

from django.db import connection
from django.db.models import Case, Count, F, FloatField, Func, IntegerField, Q, QuerySet, Value, When, Window
from django.db.models.functions import Coalesce, Length

from registry.models import SearchEntry
from registry.models.search import NAME_GRAMS
from registry.rules.search import grams, is_latin

# Not `unit IS NULL`: PostgreSQL would fetch that half of the table from an index for every search. How many there are,
# the statistics of migration 0016 tell it. Units are the few: those it may fetch.
PLACES = SearchEntry.objects.alias(unit_or_none=Coalesce("unit_id", 0)).filter(unit_or_none=0)
UNITS = SearchEntry.objects.filter(unit__isnull=False)
# Up to so many matches are ranked all together; of more, rank by rank as far as needed.
MANY = 800
# Up to so many names that have a text are looked up; of more, a walk through all names soon meets enough.
FEW = 100
# What is as good as alike is asked for first: the rest is looked at only when that is not ENOUGH_ALIKE, and of it, since each
# comparison costs 10 µs, the likest of the first FAINT.
LIKENESSES = (0.8, 0.62)
FAINT = 200
ENOUGH_ALIKE = 5


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
    ranks = [When(name__startswith=whole, then=1), When(name__contains=whole, then=2)]
    if is_latin(whole):
        ranks.insert(1, When(initials__contains=f" {whole}", then=1))
        # in Chinese the name itself is the shortest that begins so, and comes first anyway
        ranks.insert(0, When(name=whole, then=0))
    rank = Case(*ranks, default=3, output_field=IntegerField())
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
        # what stood in a rank before, the keys say: its conditions would need more than the index has
        keys += (
            step.exclude(pk__in=keys).order_by(Length("name"), "pk").values_list("pk", flat=True)[: limit - len(keys)]
        )
        if len(keys) >= limit:
            break
    places = {row.pop("pk"): row for row in SearchEntry.objects.filter(pk__in=keys).values("pk", "site_id", "address")}
    return [places[key] for key in keys if key in places]


def _ranks(entries: QuerySet[SearchEntry], terms: Sequence[str], whole: str) -> Iterator[QuerySet[SearchEntry]]:
    """The ranks of `ranked`, one by one, with those before it: each is read in the order of an index until it is enough.

    A name that has the whole text has every term, so only the last rank looks for the terms.
    """
    same, begins, has = Q(name=whole), Q(name__startswith=whole), Q(name__contains=whole)
    first = [begins]  # the name itself is the shortest that begins so
    if is_latin(whole):
        begins |= Q(initials__contains=f" {whole}") & (
            Q(sound__contains=f" {whole}") if len(whole) > 2 else Q(grams__contains=[f"~{whole}"])
        )
        first = [same, begins]
    rest = entries
    for term in terms:
        if grams(term) == [term]:
            rest = matching(rest, [term])
            continue
        # not by its pairs: PostgreSQL would fetch all that have them, where a walk soon meets enough
        heard = Q(sound__contains=term) if is_latin(term) else Q()
        rest = rest.filter(Q(text__contains=term) | heard)
    yield from map(entries.filter, first)
    yield _names_that_have(entries, whole)
    yield rest.exclude(has)


def _names_that_have(entries: QuerySet[SearchEntry], whole: str) -> QuerySet[SearchEntry]:
    """Few such names are looked up by their pairs; a walk in the order of the answers soon meets enough of many, but
    would read every name for none."""
    if is_latin(whole) or grams(whole) == [whole]:
        named = entries.alias(name_grams=NAME_GRAMS).filter(name_grams__contains=grams(whole))
        few = list(named.values_list("pk", flat=True)[: FEW + 1])
        if len(few) <= FEW:
            entries = SearchEntry.objects.filter(pk__in=few)
    return entries.filter(name__contains=whole)


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


def sounding_like(entries: QuerySet[SearchEntry], syllables: str, *, most: int | None = None) -> QuerySet[SearchEntry]:
    """Those with a stretch that sounds alike (as `syllables_of` gave it), the likest first; with `most` the likest of
    so many, whichever PostgreSQL meets first."""
    alike = entries.filter(syllables__trigram_word_similar=syllables)
    if most is not None:
        alike = SearchEntry.objects.filter(pk__in=alike.values("pk")[:most])
    likeness = _Likeness(Value(syllables), F("syllables"), output_field=FloatField())
    return alike.order_by(likeness.desc(), "pk")
