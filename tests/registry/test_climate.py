"""The air of machine rooms: measured, judged against dated limits, never changed, corrected by another row."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from common.clock import now
from registry.actions.climate import AlreadyCorrected, ReadingDiffers, ReadingLater, record_climate
from registry.models import ClimateLimit, ClimateReading
from registry.queries import chain_faults
from registry.rules.climate import Range, verdict
from tests.factories.make import client_for

AIR, DAMP = Range(Decimal(5), Decimal(40)), Range(Decimal(0), Decimal(90))
EARLIER = now().replace(second=0, microsecond=0) - dt.timedelta(hours=2)


@pytest.mark.parametrize(
    ("temperature", "humidity", "said"),
    [
        ("5.0", None, "WITHIN"),
        ("40.0", "90.0", "WITHIN"),
        ("4.9", "95.0", "TOO_COLD"),
        ("40.1", None, "TOO_HOT"),
        ("20.0", "90.1", "TOO_DAMP"),
    ],
)
def test_the_limits_themselves_are_within(temperature, humidity, said):
    damp = Decimal(humidity) if humidity else None
    assert verdict(Decimal(temperature), damp, temperatures=AIR, humidities=DAMP) == said


def test_without_a_limit_nothing_is_outside():
    assert verdict(Decimal(80), Decimal(99), temperatures=None, humidities=None) == "WITHIN"


def record(cast, temperature="21.5", player=None, **values) -> ClimateReading:
    by = (player or cast.maintainer).actor()
    values = {"measured_at": EARLIER, "temperature": Decimal(temperature), **values}
    return record_climate(elevator=cast.elevator_own, by=by, at=now(), **values)


def test_a_reading_names_its_limit_its_unit_and_is_a_life_event(cast):
    row = record(cast, "41.0", humidity=Decimal("50.0"))
    assert (row.verdict, row.temperature_limit.high, row.filed_unit) == ("TOO_HOT", 40, cast.maintenance_unit)
    event = cast.elevator_own.life_events.order_by("-sequence").first()
    assert (event.kind, event.outcome, event.details) == (
        "CLIMATE_RECORDED",
        "TOO_HOT",
        {"temperature": "41.0", "humidity": "50.0"},
    )
    assert chain_faults().faults == []


def test_readings_are_judged_by_the_limits_of_their_day(cast):
    ClimateLimit.objects.filter(quantity="TEMPERATURE").update(valid_until=now().date())
    ClimateLimit.objects.create(
        quantity="TEMPERATURE", low=5, high=35, valid_from=now().date(), source="a later rule", certainty="D"
    )
    old = record(cast, "38.0", measured_at=EARLIER - dt.timedelta(days=30))
    assert (old.verdict, record(cast, "38.0", measured_at=now()).verdict) == ("WITHIN", "TOO_HOT")


def test_a_second_click_counts_once_and_another_value_of_the_moment_is_refused(cast):
    assert record(cast) == record(cast)
    with pytest.raises(ReadingDiffers):
        record(cast, "22.0")
    with pytest.raises(ReadingLater):
        record(cast, measured_at=now() + dt.timedelta(hours=1))
    assert ClimateReading.objects.count() == 1


def test_a_wrong_reading_stays_and_its_correction_counts(cast):
    wrong = record(cast, "-21.5")
    right = record(cast, "21.5", corrects=wrong)
    assert record(cast, "21.5", corrects=wrong) == right
    assert list(cast.elevator_own.climate_readings.counting()) == [right]
    with pytest.raises(AlreadyCorrected):
        record(cast, "22.5", corrects=wrong)
    for change in (lambda: ClimateReading.objects.update(temperature=1), right.delete):
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
            change()


def test_pages_record_show_and_correct(cast):
    client = client_for(cast.own_manager.user, **{"Accept-Language": "en"})
    address = f"/elevators/{cast.elevator_own.public_id}/climate/"
    form = {"idempotency_key": "a-reading-1", "measured_at": "2026-01-05T09:30", "temperature": "3.5", "humidity": ""}
    assert client.post(f"{address}new/", form)["Location"] == address
    page = client.get(address).content.decode()
    assert all(word in page for word in ("3.5", "too cold", "5–40 °C", "Using unit A"))
    wrong = ClimateReading.objects.get()
    form |= {"idempotency_key": "a-reading-2", "temperature": "13.5"}
    client.post(f"{address}new/?corrects={wrong.public_id}", form)
    assert "corrected" in client.get(address).content.decode()
    efile = client.get(f"/elevators/{cast.elevator_own.public_id}/").content.decode()
    assert "13.5" in efile
    form |= {"idempotency_key": "a-reading-3", "temperature": "1000"}
    assert client.post(f"{address}new/", form).status_code == 422


def test_rest_records_and_lists(cast):
    client = client_for(cast.maintainer.user, **{"Accept-Language": "en"})
    address = f"/api/v1/registry/elevators/{cast.elevator_own.public_id}/climate/"
    body = {"measured_at": "2026-01-05T01:30:00Z", "temperature": "41.5", "humidity": "60.0"}
    made = client.post(address, body, content_type="application/json", headers={"Idempotency-Key": "reading-of-test"})
    assert (made.status_code, made.json()["verdict"]) == (201, "TOO_HOT"), made.content
    assert client.get(address).json()["results"] == [made.json()]
