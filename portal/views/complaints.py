"""To complain from the plate in the car, and to see what became of it: without script, without signing in, without losing a
word that was typed."""

import uuid

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.actor import Actor, ActorKind
from common.clock import SHANGHAI, local_date
from common.errors import Refusal
from compliance.actions import file_complaint, rate_complaint
from compliance.choices import ComplaintSource
from compliance.models import Complaint
from compliance.queries.complaints import (
    forwarded_as,
    nearby,
    tracked,
    tracking_spoken,
    tracking_typed,
    was_sent,
    with_told,
)
from portal.facts import ALARM, LANGUAGES
from portal.forms import TellForm
from portal.throttles import BadPlateThrottle, ComplaintThrottle, PlateThrottle, seconds_to_wait
from registry.choices import PlateState
from registry.models import Elevator
from registry.queries.plates import Verdict, digits_typed, hanging_plate, reading_of
from registry.queries.public import public_elevator, public_elevator_numbered

RIDER = Actor(ActorKind.RIDER, "public-page")
STARS = (5, 4, 3, 2, 1)
FILED = 303
LOOK_AGAIN = 60  # seconds


def _spoken(view):
    """In the language that the address asks for, else the phone's."""

    def spoken(request, *args, **kwargs):
        said = request.GET.get("lang", "")
        with translation.override(said if said in LANGUAGES else translation.get_language()):
            return view(request, *args, **kwargs)

    return spoken


def _page(request, template: str, context: dict, *, status: int = 200, wait: int = 0):
    said = request.GET.get("lang", "")
    context |= {
        "alarm": ALARM,
        "path": request.path,
        "language": translation.get_language(),
        "said": said if said in LANGUAGES else "",
        "synthetic": settings.SYNTHETIC_DATA_BANNER,
    }
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept-Language, Cookie"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"  # the check of where a form came from needs it
    response["Content-Language"] = translation.get_language()
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _with_language(request, url: str) -> str:
    said = request.GET.get("lang", "")
    return f"{url}?lang={said}" if said in LANGUAGES else url


# --- telling ----------------------------------------------------------------------------------------------------------


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@_spoken
def complain(request, text: str):
    """GET the form, POST it. 429 (with everything still in the form) when one address sends too many; a plate that is none
    leads to its page. What others told of the same is shown once before it is sent."""
    at = clock.now()
    if wait := _seconds_before_looking(request, text):
        if request.method == "POST":  # the words stay, and nothing is said of any elevator
            return _form(request, None, text, TellForm(request.POST), status=429, wait=wait)
        return _to_plate(request, text)
    elevator = _elevator_of(text, at)
    answer = _told(request, elevator, text, at) if elevator is not None else _to_plate(request, text)
    if request.method == "POST" and answer.status_code != FILED and _is_typed(text):
        BadPlateThrottle().allow_request(request, None)
    return answer


def _to_plate(request, text: str):
    return HttpResponseRedirect(_with_language(request, reverse("portal:plate", args=[text])))


def _told(request, elevator, text: str, at):
    if request.method != "POST":
        return _form(request, elevator, text, TellForm())
    form = TellForm(request.POST)
    if not form.is_valid():
        return _form(request, elevator, text, form, status=422)
    others = nearby(elevator=elevator, site=elevator.site, code=form.cleaned_data["category"], at=at)
    choice = request.POST.get("choice", "")
    if others and not choice and not was_sent(by=RIDER, key=_key(request)):
        return _form(request, elevator, text, form, others=others)
    if wait := seconds_to_wait(ComplaintThrottle(), request):
        return _form(request, elevator, text, form, status=429, wait=wait)
    try:
        filed = file_complaint(
            elevator=elevator,
            source=ComplaintSource.PUBLIC_PAGE,
            key=_key(request),
            join=next((row for row in others if str(row.public_id) == choice), None),
            by=RIDER,
            at=at,
            **form.cleaned_data,
        )
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _form(request, elevator, text, form, status=422, fresh=refusal.code == "complaint-form-reused")
    return HttpResponseRedirect(_with_language(request, reverse("portal:complaint", args=[filed.number])), status=FILED)


def _key(request) -> str:
    """The form's own key; a form that came without a good one is a form of its own."""
    try:
        return str(uuid.UUID(request.POST.get("key", "")))
    except ValueError:
        return str(uuid.uuid4())


def _seconds_before_looking(request, text: str) -> int:
    """Plates are looked up no more often than on their own page, by whatever method: a form sent empty told of each number
    whether an elevator has it, and where that stands. A number under which something was filed counts for nothing."""
    if wait := seconds_to_wait(PlateThrottle(), request):
        return wait
    if not _is_typed(text):
        return 0
    bad = BadPlateThrottle()
    return (LOOK_AGAIN if bad.is_full(request) else 0) if request.method == "POST" else seconds_to_wait(bad, request)


def _is_typed(text: str) -> bool:
    """Without the signature of a plate: by anybody, from anywhere."""
    return reading_of(text).verdict is not Verdict.VALID


