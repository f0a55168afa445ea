"""Errors: problem+json with a stable code for machines, a page with a reference for people; each answer is protected."""

import json
import re

import pytest
from django.test import Client
from rest_framework.exceptions import Throttled

from common.api.problems import exception_handler, problem
from common.errors import Refusal
from registry.api.views import ElevatorViewSet
from registry.views.lists import ElevatorListPage
from tests.factories.make import client_for, make_user

ELEVATORS = "/api/v1/registry/elevators/"
NEW = {"area": "320106001"}


def check(answer, status, code, **more):
    """The whole of a problem, apart from its sentence."""
    body = answer.json()
    assert answer["Content-Type"].startswith("application/problem+json")
    assert body.pop("detail")
    assert body == {
        "type": f"urn:problem:{code}",
        "title": code.replace("-", " "),
        "status": status,
        "code": code,
        "request_id": answer["X-Request-Id"],
        **more,
    }
    assert answer.status_code == status


def errors_of(answer) -> set:
    return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}


def test_400_names_every_wrong_field(manager):
    answer = manager.post(ELEVATORS, {"area": "nowhere", "equipment_code": "12", "floors": "many", "unheard_of": 1})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert errors_of(answer) == {
        ("/area", "does_not_exist"),
        ("/equipment_code", "equipment_code-length"),
        ("/floors", "invalid"),
    }
    assert errors_of(manager.post(ELEVATORS, NEW | {"unheard_of": 1})) == {("/unheard_of", "unknown-field")}


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '"text"', "null", "1", '{"area": {"deep": [1]}}', "[" * 5000, "[" * 900 + "]" * 900]
)
def test_400_for_a_body_that_is_no_elevator(manager, body):
    answer = manager.post(ELEVATORS, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_401_for_strangers(db):
    answer = Client().get(ELEVATORS)
    check(answer, 401, "not-signed-in")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert Client().post(ELEVATORS, NEW, content_type="application/json").status_code == 401


def test_403_for_a_role_that_may_not(db, manager):
    check(client_for(make_user()).get(ELEVATORS), 403, "not-permitted")


def test_404_is_the_same_for_foreign_unknown_and_malformed(manager, cast):
    bodies = []
    for name in (cast.elevator_foreign.public_id, "00000000-0000-0000-0000-000000000000", "garbage"):
        answer = manager.client.get(f"{ELEVATORS}{name}/")
        check(answer, 404, "not-found")
        bodies.append({k: v for k, v in answer.json().items() if k != "request_id"})
    assert bodies[0] == bodies[1] == bodies[2]
    check(manager.client.get("/api/v1/nothing-here/"), 404, "not-found")


def test_405(manager):
    answer = manager.client.delete(f"{ELEVATORS}{manager.elevator.public_id}/")
    check(answer, 405, "method-not-allowed")
    assert "PATCH" in answer["Allow"]


def test_406(manager):
    check(manager.client.get(ELEVATORS, headers={"Accept": "text/csv"}), 406, "not-acceptable")


def test_409(manager):
    manager.post(ELEVATORS, NEW | {"registration_code": "31103201062016050001"})
    answer = manager.post(ELEVATORS, NEW | {"registration_code": "31103201062016050001"})
    sentence = answer.json()["detail"]
    error = {"pointer": "/registration_code", "code": "code-in-use", "detail": sentence}
    check(answer, 409, "code-in-use", errors=[error])


def test_412_and_428(manager):
    address = f"{ELEVATORS}{manager.elevator.public_id}/"
    check(manager.patch(address, {"building": "A"}), 428, "precondition-required")
    check(manager.patch(address, {"building": "A"}, **{"If-Match": '"999"'}), 412, "changed-meanwhile")


def test_415(manager):
    answer = manager.client.post(
        ELEVATORS, "area=320106001", content_type="text/plain", headers={"Idempotency-Key": "k-1"}
    )
    check(answer, 415, "unsupported-media-type")


def test_422(manager):
    manager.post(ELEVATORS, NEW, key="k-1")
    check(manager.post(ELEVATORS, NEW | {"building": "B"}, key="k-1"), 422, "idempotency-key-reused")


def test_429_says_when_to_come_back(rf):
    answer = exception_handler(Throttled(wait=3.2), {})
    assert (answer.status_code, answer.data["code"], answer["Retry-After"]) == (429, "too-many-requests", "4")


def test_500_tells_a_reference_and_nothing_else(manager, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("canary 13912345678")

    monkeypatch.setattr(ElevatorViewSet, "get_queryset", broken)
    answer = manager.client.get(ELEVATORS)
    check(answer, 500, "internal-error")
    assert "canary" not in answer.content.decode()


def test_body_beyond_the_limit_is_refused(manager, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = manager.post(ELEVATORS, NEW | {"address": "x" * 2000})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_body_in_chunks_is_refused_by_name(manager):
    """It was read as an empty one: "this field is required" of every field that was sent, and a verb without words done."""
    answer = manager.post(ELEVATORS, "", **{"Transfer-Encoding": "chunked"})
    assert (answer.status_code, answer.json()["code"]) == (411, "length-required")


def test_refusal_about_a_field_points_to_it():
    class Wrong(Refusal):
        code = "wrong-thing"
        status = 409
        message = "No %(what)s here."

    answer = exception_handler(Wrong(field="thing", what="thing"), {})
    assert answer.data["errors"] == [{"pointer": "/thing", "code": "wrong-thing", "detail": "No thing here."}]
    assert exception_handler(ValueError("not ours"), {}) is None
    assert "errors" not in problem(400, "x", "y").data


# --- hostile addresses ------------------------------------------------------------------------------------------------

NUL_ADDRESSES = [
    "/elevators/?cursor=%00",
    "/elevators/?area=%00",
    "/elevators/?place_type=a%00b",
    "/elevators/search/?q=123%00456",
    "/elevators/pickers/sites/?q=%00",
    "/accounts/pickers/units/?q=%00",
    f"{ELEVATORS}?cursor=%00",
    f"{ELEVATORS}?using_unit=%00",
    f"{ELEVATORS}by-code/12%0034/",
    f"{ELEVATORS}by-code/123456/?city=%00",
    "/api/v1/accounts/units/?q=%00",
    "/accounts/sign-in/?next=%00",
]


def test_nul_in_an_address_is_a_400_everywhere(cast):
    client = cast.city_regulator.client()
    answers = {address: client.get(address).status_code for address in NUL_ADDRESSES}
    assert answers == dict.fromkeys(NUL_ADDRESSES, 400)
    assert client.get("/elevators/search/?q=%2500").status_code == 200


def test_nul_in_forms_and_bodies_is_refused(manager):
    form = {"idempotency_key": "a-form-key", "area": "320106001", "place_type": "OFFICE", "address": "a\0b"}
    assert manager.client.post("/elevators/new/", form).status_code == 422
    assert manager.client.post("/elevators/new/", form | {"address": "", "area": "\0"}).status_code == 422
    assert manager.client.post("/elevators/new/", form | {"address": "", "site": "\0"}).status_code == 422
    for name in ("address", "area", "rescue_code", "place_type", "site", "class_code"):
        assert manager.post(ELEVATORS, NEW | {name: "a\0b"}).status_code == 400, name
        assert manager.post(ELEVATORS, NEW | {name: "a\ud800b"}).status_code == 400, name
    assert Client().post("/accounts/sign-in/", {"username": "a\0b", "password": "a\0b"}).status_code == 422


@pytest.mark.parametrize(
    "garbage", ["\0", "x" * 5000, "电梯", "' OR 1=1 --", "🛗", "-1", "1e999", "NaN", "[]", "%", "\\"]
)
def test_filters_take_any_garbage(manager, garbage):
    from registry.forms.filters import ElevatorFilter

    client = manager.client
    for name in ElevatorFilter.base_filters:
        page = client.get("/elevators/", {name: garbage})
        rest = client.get(ELEVATORS, {name: garbage})
        assert page.status_code in (200, 400), name
        assert rest.status_code in (200, 400), name
        # a filter that means nothing never means everything
        assert rest.status_code == 400 or rest.json()["results"] == [], name
        assert page.status_code == 400 or manager.elevator.rescue_code not in page.content.decode(), name


# --- every kind of answer is protected --------------------------------------------------------------------------------


def test_every_kind_of_page_has_its_headers(manager, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError

    client, stranger = manager.client, Client()
    answers = {
        "home": client.get("/"),
        "list": client.get("/elevators/"),
        "detail": client.get(f"/elevators/{manager.elevator.public_id}/"),
        "form": client.get("/elevators/new/"),
        "redirect": client.post(
            "/elevators/new/", {"idempotency_key": "a-form-key", "area": "320106001", "place_type": "OFFICE"}
        ),
        "form with errors": client.post("/elevators/new/", {"idempotency_key": "another-key"}),
        "search": client.get("/elevators/search/?q=1"),
        "picker": client.get("/elevators/pickers/sites/"),
        "sign in": stranger.get("/accounts/sign-in/"),
        "redirect to sign in": stranger.get("/elevators/"),
        "gallery": stranger.get("/gallery/"),
        "400": client.get("/elevators/?cursor=x"),
        "400 early": client.get("/elevators/?q=%00"),
        "403": client.get("/accounts/people/new/"),
        "403 csrf": Client(enforce_csrf_checks=True).post("/accounts/sign-in/"),
        "404": client.get("/nothing/"),
        "405": client.post("/elevators/"),
        "REST list": client.get(ELEVATORS),
        "REST error": stranger.get(ELEVATORS),
        "schema": stranger.get("/api/schema/"),
        "docs": stranger.get("/api/docs/"),
        "health": stranger.get("/healthz"),
    }
    monkeypatch.setattr(ElevatorListPage, "get_queryset", broken)
    answers["500"] = client.get("/elevators/")
    statuses = {name: answer.status_code for name, answer in answers.items() if name[:3].isdigit()}
    assert statuses == {name: int(name[:3]) for name in statuses}
    for name, answer in answers.items():
        policy = {part.split()[0]: part.split()[1:] for part in answer["Content-Security-Policy"].split(";")}
        assert policy["script-src"] == policy["style-src"] == policy["default-src"] == ["'self'"], name
        assert policy["frame-ancestors"] == policy["object-src"] == ["'none'"], name
        assert "unsafe" not in answer["Content-Security-Policy"], name
        assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"], answer["Referrer-Policy"]) == (
            "DENY",
            "nosniff",
            "same-origin",
        ), name
        assert re.fullmatch(r"[0-9a-f-]{36}", answer["X-Request-Id"]), name
    assert len({answer["X-Request-Id"] for answer in answers.values()}) == len(answers)
    for name, answer in answers.items():
        # the documentation's template is not ours; its <style> is refused by the policy like any other
        if answer.get("Content-Type", "").startswith("text/html") and name != "docs":
            html = answer.content.decode()
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"", html), name


def test_error_page_names_its_reference(manager, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("canary")

    monkeypatch.setattr(ElevatorListPage, "get_queryset", broken)
    answer = manager.client.get("/elevators/")
    html = answer.content.decode()
    assert answer["X-Request-Id"] in html
    assert "canary" not in html


# --- what stands in the logs ------------------------------------------------------------------------------------------


@pytest.fixture
def lines(monkeypatch):
    """What the platform's own handler writes, line by line, at the level of production."""
    import io
    import logging

    stream = io.StringIO()
    root = logging.getLogger()
    ours = next(h for h in root.handlers if type(h) is logging.StreamHandler)
    copy = logging.StreamHandler(stream)
    copy.setFormatter(ours.formatter)
    root.addHandler(copy)
    level = root.level
    root.setLevel(logging.INFO)
    yield lambda: stream.getvalue().splitlines()
    root.setLevel(level)
    root.removeHandler(copy)


def test_log_line_of_a_request_has_its_reference_and_route_only(manager, lines):
    answer = manager.client.get("/elevators/search/?q=canary-typed-text")
    (line,) = [json.loads(line) for line in lines() if '"route"' in line]
    assert line["request_id"] == answer["X-Request-Id"]
    assert (line["method"], line["route"], line["status"], line["level"]) == ("GET", "elevators/search/", 200, "info")
    assert "canary" not in "".join(lines())


def test_sign_in_attempts_leave_no_name_in_the_logs(db, lines):
    make_user("canary-known", password="correct-horse-lantern")
    for _ in range(7):  # into the lock as well
        for name in ("canary-known", "canary-unknown"):
            Client().post("/accounts/sign-in/", {"username": name, "password": "canary-password"})
    Client().post("/accounts/sign-in/", {"username": "canary-known", "password": "correct-horse-lantern"})
    written = "\n".join(lines())
    assert written.count('"route"') == 15
    assert "canary" not in written


def test_integrity_error_leaves_no_value_in_the_logs(db, lines, monkeypatch, manager):
    make_user("canary-taken")

    def collide(*_args, **_kwargs):
        make_user("canary-taken")

    monkeypatch.setattr(ElevatorListPage, "get_queryset", collide)
    answer = manager.client.get("/elevators/")
    assert answer.status_code == 500
    (line,) = [json.loads(line) for line in lines() if '"exception"' in line]
    assert line["exception"] == "django.db.utils.IntegrityError"
    assert any("make_user" in frame for frame in line["frames"])
    assert line["request_id"] == answer["X-Request-Id"]
    assert "canary" not in "\n".join(lines())


def test_personal_keys_are_masked_whoever_logs_them(lines):
    import structlog

    structlog.get_logger("tests").warning("something", phone="13912345678", display_name="canary", count=3)
    (line,) = [json.loads(line) for line in lines()]
    assert (line["phone"], line["display_name"], line["count"]) == ("***", "***", 3)
