"""Facts about elevators, gathered in sets, and what they owe by the law of their city."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.clock import local_date, local_day
from compliance.signals import KindSpec, Planned, Planner, Reason
from inspection import rules
from inspection.models import Application, LawRow, WindowOverride
from inspection.registers import REGISTERS
from inspection.rules import facts as f
from registry.choices import LifeEventKind

# Years beyond this one of which the ledger knows what is due: the period after the next must exist before the next opens.
YEARS_AHEAD = 2
TESTER_EXCESS = "TESTER_EXCESS"
SUPERVISED = frozenset({f.INSTALLATION, f.ALTERATION, f.MAJOR_REPAIR, f.RELOCATION})
ANNEXES = (("33", ""), ("343", "C"), ("32", "B"), ("3", "A"))  # TSG T5002-2017: by class; escalators have no governor
GONE = frozenset({"SCRAPPED", "DEREGISTERED"})
# What facts leave nothing to do about; the rest is to be done, and whether it is late is a comparison of dates.
STATUS = {
    "DONE_ON_TIME": "MET",
    "DONE_LATE": "MET",
    "SATISFIED": "MET",
    "WAIVED": "WAIVED",
    "SUPERSEDED": "SUPERSEDED",
    "SUSPENDED": "SUSPENDED",
}
# What an obligation rests on, as people read it; `rule` names the row of law that it was reckoned by.
CITED = {
    f.PERIODIC: "TSG T7001-2023 4.1, 特种设备安全法 art. 40",
    f.SELF_TEST: "TSG T7008-2023",
    f.BRAKE_TEST: "TSG T7001-2023 A1.3.12.2, TSG T7008-2023 A1.3.12",
    f.GOVERNOR_CHECK: "TSG T5002-2017",
    f.RESTART_INSPECTION: "TSG T7001-2023 4.1, TSG 08-2026",
}
PLANNED_KINDS = {
    f.PERIODIC: "PERIODIC_INSPECTION",
    f.SELF_TEST: "SELF_TEST",
    f.BRAKE_TEST: "BRAKE_TEST",
    f.GOVERNOR_CHECK: "GOVERNOR_CHECK",
    f.RESTART_INSPECTION: "RESTART_INSPECTION",
}


class Known(NamedTuple):
    """What one statement says of an elevator."""

    pk: int
    city: str
    class_code: str
    state: str
    state_on: dt.date
    source: str
    source_status: str
    commissioned_on: dt.date | None
    city_id: int | None = None
    managing_district_id: int | None = None
    area_id: int | None = None


class LawBook:
    """The rows of law as they stand in the database, by area. One statement. `besides`: rows that nobody has stored yet."""

    def __init__(self, besides: Iterable[LawRow] = ()):
        table: dict[tuple[str, str], list[dict]] = defaultdict(list)
        for row in (*LawRow.objects.all(), *besides):
            columns = row.columns | {"version": row.version, "enabled": row.enabled, "source": row.source}
            columns |= {"certainty": row.certainty, "valid_from": str(row.valid_from)}
            columns |= {"valid_to": row.valid_to and str(row.valid_to)}
            table[row.area or "CN", row.section].append(columns)
        self._rows = {key: rules.read_law({key[1]: rows})[key[1]] for key, rows in table.items()}
        self.of = lru_cache(maxsize=None)(self._of)

    def rows(self, section: str, area: str = "CN") -> tuple:
        """The rows of a section that is the same for every elevator of an area."""
        return self._rows.get((area, section), ())

    def _of(self, city: str, class_code: str) -> rules.Law | None:
        """The law of one class of elevators in a city; None where no cycle is on."""
        area = city if (city, "cycle") in self._rows else "CN" if city.isdigit() else ""
        cycle = tuple(row for row in self._rows.get((area, "cycle"), ()) if row.enabled)
        if not cycle:
            return None
        brake = (
            row for row in self._rows.get((area, "brake_test"), ()) if row.enabled and class_code in row.class_codes
        )
        annex = next((annex for prefix, annex in ANNEXES if class_code.startswith(prefix)), "")
        governor = (row for row in self._rows.get((area, "governor_check"), ()) if row.enabled and row.annex == annex)
        return rules.Law(cycle, tuple(brake), tuple(governor))


def plan_inspections(ids: Sequence[int], today: dt.date, book: LawBook | None = None) -> dict[int, list[Planned]]:
    """What these elevators owe, by the law as it stands or by another book. Six statements however many; the same facts reckon
    once."""
    book = book or LawBook()
    reports, stops, ordered = reports_of(ids), stops_of(ids), Overrides(ids)
    applied, planned, reckoned = applications_of(ids), {}, {}
    for known in known_elevators(ids):
        law = book.of(known.city, known.class_code)
        if law is None or not _is_concerned(known):
            continue
        told = (
            tuple(reports.get(known.pk, ())),
            tuple(stops.get(known.pk, ())),
            ordered.of(known),
            applied.get(known.pk, ()),
        )
        # as they come from the database: cheaper to compare than the facts that are made of them
        key = (id(law), known.commissioned_on, known.state, known.state_on if known.state != "IN_USE" else None, *told)
        if key not in reckoned:
            reckoned[key] = _reckon(facts_of(known, *told), law, today)
        planned[known.pk] = reckoned[key]
    return planned


def applications_of(ids: Sequence[int]) -> dict[int, tuple[f.Application, ...]]:
    """Applications that still stand, or were done (R10). One statement."""
    found = defaultdict(tuple)
    rows = Application.objects.filter(
        elevator_id__in=ids, kind=PLANNED_KINDS[f.PERIODIC], state__in=("APPLIED", "APPOINTED", "DONE")
    )
    for pk, period, at in rows.order_by("elevator_id", "pk").values_list("elevator_id", "period", "applied_at"):
        if period.isdigit():
            found[pk] += (f.Application(int(period), local_date(at)),)
    return found


_KNOWN = f"""
SELECT e.id, a.code, e.class_code, e.registration_state, {local_day("e.registration_state_at")}, e.source, e.source_status,
       e.commissioned_on, e.city_id, e.managing_district_id, e.area_id
