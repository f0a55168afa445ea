"""One box: what it finds, for whom, and that nobody can forget to keep it."""

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Area, Unit
from common.clock import now
from registry.models import Elevator, SearchEntry, Site
from registry.queries import find
from registry.rules.search import read_query
from tests.factories.kept import kept
from tests.factories.make import JIANGNING, area, make_elevator, make_unit

pytestmark = pytest.mark.django_db
GULOU_STREET, JIANGNING_STREET = "320106001", "320115001"


def make_site(name, code=GULOU_STREET, address="", **values):
    place = area(code)
    return Site.objects.create(
        name=name,
        address=address,
        area=place,
        city_id=place.city_id,
        managing_district_id=place.managing_district_id,
        created_at=now(),
        **values,
    )


def make_town(cast):
    own = make_site("松风花园（一期）", address="鼓楼区竹影路12号")
    other = make_site("松风大厦", JIANGNING_STREET, address="江宁区梅雪街3号")
    far = make_site("六合长江茶坞", JIANGNING_STREET)
    unit = make_unit("示例松风物业管理（二）有限公司", area_code=JIANGNING)
    return unit, {
        "own": make_elevator(
            area_code=GULOU_STREET, using_unit=cast.unit_a, site=own, building="3幢2单元", address=own.address
        ),
        "own13": make_elevator(
            area_code=GULOU_STREET, using_unit=cast.unit_a, site=own, building="13幢2单元", address=own.address
        ),
        "other": make_elevator(area_code=JIANGNING_STREET, using_unit=unit, site=other, building="三区"),
        "far": make_elevator(area_code=JIANGNING_STREET, using_unit=unit, site=far),
        "alone": make_elevator(area_code=JIANGNING_STREET, using_unit=unit, address="荷露巷７号"),
    }


@pytest.fixture
def town(cast):
    """Three sites: one of the cast's manager, the same word in another district, one that is like nothing else."""
    unit, elevators = kept(make_town, cast)
    names = {elevator.pk: name for name, elevator in elevators.items()}

    def found(text, player=cast.city_regulator):
        answer = find(text, actor=player.actor())
        return (
            {names.get(elevator.pk, "?") for elevator in answer.elevators},
            [site.name for site in answer.sites],
            [unit.name for unit in answer.units],
        )

    found.cast, found.elevators, found.unit = cast, elevators, unit
    return found


BOTH = {"own", "own13", "other"}


@pytest.mark.parametrize(
    ("text", "elevators", "sites"),
    [
        ("松", BOTH, ["松风大厦", "松风花园（一期）"]),  # one character
        ("松风", BOTH, ["松风大厦", "松风花园（一期）"]),  # two
        ("花园", {"own", "own13"}, ["松风花园（一期）"]),  # in the middle
        ("松风花园一期", {"own", "own13"}, ["松风花园（一期）"]),
        (" 松风 花园 （一期） ", {"own", "own13"}, ["松风花园（一期）"]),
        ("竹影路１２号", {"own", "own13"}, ["松风花园（一期）"]),  # its address, full width
        ("鼓楼 松风", {"own", "own13"}, ["松风花园（一期）"]),  # its area
        ("songfenghua", {"own", "own13"}, ["松风花园（一期）"]),
        ("SFHY", {"own", "own13"}, ["松风花园（一期）"]),
        ("ds", {"other"}, ["松风大厦"]),  # two initials in the middle
        ("luhe", {"far"}, ["六合长江茶坞"]),  # the other reading
        ("changjiang", {"far"}, ["六合长江茶坞"]),
        ("松风花园3幢", {"own"}, ["松风花园（一期）"]),  # not 13幢
        ("松风花园 13幢", {"own13"}, ["松风花园（一期）"]),
        ("松风大厦 三区", {"other"}, ["松风大厦"]),
        ("松枫花园", {"own", "own13"}, ["松风花园（一期）"]),  # the same sound
        ("songfnghuayuan", {"own", "own13"}, ["松风花园（一期）"]),  # a letter left out
        ("荷露巷7号", {"alone"}, []),  # no site at all
        ("helux", {"alone"}, []),
    ],
)
def test_finds(town, text, elevators, sites):
    assert town(text)[:2] == (elevators, sites)


def test_whole_name_stands_before_longer_ones(town):
    make_site("松风花园南苑")
    make_site("大松风花园")
    make_site("松风花园")
    assert town("松风花园")[1] == ["松风花园", "松风花园（一期）", "松风花园南苑", "大松风花园"]


def test_what_sounds_alike_is_said_to_be_a_guess_and_comes_only_when_nothing_has_the_words(town):
    actor = town.cast.city_regulator.actor()
    assert find("松枫花园", actor=actor).guessed
    assert not find("松风花园", actor=actor).guessed


