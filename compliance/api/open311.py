"""Open311 GeoReport v2: what may be complained about, complaints in, and what became of them out. XML and JSON.

Nobody's words and no person goes out: place, category, state and who answers. Sending takes a machine's key
(`client_id:secret` as api_key, or a token), looking takes nothing. http://wiki.open311.org/GeoReport_v2
"""

import datetime as dt
import json
import re
import uuid
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpResponse
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts.actions.machines import InvalidClient, client_of
from accounts.roles import Permission
from common import clock
from common.api.throttles import PerAddress
from common.clock import SHANGHAI, local_date
from common.errors import Refusal
from common.scoping import may
from common.validation import without_personal_numbers
from compliance.actions import file_complaint
from compliance.choices import ComplaintSource
from compliance.queries.complaints import (
    categories_on,
    category_on,
    elevator_near,
    elevator_of_code,
    published,
    published_one,
    tracked,
    tracking_typed,
)
from compliance.rules.complaints import JUDGED

MOST_OUTSIDE = 64  # characters of the number that it has at the sender
MOST = 200  # service requests in one answer
SPAN = dt.timedelta(days=90)  # of one look, unless both ends are given closer
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold at all
FORMATS = {"json": "application/json", "xml": "text/xml"}


class LookThrottle(PerAddress):
    scope = "open311"


class BadKeyThrottle(PerAddress):
    scope = "bad-token"


class Bad(Exception):
    """An error as the specification words it: an HTTP status, and (code, description) pairs."""

    def __init__(self, status: int, description: str, wait: int = 0):
        self.status, self.description, self.wait = status, description, wait
        super().__init__(description)


@method_decorator([csrf_exempt, login_not_required], name="dispatch")
class _Endpoint(View):
    """Finds the format, the jurisdiction and the limits; answers errors in the specification's words."""

    root, item = "", ""  # names of the XML elements

    def dispatch(self, request, *args, **kwargs):
        self.format = kwargs.pop("format")
        with translation.override(_language(request)):
            try:
                if self.format not in FORMATS:
                    raise Bad(404, "The format is xml or json.")
                if request.method.lower() not in ("get", "head", "post") or not hasattr(self, request.method.lower()):
                    raise Bad(405, "This method is not offered here.")
                given = request.POST if request.method == "POST" else request.GET
                wanted = given.get("jurisdiction_id", "") or request.GET.get("jurisdiction_id", "")
                if wanted and wanted != settings.OPEN311_JURISDICTION:
                    raise Bad(404, "This jurisdiction_id is not served here.")
                throttle = LookThrottle()
                if not throttle.allow_request(request, None):
                    raise Bad(429, "Too many requests. Wait a minute.", max(1, round(throttle.wait() or 1)))
                rows = getattr(self, request.method.lower())(request, *args, **kwargs)
                return self.answer(rows, 201 if request.method == "POST" else 200)
            except Bad as bad:
                error = [{"code": str(bad.status), "description": bad.description}]
                response = self.answer(error, bad.status, root="errors", item="error")
                if bad.wait:
                    response["Retry-After"] = str(bad.wait)
                if bad.status == 405:
                    response["Allow"] = "GET, HEAD, POST" if hasattr(self, "post") else "GET, HEAD"
                return response

    def answer(self, rows, status: int, root: str = "", item: str = "") -> HttpResponse:
        if self.format == "xml":
            body = '<?xml version="1.0" encoding="utf-8"?>\n' + _xml(rows, root or self.root, item or self.item)
        else:
            body = json.dumps(rows, ensure_ascii=False)
        kind = FORMATS.get(self.format, "application/json")
        response = HttpResponse(body, status=status, content_type=f"{kind}; charset=utf-8")
        response["Cache-Control"] = "no-store"
        return response


def _language(request) -> str:
    asked = request.GET.get("locale", "") or translation.get_language()
    return "en" if asked.lower().startswith("en") else "zh-hans"


def _xml(rows, root: str, item: str) -> str:
    return f"<{root}>{_xml_value(rows, item)}</{root}>"


def _xml_value(value, item: str = "") -> str:
    if isinstance(value, list):
        return "".join(f"<{item}>{_xml_value(each)}</{item}>" for each in value)
    if isinstance(value, dict):
        inner = {"attributes": "attribute", "values": "value"}
        return "".join(f"<{name}>{_xml_value(each, inner.get(name, ''))}</{name}>" for name, each in value.items())
    if value is None:
        return ""
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return escape(_NOT_XML.sub("", text))


# --- services ---------------------------------------------------------------------------------------------------------


