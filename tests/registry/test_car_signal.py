"""Whether a call gets through from inside the car: tried carrier by carrier, never changed, the newest check counts."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from common.clock import now
from registry.actions.car_signal import CarrierTwice, CheckDiffers, CheckLater, NothingChecked, Tried, record_signal
from registry.models import CarSignal
from registry.queries import chain_faults
from tests.factories.make import client_for

EARLIER = now().replace(second=0, microsecond=0) - dt.timedelta(hours=2)
BOTH = [Tried("MOBILE", True, -78), Tried("UNICOM", False)]


def record(cast, tried=BOTH, checked_at=EARLIER):
    by = cast.maintainer.actor()
    return record_signal(elevator=cast.elevator_own, checked_at=checked_at, tried=tried, by=by, at=now())


def test_a_check_is_one_life_event_over_its_carriers(cast):
    made = record(cast)
    assert [(row.carrier, row.call_possible, row.strength) for row in made] == [
        ("MOBILE", True, -78),
        ("UNICOM", False, None),
    ]
    event = cast.elevator_own.life_events.order_by("-sequence").first()
    assert (event.kind, event.outcome, event.details) == (
        "SIGNAL_CHECKED",
        "PARTLY",
        {"MOBILE": "yes", "UNICOM": "no"},
    )
    assert chain_faults().faults == []


@pytest.mark.parametrize(("calls", "outcome"), [((True,), "COVERED"), ((False, False), "NOT_COVERED")])
def test_what_a_check_came_to(cast, calls, outcome):
    record(cast, [Tried(carrier, call) for carrier, call in zip(("MOBILE", "UNICOM"), calls, strict=False)])
    assert cast.elevator_own.life_events.order_by("-sequence").first().outcome == outcome


def test_a_second_click_counts_once_and_what_cannot_be_is_refused(cast):
    assert record(cast) == record(cast, BOTH[::-1])
    for refusal, values in (
        (CheckDiffers, {"tried": [Tried("MOBILE", False)]}),
        (NothingChecked, {"tried": []}),
        (CarrierTwice, {"tried": [Tried("MOBILE", True), Tried("MOBILE", False)]}),
        (CheckLater, {"checked_at": now() + dt.timedelta(hours=1)}),
    ):
        with pytest.raises(refusal):
            record(cast, **values)
    assert CarSignal.objects.count() == 2
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        CarSignal.objects.update(call_possible=True)


def test_pages_record_a_check_and_show_each_carriers_newest(cast):
    record(cast)
    client = client_for(cast.own_manager.user, **{"Accept-Language": "en"})
    address = f"/elevators/{cast.elevator_own.public_id}/signal/"
    moment = now() - dt.timedelta(hours=1)
    form = {"idempotency_key": "a-check-1", "checked_at": f"{moment:%Y-%m-%dT%H:%M}", "UNICOM_strength": "-95"}
    assert "Say whether a call got through." in client.post(f"{address}new/", form).content.decode()
    form |= {"UNICOM_call": "yes", "idempotency_key": "a-check-2", "checked_at": "2099-01-01T00:00"}
    assert client.post(f"{address}new/", form).status_code == 422
    form |= {"idempotency_key": "a-check-3", "checked_at": f"{moment + dt.timedelta(hours=8):%Y-%m-%dT%H:%M}"}
    assert client.post(f"{address}new/", form)["Location"] == address
    assert client.get(address).content.decode().count("China Unicom") == 2
    efile = client.get(f"/elevators/{cast.elevator_own.public_id}/").content.decode()
    assert ("-95 dBm" in efile, "no call possible" in efile.split('id="signal"')[1]) == (True, False)


def test_rest_records_and_lists(cast):
    client = client_for(cast.maintainer.user, **{"Accept-Language": "en"})
    address = f"/api/v1/registry/elevators/{cast.elevator_own.public_id}/signal/"
    tried = [
        {"carrier": "MOBILE", "call_possible": True, "strength": -70},
        {"carrier": "TELECOM", "call_possible": False},
    ]
    body = {"checked_at": "2026-01-05T01:30:00Z", "tried": tried}
    made = client.post(address, body, content_type="application/json", headers={"Idempotency-Key": "check-of-the-test"})
    assert made.status_code == 201, made.content
    assert client.get(address).json()["results"] == made.json()[::-1]
    body["tried"][0]["strength"] = 5
    bad = client.post(address, body, content_type="application/json", headers={"Idempotency-Key": "another-check"})
    assert bad.status_code in (400, 422)
