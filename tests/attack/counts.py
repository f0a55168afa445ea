"""How often each attack was tried: tests say it with `tried(kind, number)`, and `make attack` prints the sums at its end."""

import os
from collections import Counter

import pytest

WORD = "tried: "


@pytest.fixture
def tried(record_property):
    """tried(kind, number): so many tries of this kind were made, and none got through (else the test has failed)."""

    def note(kind: str, number: int) -> None:
        record_property(WORD + kind, number)

    return note


def pytest_terminal_summary(terminalreporter):
    if not os.environ.get("ATTACK"):
        return
    sums, tests = Counter(), Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()) if report.when == "call" else ():
            if name.startswith(WORD):
                sums[name.removeprefix(WORD)] += value
                tests[name.removeprefix(WORD)] += 1
    terminalreporter.section("attacks tried, none of which got through")
    for kind in sorted(sums):
        terminalreporter.write_line(f"{sums[kind]:>12,}  {kind} ({tests[kind]} tests)")
