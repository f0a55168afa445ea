"""What a rider reads who points a phone at the plate in the car; the same address opens the e-file for those at work."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from common import clock
from portal.facts import LANGUAGES, Answer, answer_of
from portal.throttles import BadPlateThrottle, PlateThrottle, seconds_to_wait
from registry.actions.plates import count_scan
from registry.choices import PlateState, ScanVerdict
from registry.queries.plates import Verdict, digits_typed, hanging_plate, plate_read, reading_of, text_scanned
from registry.queries.public import public_elevator, public_elevator_numbered
from registry.signals import PLATE_SCREENS

_BAD = {Verdict.FORGED: ScanVerdict.FORGED, Verdict.UNKNOWN_KEY: ScanVerdict.UNKNOWN_KEY}


@login_not_required
@csrf_exempt
@require_safe
def plate(request, text: str):
    """`text` is what stands behind /e/, or the six digits alone. HTML, or JSON for who asks for it (Accept, ?format=json).

    200 a good plate, or six digits that an elevator has; 404 forged, unknown or no plate at all; 410 void; 429 with Retry-After.
    """
    with translation.override(_language_said(request) or translation.get_language()):
        return _plate(request, text)


def _language_said(request) -> str:
    """The language that the address asks for; '' leaves it to the phone."""
    language = request.GET.get("lang", "")
    return language if language in LANGUAGES else ""


def _plate(request, text: str):
    at = clock.now()
    if wait := seconds_to_wait(PlateThrottle(), request):
        return _answer(request, Answer("limited", 429), wait=wait)
    reading = reading_of(text)
    named = reading.plate if reading.verdict is Verdict.VALID else None
    if named is None:
        if wait := seconds_to_wait(BadPlateThrottle(), request):
            return _answer(request, Answer("limited", 429), wait=wait)
        named = hanging_plate(text, city=settings.PLATE_CITY)
        if named is None:
            return _answer(request, _by_number(text, at) or _bad(reading, text, at))
    at_work = request.actor is not None and "public" not in request.GET and not _wants_json(request)
    if at_work and (screen := _screen(request.actor, named, reading.text or text, at)):
        return HttpResponseRedirect(screen)
    found = public_elevator(named, at=at)
    if found is None:
        _count(ScanVerdict.UNKNOWN, named, at)
        return _answer(request, Answer("unknown", 404))
    if found.plate_state == PlateState.VOID:
        _count(ScanVerdict.VOID, named, at)
        return _answer(request, Answer("void", 410, found))
    return _answer(request, answer_of(found, by_number=reading.plate is None))


def _screen(actor, named, text, at) -> str:
    """Where somebody who has signed in goes from here; '' stays on the page for everybody."""
    if (plate := plate_read(named)) is None:
        return ""
    return next((url for each in PLATE_SCREENS if (url := each.answer(actor, plate, text, at))), "")


def _by_number(text, at) -> Answer | None:
    """An elevator in which no valid plate hangs, for who types its six digits: a rider must know that it is scrapped."""
    digits = digits_typed(text)
    found = public_elevator_numbered(digits, city=settings.PLATE_CITY, at=at) if len(digits) == 6 else None
    return found and answer_of(found, by_number=True)


def _bad(reading, text, at) -> Answer:
    if reading.verdict not in _BAD:
        digits = digits_typed(text)
        return Answer("unlisted" if digits else "malformed", 404, typed=digits)
    _count(_BAD[reading.verdict], reading.plate, at)
    return Answer("forged", 404)


def _count(verdict: ScanVerdict, named, at) -> None:
    # what is signed by nobody could name any number: counted together, so that a guesser fills no table
    known = verdict in (ScanVerdict.VOID, ScanVerdict.UNKNOWN)
    count_scan(
        verdict=verdict,
        city=named.city if known else "",
        code=named.code if known else "",
        issue=named.issue if known else 0,
        at=at,
    )


def _wants_json(request) -> bool:
    if (given := request.GET.get("format")) is not None:
        return given == "json"
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/html" not in accept


def _answer(request, answer: Answer, wait: int = 0) -> HttpResponse:
    if _wants_json(request):
        kind = "application/json" if answer.status == 200 else "application/problem+json"
        response = JsonResponse(answer.as_json(), status=answer.status, content_type=kind)
    else:
        page = render_to_string(
            "portal/plate.html",
            answer.context(request.path, said=_language_said(request), at_work=request.actor is not None),
        )
        response = HttpResponse(page, status=answer.status)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept, Accept-Language, Cookie"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Language"] = translation.get_language()
    if wait:
        response["Retry-After"] = str(wait)
    return response


@login_not_required
@require_safe
def type_code(request):
    """For a plate that no camera reads: type what stands on it."""
    language = _language_said(request)
    if typed := text_scanned(request.GET.get("code", "").strip()[:400])[:80]:
        name = digits_typed(typed) or typed.replace("/", "").replace("\\", "") or "-"
        url = reverse("portal:plate", args=[name])
        return HttpResponseRedirect(f"{url}?lang={language}" if language else url)
    with translation.override(language or translation.get_language()):
        # a machine that names no plate has asked nothing
        return _answer(request, Answer("typed", 400 if _wants_json(request) else 200))


@login_not_required
@require_safe
def check_file(request, name: str):
    """The file by which WeChat sees that the links are ours (domain/wechat.md, §3)."""
    content = settings.WECHAT_CHECK_FILES.get(f"{name}.txt")
    if content is None:
        raise Http404(_("There is no such file."))
    return HttpResponse(content, content_type="text/plain")