FROM registry_elevator e LEFT JOIN accounts_area a ON a.id = e.city_id AND a.kind = 'CITY' WHERE e.id = ANY(%s)
"""
_REPORTS = """
SELECT elevator_id, kind, concluded_on, verdict, next_on, generation FROM inspection_inspection
WHERE elevator_id = ANY(%s) AND withdrawn_at IS NULL ORDER BY elevator_id, concluded_on, id
"""
_STOPS = f"""
SELECT elevator_id, {local_day("occurred_at")}, outcome FROM registry_lifeevent
WHERE elevator_id = ANY(%s) AND kind = %s ORDER BY elevator_id, sequence
"""


def _fetched(sql: str, *given) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def known_elevators(ids: Sequence[int]) -> Iterable[Known]:
    for pk, code, class_code, *rest in _fetched(_KNOWN, list(ids)):
        yield Known(pk, code or "", class_code or "", *rest)


def _is_concerned(known: Known) -> bool:
    """Is the elevator one that the law of inspection is about? What is not registered yet, or withdrawn, owes nothing; of a
    register that has words of its own, those that its rule names."""
    statuses = next((spec["statuses"] for spec in REGISTERS.values() if spec["source"] == known.source), None)
    if statuses is not None and known.source_status not in statuses:
        return False
    return known.state in ("IN_USE", "OUT_OF_USE") or known.state in GONE


def reports_of(ids: Sequence[int]) -> dict[int, list[tuple]]:
    """(kind, day, verdict, next_on, generation) of every report that counts, oldest first."""
    found = defaultdict(list)
    for pk, *report in _fetched(_REPORTS, list(ids)):
        found[pk].append(tuple(report))
    return found


def stops_of(ids: Sequence[int]) -> dict[int, list[tuple[dt.date, str]]]:
    """(day, state) of every change between in use and out of use, in order of the events."""
    found = defaultdict(list)
    for pk, day, outcome in _fetched(_STOPS, list(ids), LifeEventKind.STATE_CHANGED):
        found[pk].append((day, outcome))
    return found


class Overrides:
    """R9: what authorities ordered about these elevators, by area or one by one. One statement where nothing was ordered."""

    def __init__(self, ids: Sequence[int]):
        rows = list(WindowOverride.objects.counting().select_related("area").order_by("pk"))
        self._areas = [row for row in rows if row.area_id is not None]
        self._single = defaultdict(list)
        if single := {row.pk: row for row in rows if row.area_id is None}:
            through = WindowOverride.elevators.through.objects.filter(
                windowoverride_id__in=single, elevator_id__in=ids
            ).values_list("elevator_id", "windowoverride_id")
            for elevator_id, pk in through:
                self._single[elevator_id].append(single[pk])

    def of(self, known: Known) -> tuple[f.Override, ...]:
        places = {
            "city_id": known.city_id,
            "managing_district_id": known.managing_district_id,
            "area_id": known.area_id,
        }
        rows = [row for row in self._areas if row.covers(**places)] + self._single.get(known.pk, [])
        return tuple(f.Override(row.year, row.opens_on, row.due_on, row.document, row.issued_on) for row in rows)


def facts_of(
    known: Known,
    reports: Sequence[tuple],
    changes: Sequence[tuple],
    overrides: tuple[f.Override, ...] = (),
    applications: tuple[f.Application, ...] = (),
) -> f.Facts:
    """Facts of the rules. No supervisory inspection of the installation on record: the day of commissioning stands for it [D]."""
    passes = tuple(
        f.SupervisoryPass(kind, day, generation)
        for kind, day, verdict, _next, generation in reports
        if kind in SUPERVISED and verdict in f.PASSES
    )
    if known.commissioned_on and all(one.kind not in (f.INSTALLATION, f.RELOCATION) for one in passes):
        passes = (f.SupervisoryPass(f.INSTALLATION, known.commissioned_on), *passes)
    return f.Facts(
        passes=passes,
        stops=_as_stops(known, reports, changes),
        inspections=tuple(
            f.Inspection(kind, day, verdict, next_on, generation)
            for kind, day, verdict, next_on, generation in reports
            if kind not in SUPERVISED
        ),
        overrides=overrides,
        applications=applications,
        approved_on=known.commissioned_on,
        scrapped_on=known.state_on if known.state in GONE else None,
    )


def _as_stops(known: Known, reports: Sequence[tuple], changes: Sequence[tuple]) -> tuple[f.Stop, ...]:
    """Times out of use; the inspection before re-use is a fact of the stop in which it was done."""
    spans, since = [], None
    for day, state in changes:
        if state == "OUT_OF_USE":
            since = since or day
        elif since is not None:
            spans.append((since, day))
            since = None
    if since is None and known.state == "OUT_OF_USE":
        since = known.state_on
    if since is not None:
        spans.append((since, None))
    restarts = [day for kind, day, verdict, *_rest in reports if kind == f.RESTART_INSPECTION and verdict in f.PASSES]
    return tuple(
        f.Stop(begin, end, next((day for day in restarts if begin <= day <= (end or dt.date.max)), None))
        for begin, end in spans
    )


def _reckon(facts: f.Facts, law: rules.Law, today: dt.date) -> list[Planned]:
    """In lines of which elevators of one month have most in common."""
    lines = rules.ledger(facts, law, today=today, horizon=today.year + YEARS_AHEAD)
    line, printed = rules.earlier_printed(facts.inspections, lines)
    applied = {str(one.year) for one in facts.applications}
    return [_planned(each, printed if each is line else None, each.period in applied) for each in lines]


@lru_cache(maxsize=20_000)
def _planned(line: rules.Obligation, alert_after: dt.date | None, applied: bool) -> Planned:
    """`alert_after`: where the body printed an earlier month than the law has, the earlier of the two alerts (§6). `applied`:
    then nobody has to apply any more, and `apply_by` is none."""
    status = STATUS.get(line.state, "PENDING")
    return Planned(
        PLANNED_KINDS[line.kind],
        line.period,
        min(line.opens_on, line.due_on),
        line.due_on,
        status=status,
        apply_by=None if status == "PENDING" and applied else line.apply_by,
        alert_after=alert_after,
        met_on=line.met_on if status == "MET" else None,
        days_late=line.late_days if status in ("MET", "SUPERSEDED") else 0,
        rule=line.rule_version,
        clause=CITED[line.kind] if "INTERVAL" not in line.clauses else line.rule_version,
    )


def explain_inspection(elevator_id: int, kind: str, period: str, today: dt.date) -> list[Reason]:
    """From which facts and rows of law the days of one obligation follow. Seven statements."""
    from inspection.queries.reasons import reasons_of  # it builds on this module

    return reasons_of(elevator_id, kind, period, today)


def inspection_planner() -> Planner:
    """Registered at compliance.planners."""
    return Planner(
        (
            KindSpec("PERIODIC_INSPECTION", _("periodic inspection"), _("periodic inspection overdue")),
            KindSpec("SELF_TEST", _("self-test"), _("self-test overdue")),
            KindSpec("BRAKE_TEST", _("brake test with 125 percent load"), _("brake test overdue")),
            KindSpec("GOVERNOR_CHECK", _("governor check"), _("governor check overdue")),
            KindSpec("RESTART_INSPECTION", _("inspection before re-use"), _("inspection before re-use overdue")),
            # of units, by what was filed: planned for no elevator (inspection.actions.testers)
            KindSpec(
                TESTER_EXCESS,
                _("more self-tests than allowed"),
                _("a tester did more self-tests than allowed"),
                of_units=True,
            ),
        ),
        plan_inspections,
        explain_inspection,
    )