class Services(_Endpoint):
    root, item = "services", "service"

    def get(self, _request):
        return [
            {
                "service_code": row.code,
                "service_name": row.name,
                "description": row.get_answered_by_display(),
                "metadata": True,
                "type": "realtime",
                "keywords": "96333" if row.urgent else "",
                "group": "电梯" if translation.get_language() != "en" else "elevators",
            }
            for row in categories_on(clock.today())
        ]


class Service(_Endpoint):
    root, item = "service_definition", "attribute"

    def get(self, _request, code):
        if category_on(code, clock.today()) is None:
            raise Bad(404, "There is no service with this code.")
        english = translation.get_language() == "en"
        elevator = {
            "variable": True,
            "code": "ELEVATOR",
            "datatype": "string",
            "required": False,
            "datatype_description": "six digits" if english else "六位数字",
            "order": 1,
            "description": "Six digits on the plate in the car" if english else "轿厢内标牌上的六位编号",
        }
        return {"service_code": code, "attributes": [elevator]}


# --- requests ---------------------------------------------------------------------------------------------------------


class Requests(_Endpoint):
    root, item = "service_requests", "request"

    def get(self, request):
        given = request.GET
        if ids := given.get("service_request_id", ""):
            wanted = [_uuid(text) for text in ids.split(",")[:MOST]]
            found = published().filter(public_id__in=[each for each in wanted if each])
            return [_told(row) for row in found]
        since, until = _span(given, clock.now())
        rows = published().filter(received_at__gte=since, received_at__lte=until)
        if codes := given.get("service_code", ""):
            rows = rows.filter(category__code__in=codes.split(",")[:50])
        if states := [text for text in given.get("status", "").split(",") if text]:
            if set(states) - {"open", "closed"}:
                raise Bad(400, "status is open or closed.")
            if len(set(states)) == 1:
                standing = Q(due_on__isnull=False) | Q(duplicate_of__due_on__isnull=False)
                rows = rows.filter(standing) if states[0] == "open" else rows.exclude(standing)
        return [_told(row) for row in rows.order_by("-received_at", "-pk")[:MOST]]

    def post(self, request):
        at = clock.now()
        actor = _sender(request, at)
        given = {name: request.POST.get(name, "").strip() for name in request.POST}
        if any("\0" in value for value in given.values()):
            raise Bad(400, "A field holds a NUL character.")
        code, text = given.get("service_code", ""), given.get("description", "")
        if not code:
            raise Bad(400, "service_code was not provided.")
        if category_on(code, local_date(at)) is None:
            raise Bad(404, "service_code is not valid.")
        _require_text(text)
        if len(given.get("outside_id", "")) > MOST_OUTSIDE:
            raise Bad(400, f"outside_id has at most {MOST_OUTSIDE} characters.")
        elevator = _place(given)
        key = request.headers.get("Idempotency-Key", "") or given.get("outside_id", "") or str(uuid.uuid4())
        try:
            filed = file_complaint(
                elevator=elevator,
                category=code,
                text=text,
                contact=given.get("phone", "")[:40],
                outside_number=given.get("outside_id", ""),
                source=ComplaintSource.OPEN311,
                key=key,
                by=actor,
                at=at,
            )
        except Refusal as refusal:
            raise Bad(400, str(refusal.message)) from refusal
        notice = ""
        if filed.complaint.emergency:
            notice = "若有人被困或受伤，请立即拨打 96333；此处不是报警。"
            notice += "If somebody is trapped or hurt, call 96333: this is no alarm."
        return [{"service_request_id": str(filed.complaint.public_id), "service_notice": notice, "account_id": None}]


class Request(_Endpoint):
    root, item = "service_requests", "request"

    def get(self, _request, service_request_id):
        wanted = _uuid(service_request_id)
        row = published_one(wanted) if wanted else None
        if row is None:
            raise Bad(404, "There is no service request with this id.")
        return [_told(row)]


class Token(_Endpoint):
    """A token is the number that who complained got: it leads to the id, and to nothing else."""

    root, item = "service_requests", "request"

    def get(self, request, token):
        found = tracked(tracking_typed(token))
        if found is None:
            throttle = BadKeyThrottle()
            if not throttle.allow_request(request, None):
                raise Bad(429, "Too many wrong tokens.", max(1, round(throttle.wait() or 1)))
            raise Bad(404, "There is no service request with this token.")
        return [{"service_request_id": str(found.public_id), "token": token}]


