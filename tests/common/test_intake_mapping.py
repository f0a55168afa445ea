"""Which column means what: a guess that people correct, and a spec that is known by its digest. No database."""

import pytest

from common.intake.mapping import (
    MappingSpec,
    Option,
    Target,
    TargetUse,
    column_score,
    guess_mapping,
    resemblance,
    suggest,
    trigram_similarity,
)

CODE = Target("code", "code", ("设备代码", "equipment code"), looks=lambda cell: cell.startswith("3110"), telling=True)
LOAD = Target(
    "load",
    "load",
    ("额定载重量", "rated load"),
    options=(Option("unit", "unit"),),
    looks=str.isdecimal,
    hints=lambda header, cells: {"unit": "lb"} if "LBS" in header else {},
)
ADDRESS = Target("address", "address", ("地址", "house number", "street name"), several=True)
TARGETS = (CODE, LOAD, ADDRESS)


@pytest.mark.parametrize(
    ("alias", "header", "least", "most"),
    [
        ("设备代码", "设备代码", 1, 1),
        ("equipment code", "EQUIPMENT_CODE", 0.97, 0.97),
        ("equipment code", "equipmentCode", 0.97, 0.97),
        ("设备代码", "设备　代码", 0.97, 0.97),
        ("额定载重量", "额定载重量（kg）", 0.95, 0.95),
        ("额定载重量", "额定载重量[千克]", 0.95, 0.95),
        ("SPEED FPM", "DV_SPEED_FPM", 0.79, 0.81),
        ("使用单位", "使用单位名称", 0.75, 0.8),
        ("使用单位名称", "使用单位", 0.75, 0.8),
        ("manufacturer", "manufacturrer", 0.5, 0.8),
        ("区", "小区名称", 0, 0.65),
        ("equipment code", "colour", 0, 0.1),
        ("equipment code", "", 0, 0),
    ],
)
def test_header_words_resemble_each_other_by_their_form(alias, header, least, most):
    assert least <= resemblance(alias, header) <= most


def test_trigrams_are_those_of_postgresql():
    # SELECT similarity('word', 'two words') = 0.36363637
    assert trigram_similarity("word", "two words") == pytest.approx(0.36363637)


def test_cells_tell_what_a_column_without_a_name_is():
    cells = [f"31101000120150000{number}" for number in range(9)]
    assert column_score(CODE, "#3", cells) == pytest.approx(0.7)
    assert column_score(CODE, "#3", ["x", *cells[:1]]) < 0.2


def test_cells_that_speak_against_it_lower_a_resemblance():
    assert (
        column_score(LOAD, "rated_load", ["1000", "630"]) > 0.9 > column_score(LOAD, "rated_load", ["heavy", "light"])
    )


def test_a_guess_takes_each_target_once_and_joins_what_may_be_joined():
    header = ["设备代码", "HOUSE_NUMBER", "STREET_NAME", "CAPACITY LBS rated load", "rated load", "colour"]
    guess = guess_mapping("kind", TARGETS, header, [dict.fromkeys(header, "1")], {"city": "320100"})
    assert guess.spec == MappingSpec(
        "kind",
        targets={
            "code": TargetUse(("设备代码",)),
            "load": TargetUse(("rated load",)),
            "address": TargetUse(("HOUSE_NUMBER", "STREET_NAME")),
        },
        options={"city": "320100"},
    )
    by_header = {column.header: column for column in guess.columns}
    assert [column.header for column in guess.columns] == header
    assert (by_header["colour"].target, by_header["colour"].confidence) == ("", 0)
    assert by_header["CAPACITY LBS rated load"].rivals[0][0] == "load"


def test_hints_become_options():
    guess = guess_mapping("kind", TARGETS, ["RATED LOAD LBS"], [{"RATED LOAD LBS": "2000"}])
    assert guess.spec.targets["load"].options == {"unit": "lb"}


def test_a_guess_of_nothing_is_empty():
    guess = guess_mapping("kind", TARGETS, ["a", "b"], [])
    assert (guess.spec.targets, [column.target for column in guess.columns]) == ({}, ["", ""])


def test_a_guess_of_a_thousand_columns_is_quick():
    import time

    began = time.perf_counter()
    header = [f"column {number} of many" for number in range(1000)]
    guess_mapping("kind", TARGETS, header, [dict.fromkeys(header, "1")] * 50)
    assert time.perf_counter() - began < 5


def test_a_spec_comes_back_from_json_with_the_same_digest():
    spec = MappingSpec("k", targets={"load": TargetUse(("载重",), {"unit": "kg"})}, options={"city": "320100"})
    again = MappingSpec.from_json(spec.as_json())
    assert (again, again.digest, len(spec.digest)) == (spec, spec.digest, 64)


def test_another_reading_has_another_digest():
    spec = MappingSpec("k", targets={"load": TargetUse(("载重",), {"unit": "kg"})})
    others = [
        spec.with_target("load", ["载重"], unit="lb"),
        spec.with_target("load", ["载荷"]),
        spec.with_target("load", []),
        spec.with_target("code", ["代码"]),
        MappingSpec("k", targets=spec.targets, options={"source": "x"}),
        MappingSpec("k", shipped="nyc"),
    ]
    assert len({spec.digest, *(other.digest for other in others)}) == 7


@pytest.mark.parametrize(
    "stored",
    [{}, {"kind": "k", "targets": []}, {"kind": "k", "targets": {"a": 1}}, {"kind": "k", "targets": {"a": {}}}],
)
def test_what_is_no_spec_is_refused(stored):
    with pytest.raises(ValueError, match="not a mapping"):
        MappingSpec.from_json(stored)


def test_suggestions_are_the_likeliest_names_first():
    known = {"1": "玄武区", "2": "江宁区", "3": "江北新区"}
    assert next(found.value for found in suggest("江宁", known)) == "2"
    assert suggest("Atlantis", known) == []
