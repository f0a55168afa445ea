"""Which unit a column of numbers is in: the header says it, else most of its cells; never one slip among them."""

import pytest

from common.intake.mapping import guess_mapping
from registry.mappings.targets import TARGETS

LOAD = "rated_load_kg"


def unit_of(header: str, cells: list[str], target: str = LOAD) -> str:
    guess = guess_mapping("kind", TARGETS, [header], [{header: cell} for cell in cells])
    return guess.spec.targets[target].options.get("unit", "")


def test_the_header_decides_against_a_cell():
    assert unit_of("额定载重量(kg)", ["1吨", "1000", "1050"]) == "kg"


def test_one_cell_with_a_unit_does_not_speak_for_the_column():
    assert unit_of("额定载重量", ["1000", "1吨", "1050"]) == unit_of("额定载重量", ["1000", "1000", "1050"])


def test_most_cells_speak_where_the_header_is_silent():
    assert unit_of("额定载重量", ["1吨", "1.05吨", "1000"]) == "t"


@pytest.mark.parametrize(("header", "unit"), [("Load (t)", "t"), ("额定载重量（吨）", "t"), ("CAPACITY LBS", "lb")])
def test_a_header_with_its_unit_is_known(header, unit):
    assert unit_of(header, ["1", "2"]) == unit