def test_a_whole_code_finds_its_elevator_and_nothing_else(town):
    code = town.elevators["own"].rescue_code
    answer = find(f" {code[:3]} {code[3:]} ", actor=town.cast.city_regulator.actor())
    assert (answer.elevators, answer.exact, answer.sites, answer.units) == ([town.elevators["own"]], True, [], [])


def test_units_are_found_by_name_code_and_initials_and_lead_to_their_elevators(town):
    for text in ("松风物业", "slsfwy", town.unit.credit_code, town.unit.credit_code.lower()):
        assert town(text)[2] == [town.unit.name], text
    assert town("松风物业")[0] == {"other", "far", "alone"}


def test_each_sees_their_own_only(town):
    cast = town.cast
    assert town("松风", cast.own_manager) == ({"own", "own13"}, ["松风花园（一期）"], [])
    assert town("松枫大厦", cast.own_manager)[1] != ["松风大厦"]
    assert town("松风物业", cast.own_manager) == (set(), [], [])
    assert town("荷露巷7号", cast.own_manager) == (set(), [], [])
    assert town("松风", cast.district_regulator)[0] == {"own", "own13"}
    assert town("荷露巷7号", cast.district_regulator) == (set(), [], [])
    assert town("松风", cast.nobody) == (set(), [], [])


def test_a_unit_with_very_many_elevators_finds_the_same(town, monkeypatch):
    """Those are asked about the best places, some at a time; the cast is made to count as many."""
    cast = town.cast
    expected = [town(text, cast.own_manager) for text in ("松", "松风花园3幢", "荷露巷7号", "松枫花园", "zz")]
    monkeypatch.setattr("registry.queries.search.WIDE", 0)
    monkeypatch.setattr("registry.queries.search.CANDIDATES", 1)
    assert [town(text, cast.own_manager) for text in ("松", "松风花园3幢", "荷露巷7号", "松枫花园", "zz")] == expected
    assert expected[0][0] == {"own", "own13"}


@pytest.fixture
def many(town):
    """Names in every rank for several texts, in two districts, some of one length."""
    for name, code in (
        *((f"松风{n}村", GULOU_STREET) for n in range(6)),
        *((f"大松风{n}里", JIANGNING_STREET) for n in range(6)),
        *((f"荷{n}", JIANGNING_STREET) for n in range(6)),  # the rest: 松风路, 江宁, jiangning are not in the name
        *((name, GULOU_STREET) for name in ("松风", "SF", "四方", "上坊新村", "sf公寓", "大sf", "松 风 里", "风松")),
    ):
        make_site(name, code, address="松风路1号")
    return town


TEXTS = (
    "松",
    "风",
    "区",
    "市",
    "松风",
    "松 风",
    "风 松",
    "江宁 松",
    "村",
    "sf",
    "songfeng",
    "jiangning",
    "jn",
    "sf 风",
)


@pytest.mark.parametrize("where", [{}, {"managing_district__code": JIANGNING}])
def test_what_too_many_have_is_ranked_as_what_few_have(many, monkeypatch, where):
    """Of very many matches the best are read rank by rank: the same ones, in the same order, however few are asked."""
    from registry.queries import search_entries as search

    monkeypatch.setattr(search, "MANY", 0)
    places, answered = search.PLACES.filter(**where), 0
    for text in TEXTS:
        terms = read_query(text).terms
        ordered = search.ranked(search.matching(places, terms), "".join(terms))
        expected = list(ordered.values("site_id", "address"))
        answered += bool(expected)
        for limit in (1, 3, 7, 100):
            assert search.best(places, terms, limit) == expected[:limit], (text, limit)
    assert answered > 8


def test_everyone_finds_the_same_when_too_many_have_the_text(many, monkeypatch):
    players = (many.cast.city_regulator, many.cast.district_regulator, many.cast.own_manager)
    texts = ("松", "江宁 松", "sf", "songfeng")
    expected = [many(text, player) for player in players for text in texts]
    monkeypatch.setattr("registry.queries.search_entries.MANY", 0)
    assert [many(text, player) for player in players for text in texts] == expected
    assert many("松风", many.cast.own_manager)[1] == ["松风花园（一期）"]


def test_looking_first_for_what_is_nearly_alike_finds_the_same(many, monkeypatch):
    texts = ("松枫花园", "songfnghuayuan", "松枫", "大松枫里", "荷鹿巷")
    for enough in (1, 40):
        monkeypatch.setattr("registry.queries.search.MOST_PLACES", enough)
        expected = [many(text) for text in texts]
        with monkeypatch.context() as patch:
            patch.setattr("registry.queries.search.LIKENESSES", (0.62,))
            assert [many(text) for text in texts] == expected


