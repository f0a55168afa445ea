"""The generated matrix: every route × every person of the cast × every object × every verb.

A route's `Row` says which table decides each verb; everything else follows. Tables are literal (who may, on which
object), never computed from the code under test. A route without a row fails test_every_route_has_a_row.
"""

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.urls import URLPattern, get_resolver

from tests.factories import canaries

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
UNKNOWN = "unknown"
NO = {401, 403, 404, 405}


@dataclass(frozen=True)
class Right:
    """What decides a verb: `table` {player: set of objects}, and the answers that mean 'done'."""

    table: dict
    ok: frozenset = frozenset({200})
    body: Callable | None = None  # (cast, object name) -> dict posted as a form, or sent as JSON
    headers: Callable | None = None  # (cast, object name) -> dict


@dataclass(frozen=True)
class Row:
    """A route. `path(cast, object)` gives the address; `sees` decides between 404 and 403.

    objects: names the cast knows (plus `unknown`), or ("-",) for a route that is about no single object.
    public: open without signing in.   json: a REST route (401 rather than a redirect for strangers).
    leak: objects whose marks must not stand in an answer to somebody outside `sees` (lists, pickers, search).
    """

    path: Callable
    rights: dict[str, Right]
    objects: tuple[str, ...] = ("-",)
    sees: dict | None = None
    public: bool = False
    json: bool = False
    lists: dict | None = None  # {player: objects that a list must show}; others must not show
    marks: Callable | None = None  # (cast, object) -> text that gives the object away
    for_everybody: bool = False  # whoever has signed in
    reveals: bool = False  # a POST that was done may show personal data in full; nothing else ever does
    redirects: Callable | None = None  # (cast, who, object) -> address that GET must lead to, None for no redirect


@dataclass
class Finding:
    who: str
    what: str
    verb: str
    wanted: str
    got: str

    def __str__(self):
        return f"{self.who:26} {self.verb:7} {self.what:20} wanted {self.wanted}, got {self.got}"


@dataclass
class Walk:
    """Everything asked on one route and what was wrong."""

    asked: int = 0
    findings: list = field(default_factory=list)


WHOLE = bool(os.environ.get("ATTACK"))  # make attack: everybody asks everything, without the shares below


def all_routes() -> dict[str, str]:
    """{namespaced name or route: route} of every address that the platform answers."""
    found = {}

    def walk(patterns, prefix, namespaces):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                found[":".join([*namespaces, pattern.name]) if pattern.name else route] = route
            else:
                inner = [*namespaces, pattern.namespace] if pattern.namespace else namespaces
                walk(pattern.url_patterns, route, inner)

    walk(get_resolver().url_patterns, "/", [])
    return found


class _Undo(Exception):
    pass


def options_of(verb: str, row: Row, right: Right | None, cast, obj: str) -> dict:
    """What a request of a row is sent with, for a verb of the test client."""
    options, body = {}, right.body(cast, obj) if right and right.body else {}
    if right and right.headers:
        options["headers"] = right.headers(cast, obj)
    if verb in ("POST", "PUT", "PATCH", "DELETE"):
        if row.json:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
            options["headers"] = {"Idempotency-Key": str(uuid.uuid4())} | options.get("headers", {})
        elif verb == "POST":
            options["data"] = {"idempotency_key": str(uuid.uuid4())} | body
    return options


def ask(client, verb: str, path: str, row: Row, right: Right | None, cast, obj: str):
    """One request whose effects are undone; returns (response, rows that it wrote)."""
    options, before = options_of(verb, row, right, cast, obj), rows_written()
    try:
        with transaction.atomic():
            response = getattr(client, verb.lower())(path, **options)
            raise _Undo
    except _Undo:
        return response, rows_written() - before


WATCHED = (
    "registry_elevator",
    "registry_responsibility",
    "registry_statusflag",
    "registry_site",
    "registry_document",
    "registry_registrationapplication",
    "registry_applicationdocument",
    "registry_registrationremark",
    "registry_remarkreply",
    "registry_uselabel",
    "registry_climatereading",
    "registry_carsignal",
    "registry_disclosure",
    "registry_maintenancechange",
    "registry_changeitem",
    "registry_handoverrecord",
    "registry_specialkey",
    "registry_keyissue",
    "registry_nameplate",
    "registry_platebatch",
    "registry_lifeevent",
    "accounts_user",
    "accounts_membership",
    "accounts_areagrant",
    "accounts_unit",
    "accounts_personaldetails",
    "accounts_certificate",
    "accounts_apiclient",
    "accounts_clientsecret",
    "accounts_accesstoken",
    "accounts_secondfactor",
    "accounts_recoverycode",
    "accounts_factorresetproposal",
    "accounts_passwordproposal",
    "accounts_invitation",
    "accounts_formerpassword",
    "compliance_obligation",
    "compliance_notice",
    "compliance_alert",
    "compliance_alertcause",
    "compliance_alertstep",
    "compliance_riskscore",
    "compliance_riskchange",
    "inspection_application",
    "inspection_inspection",
    "inspection_report",
    "inspection_reportdraft",
    "inspection_itemresult",
    "inspection_bodylicence",
    "inspection_windowoverride",
    "inspection_testerexcess",
    "inspection_lawrow",
    "inspection_lawproposal",
    "compliance_dutyappointment",
    "compliance_officerbinding",
    "compliance_risklist",
    "compliance_riskitem",
    "compliance_dutyrecord",
    "compliance_dutyfinding",
    "compliance_news",
    "compliance_summary",
    "compliance_reminderrun",
    "compliance_reminder",
    "compliance_calendarfeed",
    "compliance_hazard",
    "compliance_hazardstep",
    "compliance_complaint",
    "compliance_complaintstep",
    "compliance_waiver",
    "compliance_waiverstep",
    "compliance_outsideplatform",
    "compliance_forwarding",
    "inspection_assessment",
    "inspection_assessmentstep",
    "inspection_assessmentfund",
    "inspection_assessmentvote",
    "inspection_assessmentfinding",
    "common_auditrecord",
    "common_deadline",
    "common_job",
    "common_export",
    "common_attachment",
    "common_listview",
    "common_message",
    "common_delivery",
    "common_messagepreference",
    "common_webhookendpoint",
    "common_calendarday",
)


