"""A text of nothing but brackets must cost its length, not its square: every pattern that sees what strangers send."""

import ast
import datetime as dt
import importlib
import re
import time
from functools import cache
from pathlib import Path

import pytest

from common.intake import mapping, number_formats, xlsx
from common.intake.issues import LONGEST_CELL
from common.personal.free_text import personal_numbers
from inspection.rules.report_files import named_items, read_items
from registry.mappings.targets import TARGETS
from registry.rules import written
from tests.common.intake_files import with_part, workbook

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("accounts", "common", "compliance", "config", "inspection", "portal", "registry")
METHODS = ("fullmatch", "match", "search", "sub", "split", "findall", "finditer")
LONG = 20_000
PIECES = (
    *"10a_Zh m(（[<\"'\\*.,;:-/=·中年é\t\n",
    *(
        "<mergeCell ",
        "<mergeCell x",
        "<a:",
        "[h",
        "[hh]",
        "1.",
        "1,",
        "a.",
        "1 ",
        " \n",
        "(a",
        "/e/",
        "00",
        "x_0",
        "_x00",
    ),
)
STARTS = ("1-1-1", "1'", "http://a", "<mergeCell ref=", '"')


@cache
def patterns() -> list[tuple[str, str, re.Pattern]]:
    """(where, method, pattern) of every pattern that stands in the code, with each way in which it is asked."""
    found = {}
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        where = str(path.relative_to(ROOT))
        tree = ast.parse(text := path.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            direct = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "re"
            written_here = call.args and isinstance(call.args[0], ast.Constant)
            if direct and name in METHODS and written_here and isinstance(call.args[0].value, str | bytes):
                found[where, name, call.args[0].value] = re.compile(call.args[0].value)
        if "re.compile(" in text:
            module = importlib.import_module(where.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    asked = [method for method in METHODS if re.search(rf"\b{name}\.{method}\(", text)]
                    for method in asked or ["fullmatch"]:
                        found[where, method, name] = value
    return [(f"{where} {name}", method, pattern) for (where, method, name), pattern in found.items()]


def seconds(work) -> float:
    """Of the processor: what else the machine does counts for nothing. The better of two."""
    taken = []
    for _try in range(2):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def asked(pattern: re.Pattern, method: str, text: str):
    given = text if isinstance(pattern.pattern, str) else text.encode()
    if method == "sub":
        return lambda: pattern.sub(given[:0], given)
    if method == "finditer":
        return lambda: list(pattern.finditer(given))
    return lambda: getattr(pattern, method)(given)


def grows_too_fast(make) -> bool:
    """Does twice the text take (much) more than twice the time? `make(length)` gives the work."""
    for short, most in ((1_000, 0.05), (8_000, 0.3)):
        began = time.process_time()
        make(short)()
        if (taken := time.process_time() - began) > most:
            return True
    if taken < 0.005:  # the square of 8,000 takes at least twenty times that
        return False
    once, twice = seconds(make(LONG)), seconds(make(2 * LONG))
    return twice > 0.2 or twice > 3.5 * max(once, 0.002)


def texts():
    """From a length to a text: runs of one piece, after what makes a pattern begin and before what makes it fail."""
    runs = [("", piece) for piece in PIECES] + [(start, piece) for start in STARTS for piece in (" ", "1", "x", "]")]
    for start, piece in runs:
        yield lambda length, start=start, piece=piece: start + piece * (length // len(piece)) + "\nx"


@pytest.mark.parametrize("piece", ["1 ", "1-", "139 ", "86 ", "13 ", "0086", "1)("])
def test_looking_for_personal_numbers_costs_the_length_of_a_text(piece):
    """4 MB of "1 1 1" held a process for hours: each group was the beginning of a copy of the rest."""
    assert not grows_too_fast(lambda length: lambda: personal_numbers(piece * (length // len(piece))))


def test_no_pattern_takes_the_square_of_what_it_reads():
    slow = [
        (where, method, made(12))
        for where, method, pattern in patterns()
        for made in texts()
        if grows_too_fast(lambda length, p=pattern, m=method, t=made: asked(p, m, t(length)))
    ]
    assert slow == []


def test_the_patterns_are_found():
    """The test above would also pass over none."""
    names = {where for where, _method, _pattern in patterns()}
    assert len(names) > 50
    assert {
        "common/intake/xlsx.py MERGE",
        "common/intake/number_formats.py QUIET",
        "common/intake/mapping.py _BRACKETS",
        "registry/rules/written.py _PARTS",
    } <= names


@pytest.mark.parametrize("text", ["(" * LONGEST_CELL + "x", "[" * LONGEST_CELL, "长" * LONGEST_CELL, "ab " * 10_000])
def test_a_header_that_fills_its_cell_is_compared_at_once(text):
    assert seconds(lambda: mapping.resemblance("rated speed", text)) < 0.2
    assert seconds(lambda: mapping.suggest(text, {"a": "乘客电梯", "b": "曳引驱动载货电梯"})) < 0.2


@pytest.mark.parametrize(
    "text", ["(" * 32_000, "1" * 32_000, "1 " * 16_000, "1-1-1" + " " * 32_000 + "\nx", "." * 32_000]
)
def test_what_a_column_means_is_guessed_at_once(text):
    def guess():
        for target in TARGETS:
            if target.looks is not None:
                target.looks(text)
            if target.hints is not None:
                target.hints(text, [text])

    assert seconds(guess) < 0.5


def test_a_day_with_blanks_without_end_is_read_at_once():
    read = written.day("ymd", dt.date(2026, 1, 1))
    assert seconds(lambda: read("1-1-1" + " " * 32_000 + "\nx")) < 0.2
    assert read("2019 年 3 月 5 日").value == read("2019-03-05 00:00:00").value == dt.date(2019, 3, 5)


def test_merged_cells_spelled_in_a_comment_cost_nothing(tmp_path):
    """1,830 bytes of workbook took 12.8 s of a process that serves everybody."""
    comment = "<!--" + "<mergeCell " * 29_785 + "--></worksheet>"
    path = workbook(tmp_path / "book.xlsx", [["code", "load"], ["A1", "5"]])
    with_part(path, "xl/worksheets/sheet1.xml", lambda text: text.replace(b"</worksheet>", comment.encode()))
    assert seconds(lambda: xlsx.merges(path, "")) < 0.5


def test_merged_cells_are_found_across_pieces():
    spelled = [b'<mergeCell ref="A1:B2"/>', b'<x:mergeCell a="1" ref="AA10:AB20"/>']
    assert [match.groups() for match in xlsx.MERGE.finditer(b"".join(spelled))] == [
        (b"A", b"1", b"B", b"2"),
        (b"AA", b"10", b"AB", b"20"),
    ]
    assert xlsx.LONGEST_MERGE > 20 + 12 + 200 + 30


@pytest.mark.parametrize("code", ["[" * 60_000, '"' * 60_001, "[h" * 30_000, "[$" * 30_000])
def test_a_number_format_of_brackets_costs_nothing(code):
    assert seconds(lambda: number_formats._kind("164", code)) < 0.2
    assert number_formats._kind("164", "[$-804]yyyy/m/d") == number_formats.DATE


def test_the_rest_said_thousands_of_times_in_one_cell_is_not_thousands_of_times_every_item():
    """32 KB of "rest√;" were 324,000 results of one report: a file of 500 such rows took the memory of the machine."""
    entries = read_items("rest√;" * 5_400)
    always = [f"A{number}" for number in range(60)]
    assert len(named_items(entries, code_of=str, always=always)) == 2 * len(always)
    assert len(named_items(entries[:1], code_of=str, always=always)) == len(always)