def _sender(request, at):
    """The machine that sends: by a token in the header, or by its id and secret as api_key in the body."""
    actor = request.actor
    if getattr(request, "machine", None) is None:
        bad = BadKeyThrottle()
        if bad.is_full(request):
            raise Bad(429, "Too many wrong keys.", 60)
        if "api_key" in request.GET:
            raise Bad(400, "Send api_key in the body: addresses stand in logs.")
        client_id, _colon, secret = request.POST.get("api_key", "").partition(":")
        if not secret:
            raise Bad(403, "api_key was missing or not specified.")
        try:
            actor = client_of(client_id=client_id, client_secret=secret, at=at)
        except InvalidClient as error:
            bad.allow_request(request, None)
            raise Bad(403, "api_key was invalid.") from error
    if actor is None or not may(actor, Permission.ENTER_COMPLAINT):
        raise Bad(403, "This key may not send service requests.")
    return actor


def _require_text(text: str) -> None:
    if not text:
        raise Bad(400, "description was not provided.")
    if len(text) > 1000:
        raise Bad(400, "description has at most 1000 characters.")
    try:
        without_personal_numbers(text)
    except ValidationError as error:
        raise Bad(400, "description holds a phone or identity number; send the phone as phone.") from error


def _place(given: dict):
    """The elevator: by its six digits, else the only one near the position."""
    code = given.get("attribute[ELEVATOR]", "") or given.get("address_id", "")
    if code:
        elevator = elevator_of_code(code[:40], city=settings.PLATE_CITY)
        if elevator is None:
            raise Bad(404, "No elevator has this code. Send the six digits on its plate.")
        return elevator
    if not (given.get("lat") and given.get("long")):
        raise Bad(400, "No place was provided: attribute[ELEVATOR], address_id, or lat and long.")
    try:
        lat, long = float(given["lat"]), float(given["long"])
    except ValueError as error:
        raise Bad(400, "lat and long are degrees of WGS84.") from error
    if not (-90 <= lat <= 90 and -180 <= long <= 180):
        raise Bad(400, "lat and long are degrees of WGS84.")
    elevator = elevator_near(lat, long)
    if elevator is None:
        raise Bad(400, "There is no one elevator at this place. Send attribute[ELEVATOR].")
    return elevator


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


def _span(given, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Ninety days at most, up to now unless said otherwise."""
    ends = {}
    for name in ("start_date", "end_date"):
        if text := given.get(name, ""):
            try:
                # a plus that arrived as a blank is a plus
                moment = parse_datetime(text.replace(" ", "+")) if "T" in text else None
                ends[name] = moment if moment is None or moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
            except (ValueError, OverflowError):
                ends[name] = None
            if ends[name] is None or not 1970 < ends[name].year < 9000:
                raise Bad(400, f"{name} is a moment of ISO 8601 with its offset.")
    until = ends.get("end_date") or (ends["start_date"] + SPAN if "start_date" in ends else now)
    since = ends.get("start_date") or until - SPAN
    if until - since > SPAN:
        raise Bad(400, "start_date and end_date span 90 days at most.")
    return since, until


def _told(row) -> dict:
    """One complaint as everybody may know it."""
    root = row.duplicate_of or row
    opened = root.due_on is not None
    place = row.site.name if row.site else row.elevator.address
    expected = None
    if opened:
        expected = dt.datetime.combine(root.due_on, dt.time(23, 59, 59), SHANGHAI).isoformat()
    return {
        "service_request_id": str(row.public_id),
        "status": "open" if opened else "closed",
        "status_notes": str(root.get_state_display()) + (_judged(root) if root.state in JUDGED else ""),
        "service_name": row.category.name,
        "service_code": row.category.code,
        "description": "",
        "agency_responsible": str(root.unit or root.managing_district or ""),
        "service_notice": "",
        "requested_datetime": _moment(row.received_at),
        "updated_datetime": _moment(root.changed_at),
        "expected_datetime": expected,
        "address": f"{place} {row.elevator.building}".strip() if row.elevator else place,
        "address_id": (row.elevator.rescue_code or "") if row.elevator else "",
        "zipcode": "",
        "lat": float(row.elevator.latitude) if row.elevator and row.elevator.latitude is not None else None,
        "long": float(row.elevator.longitude) if row.elevator and row.elevator.longitude is not None else None,
        "media_url": "",
    }


def _judged(root) -> str:
    english = translation.get_language() == "en"
    if root.upheld:
        return ": upheld" if english else "：属实"
    return ": not upheld" if english else "：不属实"


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(SHANGHAI).replace(microsecond=0).isoformat()