def _elevator_of(text: str, at) -> Elevator | None:
    """The elevator of a good plate, or of six digits; None for whatever the page of plates has to explain."""
    reading = reading_of(text)
    named = reading.plate if reading.verdict is Verdict.VALID else None
    if named is None:
        named = hanging_plate(text, city=settings.PLATE_CITY)
    if named is not None:
        found = public_elevator(named, at=at)
        good = found is not None and found.plate_state == PlateState.BOUND and found.status
    else:
        digits = digits_typed(text)
        found = public_elevator_numbered(digits, city=settings.PLATE_CITY, at=at) if len(digits) == 6 else None
        good = found is not None
    return Elevator.objects.select_related("site").filter(public_id=found.public_id).first() if good else None


def _form(request, elevator, text, form, *, others=(), status=200, wait=0, fresh=False):
    context = {
        "elevator": elevator,
        "code": elevator.rescue_code or "" if elevator else "",
        "form": form,
        "others": others,
        "key": str(uuid.uuid4()) if fresh or request.method != "POST" else _key(request),
        "minutes": -(-wait // 60),
        "plate_url": reverse("portal:plate", args=[text]),
    }
    return _page(request, "portal/complain.html", context, status=status, wait=wait)


# --- what became of it ------------------------------------------------------------------------------------------------


@login_not_required
@require_safe
@_spoken
def find(request):
    """Type the number of a complaint."""
    typed = request.GET.get("number", "")[:60]
    if number := tracking_typed(typed):
        return HttpResponseRedirect(_with_language(request, reverse("portal:complaint", args=[number])))
    return _page(request, "portal/complaint.html", {"typed": typed, "complaint": None, "unknown": bool(typed)})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@_spoken
def complaint(request, number: str):
    """What became of a complaint, for who has its number; POST says how satisfied they are. Nothing of any person."""
    if wait := seconds_to_wait(PlateThrottle(), request):
        return _page(request, "portal/complaint.html", {"complaint": None, "minutes": 1}, status=429, wait=wait)
    mine = tracked(tracking_typed(number))
    if mine is None:
        wait = seconds_to_wait(BadPlateThrottle(), request)
        context = {"complaint": None, "typed": number[:60], "unknown": True}
        return _page(request, "portal/complaint.html", context, status=429 if wait else 404, wait=wait)
    error, at = "", clock.now()
    if request.method == "POST":
        try:
            stars = int(request.POST.get("stars", "")[:2] or 0)
        except ValueError:
            stars = 0
        try:
            rate_complaint(number=tracking_typed(number), stars=stars, by=RIDER, at=at)
            return HttpResponseRedirect(_with_language(request, request.path), status=303)
        except Refusal as refusal:
            error = refusal.message
    root = with_told(Complaint.objects.select_related("category", "unit", "managing_district", "city")).get(
        pk=mine.duplicate_of_id or mine.pk
    )
    context = {
        "complaint": mine,
        "root": root,
        "number": tracking_spoken(tracking_typed(number)),
        "words": _words(root, local_date(at)),
        "received": date_format(timezone.localtime(mine.received_at, SHANGHAI).date(), "Y-m-d"),
        "judged": root.state in ("REVIEWED", "CLOSED"),
        "stars": STARS,
        "error": error,
    }
    return _page(request, "portal/complaint.html", context, status=422 if error else 200)


def _words(root: Complaint, today) -> str:
    """Whose turn it is, in one sentence."""
    english = translation.get_language().startswith("en")
    district = root.managing_district or root.city
    place = (district.name_en if english else "") or district.name
    who = root.unit.name if root.unit else _("the regulator in %(place)s") % {"place": place}
    params = {"who": who, "day": date_format(root.due_on, "Y-m-d") if root.due_on else "", "place": place}
    params |= {"to": root.passed_to, "number": root.outside_number}
    late = root.due_on is not None and root.due_on < today
    if root.state == "ANSWERED":
        return _("It has been answered. The regulator in %(place)s checks the answer until %(day)s.") % params
    if root.state in ("REVIEWED", "CLOSED"):
        return _("You were right.") if root.upheld else _("The regulator has checked it and found nothing wrong.")
    if root.state == "TRANSFERRED":
        return _passed_on(root) % params
    if late:
        return _("%(who)s should have answered until %(day)s and has not. The authorities know.") % params
    if root.state == "RECEIVED":
        return _("We have it. The regulator in %(place)s sees to it that somebody answers until %(day)s.") % params
    if root.state == "RETURNED":
        return _("The answer was not good enough. %(who)s answers again until %(day)s.") % params
    return _("%(who)s answers until %(day)s.") % params


def _passed_on(root: Complaint) -> str:
    """What is true of it: nobody has it outside before they said so."""
    state = forwarded_as(root)
    if state in ("QUEUED", "GIVEN_UP"):
        return _("It is on its way to %(to)s. They have not taken it over yet.")
    if state == "CLOSED":
        return _("It was passed on to %(to)s, who have closed it. Its number there: %(number)s.")
    if root.outside_number:
        return _("It was passed on to %(to)s. Its number there: %(number)s.")
    return _("It was passed on to %(to)s.")