def rows_written() -> int:
    """How many rows of the watched tables this transaction has written so far, undone ones included."""
    with connection.cursor() as cursor:
        # what the view pg_stat_xact_user_tables says of them, without its looking at all other tables first
        cursor.execute(
            "SELECT sum(pg_stat_get_xact_tuples_inserted(t) + pg_stat_get_xact_tuples_updated(t)"
            " + pg_stat_get_xact_tuples_deleted(t))::bigint FROM unnest(%s::regclass[]) AS t",
            [list(WATCHED)],
        )
        return cursor.fetchone()[0]


def walk_row(row: Row, cast, clients: dict) -> Walk:
    """Ask everything on one route; collect what does not fit the tables."""
    walk = Walk()
    paths = {obj: row.path(cast, obj) for obj in row.objects}  # once: it may enter what it leads to
    for number, (who, client) in enumerate(clients.items()):
        for place, (obj, path) in enumerate(paths.items()):
            for verb in VERBS:
                right = row.rights.get("GET" if verb == "HEAD" else verb)
                if (right is None or verb == "HEAD") and obj != row.objects[0]:
                    continue  # an unknown verb is refused before any object is looked for; HEAD is GET without a body
                every = 5 if right is None else 3 if verb == "HEAD" else 1
                if WHOLE:
                    pass
                elif (number + VERBS.index(verb)) % every and who != "stranger to all":
                    continue  # and before anybody is looked at: some of the cast each, the stranger always
                elif right is not None and place and (number + place) % 3 and _blind(row, right, who):
                    continue  # who lacks the permission is refused before any object is looked for: each by a third of them
                response, written = ask(client, verb, path, row, right, cast, obj)
                walk.asked += 1
                wanted = expected(row, right, who, obj)
                if response.status_code not in wanted:
                    walk.findings.append(
                        Finding(
                            who,
                            obj,
                            verb,
                            f"one of {sorted(wanted)}",
                            f"{response.status_code} {_tail(response)}",
                        )
                    )
                done = right is not None and response.status_code in right.ok
                if written and not (done and verb != "GET"):
                    walk.findings.append(Finding(who, obj, verb, "no row written", f"{written} written"))
                if (seen := canaries.seen_in(_text(response))) and not (row.reveals and done and verb == "POST"):
                    walk.findings.append(Finding(who, obj, verb, "no personal data in full", f"{len(seen)} numbers"))
                if verb == "GET" and row.redirects and who != "stranger to all":
                    leads_to = response.headers.get("Location")
                    if leads_to != row.redirects(cast, who, obj):
                        walk.findings.append(Finding(who, obj, verb, str(row.redirects(cast, who, obj)), str(leads_to)))
                if verb == "GET" and row.marks and response.status_code == 200:
                    walk.findings += _leaks(row, cast, who, obj, _text(response))
    return walk


def _blind(row: Row, right: Right, who: str) -> bool:
    """Does this role neither see nor do anything of the kind, wherever it is?"""
    nothing = not right.table.get(who) and not (row.sees or right.table).get(who)
    return nothing and not row.for_everybody and who != "stranger to all"


def expected(row: Row, right: Right | None, who: str, obj: str) -> set[int]:
    if who == "stranger to all":
        if row.public:
            return set(right.ok) if right else {403, 405}
        # a REST POST without anybody behind it, a page's redirect to the sign-in page
        return {401, 403, 405} if row.json else {302, 405}
    if right is None:
        return NO
    if row.for_everybody:
        return set(right.ok)
    if obj in right.table.get(who, ()):
        return set(right.ok)
    seen = (row.sees or right.table).get(who, ())
    if not seen and not (row.sees or right.table).get(who):
        return {403, 404}  # sees nothing of the kind at all: the page is not theirs
    return {403} if obj in seen else {404} if obj != "-" else {403}


def _leaks(row, cast, who, obj, text) -> list[Finding]:
    shown = set((row.lists or {}).get(who, ()))
    found = []
    for name in row.marks(cast, None):
        stands = row.marks(cast, name) in text
        if stands and name not in shown:
            found.append(Finding(who, obj, "GET", f"nothing of {name}", "it stands in the answer"))
        if not stands and name in shown:
            found.append(Finding(who, obj, "GET", f"{name} in the answer", "it is missing"))
    return found


def _text(response) -> str:
    """The body, of a stream too, which can be read only once."""
    if not hasattr(response, "whole_text"):
        body = b"".join(response.streaming_content) if response.streaming else response.content
        response.whole_text = body.decode(errors="replace")
    return response.whole_text


def _tail(response) -> str:
    """The end of an answer in one line, for a finding."""
    return " ".join(_text(response).split())[-160:]
