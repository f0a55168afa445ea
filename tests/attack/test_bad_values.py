"""Every field of every form and of every REST body with a value that nobody means, one at a time: refused or kept whole,
never an error of ours, and what is refused leaves no row."""

import json
import re
import uuid
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import QueryDict

from tests.attack.test_mass_assignment import CASES, doing
from tests.matrix import framework
from tests.matrix.framework import UNKNOWN, WATCHED
from tests.matrix.test_route_matrix import MATRIX, stage

__all__ = ["WATCHED", "stage"]

HIDDEN = ("details__phone_index__startswith", "ordering")  # a look-up and an order that no route offers
FIELD = re.compile(r'<(?:input|select|textarea)\b[^>]*\bname="([^"]+)"')
NOT_OURS = {"csrfmiddlewaretoken"}
KEEPS = {"inspection:draft"}  # what was typed, right or wrong, before it is judged (decision 0027)

# What a browser never sends and a script does; each stands alone in its field.
TEXTS = {
    "nul": "a\0b",
    "long": "x" * 1_000_000,
    "no end of digits": "9" * 5000,
    "bigint": "9223372036854775808",
    "below": "-9223372036854775809",
    "NaN": "NaN",
    "infinity": "-Infinity",
    "exponent": "1e999999",
    "year 0": "0000-01-01",
    "year 9999": "9999-12-31",
    "moment": "9999-12-31T23:59:59-14:00",
    "no uuid": "not-a-uuid",
    "markup": "<script>alert(1)</script>{{7*7}}{%",
    "sql": "' OR 1=1; --",
    "marks": "\u202e\u200b\ufeff\ufffe",
    "blank": " ",
    "nothing": "",
}
SURROGATE = "\ud800"
THINGS = {
    **TEXTS,
    "surrogate": SURROGATE,
    "null": None,
    "true": True,
    "number": 2**70,
    "fraction": -1e308,
    "list": [],
    "lists": [[[["a\0"]]]],
    "object": {},
    "objects": {"a": {"$ne": None}, "\0": 1},
    "many": ["x"] * 5000,
}


def fields(row, client, path, body) -> list[str]:
    names = dict.fromkeys(body)
    if not row.json and "GET" in row.rights:
        names |= dict.fromkeys(FIELD.findall(client.get(path).content.decode(errors="replace")))
    return [name for name in names if name not in NOT_OURS]


def send(client, verb, path, row, right, cast, obj, body):
    """One request in a transaction that is undone; (answer, rows written)."""
    headers = dict(right.headers(cast, obj)) if right.headers else {}
    if row.json:
        headers = {"Idempotency-Key": str(uuid.uuid4())} | headers
        content, kind = json.dumps(body), "application/json"
    else:
        content, kind = (
            urlencode({"idempotency_key": str(uuid.uuid4())} | body, doseq=True),
            "application/x-www-form-urlencoded",
        )
    before, answer = framework.rows_written(), None
    with transaction.atomic():
        answer = client.generic(verb, path, content, content_type=kind, headers=headers)
        written = framework.rows_written() - before
        transaction.set_rollback(True)
    return answer, written


