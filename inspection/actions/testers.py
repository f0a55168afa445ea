"""R14: who tested more in a month than the row of law allows, and the alert of their unit until an officer has looked at it.

The alert is an overdue obligation of the unit, so no other sort of cause is needed: what it owes is that this does not stand.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Count
from django.db.models.functions import TruncMonth

from accounts.models import Unit
from common.clock import local_date
from compliance.actions import end_owed, owe
from inspection import rules
from inspection.choices import ReportKind
from inspection.models import Report, ReportPerson, TesterExcess
from inspection.queries import TESTER_EXCESS, LawBook

CLAUSE = "R14 (Jiangsu, self-tests by scan since 2025-04-01)"


def watch_testers(*, reports: Sequence[Report], body: Unit, book: LawBook, at: dt.datetime) -> None:
    """Count the months and people of these self-tests anew, corrected ones among them; keep, change and end rows of excess.

    Nothing is refused. Three statements, and one for each row of excess that changes.
    """
    tests = [report.pk for report in reports if report.kind == ReportKind.SELF_TEST]
    if not tests:
        return
    named = ReportPerson.objects.filter(report__in=tests).values_list("person", "report__concluded_on")
    months = {(person, day.replace(day=1)) for person, day in named}
    people = {person for person, _month in months}
    counted = _counted(people, {month for _person, month in months})
    standing: dict[tuple, dict[str, TesterExcess]] = defaultdict(dict)
    for row in TesterExcess.objects.filter(unit=body, person__in=people):
        standing[row.person_id, row.month][row.code] = row
    for person, month in sorted(months):
        rows = rules.rows_in_force(book.rows("tester_limit"), month)
        if not rows:
            continue
        elevators, cities = counted.get((person, month), (0, 0))
        limit, there = max(rows, key=lambda row: row.valid_from), standing[person, f"{month:%Y-%m}"]
        for excess in rules.over_limit(elevators=elevators, cities=cities, limit=limit):
            _keep(there.pop(excess.code, None), excess, person, month, limit, body, at)
        for row in there.values():
            _end(row, at)


def _counted(people: Collection[int], months: Collection[dt.date]) -> dict[tuple[int, dt.date], tuple[int, int]]:
    """{(person, first of the month): (elevators, cities)} of self-tests that no correction took the place of."""
    after = (max(months) + dt.timedelta(days=31)).replace(day=1)
    rows = (
        ReportPerson.objects.filter(
            person__in=people,
            report__kind=ReportKind.SELF_TEST,
            report__superseded_by__isnull=True,
            report__concluded_on__gte=min(months),
            report__concluded_on__lt=after,
        )
        .values("person", month=TruncMonth("report__concluded_on"))
        .annotate(
            elevators=Count("report__elevator", distinct=True), cities=Count("report__elevator__city", distinct=True)
        )
        .order_by()
    )
    return {(row["person"], row["month"]): (row["elevators"], row["cities"]) for row in rows}


def _keep(row: TesterExcess | None, excess, person: int, month: dt.date, limit, body: Unit, at: dt.datetime) -> None:
    if row is None:
        row = TesterExcess(unit=body, person_id=person, month=f"{month:%Y-%m}", code=excess.code, found_at=at)
    if row.count != excess.count:
        row.ended_at = None  # more than an officer has looked at
        row.ended_by_kind = row.ended_by_id = row.note = ""
    row.count, row.limit, row.rule = excess.count, excess.limit, limit.version
    row.save()
    if row.ended_at is None:
        yesterday = local_date(at) - dt.timedelta(days=1)
        owe(
            unit=body,
            kind=TESTER_EXCESS,
            period=period_of(row),
            opens_on=min(month, yesterday),
            due_on=yesterday,  # there is no day until which it would be right
            rule=limit.version,
            clause=CLAUSE,
            source=row,
            at=at,
        )


def _end(row: TesterExcess, at: dt.datetime) -> None:
    if row.ended_at is None:
        row.ended_at, row.ended_by_kind, row.ended_by_id = at, "SYSTEM", "inspection.testers"
        row.save()
        end_alert(row, status="WITHDRAWN", at=at)


def period_of(row: TesterExcess) -> str:
    """What the obligation of an excess is called within its kind: the month first, as people read it."""
    return f"{row.month} {row.pk}"


def end_alert(row: TesterExcess, *, status: str, at: dt.datetime) -> None:
    """The unit owes nothing more because of this excess: corrected (WITHDRAWN), or looked at by an officer (MET)."""
    met_on = local_date(at) if status == "MET" else None
    end_owed(unit=row.unit, kind=TESTER_EXCESS, period=period_of(row), status=status, met_on=met_on, at=at)
