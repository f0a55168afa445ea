"""Ordering plates, hanging them, taking them out of use (decision 0011)."""

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import Area, Unit
from accounts.roles import Permission
from common import jobs
from common.actor import Actor
from common.attachments.claims import claim_attachments
from common.audit import record_change
from common.errors import Refusal
from common.models import Attachment
from common.scoping import require
from registry.actions.life_events import NewEvent, record_events
from registry.choices import BatchContent, LifeEventKind, PlateState, ScanVerdict
from registry.models import Elevator, Nameplate, PlateBatch, PlateCity
from registry.plates.keys import current_key_id
from registry.plates.layouts import all_layouts
from registry.queries.plates import reading_of, text_scanned
from registry.rules.distance import is_far, metres_between
from registry.rules.plates import LAST_ISSUE, Verdict, digits_typed

JOB_KIND = "registry.plates"
MOST_AT_ONCE = 20_000
ALL_NUMBERS = range(1, 1_000_000)
REPLACED = "replaced"  # the reason of a plate that gave way to the next issue


class BadOrder(Refusal):
    code = "bad-plate-order"


class NoNumbersLeft(Refusal):
    code = "no-plate-numbers-left"
    status = 409
    message = _("The city has no %(wanted)s numbers left of six digits.")


class NotAPlate(Refusal):
    code = "not-a-plate"
    field = "text"
    status = 409
    message = _("This is not a plate of the platform. Scan the code in the car again, or type what stands below it.")


class NumberAlone(Refusal):
    """Six digits say which elevator is meant, not that this plate is genuine."""

    code = "plate-number-alone"
    field = "text"
    status = 409
    message = _("The six digits alone name no plate. Type the whole line below the code.")


class PlateVoid(Refusal):
    code = "plate-void"
    field = "text"
    status = 409
    message = _("This plate is void and cannot be used again. Take it off and hang the next one.")


class PlateElsewhere(Refusal):
    """Says nothing about which elevator has it."""

    code = "plate-elsewhere"
    field = "text"
    status = 409
    message = _("This plate belongs to another elevator. Check that you scanned the one in this car.")


class CodeDiffers(Refusal):
    code = "plate-code-differs"
    field = "text"
    status = 409
    message = _(
        "This elevator is known at 96333 as %(known)s, the plate says %(code)s. Order a plate with its own number."
    )


class NumberClaimed(Refusal):
    """Says nothing about which elevator has it."""

    code = "plate-number-claimed"
    field = "text"
    status = 409
    message = _(
        "The register has given the number %(code)s to another elevator already. Hang another plate, and tell the regulator."
    )


class FarAway(Refusal):
    """A question rather than a no: the register's position may be the wrong one. `metres` is how far."""

    code = "plate-far-away"
    field = "confirmed_far"
    status = 409
    message = _("You are %(distance)s from where the register has this elevator. Hang it all the same?")

    def __init__(self, metres: int):
        self.metres = metres
        super().__init__(distance=f"{metres / 1000:,.0f} km" if metres >= 2000 else f"{metres:,} m")


class ReasonNeeded(Refusal):
    code = "reason-needed"
    field = "reason"
    message = _("Say why the plate is taken out of use.")


@transaction.atomic
def city_number(city: Area) -> str:
    """The six digits by which plates name `city`; given once: its code, or the next free one of 9xxxxx."""
    known = PlateCity.objects.filter(area=city).values_list("number", flat=True).first()
    if known:
        return known
    _alone("plate-cities")
    if len(city.code) == 6 and city.code.isascii() and city.code.isdigit():
        number = city.code
    else:
        last = PlateCity.objects.filter(number__gte="900000").aggregate(last=Max("number"))["last"]
        number = str(int(last or 899_999) + 1)
    return PlateCity.objects.get_or_create(area=city, defaults={"number": number})[0].number


