"""Complaints forwarded to a platform outside by Open311: over real HTTP, once, until it says what became of them."""

import contextlib
import datetime as dt
import json
from urllib.parse import parse_qs

import pytest
from django.core.management import CommandError, call_command

from common.models import AuditRecord
from compliance import sweeps
from compliance.actions import forwarding, geo_report
from compliance.actions.complaints import ComplaintStepRefused
from compliance.models import Complaint, Forwarding, OutsidePlatform
from tests.common.conftest import receiver
from tests.compliance.conftest import moment
from tests.compliance.test_complaints import FRIDAY, OFFICER, place, told
from tests.factories.make import GULOU, area

__all__ = ["place", "receiver"]
KEY = "k-3f9a"


@pytest.fixture
def platform(receiver, db):
    receiver.answer = lambda *rows: setattr(receiver, "bodies", json.dumps(list(rows)).encode())
    receiver.answer({"service_request_id": "A-7", "service_notice": "", "account_id": None})
    return made(receiver)


def made(receiver, **values):
    values = {
        "name": "12345", "endpoint": receiver.url + "/v2/", "jurisdiction": "city.example", "api_key": KEY,
        "services": {"DOOR": "LIFT-DOOR", "": "OTHER"}, "city": None,
    } | values  # fmt: skip
    return forwarding.keep_platform(by=OFFICER, at=FRIDAY, **values)


def forwarded(place, platform, at=FRIDAY, **values):
    complaint = told(place, contact="13900000000", at=at, **values).complaint
    forwarding.forward_complaint(complaint_id=complaint.pk, platform=platform, note="theirs", by=OFFICER, at=at)
    return complaint


def tick(text="2026-11-27 10:01") -> int:
    return forwarding.forward_all_due(at=moment(text))


def asked(receiver) -> list[tuple]:
    return [(method, path, parse_qs(body.decode())) for method, path, _headers, body in receiver.got]


def state(row=None) -> tuple:
    row = Forwarding.objects.get()
    return row.state, row.reason, row.attempts, row.outside_id


def test_it_is_sent_once_with_the_key_and_nothing_of_any_person(place, platform, receiver):
    type(place).objects.filter(pk=place.pk).update(latitude="32.0600000", longitude="118.7700000", coord_source="WGS84")
    complaint = forwarded(place, platform)
    assert receiver.got == []  # the row is the queue
    assert (tick(), tick()) == (1, 0)
    [(method, path, fields)] = asked(receiver)
    assert (method, path) == ("POST", "/hook/v2/requests.json")
    assert fields == {
        "service_code": ["LIFT-DOOR"], "description": ["the doors hit my bag"], "jurisdiction_id": ["city.example"],
        "api_key": [KEY], "address_id": [place.rescue_code], "address_string": [place.address],
        "lat": ["32.060000"], "long": ["118.770000"],
    }  # fmt: skip
    complaint.refresh_from_db()
    assert (complaint.state, complaint.passed_to, complaint.outside_number) == ("TRANSFERRED", "12345", "A-7")
    assert state() == ("SENT", "", 0, "A-7")


def test_a_second_click_forwards_nothing_twice_and_another_step_is_refused(place, platform, receiver):
    complaint = forwarded(place, platform)
    again = {"complaint_id": complaint.pk, "note": "", "by": OFFICER, "at": FRIDAY}
    forwarding.forward_complaint(platform=platform, **again)
    assert Forwarding.objects.count() == 1
    with pytest.raises(ComplaintStepRefused):
        forwarding.forward_complaint(platform=made(receiver, name="another"), **again)


