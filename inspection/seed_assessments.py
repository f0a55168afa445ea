"""A few safety assessments of the synthetic city, some in each state, through the actions themselves."""

import datetime as dt
import io
from decimal import Decimal

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageDraw

from accounts.models import AreaGrant, Unit
from common.actor import system
from common.attachments.store import store_attachment
from common.clock import local_date
from common.models import Attachment
from inspection.actions import assessments as actions
from inspection.actions.assessments import FindingLine
from inspection.models import Assessment
from inspection.queries.assessments import assessing_bodies, to_be_assessed
from inspection.rules.assessments import Ballot
from registry.actions.documents import file_document
from registry.choices import DocumentKind
from registry.models import Elevator

BY = system("seed_assessments")
MOST = 33  # three of each sort; invented, and no figure of Nanjing
ACCEPTED = 7  # steps after which works are accepted
MEASURES = "示例：每月两次维保，三个月后复查制动器"
RISKS = (FindingLine("制动衬磨损", 1, "D"), FindingLine("门锁触点氧化", 2, "D"), FindingLine("轿厢照明不足", 4, "C"))
BALLOT = Ballot(Decimal("12400.00"), Decimal("9800.00"), Decimal("7100.00"), 124, 98, 71)


CANCELLED, KEPT = -1, -2  # instead of a number of steps
ROUND = (0, 1, 2, 3, 4, 5, 6, 7, 8, CANCELLED, KEPT)


def seed_assessments(*, at: dt.datetime) -> int:
    """Invent them where none is; returns how many. The same elevators each time, those of the demonstration's district first."""
    body = assessing_bodies().filter(synthetic=True).order_by("pk").first()
    works = Unit.objects.filter(synthetic=True, kind="MAINTENANCE_UNIT", closed_on=None).order_by("pk").first()
    if Assessment.objects.exists() or body is None or works is None:
        return 0
    chosen = _chosen(local_date(at))
    # files are written before rows are held
    papers = {
        place: store_attachment(_paper(place), by=BY, at=at, name=f"示例验收单{place + 1}.jpg")
        for place, steps in enumerate(_rounds(len(chosen)))
        if steps >= ACCEPTED
    }
    with transaction.atomic():
        for place, (elevator, steps) in enumerate(zip(chosen, _rounds(len(chosen)), strict=True)):
            number = f"AQPG-{local_date(at).year}-{place + 1:04}"
            walk(elevator, steps, number, body, works, at, paper=papers.get(place))
    return len(chosen)


def _rounds(count: int) -> list[int]:
    return [ROUND[place % len(ROUND)] for place in range(count)]


def _chosen(today: dt.date) -> list[Elevator]:
    """One round of the district whose officer the demonstration has, so that each state is seen there, then of the whole city.
    A small city has too few there that the law names: then the oldest, whose units ask for it."""
    rows = to_be_assessed(Elevator.objects.filter(synthetic=True), today, advised=True)
    rows = rows.filter(using_unit__isnull=False, using_unit_until=None).order_by("commissioned_on", "pk")
    district = AreaGrant.objects.filter(user__synthetic=True, user__username="district_regulator").values("area")
    own = list(rows.filter(managing_district__in=district)[: len(ROUND)])
    oldest = Elevator.objects.filter(
        synthetic=True, registration_state="IN_USE", managing_district__in=district, using_unit__isnull=False,
        using_unit_until=None,
    )  # fmt: skip
    oldest = oldest.exclude(pk__in=[row.pk for row in own]).order_by("commissioned_on", "pk")
    own += oldest[: len(ROUND) - len(own)]
    return [*own, *rows.exclude(pk__in=[row.pk for row in own])[: MOST - len(own)]]


def _paper(place: int) -> ContentFile:
    """A sheet that is nobody's, another for each case."""
    picture = Image.new("RGB", (480, 640), "ivory")
    draw = ImageDraw.Draw(picture)
    draw.text((70, 30), f"SAMPLE / INVENTED {place + 1}", fill="black")
    kept = io.BytesIO()
    picture.save(kept, "JPEG")
    return ContentFile(kept.getvalue(), name="sample.jpg")


def walk(
    elevator: Elevator,
    steps: int,
    number: str,
    body: Unit,
    works: Unit,
    at: dt.datetime,
    paper: Attachment | None = None,
) -> Assessment:
    """So many steps after the application, by `ACCEPTED` with a paper that proves the works; or CANCELLED, or KEPT and closed."""
    today, by, funded = local_date(at), {"by": BY, "at": at}, Decimal(180_000)
    case = actions.apply_for_assessment(elevator=elevator, **by)
    reported = [
        (actions.assign_assessment, {"body": body}),
        (actions.file_assessment, {"number": number, "reported_on": today, "level": "三级", "findings": RISKS}),
    ]
    built = [
        *reported,
        (actions.decide_assessment, {"decision": "MODERNISE", "decided_on": today, "cost": funded}),
        (actions.record_vote, {"voted_on": today, "ballot": BALLOT}),
        (actions.record_fund, {"source": "MAINTENANCE_FUND", "amount": funded, "state": "ASSURED"}),
        (actions.begin_works, {"works_unit": works, "works_from": today}),
    ][: steps if steps >= 0 else 0]
    if steps >= ACCEPTED:
        kind = DocumentKind.WORK_QUALITY
        proof = file_document(elevator=elevator, kind=kind, attachments=[paper], number=f"{number}-YS", **by)
        accepted = {"accepted_on": today, "document": proof}
        built += [(actions.accept_works, accepted), (actions.close_assessment, {"note": "示例：已现场核对"})]
    taken = {
        CANCELLED: [reported[0], (actions.cancel_assessment, {"note": "示例：该电梯已列入拆除计划"})],
        KEPT: [
            *reported,
            (actions.decide_assessment, {"decision": "KEEP", "decided_on": today, "measures": MEASURES}),
            (actions.close_assessment, {"note": "示例：措施已落实"}),
        ],
    }
    for act, words in taken.get(steps, built[: max(steps, 0)]):
        case = act(case=case, version=case.version, **words, **by)
    return case