@transaction.atomic
def order_plates(
    *,
    city: Area,
    layout: str,
    by: Actor,
    at: dt.datetime,
    count: int = 0,
    elevators: Sequence[Elevator] = (),
    unit: Unit | None = None,
) -> PlateBatch:
    """Write down plates and queue the drawing of their sheets.

    Either `count` plates of stock with new numbers, or one for each of `elevators` of that city (the next issue of its
    number; an elevator without one is given one when the plate is hung). Raises BadOrder, NoNumbersLeft, NotPermitted.
    """
    require(by, Permission.ORDER_PLATES)
    if layout not in all_layouts():
        raise BadOrder(_("There is no layout of this name."), field="layout")
    if bool(count) == bool(elevators) or not 0 < (count or len(elevators)) <= MOST_AT_ONCE:
        raise BadOrder(_("Order 1 to %(most)s plates at once.") % {"most": f"{MOST_AT_ONCE:,}"}, field="count")
    if any(elevator.city_id != city.pk for elevator in elevators):
        raise BadOrder(_("All elevators of an order are of one city."), field="elevators")
    city_number(city)
    _alone(f"plates:{city.pk}")
    batch = PlateBatch.objects.create(
        city=city,
        unit=unit,
        content=BatchContent.STOCK if count else BatchContent.ELEVATORS,
        layout=layout,
        host=settings.PLATE_HOST,
        count=count or len(elevators),
        job=jobs.queue_job(kind=JOB_KIND, params={}, by=by, at=at),
        owner_kind=by.kind,
        owner_id=by.id,
        created_at=at,
    )
    same = {"city": city, "batch": batch, "key_id": current_key_id(), "unit": unit, "created_at": at}
    without = [elevator for elevator in elevators if not elevator.rescue_code]
    fresh = iter(_free_codes(city, count or len(without)))
    if count:
        plates = [Nameplate(code=code, issue=1, **same) for code in fresh]
    else:
        issues = _last_issues(city, [elevator.rescue_code for elevator in elevators if elevator.rescue_code])
        plates = []
        for elevator in elevators:
            code = elevator.rescue_code or next(fresh)
            if (issue := issues.get(code, 0) + 1) > LAST_ISSUE:
                raise BadOrder(_("Number %(code)s has had its last plate.") % {"code": code}, field="elevators")
            plates.append(Nameplate(code=code, issue=issue, elevator=elevator, **same))
    Nameplate.objects.bulk_create(plates, batch_size=5_000)
    record_change(
        action="registry.order_plates",
        subject=batch,
        by=by,
        changes={
            "count": [None, batch.count],
            "layout": [None, layout],
            "unit": [None, str(unit.public_id) if unit else None],
        },
    )
    return batch


@transaction.atomic
def hang_plate(
    *,
    text: str,
    elevator: Elevator,
    by: Actor,
    at: dt.datetime,
    position: tuple[Decimal, Decimal] | None = None,
    accuracy_m: int | None = None,
    photo: Attachment | None = None,
    confirmed_far: bool = False,
) -> Nameplate:
    """Bind the plate that was scanned to the elevator in whose car it hangs; the plate before it becomes void.

    `text` is the link that a camera read, or what stands on the plate. Scanned twice it is bound once. `elevator` is
    one that `by` may hang plates in (the caller has seen to it). A `position` far from the register's asks for
    `confirmed_far`, which is kept on the plate and in the life event.
    Raises NotAPlate, NumberAlone, PlateVoid, PlateElsewhere, CodeDiffers, NumberClaimed, FarAway,
    AttachmentTaken.
    """
    reading = reading_of(text_scanned(text))
    if reading.verdict is not Verdict.VALID:
        raise NumberAlone if len(digits_typed(text)) == 6 else NotAPlate
    # the elevator first, as whoever takes a plate out of use: two verbs never wait for each other
    elevator = Elevator.objects.select_for_update(of=("self",)).get(pk=elevator.pk)
    plate = (
        Nameplate.objects.select_for_update(of=("self",))
        .filter(
            code=reading.plate.code,
            issue=reading.plate.issue,
            key_id=reading.plate.key_id,
            city__in=PlateCity.objects.filter(number=reading.plate.city).values("area"),
        )
        .first()
    )
    if plate is None:
        raise NotAPlate
    if plate.state == PlateState.VOID:
        raise PlateVoid
    if plate.elevator_id not in (None, elevator.pk) or plate.city_id != elevator.city_id:
        raise PlateElsewhere
    if plate.state == PlateState.BOUND:
        return plate
    if elevator.rescue_code and elevator.rescue_code != plate.code:
        raise CodeDiffers(known=elevator.rescue_code, code=plate.code)
    far_m = _metres_too_far(elevator, position, accuracy_m)
    if far_m is not None and not confirmed_far:
        raise FarAway(far_m)
    before = Nameplate.objects.select_for_update().filter(elevator=elevator, state=PlateState.BOUND).first()
    if before is not None:
        if before.issue > plate.issue:
            raise PlateVoid
        _void([before], REPLACED, by, at)
    numbered = not elevator.rescue_code
    if numbered:
        _give_number(elevator, plate.code, at)
    plate.elevator, plate.state, plate.bound_at = elevator, PlateState.BOUND, at
    plate.bound_by_kind, plate.bound_by_id = by.kind, by.id
    if position is not None:
        plate.latitude, plate.longitude = position
        plate.accuracy_m = accuracy_m
        plate.confirmed_far_m = far_m
    plate.save()
    record_change(
        action="registry.hang_plate",
        subject=elevator,
        by=by,
        changes={"plate": [str(before) if before else None, str(plate)]}
        | ({"rescue_code": [None, plate.code]} if numbered else {})
        | ({} if plate.confirmed_far_m is None else {"confirmed_far_m": [None, plate.confirmed_far_m]}),
    )
    if photo is not None:
        claim_attachments([photo], subject=plate, by=by, at=at)
    record_events([NewEvent(elevator, LifeEventKind.PLATE_HUNG, at, **_source(plate))], by=by)
    return plate


