"""Categories in force, who answers, what others have told of the same place, and what somebody may know of their own."""

import datetime as dt
import hashlib

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from accounts.models import Area, Unit
from accounts.roles import Permission
from common.actor import Actor
from compliance.choices import Answerer
from compliance.models import Complaint, ComplaintCategory, OutsidePlatform
from compliance.rules import complaints as rules
from compliance.rules.complaints import tracking_spoken, tracking_typed
from registry.models import Elevator, Responsibility, Site
from registry.queries.map import located_near
from registry.queries.plates import city_numbered

__all__ = ["tracking_spoken", "tracking_typed"]  # for the apps above, which read no rules of ours

SOURCES = (gettext_noop("platform list and clocks, to be set by the bureau"),)  # of the shipped categories


def categories_on(day: dt.date) -> list[ComplaintCategory]:
    """What one may complain about on a day, in the order of its page; of two rows of a code the later one."""
    rows = ComplaintCategory.objects.filter(valid_from__lte=day).exclude(valid_until__lt=day).order_by("valid_from")
    return sorted({row.code: row for row in rows}.values(), key=lambda row: (row.position, row.code))


def category_on(code: str, day: dt.date) -> ComplaintCategory | None:
    rows = ComplaintCategory.objects.filter(code=code, valid_from__lte=day).exclude(valid_until__lt=day)
    return rows.order_by("-valid_from").first()


def answering_unit(answered_by: str, *, elevator: Elevator | None, site: Site | None, at: dt.datetime) -> int | None:
    """The unit that answers at this moment by the register; None: the officials of the place.

    Of a whole site the one unit that has the role for all its elevators; where several have it, nobody is guessed.
    """
    if answered_by == Answerer.REGULATOR:
        return None
    rows = Responsibility.objects.current(at).filter(role=answered_by)
    if elevator is not None:
        rows = rows.filter(elevator=elevator)
    else:
        rows = rows.filter(elevator__in=Elevator.objects.filter(site=site).values("pk"))
    units = list(rows.values_list("unit", flat=True).distinct()[:2])
    return units[0] if len(units) == 1 else None


def answerers_of(complaint: Complaint, at: dt.datetime) -> dict[str, str]:
    """{role: name of the unit} of those that may be given this complaint now."""
    place = {"elevator": complaint.elevator, "site": complaint.site, "at": at}
    found = {role: answering_unit(role, **place) for role in (Answerer.USING_UNIT, Answerer.MAINTENANCE_UNIT)}
    names = Unit.objects.in_bulk([pk for pk in found.values() if pk])
    return {role: names[pk].name for role, pk in found.items() if pk}


def could_stand_for(complaint: Complaint, actor: Actor) -> list[Complaint]:
    """What one judges about the same place, that stands for itself, the newest first."""
    seen = Complaint.objects.visible_to(actor, Permission.REVIEW_COMPLAINT).filter(
        pk__in=of_place(complaint.elevator, complaint.site).values("pk")
    )
    rows = seen.exclude(pk=complaint.pk).exclude(state__in=["DUPLICATE", "TRANSFERRED"]).select_related("category")
    return list(rows.order_by("-pk")[:20])


def of_place(elevator: Elevator | None, site: Site | None) -> QuerySet[Complaint]:
    """Complaints about this very elevator, or about the site as a whole."""
    if elevator is not None:
        return Complaint.objects.filter(elevator=elevator)
    return Complaint.objects.filter(elevator=None, site=site)


def nearby(*, elevator: Elevator | None, site: Site | None, code: str, at: dt.datetime) -> list[Complaint]:
    """What others told lately of the same place and category and is not settled, the most told first, each with `told`:
    how many people. One statement."""
    since = at - dt.timedelta(days=rules.NEARBY_DAYS)
    rows = of_place(elevator, site).filter(category__code=code, received_at__gte=since, state__in=sorted(rules.OPEN))
    return list(with_told(rows).order_by("-told", "-pk")[:3])