def test_it_is_asked_each_hour_until_it_is_closed_there(place, platform, receiver):
    complaint = forwarded(place, platform)
    tick()
    receiver.answer({"service_request_id": "A-7", "status": "open", "status_notes": "call 13912345678"})
    assert tick("2026-11-27 10:59") == 0
    assert tick("2026-11-27 11:02") == 1
    row = Forwarding.objects.get()
    assert (row.state, row.outside_status) == ("SENT", "open") and "13912345678" not in row.outside_notes
    receiver.answer({"service_request_id": "A-7", "status": "closed", "status_notes": "mended"})
    tick("2026-11-27 12:03")
    assert asked(receiver)[-1][:2] == ("GET", "/hook/v2/requests/A-7.json?jurisdiction_id=city.example")
    assert KEY not in "".join(path for _method, path, _fields in asked(receiver))
    row.refresh_from_db()
    assert (row.state, row.outside_notes) == ("CLOSED", "mended")
    assert tick("2026-12-27 12:03") == 0
    complaint.refresh_from_db()
    assert complaint.state == "TRANSFERRED"


def test_a_token_leads_to_the_number_later(place, platform, receiver):
    receiver.answer({"token": "t/1"})
    forwarded(place, platform)
    tick()
    receiver.answer()
    tick("2026-11-27 11:02")
    assert asked(receiver)[-1][1].startswith("/hook/v2/tokens/t%2F1.json")
    assert state() == ("SENT", "", 0, "")
    receiver.answer({"service_request_id": "A-9", "status": "open"})
    tick("2026-11-27 12:03")
    assert state() == ("SENT", "", 0, "A-9")
    assert Complaint.objects.get().outside_number == "A-9"


@pytest.mark.parametrize(
    ("status", "body", "reason", "given_up"),
    [
        (503, b"[]", "status", False),
        (403, b"[]", "status", False),  # a wrong key may be mended
        (429, b"[]", "status", False),
        (302, b"[]", "redirect", False),
        (400, b"[]", "refused", True),
        (404, b"[]", "refused", True),
        (200, b"<html>", "status", False),
        (200, b"[]", "status", False),
        (200, b'[{"service_request_id": "' + b"9" * 70 + b'"}]', "status", False),
        (200, b'["x"]', "status", False),
        (200, b'{"service_request_id": "A-7"}', "status", False),
    ],
)
def test_what_goes_wrong_is_tried_again_or_given_up(place, platform, receiver, status, body, reason, given_up):
    forwarded(place, platform)
    receiver.answers, receiver.bodies = [status], body
    tick()
    assert state() == ("GIVEN_UP" if given_up else "QUEUED", reason, 1, "")
    key = dict(receiver.got[0][2])["Idempotency-Key"]
    receiver.answer({"service_request_id": "A-7"})
    if given_up:
        assert tick("2026-11-28 10:00") == 0
        row = Forwarding.objects.get()
        for _twice in range(2):
            with contextlib.suppress(forwarding.NotGivenUp):
                forwarding.forward_again(forwarding_id=row.pk, by=OFFICER, at=moment("2026-11-28 10:00"))
    tick("2026-11-28 10:01")
    assert state() == ("SENT", "", 0, "A-7")
    assert dict(receiver.got[-1][2])["Idempotency-Key"] == key


def test_nobody_there_is_given_up_after_the_last_attempt_and_shown(place, platform, receiver, settings):
    settings.MESSAGE_MOST_ATTEMPTS = 2
    receiver.close()
    forwarded(place, platform)
    tick()
    assert state()[:2] == ("QUEUED", "unreachable")
    tick("2026-11-27 14:00")
    assert state()[:2] == ("GIVEN_UP", "unreachable")


def test_a_worker_that_died_leaves_it_to_the_next_and_who_was_too_slow_writes_nothing(place, platform, receiver):
    forwarded(place, platform)
    [held] = forwarding.claim(at=moment("2026-11-27 10:01"))
    assert tick("2026-11-27 10:02") == 0  # somebody holds it
    waiting = sweeps.forwarding().oldest_due
    assert waiting(moment("2026-11-27 10:02")) is None
    assert waiting(moment("2026-11-27 10:05")) == moment("2026-11-27 10:04")
    assert tick("2026-11-27 10:05") == 1
    forwarding._note_failure(held, geo_report.SendFailed("status", for_good=True), FRIDAY)
    assert state()[0] == "SENT"


