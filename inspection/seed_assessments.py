"""A few safety assessments of the synthetic city, one at each step, through the actions themselves."""

import datetime as dt
from decimal import Decimal

from django.db import transaction

from accounts.models import Unit
from common.actor import system
from common.clock import local_date
from inspection.actions import assessments as actions
from inspection.actions.assessments import FindingLine
from inspection.models import Assessment
from inspection.queries.assessments import assessing_bodies, to_be_assessed
from inspection.rules.assessments import Ballot
from registry.models import Elevator

BY = system("seed_assessments")
MOST = 21  # three at each step; invented, and no figure of Nanjing
RISKS = (FindingLine("制动衬磨损", 1, "D"), FindingLine("门锁触点氧化", 2, "D"), FindingLine("轿厢照明不足", 4, "C"))
BALLOT = Ballot(Decimal("12400.00"), Decimal("9800.00"), Decimal("7100.00"), 124, 98, 71)


@transaction.atomic
def seed_assessments(*, at: dt.datetime) -> int:
    """Invent them where none is; returns how many. The same elevators each time."""
    body = assessing_bodies().filter(synthetic=True).order_by("pk").first()
    works = Unit.objects.filter(synthetic=True, kind="MAINTENANCE_UNIT", closed_on=None).order_by("pk").first()
    if Assessment.objects.exists() or body is None or works is None:
        return 0
    rows = to_be_assessed(Elevator.objects.filter(synthetic=True), local_date(at), advised=True)
    rows = rows.filter(using_unit__isnull=False, using_unit_until=None).order_by("commissioned_on", "pk")[:MOST]
    for place, elevator in enumerate(rows):
        walk(elevator, place % 7, f"AQPG-{local_date(at).year}-{place + 1:04}", body, works, at)
    return len(rows)


def walk(elevator: Elevator, steps: int, number: str, body: Unit, works: Unit, at: dt.datetime) -> Assessment:
    """So many steps after the application."""
    today, by = local_date(at), {"by": BY, "at": at}
    case = actions.apply_for_assessment(elevator=elevator, **by)
    funded = Decimal(180_000)
    for act, words in (
        (actions.assign_assessment, {"body": body}),
        (actions.file_assessment, {"number": number, "reported_on": today, "level": "三级", "findings": RISKS}),
        (actions.decide_assessment, {"decision": "MODERNISE", "decided_on": today, "cost": funded}),
        (actions.record_vote, {"voted_on": today, "ballot": BALLOT}),
        (actions.record_fund, {"source": "MAINTENANCE_FUND", "amount": funded, "state": "ASSURED"}),
        (actions.begin_works, {"works_unit": works, "works_from": today}),
    )[:steps]:
        case = act(case=case, version=case.version, **words, **by)
    return case