def with_told(rows: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """Each with `told`: how many people said it, its own sender among them."""
    joined = Complaint.objects.filter(duplicate_of=OuterRef("pk")).values("duplicate_of").annotate(n=Count("pk"))
    return rows.annotate(told=Coalesce(Subquery(joined.values("n"), output_field=IntegerField()), 0) + 1)


LONGEST_KEY = 64  # kept as it is


def form_key_of(by: Actor, key: str) -> str:
    """What a sender's key is kept as: another sender's same key is another, and so is one that differs at its far end."""
    return f"{by.key}:{key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()}"


def was_sent(*, by: Actor, key: str) -> bool:
    """Did this sender send something with this key before?"""
    return Complaint.objects.filter(form_key=form_key_of(by, key)).exists()


def digest_of_tracking(number: str) -> bytes:
    return hashlib.sha256(number.encode()).digest()


def tracked(number: str) -> Complaint | None:
    """The complaint that a tracking number (in its one form) belongs to, with the one that it was joined to."""
    if not number:
        return None
    rows = Complaint.objects.select_related("category", "duplicate_of__category")
    return rows.filter(tracking=digest_of_tracking(number)).first()


def waiting_for(actor: Actor) -> QuerySet[Complaint]:
    """What this actor's own units, or its office where no unit answers, have to answer now."""
    return Complaint.objects.visible_to(actor, Permission.ANSWER_COMPLAINT).filter(state__in=sorted(rules.WANTS_ANSWER))


def figures(actor: Actor, today: dt.date) -> dict[str, int]:
    """{"late", "answer", "review"}: complaints of one's scope whose day is over, and whose turn is one's own. One statement."""
    mine = waiting_for(actor)
    seen = Complaint.objects.visible_to(actor, Permission.VIEW_COMPLAINT, whole=True).standing()
    return seen.aggregate(
        late=Count("pk", filter=Q(due_on__lt=today)),
        answer=Count("pk", filter=Q(pk__in=mine.values("pk"))),
        review=Count("pk", filter=Q(state="ANSWERED")),
    )


def joined_to(complaint: Complaint) -> QuerySet[Complaint]:
    return Complaint.objects.filter(duplicate_of=complaint).order_by("received_at", "pk")


def platforms_for(complaint: Complaint) -> list[OutsidePlatform]:
    """Platforms outside that take such a complaint of this place."""
    rows = OutsidePlatform.objects.filter(Q(city=None) | Q(city=complaint.city_id), disabled_at=None)
    return [row for row in rows.defer("api_key") if row.service_of(complaint.category.code)]


def forwarded_as(complaint: Complaint) -> str:
    """The state of what went to a platform outside last; '' when none did."""
    return complaint.forwardings.order_by("-pk").values_list("state", flat=True).first() or ""


# --- Open311 ----------------------------------------------------------------------------------------------------------

NEAR_DEGREES = 0.0003  # about 30 m: the same house


def published() -> QuerySet[Complaint]:
    """Complaints with what may be told of them to everybody."""
    return Complaint.objects.select_related(
        "category", "unit", "site", "elevator", "managing_district",
        "duplicate_of__unit", "duplicate_of__managing_district",
    )  # fmt: skip


def published_one(public_id) -> Complaint | None:
    return published().filter(public_id=public_id).first()


def elevator_of_code(code: str, *, city: str) -> Elevator | None:
    """The elevator that carries these six digits in the city whose plates we print, or has this public id."""
    digits = "".join(each for each in code if each in "0123456789")
    rows = Elevator.objects.select_related("site").exclude(registration_state="WITHDRAWN")
    named = Area.objects.filter(city_numbered(city)).values("pk")
    return rows.filter(rescue_code=digits, city__in=named).first() if len(digits) == 6 else None


def elevator_near(latitude: float, longitude: float) -> Elevator | None:
    """The one elevator within about 30 m; None where there is none or several, for nobody guesses which."""
    near = located_near(latitude, longitude, NEAR_DEGREES).exclude(registration_state="WITHDRAWN")
    found = list(near.select_related("site")[:2])
    return found[0] if len(found) == 1 else None