def test_a_platform_in_our_own_networks_is_not_called(place, platform, receiver, settings):
    forwarded(place, platform)
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    tick()
    assert state()[:2] == ("GIVEN_UP", "forbidden-address") and receiver.got == []
    with pytest.raises(forwarding.AddressUnfit):
        made(receiver)


def test_only_what_a_platform_takes_is_forwarded(place, platform, receiver):
    complaint = told(place).complaint
    for values in ({"city": area(GULOU)}, {"services": {"NOISE": "N"}}):
        with pytest.raises(forwarding.PlatformUnfit):
            forwarding.forward_complaint(
                complaint_id=complaint.pk, platform=made(receiver, **values), note="", by=OFFICER, at=FRIDAY
            )
        complaint.refresh_from_db()
        assert complaint.state == "ASSIGNED"


def test_a_disabled_platform_gets_nothing_more(place, platform, receiver):
    forwarded(place, platform)
    forwarding.disable_platform(platform=platform, by=OFFICER, at=FRIDAY)
    assert (tick(), receiver.got, state()[:2]) == (0, [], ("GIVEN_UP", "disabled"))
    with pytest.raises(forwarding.PlatformUnfit):
        forwarding.forward_again(forwarding_id=Forwarding.objects.get().pk, by=OFFICER, at=FRIDAY)


def test_the_key_is_sealed_and_in_no_record(platform):
    assert repr(geo_report.Platform("https://x", "", KEY)) == "Platform(https://x)"
    assert KEY not in str(list(AuditRecord.objects.values_list("changes", flat=True)))
    assert KEY not in str(OutsidePlatform.objects.get().api_key)
    with pytest.raises(forwarding.KeyUnfit):
        forwarding.keep_platform(
            name="b", endpoint="https://b.example", jurisdiction="", services={}, api_key="two words", city=None,
            by=OFFICER, at=FRIDAY,
        )  # fmt: skip


def test_the_command_enters_changes_and_disables_a_platform(db, monkeypatch, capsys):
    monkeypatch.setenv("OUTSIDE_PLATFORM_KEY", KEY)
    given = {"endpoint": "https://outside.example/v2", "service": ["DOOR=D", "=OTHER"], "city": "320100"}
    call_command("outside_platform", "12345", **given)
    monkeypatch.delenv("OUTSIDE_PLATFORM_KEY")
    call_command("outside_platform", "12345", **given, jurisdiction="j")
    row = OutsidePlatform.objects.get()
    assert (row.services, row.city.code, row.jurisdiction) == ({"DOOR": "D", "": "OTHER"}, "320100", "j")
    assert row.api_key.reveal() == KEY
    for bad in ({"service": ["DOOR"]}, {"city": "999999"}, {"endpoint": "http://10.0.0.1/"}, {"service": []}):
        with pytest.raises(CommandError):
            call_command("outside_platform", "12345", **{**given, **bad})
    call_command("outside_platform", "12345", disable=True)
    assert OutsidePlatform.objects.get().disabled_at is not None
    assert KEY not in capsys.readouterr().out
    assert dt.timedelta(hours=1) == forwarding.ASKED_EACH


@pytest.mark.parametrize("notes", ["call 139 1234 5678", "致电１３９１２３４５６７８", "x" * 10_000 + "13912345678"])
def test_a_phone_in_what_they_say_is_kept_in_no_spelling(monkeypatch, notes):
    row = {"status": "open", "status_notes": notes}
    monkeypatch.setattr(geo_report, "_call", lambda *_args: row)
    told = geo_report.ask(geo_report.Platform("https://city.example"), "A-7")
    assert told.notes == ("***" if "x" not in notes else "x" * 400)
