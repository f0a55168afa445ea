"""Hazards, complaints and waivers of the synthetic city, one at each stage, taken there by the actions themselves."""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageDraw

from accounts.models import Membership, User
from accounts.queries import actor_for
from common.actor import Actor
from common.attachments.store import store_attachment
from common.clock import local_date
from compliance.actions import (
    answer_complaint,
    change_grade,
    close_complaint,
    extend_hazard,
    file_complaint,
    grant_waiver,
    join_complaint,
    rate_complaint,
    replan,
    report_hazard,
    return_complaint,
    review_complaint,
    take_hazard_step,
    transfer_complaint,
)
from compliance.models import Complaint, Hazard, Obligation, Waiver
from registry.models import Elevator

SPREAD = 8  # elevators that they are about, around the demonstration's own people
RIDER = Actor("RIDER", "seed_cases")
PEOPLE = ("safety_officer", "maintenance_office", "maintenance_worker", "district_regulator", "city_regulator")


@dataclass(frozen=True, slots=True)
class Found:
    """A hazard of so many days ago and the steps since: (name, days ago, who). Invented, like everything here."""

    item: str
    days: int
    words: str
    steps: tuple[tuple[str, int, str], ...] = ()
    photographed: bool = False


CONFIRM, CLAIM = "district_regulator", "maintenance_worker"
HAZARDS = (
    Found("DOOR", 1, "三层层门关闭偏慢", photographed=True),
    Found("CAR", 12, "轿厢应急照明不亮", (("confirm", 11, CONFIRM),)),
    Found("MACHINE", 14, "曳引机渗油", (("confirm", 13, CONFIRM), ("claim", 2, CLAIM)), photographed=True),
    Found("SHAFT", 25, "底坑积水", (("confirm", 24, CONFIRM), ("claim", 16, CLAIM), ("verify", 15, CONFIRM))),
    Found("OTHER", 9, "门厅噪声，查为邻近水泵", (("reject", 8, CONFIRM),)),
    Found("DOOR", 50, "门刀磨损，逾期未改", (("confirm", 49, CONFIRM),)),
    Found("ALARM-DEAD", 1, "报警按钮无人应答", (("confirm", 1, CONFIRM),)),
    Found(
        *("ALARM-DEAD", 20, "对讲无声"),
        (("confirm", 19, CONFIRM), ("claim", 15, CLAIM), ("send_back", 14, CONFIRM)),
    ),
    Found("ALARM-DEAD", 30, "电话线断", (("confirm", 29, CONFIRM), ("claim", 27, CLAIM), ("verify", 26, CONFIRM))),
    Found("GB45067-5.6.4", 3, "检修后短接线未拆除", (("confirm", 3, CONFIRM),)),
    Found(
        *("GB45067-5.6.2", 10, "光幕失效"),
        (("confirm", 10, CONFIRM), ("claim", 9, CLAIM), ("verify", 8, "city_regulator")),
    ),
    Found("MANAGEMENT", 6, "三角钥匙未登记", (("confirm", 5, CONFIRM), ("raise", 4, CONFIRM))),
    Found("CAR", 20, "轿厢通风不良，备件待到货", (("confirm", 19, CONFIRM), ("extend", 3, CONFIRM))),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A complaint of so many days ago and the steps since: (name, days ago)."""

    category: str
    days: int
    words: str
    steps: tuple[tuple[str, int], ...] = field(default=())


ANSWERED = ("answer", 12)
COMPLAINTS = (
    Said("NOISE", 0, "运行时有异响"),
    Said("CLEAN", 2, "轿厢通风差"),
    Said("DOOR", 25, "关门夹到购物车"),  # nobody has answered: late
    Said("STOPS", 3, "本周停梯三次", (("answer", 1),)),
    Said("LABEL", 15, "使用标志看不清", (ANSWERED, ("return", 2))),
    Said("DOOR", 15, "开门有卡滞", (ANSWERED, ("uphold", 6), ("rate", 4))),
    Said("NOISE", 15, "夜间有嗡嗡声", (ANSWERED, ("dismiss", 6))),
    Said("ALARM", 20, "按报警无人应答", (("answer", 18), ("uphold", 14), ("close", 9))),
    Said("COSTS", 8, "电梯广告收益未公示", (("transfer", 6),)),
    Said("STOPS", 2, "又停梯了", (("duplicate", 1),)),
)


def seed_cases(*, at: dt.datetime) -> int:
    """Invent them where none is, each sort by itself; returns how many. The same elevators each time, in one transaction."""
    people = _people(at)
    if people is None:
        return 0
    # files are written before rows are held
    photos = [] if Hazard.objects.filter(details__startswith=MARK).exists() else _photos(people["safety_officer"], at)
    paper = [] if Waiver.objects.exists() else _papers(people["district_regulator"], at)
    with transaction.atomic():
        return _hazards(people, photos, at) + _complaints(people, at) + _waivers(people, paper, at)


MARK = "演示："  # what is read anywhere says by itself that it is invented


def _people(at: dt.datetime) -> dict[str, Actor] | None:
    """The demonstration's people by sign-in name; None where the city was seeded without them."""
    users = User.objects.filter(synthetic=True, username__in=PEOPLE)
    found = {user.username: actor_for(user, at) for user in users}
    return found if len(found) == len(PEOPLE) else None


def _own_elevators(without: Iterable[int] = ()) -> list[Elevator]:
    """Elevators of the demonstration's own using unit first, so that its people see them."""
    own = Membership.objects.filter(user__username="safety_officer").order_by("pk").values("unit")[:1]
    rows = Elevator.objects.filter(synthetic=True, registration_state="IN_USE", using_unit=own)
    return list(rows.exclude(pk__in=list(without)).select_related("site").order_by("pk")[:SPREAD])


def _photos(by: Actor, at: dt.datetime) -> list:
    return [
        store_attachment(_picture(shade), by=by, at=at, name=f"示例照片{place}.jpg")
        for place, shade in enumerate(("slategray", "sienna"), 1)
    ]


def _papers(by: Actor, at: dt.datetime) -> list[list]:
    return [
        [store_attachment(_picture(shade), by=by, at=at, name=f"示例文件{place}.jpg")]
        for place, shade in enumerate(("seashell", "ivory"), 1)
    ]


def _picture(shade: str) -> ContentFile:
    """A door that is nobody's."""
    picture = Image.new("RGB", (480, 640), shade)
    draw = ImageDraw.Draw(picture)
    for left in (60, 250):
        draw.rectangle((left, 80, left + 170, 600), outline="black", width=6)
    draw.text((70, 30), "SAMPLE / INVENTED", fill="black")
    kept = io.BytesIO()
    picture.save(kept, "JPEG")
    return ContentFile(kept.getvalue(), name="sample.jpg")


# --- hazards ----------------------------------------------------------------------------------------------------------


def _hazards(people: dict[str, Actor], photos: Sequence, at: dt.datetime) -> int:
    if not photos:
        return 0
    busy = Hazard.objects.standing().values_list("elevator", flat=True)
    elevators, photos, made = _own_elevators(busy), iter(photos), 0
    for case, elevator in zip(HAZARDS, cycle(elevators), strict=False):
        hazard = report_hazard(
            elevator=elevator,
            item=case.item,
            details=MARK + case.words,
            found_on=local_date(at) - dt.timedelta(days=case.days),
            source="USING_UNIT",
            by=people["safety_officer"],
            at=_ago(case.days, at),
            photos=list(islice(photos, 1)) if case.photographed else [],
        )
        for place, (step, days, who) in enumerate(case.steps, 1):
            _take(hazard, step, people[who], _ago(days, at) + dt.timedelta(minutes=place))
        made += 1
    return made


def _take(hazard: Hazard, step: str, by: Actor, at: dt.datetime) -> None:
    given = {"hazard_id": hazard.pk, "note": MARK + "现场核对", "by": by, "at": at}
    if step == "raise":
        change_grade(grade="LARGER", **given)
    elif step == "extend":
        extend_hazard(due_on=hazard.due_on + dt.timedelta(days=7), **given)
    else:
        take_hazard_step(step=step, **given)


def _ago(days: int, at: dt.datetime) -> dt.datetime:
    return at - dt.timedelta(days=days, minutes=10)


# --- complaints -------------------------------------------------------------------------------------------------------


def _complaints(people: dict[str, Actor], at: dt.datetime) -> int:
    if Complaint.objects.exists():
        return 0
    elevators, made = _own_elevators(), {}
    for place, (case, elevator) in enumerate(zip(COMPLAINTS, cycle(elevators), strict=False)):
        same = case.steps[:1] and case.steps[0][0] == "duplicate"
        filed = file_complaint(
            elevator=made["STOPS"].complaint.elevator if same else elevator,
            category=case.category,
            text=MARK + case.words,
            source="PUBLIC_PAGE",
            key=f"seed-{place}",
            by=RIDER,
            at=_ago(case.days, at),
        )
        for step, days in case.steps:
            _go_on(filed, step, people, made.get("STOPS"), _ago(days, at))
        made.setdefault(case.category, filed)
    return len(COMPLAINTS)


def _go_on(filed, step: str, people: dict[str, Actor], first, at: dt.datetime) -> None:
    given, officer = {"complaint_id": filed.complaint.pk, "at": at}, people["district_regulator"]
    words = MARK + "已到现场查看"
    if step == "answer":
        answer_complaint(answer=MARK + "已检修并观察一日。", by=people["maintenance_office"], **given)
    elif step in ("uphold", "dismiss"):
        review_complaint(upheld=step == "uphold", note=words, by=officer, **given)
    elif step == "rate":
        rate_complaint(number=filed.number, stars=4, by=RIDER, at=at)
    elif step == "transfer":
        transfer_complaint(passed_to="示例市政热线", outside_number="SAMPLE-1", note=words, by=officer, **given)
    elif step == "duplicate":
        join_complaint(of=first.complaint, note=words, by=officer, **given)
    else:
        {"return": return_complaint, "close": close_complaint}[step](note=words, by=officer, **given)


# --- waivers ----------------------------------------------------------------------------------------------------------


def _waivers(people: dict[str, Actor], papers: Sequence[Sequence], at: dt.datetime) -> int:
    """One inspection waived for two months, one postponed by one: of two elevators, for both count from their day on."""
    today, elevators = local_date(at), _own_elevators() if papers else []
    replan(elevator_ids=[one.pk for one in elevators], at=at)
    made = 0
    for elevator in reversed(elevators):
        row = _owed(elevator, today)
        if row is None or made == len(papers):
            continue
        kind, days = (("WAIVED", 60), ("POSTPONED", 30))[made]
        grant_waiver(
            obligation_id=row.pk,
            kind=kind,
            from_on=today,
            until_on=(today if kind == "WAIVED" else max(today, row.due_on)) + dt.timedelta(days=days),
            reason=MARK + "加装工程期间停用层站，检验顺延。",
            clause="示例条款",
            reference=f"SAMPLE-{made + 1}",
            files=papers[made],
            by=people["district_regulator"],
            at=at,
        )
        made += 1
    return made


def _owed(elevator: Elevator, today: dt.date) -> Obligation | None:
    rows = Obligation.objects.filter(elevator=elevator, status="PENDING", due_on__gte=today)
    return rows.exclude(kind__startswith="DIRECTOR").order_by("due_on", "pk").first()
