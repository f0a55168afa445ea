"""Typed texts: folded, cut, harmless; the same in Python and in the database."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.search import cut_pinyin, fold, grams, read_query

HOSTILE = ("%", "_", "\0", "'", '"', "\\", "🛗", "👩‍👩‍👧", "\u202e", "\ufeff", " ", "|", "ﷺ", "İ", "\ud7ff", "a\u0301")


def test_full_and_half_width_case_spaces_and_punctuation_are_one():
    assert fold(" 松风（一期） 花园ＡＢ-3# ") == fold("松风一期花园ab3") == "松风一期花园ab3"


def test_pairs_serve_two_characters_and_a_chinese_one_alone():
    assert (grams("松"), grams("松风"), grams("松风松风"), grams("s"), grams("")) == (
        ["松"],
        ["松风"],
        ["松风", "风松"],
        [],
        [],
    )


def test_pinyin_typed_together_is_cut_into_syllables():
    assert cut_pinyin("songfenghuayuan") == "song feng hua yuan"
    assert cut_pinyin("jiangningshuangzhulv3") == "jiang ning shuang zhu lv 3"
    assert cut_pinyin("songfnghua") == "song f n g hua"


def test_terms_are_cut_at_spaces_brackets_and_commas():
    assert read_query("江宁，松风（一期） Ａ x").terms == ("江宁", "松风", "一期")
    assert read_query("3-1# 3-1#").terms == ("31",)


def test_readings_go_from_the_literal_one_to_a_part_of_a_place():
    assert read_query("松风花园3幢2单元").readings == [(("松风花园3幢2单元",), ""), (("松风花园",), "3幢2单元")]
    assert read_query("江宁 松风 三区").readings == [
        (("江宁", "松风", "三区"), ""),
        (("江宁", "松风"), "三区"),
        (("江宁", "三区"), "松风"),
    ]
    assert read_query("123456").readings == [(("123456",), "")]


@pytest.mark.parametrize("text", [*HOSTILE, "松" * 10**6, " " * 10**6, "ﷺ" * 10**5, "x " * 10**5])
def test_any_text_becomes_a_short_query(text):
    query = read_query(text)
    assert len(query.typed) <= 80 and len(query.terms) <= 5 and len(query.whole) <= 200
    assert "\0" not in query.typed


@given(
    st.lists(st.one_of(st.characters(codec="utf-8"), st.sampled_from(HOSTILE), st.sampled_from("松风园Ａａ3（"))).map(
        "".join
    )
)
def test_whatever_is_typed_is_searched_for_or_nothing(text):
    query = read_query(text)
    assert all(term == fold(term) and grams(term) for term in query.terms)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["松风（一期） 花园ＡＢ-3#", "示例·物业 №1", "3–1、2。", "MAIN Street", "①幢", "Ⅲ期", *HOSTILE[:2], *HOSTILE[3:10]],
)
def test_database_folds_as_python_does(text):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT registry_search_fold(%s), registry_search_grams(registry_search_fold(%s), '')", [text, text]
        )
        folded, pairs = cursor.fetchone()
    assert folded == fold(text)
    assert set(grams(fold(text))) <= set(pairs)


@pytest.mark.django_db
def test_database_knows_both_readings_of_a_character():
    with connection.cursor() as cursor:
        cursor.execute("SELECT registry_search_sound('六合3A')")
        ((syllables, together, initials),) = cursor.fetchone()
    assert syllables == "liu he 3a"
    assert {"liuhe3a", "luhe3a"} <= set(together.split())
    assert "lh3a" in initials.split()