def test_what_is_faintly_alike_fills_up_after_what_is_nearly_alike_and_is_not_compared_in_whole(many, monkeypatch):
    monkeypatch.setattr("registry.queries.search.LIKENESSES", (0.8,))
    _elevators, nearly, _units = many("松枫花园")
    monkeypatch.setattr("registry.queries.search.LIKENESSES", (0.8, 0.62))
    for faint in (1, 200):
        monkeypatch.setattr("registry.queries.search.FAINT", faint)
        _elevators, sites, _units = many("松枫花园")
        assert nearly and sites[: len(nearly)] == nearly and len(set(sites)) == len(sites)


def test_a_handed_over_elevator_is_lost_from_sight(town):
    Elevator.objects.filter(using_unit=town.cast.unit_a).update(using_unit_until=now())
    assert town("松风", town.cast.own_manager) == (set(), [], [])


@pytest.mark.parametrize(
    "text",
    ["", " ", "%", "_", "%%%%", "\0", "松\0风", "'", "' OR 1=1 --", "\\", "🛗", "🛗🛗", "||", "~", "\u202e松",
     "(" * 80, "松" * 10**6, "1" * 10**6, "ﷺ" * 1000, "[^x]松", "松风花园3(幢", "松风花园3[幢\\"],
)  # fmt: skip
def test_hostile_texts_are_harmless(town, text):
    """No error, and no sign (%, _, ~, |, a regular expression) means more than itself."""
    elevators, sites, _units = town(text)
    assert elevators <= BOTH and set(sites) <= {"松风大厦", "松风花园（一期）"}
    assert not elevators or "松" in text


# --- who keeps it -------------------------------------------------------------------------------------------------------


def entries():
    columns = ("site__name", "unit__name", "address", "name", "text", "sound", "initials", "grams", "area_id",
               "city_id", "managing_district_id", "place_type")  # fmt: skip
    return sorted(SearchEntry.objects.values_list(*columns), key=repr)


def test_the_database_keeps_entries_whoever_writes(town):
    Site.objects.filter(name="松风大厦").update(name="兰石大厦")
    assert (town("松风大厦")[1], town("兰石")[1]) == ([], ["兰石大厦"])
    Unit.objects.filter(pk=town.unit.pk).update(name="示例荷露物业")
    assert (town("松风物业")[2], town("荷露物业")[2]) == ([], ["示例荷露物业"])
    alone = town.elevators["alone"]
    Elevator.objects.filter(pk=alone.pk).update(address="鹤鸣巷9号")
    assert (town("荷露巷")[0], town("鹤鸣巷")[0]) == (set(), {"alone"})
    Area.objects.filter(code=JIANGNING_STREET).update(name="星野街道")
    assert town("星野 鹤鸣")[0] == {"alone"}
    # a site that moves leaves the addresses of its elevators behind
    Site.objects.filter(name="松风花园（一期）").update(address="鼓楼区新路1号")
    assert town("竹影路")[0] == {"own", "own13"}
    Elevator.objects.filter(pk=town.elevators["own13"].pk).update(site=None)
    assert town("竹影路")[0] == {"own", "own13"}
    site = make_site("燕归里")
    assert town("燕归")[1] == ["燕归里"]
    site.delete()
    assert town("燕归")[1] == []


def test_rebuilding_gives_what_the_triggers_kept(town, capsys):
    kept = entries()
    assert kept
    SearchEntry.objects.all().delete()
    assert town("松风") == (set(), [], [])
    call_command("rebuild_search")
    assert entries() == kept
    assert f"{len(kept)} search entries" in capsys.readouterr().out


def test_an_address_said_by_many_is_kept_once(town):
    for _time in range(3):
        make_elevator(area_code=JIANGNING_STREET, address="荷露巷７号")
    assert SearchEntry.objects.filter(address="荷露巷７号").count() == 1


def test_index_serves_one_two_and_three_characters_and_sounds(town):
    """With a table large enough, none of the conditions reads it whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_site (public_id, name, address, area_id, city_id, place_type, source, source_key,"
            " synthetic, created_at) SELECT gen_random_uuid(), '砖塔' || n || '号院', '', a.id, a.id, 'OTHER', '', '',"
            " true, now() FROM generate_series(1, 3000) n, accounts_area a WHERE a.code = '320100'"
        )
        cursor.execute("ANALYZE registry_searchentry")
    from registry.queries.search_entries import matching, sounding_like, syllables_of

    for rows in (
        *(matching(SearchEntry.objects.all(), [term]) for term in ("茶", "茶坞", "长江茶坞", "cw", "chawu")),
        sounding_like(SearchEntry.objects.all(), syllables_of("长江茶坞")),
    ):
        plan = rows.explain()
        assert "Seq Scan" not in plan, plan
        assert "Bitmap Index Scan on searchentry_" in plan
