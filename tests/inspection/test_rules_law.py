"""The table of the law as shipped: every number has a source and a certainty, rows of a kind do not overlap."""

import ast
import datetime as dt
import json
from itertools import pairwise
from pathlib import Path

import pytest

from inspection import rules
from inspection.rules.law import SECTIONS, columns
from tests.inspection.cases import CYCLE, OF_ITEMS, OF_REPORTS, ROWS, TABLE

FOLDER = Path(rules.__file__).parent


def test_the_table_has_every_section():
    assert set(ROWS) == set(SECTIONS)
    assert {section: len(rows) for section, rows in ROWS.items()} == {
        "cycle": 3,
        "brake_test": 2,
        "governor_check": 3,
        "tester_limit": 1,
        "verdict": 13,
        "contradiction": 1,
        "item_condition": 34,
        "filer": 9,
        "notice": 1,
        "warranty": 1,
    }


@pytest.mark.parametrize("section", SECTIONS)
def test_every_row_says_where_it_is_from_and_how_sure_it_is(section):
    for row in ROWS[section]:
        assert row.source.strip()
        assert row.certainty in {"V1", "V2", "D", "U"}
        assert isinstance(row.valid_from, dt.date)


def test_the_cycle_as_the_law_has_it():
    assert [
        (row.version, row.valid_from.isoformat(), row.valid_to and row.valid_to.isoformat(), row.suspended_counts)
        for row in CYCLE
    ] == [("T7001-2023", "2023-04-02", "2026-05-01", False), ("T7001-2023+08-2026", "2026-05-01", None, True)]
    for row in CYCLE:
        assert sorted(row.periodic_years) == [1, 4, 7, 9, 11, 13, 15]
        assert (row.yearly_after, row.periodic_early_months, row.self_test_early_months) == (15, 2, 1)
        assert (row.apply_before_months, row.apply_warning_days, row.first_governed_year) == (1, 30, 2024)
        assert (row.reset_from, row.long_stop_days) == (dt.date(2023, 4, 2), 365)


def test_rows_of_the_cycle_follow_each_other_without_gap_or_overlap():
    assert all(earlier.valid_to == later.valid_from for earlier, later in pairwise(CYCLE))


def test_off_by_default_are_the_rules_of_other_places():
    off = {row.version for rows in ROWS.values() for row in rows if not row.enabled}
    assert off == {"NYC-365", "BRAKE-NINGXIA"}


def test_an_unknown_column_is_not_swallowed():
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    table["cycle"][0]["periodic_year"] = [1]
    with pytest.raises(TypeError):
        rules.read_law(table)


def test_columns_are_those_of_the_rows():
    tables = [json.loads(table.read_text(encoding="utf-8")) for table in (TABLE, OF_REPORTS, OF_ITEMS)]
    for section, rows in (pair for table in tables for pair in table.items()):
        assert {name for row in rows for name in row} <= set(columns(section))


def test_rules_import_no_django_no_database_and_read_no_clock():
    clock = {"today", "now", "utcnow", "time"}
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        foreign = {
            name for name in modules if name.split(".")[0] in {"django", "common", "accounts", "registry", "compliance"}
        }
        calls = {n.func.attr for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)}
        assert (path.name, foreign, calls & clock) == (path.name, set(), set())
