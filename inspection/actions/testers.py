"""R14: who tested more in a month than the row of law allows."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count
from django.db.models.functions import TruncMonth

from accounts.models import Unit
from inspection import rules
from inspection.choices import ReportKind
from inspection.models import Report, TesterExcess
from inspection.queries import LawBook


def watch_testers(*, reports: Sequence[Report], body: Unit, book: LawBook, at: dt.datetime) -> None:
    """Count the months and people of these self-tests anew; keep, change and end rows of excess. Nothing is refused."""
    tests = [report for report in reports if report.kind == ReportKind.SELF_TEST]
    if not tests:
        return
    counted = _counted(tests)
    standing = {
        (row.person_id, row.month, row.code): row
        for row in TesterExcess.objects.filter(
            unit=body, person__in={person for person, _month in counted}, month__in={f"{m:%Y-%m}" for _p, m in counted}
        )
    }
    for (person, month), (elevators, cities) in counted.items():
        rows = rules.rows_in_force(book.rows("tester_limit"), month)
        if not rows:
            continue
        limit = max(rows, key=lambda row: row.valid_from)
        for excess in rules.over_limit(elevators=elevators, cities=cities, limit=limit):
            _keep(standing.pop((person, f"{month:%Y-%m}", excess.code), None), excess, person, month, limit, body, at)
        for key in [key for key in standing if key[:2] == (person, f"{month:%Y-%m}")]:
            _end(standing.pop(key), at)


def _counted(tests: Sequence[Report]) -> dict[tuple[int, dt.date], tuple[int, int]]:
    """{(person, first of the month): (elevators, cities)} of whoever these reports name. One statement."""
    people = Report.people.through.objects.filter(report__in=[report.pk for report in tests]).values("person")
    months = {report.concluded_on.replace(day=1) for report in tests}
    after = (max(months) + dt.timedelta(days=31)).replace(day=1)
    rows = (
        Report.people.through.objects.filter(
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
    return {(row["person"], row["month"]): (row["elevators"], row["cities"]) for row in rows if row["month"] in months}


def _keep(row: TesterExcess | None, excess, person: int, month: dt.date, limit, body: Unit, at: dt.datetime) -> None:
    if row is None:
        row = TesterExcess(unit=body, person_id=person, month=f"{month:%Y-%m}", code=excess.code, found_at=at)
    if row.count != excess.count:
        row.ended_at = None  # more than an officer has looked at
        row.ended_by_kind = row.ended_by_id = row.note = ""
    row.count, row.limit, row.rule = excess.count, excess.limit, limit.version
    row.save()


def _end(row: TesterExcess, at: dt.datetime) -> None:
    if row.ended_at is None:
        row.ended_at, row.ended_by_kind, row.ended_by_id = at, "SYSTEM", "inspection.testers"
        row.save()