def _metres_too_far(elevator: Elevator, position, accuracy_m: int | None) -> int | None:
    """How far the phone is from where the register has the elevator; None near enough, or where either is not known."""
    if position is None or elevator.latitude is None:
        return None
    apart = metres_between(position, (elevator.latitude, elevator.longitude))
    return round(apart) if is_far(apart, accuracy_m) else None


def _give_number(elevator: Elevator, code: str, at: dt.datetime) -> None:
    """The plate brings its number, unless the register gave it away, be it this very moment. Raises NumberClaimed."""
    try:
        with transaction.atomic():
            Elevator.objects.filter(pk=elevator.pk).update(
                rescue_code=code, version=elevator.version + 1, updated_at=at
            )
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "elevator_rescue_code_once":
            raise
        raise NumberClaimed(code=code) from error


@transaction.atomic
def void_plate(*, plate: Nameplate, reason: str, by: Actor, at: dt.datetime) -> Nameplate:
    """Take a plate out of use for good; again changes nothing. Raises ReasonNeeded."""
    reason = reason.strip()[:200]
    if not reason:
        raise ReasonNeeded
    plate = _locked(plate)
    if plate.state != PlateState.VOID:
        hung = plate.state == PlateState.BOUND
        _void([plate], reason, by, at)
        record_change(
            action="registry.void_plate",
            subject=plate,
            by=by,
            changes={"state": [None, "VOID"], "reason": [None, reason]},
        )
        if hung:
            event = NewEvent(plate.elevator, LifeEventKind.PLATE_VOIDED, at, **_source(plate))
            record_events([event], by=by)
    return plate


def count_scan(*, verdict: ScanVerdict, city: str, code: str, issue: int, at: dt.datetime) -> None:
    """Add one to the day's count of scans of this bad plate: one statement, no person."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_platescan (day, verdict, city, code, issue, count, last_at)"
            " VALUES ((%(at)s AT TIME ZONE 'Asia/Shanghai')::date, %(verdict)s, %(city)s, %(code)s, %(issue)s, 1, %(at)s)"
            " ON CONFLICT (day, verdict, city, code, issue) DO UPDATE"
            " SET count = registry_platescan.count + 1, last_at = excluded.last_at",
            {"at": at, "verdict": verdict.value, "city": city, "code": code, "issue": issue},
        )


def _locked(plate: Nameplate) -> Nameplate:
    """The plate under its lock, the lock of its elevator taken first."""
    while True:
        with transaction.atomic():
            elevator_id = Nameplate.objects.values_list("elevator_id", flat=True).get(pk=plate.pk)
            if elevator_id is not None:
                Elevator.objects.select_for_update(of=("self",)).get(pk=elevator_id)
            row = Nameplate.objects.select_for_update(of=("self",)).select_related("elevator").get(pk=plate.pk)
            if row.elevator_id == elevator_id:
                return row
            transaction.set_rollback(True)  # it was hung this very moment: again, with that elevator first


def _void(plates: Sequence[Nameplate], reason: str, by: Actor, at: dt.datetime) -> None:
    for plate in plates:
        plate.state, plate.voided_at, plate.void_reason = PlateState.VOID, at, reason
        plate.voided_by_kind, plate.voided_by_id = by.kind, by.id
        plate.save()


def _source(plate: Nameplate) -> dict:
    far = {} if plate.confirmed_far_m is None else {"confirmed_far_m": plate.confirmed_far_m}
    return {
        "source_type": plate._meta.label_lower,
        "source_id": str(plate.public_id),
        "details": {"code": plate.code, "issue": plate.issue} | far,
    }


def _alone(what: str) -> None:
    """One at a time until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"registry.{what}"])


def _free_codes(city: Area, wanted: int) -> list[str]:
    """Numbers that neither an elevator nor a plate of the city has ever had, in random order: stock that lies about
    says nothing about where the next is hung."""
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM registry_nameplate WHERE city_id = %(city)s"
            " UNION SELECT rescue_code FROM registry_elevator WHERE city_id = %(city)s AND rescue_code IS NOT NULL",
            {"city": city.pk},
        )
        taken = {code for (code,) in cursor.fetchall()}
    # of so many different numbers at most `taken` are: there is no need to write down the million first
    drawn = random.SystemRandom().sample(ALL_NUMBERS, min(wanted + len(taken), len(ALL_NUMBERS)))
    free = [code for number in drawn if (code := f"{number:06d}") not in taken]
    if len(free) < wanted:
        raise NoNumbersLeft(wanted=f"{wanted:,}")
    return free[:wanted]


def _last_issues(city: Area, codes: Sequence[str]) -> dict[str, int]:
    rows = Nameplate.objects.filter(city=city, code__in=codes).values("code").annotate(last=Max("issue"))
    return {row["code"]: row["last"] for row in rows}
