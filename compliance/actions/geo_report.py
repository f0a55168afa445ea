"""One call to somebody else's Open311 GeoReport v2: no database. What comes back is judged, for it is anybody's.

https://wiki.open311.org/GeoReport_v2/ : POST requests.json, GET requests/{id}.json, GET tokens/{token}.json.
"""

import json
import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.conf import settings

from common.messages import addresses
from common.messages.choices import Reason
from common.messages.outbound import CallFailed, post
from common.messages.senders import SendFailed
from common.personal.free_text import masked_text

LONGEST_NOTES = 2000  # characters of what they say that are looked at
# Refusals that another attempt would not change; a wrong key or a busy server may be mended.
FOR_GOOD = frozenset({400, 404, 405, 410, 413, 422})


@dataclass(frozen=True, slots=True)
class Platform:
    """Where to call: `endpoint` without a slash at its end."""

    endpoint: str
    jurisdiction: str = ""
    api_key: str = ""

    def __repr__(self):
        return f"Platform({self.endpoint})"


@dataclass(frozen=True, slots=True)
class Taken:
    """What it is called there; `token` leads to the id where it has none yet."""

    outside_id: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of it there: 'open', 'closed' or '' for what is neither."""

    status: str
    notes: str


def send(platform: Platform, fields: dict[str, str], *, key: str) -> Taken:
    """File a service request. `key` is the same for each attempt (Idempotency-Key, which the specification does not know: a
    platform that ignores it may have it twice after a cut line). Raises SendFailed."""
    body = {**fields, "jurisdiction_id": platform.jurisdiction, "api_key": platform.api_key}
    row = _call("POST", platform, "/requests.json", {k: v for k, v in body.items() if v}, key)
    taken = Taken(_plain(row, "service_request_id", 64), _plain(row, "token", 80))
    if not taken.outside_id and not taken.token:
        raise SendFailed(Reason.STATUS, status_code=200)
    return taken


def id_of(platform: Platform, token: str) -> str:
    """The id that a token leads to by now, or ''. Raises SendFailed."""
    return _plain(_call("GET", platform, f"/tokens/{quote(token, safe='')}.json"), "service_request_id", 64)


def ask(platform: Platform, outside_id: str) -> Told:
    """What became of a service request. Raises SendFailed."""
    row = _call("GET", platform, f"/requests/{quote(outside_id, safe='')}.json")
    status = str(row.get("status") or "").strip().lower()
    notes = " ".join(str(row.get("status_notes") or "").replace("\0", "").split())
    return Told(status if status in ("open", "closed") else "", masked_text(notes[:LONGEST_NOTES])[:400])


def _call(method: str, platform: Platform, path: str, fields: dict | None = None, key: str = "") -> dict:
    url = platform.endpoint + path
    if method == "GET" and platform.jurisdiction:
        url += f"?{urlencode({'jurisdiction_id': platform.jurisdiction})}"
    try:
        addresses.checked_url(url, https_only=settings.WEBHOOK_HTTPS_ONLY, allowed=settings.WEBHOOK_ALLOWED_NETWORKS)
    except addresses.UnfitAddress:
        raise SendFailed(Reason.FORBIDDEN_ADDRESS, for_good=True) from None
    headers = {"Accept": "application/json"}
    if fields is not None:
        headers |= {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Idempotency-Key": key}
    body = urlencode(fields).encode() if fields is not None else None
    try:
        answer = post(url, body, headers, method=method, may_call=_may_call)
    except CallFailed as failed:
        raise SendFailed(failed.reason) from None
    if 300 <= answer.status < 400:
        raise SendFailed(Reason.REDIRECT, status_code=answer.status)
    if not 200 <= answer.status < 300:
        refused = answer.status in FOR_GOOD
        raise SendFailed(Reason.REFUSED if refused else Reason.STATUS, for_good=refused, status_code=answer.status)
    return _first(answer.body, answer.status)


def _may_call(address: str) -> bool:
    return addresses.may_call(address, settings.WEBHOOK_ALLOWED_NETWORKS)


def _first(body: bytes, status: int) -> dict:
    """The one row of the list that the specification answers with; an empty list is an empty row."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if found == []:
        return {}
    if not isinstance(found, list) or not isinstance(found[0], dict):
        raise SendFailed(Reason.STATUS, status_code=status)
    return found[0]


def _plain(row: dict, name: str, longest: int) -> str:
    """An id as text; '' for what cannot be one."""
    text = str(row.get(name) or "").strip()
    return text if len(text) <= longest and re.fullmatch(r"[\x21-\x7e]+", text) else ""
