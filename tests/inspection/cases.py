"""Short ways to say facts, and the law as it is shipped."""

import datetime as dt
import json
from pathlib import Path

from inspection import rules
from inspection.rules import Application, Facts, Inspection, Law, Override, Stop, SupervisoryPass

DATA = Path(rules.__file__).parents[1] / "data"
TABLE, OF_REPORTS, OF_ITEMS = DATA / "law.json", DATA / "law_reports.json", DATA / "law_items.json"
ROWS: dict[str, tuple] = {}
for _table in (TABLE, OF_REPORTS, OF_ITEMS):
    for _section, _rows in rules.read_law(json.loads(_table.read_text(encoding="utf-8"))).items():
        ROWS[_section] = ROWS.get(_section, ()) + _rows


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def row(section: str, version: str):
    return next(row for row in ROWS[section] if row.version == version)


CYCLE = tuple(row for row in ROWS["cycle"] if row.area == "CN")
RULE = CYCLE[0]
LAW = Law(cycle=CYCLE)
BRAKE = row("brake_test", "BRAKE-6Y")
NINGXIA = row("brake_test", "BRAKE-NINGXIA")
GOVERNOR = {annex: row("governor_check", f"T5002-2017-{annex}") for annex in "ABC"}
FULL = Law(cycle=CYCLE, brake=(BRAKE,), governor=(GOVERNOR["A"],))


def installed(text: str) -> SupervisoryPass:
    return SupervisoryPass("INSTALLATION", day(text))


def repaired(text: str) -> SupervisoryPass:
    return SupervisoryPass("MAJOR_REPAIR", day(text))


def altered(text: str, generation: str = "") -> SupervisoryPass:
    return SupervisoryPass("ALTERATION", day(text), generation)


def periodic(text: str, verdict: str = "PASSED", **more) -> Inspection:
    return Inspection("PERIODIC", day(text), verdict, **more)


def self_test(text: str, verdict: str = "PASSED") -> Inspection:
    return Inspection("SELF_TEST", day(text), verdict)


def brake_test(text: str, verdict: str = "PASSED") -> Inspection:
    return Inspection("BRAKE_TEST", day(text), verdict)


def governor_check(text: str, verdict: str = "PASSED") -> Inspection:
    return Inspection("GOVERNOR_CHECK", day(text), verdict)


def stop(filed: str, restarted: str | None = None, inspected: str | None = None) -> Stop:
    return Stop(day(filed), restarted and day(restarted), inspected and day(inspected))


def moved(year: int, opens: str, due: str, document: str = "notice 1", issued: str | None = None) -> Override:
    return Override(year, day(opens), day(due), document, issued and day(issued))


def applied(year: int, filed: str) -> Application:
    return Application(year, day(filed))


def facts(*given, **more) -> Facts:
    """Facts in any order, told apart by their type."""
    sorts = {"passes": SupervisoryPass, "stops": Stop, "inspections": Inspection, "overrides": Override}
    sorts["applications"] = Application
    return Facts(**{name: tuple(g for g in given if isinstance(g, sort)) for name, sort in sorts.items()}, **more)


def ledger(known: Facts, today: str, horizon: int, law: Law = LAW):
    return rules.ledger(known, law, today=day(today), horizon=horizon)


def due(lines) -> list[str]:
    """['2025-05 P', …]: the close's month and the kind, as the worked examples say it."""
    letters = {"PERIODIC": "P", "SELF_TEST": "S", "BRAKE_TEST": "B", "GOVERNOR_CHECK": "G", "RESTART_INSPECTION": "R"}
    return [f"{line.due_on:%Y-%m} {letters[line.kind]}" for line in lines]


def state(lines, period: str, kinds=("PERIODIC", "SELF_TEST")) -> tuple:
    """(state, met on, days late) of the one line of a period."""
    (line,) = (line for line in lines if line.period == period and line.kind in kinds)
    return line.state, line.met_on and line.met_on.isoformat(), line.late_days


def states(lines) -> dict[str, tuple]:
    return {line.period: (line.state, line.met_on and line.met_on.isoformat(), line.late_days) for line in lines}