# What anybody sends, signed in or not: {route: fields that its page does not name}
FOR_ALL = {
    "accounts:change_password": (),
    "accounts:confirm_second_factor": ("code",),
    "accounts:my_second_factor": ("password",),
    "accounts:my_sessions": ("session",),
    "accounts:recovery_codes": ("code",),
    "accounts:remove_second_factor": ("code",),
    "accounts:second_factor": ("code", "next"),
    "accounts:sign_in": ("next",),
    "oauth_token": ("grant_type", "client_id", "client_secret", "scope"),
    "portal:theme": ("theme", "next"),
    "set_language": ("language", "next"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(FOR_ALL))
def test_no_field_that_anybody_fills_breaks_a_route(name, stage, tried):
    cast, clients, cookies = stage
    row, asked, found = MATRIX[name], 0, []
    who = "stranger to all" if row.public else "own_manager"
    client = clients[who]
    path = row.path(cast, row.objects[0])
    with transaction.atomic():
        for field in [*fields(row, client, path, dict.fromkeys(FOR_ALL[name])), "idempotency_key"]:
            for kind, value in TEXTS.items():
                cache.clear()  # limits
                client.cookies.clear()
                client.cookies.load(cookies[who].replace("Set-Cookie: ", ""))
                body = {"idempotency_key": str(uuid.uuid4()), "grant_type": "client_credentials", field: value}
                asked += 1
                with transaction.atomic():
                    answer = client.post(path, body if name != "oauth_token" else urlencode(body), **FORM.get(name, {}))
                    transaction.set_rollback(True)
                if answer.status_code >= 500:
                    found.append(f"{field} = {kind}: {answer.status_code}")
        transaction.set_rollback(True)
    assert found == []
    tried("bad values in fields", asked)


FORM = {"oauth_token": {"content_type": "application/x-www-form-urlencoded"}}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_no_field_breaks_a_route(name, stage, tried):
    cast, clients, cookies = stage
    row, found, asked = MATRIX[name], [], 0
    with transaction.atomic():
        for verb, right, who, obj in doing(row):
            client = clients[who]
            client.cookies.clear()
            client.cookies.load(cookies[who].replace("Set-Cookie: ", ""))
            path = row.path(cast, obj)
            body = right.body(cast, obj) if right.body else {}
            if any(hasattr(value, "read") for value in body.values()):
                body = {key: value for key, value in body.items() if not hasattr(value, "read")}
            for field in fields(row, client, path, body):
                for kind, value in (THINGS if row.json else TEXTS).items():
                    asked += 1
                    answer, written = send(client, verb, path, row, right, cast, obj, body | {field: value})
                    said = f"{verb} {field} = {kind}: {answer.status_code}"
                    if answer.status_code >= 500:
                        found.append(said)
                    if answer.status_code >= 400 and written and name not in KEEPS:
                        found.append(f"{said}, and {written} rows written")
                    if row.json and answer.status_code >= 400 and not json.loads(answer.content).get("code"):
                        found.append(f"{said} without a code")
        transaction.set_rollback(True)
    assert found == []
    tried("bad values in fields", asked)


@pytest.mark.parametrize("name", ["site", "maintenance_unit", "using_unit", "bbox", "area"])
def test_nothing_but_blanks_is_no_filter(stage, name):
    _cast, clients, _cookies = stage
    for path in ("/elevators/", "/elevators/map/", "/exports/new/registry.elevators/"):
        assert clients["city_regulator"].get(f"{path}?{name}=%20").status_code == 200


def test_the_last_day_of_the_calendar_is_a_last_day(stage):
    cast, clients, _cookies = stage
    with transaction.atomic():
        sent = {"idempotency_key": str(uuid.uuid4()), "role": "AUDITOR", "reference": "No. 1", "ends_on": "9999-12-31"}
        path = f"/accounts/people/{cast.nobody.user.public_id}/grants/new/"
        assert clients["security_admin"].post(path, sent).status_code == 302
        transaction.set_rollback(True)


class Reads:
    """Which names of its address a route looks at: found out by listening to it, so that no parameter is forgotten."""

    def __init__(self, patch):
        self.names: set[str] = set()
        for method in ("__getitem__", "get", "getlist", "__contains__"):
            patch.setattr(QueryDict, method, self._listening(getattr(QueryDict, method)))

    def _listening(self, plain):
        def method(data, name, *args, **options):
            if not data._mutable and isinstance(name, str):
                self.names.add(name)
            return plain(data, name, *args, **options)

        return method

    def of(self, ask) -> list[str]:
        self.names.clear()
        ask()
        return sorted(self.names)


IN_ADDRESSES = {
    **{kind: text[:20_000] for kind, text in TEXTS.items()},
    "lookup": "-details__phone_index",
    "half": b"\xed\xa0\x80",
}
# 503 is what /readyz has to say here; the rest is not ours
NOT_READ = ("common:readyz", "schema", "static")
READ = sorted(name for name, row in MATRIX.items() if "GET" in row.rights and not name.startswith(NOT_READ))


@pytest.mark.long
@pytest.mark.parametrize("name", READ)
def test_no_parameter_of_an_address_breaks_a_route(name, stage, tried, monkeypatch):
    listening = Reads(monkeypatch)
    cast, clients, cookies = stage
    row, found, asked = MATRIX[name], [], 0
    table = row.rights["GET"].table or {}
    who, objects = next(((who, objs) for who, objs in table.items() if objs), ("city_regulator", {row.objects[0]}))
    client = clients[who]
    client.cookies.clear()
    client.cookies.load(cookies[who].replace("Set-Cookie: ", ""))
    with transaction.atomic():
        path = row.path(cast, sorted(objects - {UNKNOWN} or objects)[0])
        more = f"{path}{'&' if '?' in path else '?'}"
        for field in sorted({*listening.of(lambda: client.get(path)), *HIDDEN}):
            for kind, value in IN_ADDRESSES.items():
                asked += 1
                with transaction.atomic():
                    status = client.get(more + urlencode({field: value})).status_code
                    transaction.set_rollback(True)
                if status >= 500:
                    found.append(f"GET {field} = {kind}: {status}")
        transaction.set_rollback(True)
    assert found == []
    tried("bad values in addresses", asked)
