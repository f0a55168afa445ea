"""Requests that nobody's browser sends: each is answered with a refusal, never with an error of ours."""

import json
import uuid

import pytest
from django.conf import settings
from django.test import Client
from django.test.client import FakePayload

SIGN_IN, ELEVATORS = "/accounts/sign-in/", "/api/v1/registry/elevators/"


@pytest.mark.parametrize("path", ["/healthz", "/", SIGN_IN, "/api/v1/accounts/me/", "/no-such-page"])
@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "django_language", "theme"])
def test_a_cookie_with_nul_is_no_cookie(db, name, path):
    """Quoted octal escapes in a cookie become characters; PostgreSQL takes no NUL in a session's key."""
    client = Client(raise_request_exception=False)
    plain = Client().get(path)
    answer = client.get(path, headers={"Cookie": rf'{name}="\000{"a" * 32}"'})
    assert answer.status_code == plain.status_code


@pytest.mark.parametrize("path", [SIGN_IN, "/theme/", ELEVATORS, "/no-such-page"])
def test_a_huge_body_is_refused_before_it_is_read(db, path):
    """Files of a multipart body do not count as data for Django: without this anybody fills the disk, signed in or not."""
    body = FakePayload(b"")
    answer = Client().generic(
        "POST",
        path,
        content_type="multipart/form-data; boundary=x",
        **{"wsgi.input": body, "CONTENT_LENGTH": str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)},
    )
    assert answer.status_code == 413
    assert answer["X-Request-Id"]
    assert answer["Content-Type"].startswith("application/problem+json" if path == ELEVATORS else "text/html")
    assert not body.read_started


@pytest.mark.parametrize("length", ["", "-1", "many", "9" * 5000])
def test_a_body_of_no_length(db, length):
    answer = Client(raise_request_exception=False).generic("POST", SIGN_IN, CONTENT_LENGTH=length)
    assert answer.status_code < 500


def test_a_blank_code_over_rest_is_none(cast):
    client, path = cast.city_regulator.client(), f"{ELEVATORS}{cast.elevator_own.public_id}/"
    for code in ("equipment_code", "registration_code", "certificate_number", "rescue_code"):
        for blank in ("", " ", "\n\t"):
            sent = json.dumps({code: blank})
            answer = client.patch(path, sent, content_type="application/json", headers={"If-Match": "*"})
            assert (answer.status_code, answer.json()[code]) == (200, None), (code, blank)


@pytest.mark.parametrize(
    "moment", ["0001-01-01", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00"]
)
def test_a_moment_at_the_end_of_the_calendar_is_refused(cast, moment):
    client, elevator = cast.city_regulator.client(), cast.elevator_own
    path = f"{ELEVATORS}{elevator.public_id}/responsibilities/"
    row = elevator.responsibilities.filter(ended_at=None).first()
    sent = {"unit": str(cast.unit_a.public_id), "role": "INSURER", "started_at": moment, "reference": "No. 1"}
    for where, body in (
        (path, sent),
        (path, sent | {"started_at": "2026-01-01T00:00:00Z", "ended_at": moment}),
        (f"/api/v1/registry/responsibilities/{row.public_id}/end/", {"ended_at": moment}),
    ):
        answer = client.post(
            where, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": str(uuid.uuid4())}
        )
        assert answer.status_code == 400, where
