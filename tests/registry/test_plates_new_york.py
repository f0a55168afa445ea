"""Plates for the elevators of a real register: printed, read from the paper, opened over HTTP."""

import csv
import json
import random
import urllib.request
from itertools import islice

import pytest
from django.core.cache import cache

from accounts.models import Area
from common import clock, jobs
from common.actor import system
from registry.actions import import_elevators
from registry.actions.plate_sheets import sheets_of
from registry.actions.plates import hang_plate, order_plates
from registry.models import Elevator, Nameplate, PlateCity
from registry.plates.layouts import all_layouts
from registry.queries.plates import text_of
from registry.rules.plates import plate_url
from tests.factories.printed import links_read

BY = system("tests")
REGISTER = "nyc_elevator_devices_2015_raw.csv"
LAYOUT = "a4-2x5"
pytestmark = [
    pytest.mark.registers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_areas", "files_dir"),
]


def first_rows(source, target, count: int) -> None:
    with source.open(newline="", encoding="utf-8-sig") as given, target.open("w", newline="", encoding="utf-8") as kept:
        csv.writer(kept).writerows(islice(csv.reader(given), count + 1))


@pytest.mark.parametrize(
    ("count", "looked_at"), [(30, 12), pytest.param(10_000, 200, marks=pytest.mark.long)], ids=["short", "10,000"]
)
def test_plates_of_new_york_are_printed_read_from_the_paper_and_opened(
    count, looked_at, registers_dir, tmp_path, settings, live_server, record_property
):
    settings.MEDIA_ROOT = tmp_path
    settings.PLATE_HOST = live_server.url.removeprefix("http://")
    cache.clear()
    first_rows(registers_dir / REGISTER, tmp_path / "rows.csv", count)
    import_elevators(path=tmp_path / "rows.csv", mapping="nyc", by=BY, at=clock.now())
    city = Area.objects.get(code="US3651000")
    elevators = list(Elevator.objects.filter(city=city).select_related("site").order_by("pk"))
    assert len(elevators) == count
    batch = order_plates(city=city, layout=LAYOUT, elevators=elevators, by=BY, at=clock.now())
    assert jobs.run(batch.job_id, at=clock.now()).state == "SUCCEEDED"
    batch.refresh_from_db()
    assert batch.pages == -(-count // 10)

    chosen = random.Random(count).sample(range(count), looked_at)
    read = links_read(sheets_of(batch, by=BY, via="page"), all_layouts()[LAYOUT], chosen)
    plates, number = list(batch.plates.order_by("pk")), PlateCity.objects.get(area=city).number
    assert number >= "900000", "no Chinese city has these digits"
    assert read == {each: plate_url(settings.PLATE_HOST, text_of(plates[each], number)) for each in chosen}, (
        "what the paper says"
    )
    for each in chosen:
        hang_plate(text=read[each], elevator=Elevator.objects.get(pk=plates[each].elevator_id), by=BY, at=clock.now())
        # the paper says https; the test's server has no certificate
        link = read[each].replace("https://", "http://")
        with urllib.request.urlopen(urllib.request.Request(link, headers={"Accept": "application/json"})) as answer:
            said = json.load(answer)
        assert said["code"] == plates[each].code
        assert elevators[each].pk == plates[each].elevator_id
        assert said["place"]["name"] == (elevators[each].site.name or elevators[each].address)
    assert Nameplate.objects.filter(state="BOUND").count() == looked_at
    record_property("megabytes", round(batch.byte_count / 1e6, 1))
