"""Plates: how fast sheets are drawn, and how fast the page behind a plate answers."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import qrcode

from accounts.models import Area
from bench.calls import Caller
from bench.report import Report, Row
from common.actor import system
from common.clock import now
from common.database import connect_directly
from registry.actions.plates import city_number, hang_plate, order_plates
from registry.choices import PlateState
from registry.models import Elevator, Nameplate
from registry.plates.layouts import all_layouts
from registry.plates.sheets import Face, print_sheets
from registry.queries.plates import text_of
from registry.rules.plates import Plate, plate_text, plate_url

SHEETS, PICTURES = 10_000, 150
SECONDS, TURNS = 0.5, 6
HEAVIEST_KB = 30
BY = system("bench")


def plates(report: Report) -> None:
    report.say("  sheets")
    _sheets(report)
    report.say("  the page behind a plate")
    _page(report)


def _sheets(report: Report) -> None:
    key = bytes(range(32))
    faces = [
        Face(f"{number:06d}", plate_text(Plate("320100", f"{number:06d}", 1, "01"), key))
        for number in range(1, SHEETS + 1)
    ]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        print_sheets(
            Path(folder) / "sheets.pdf", faces, layout=all_layouts()["a4-2x5"], host="plates.example.cn", city="南京市"
        )
        ours = SHEETS / (time.perf_counter() - began)
        began = time.perf_counter()
        for face in faces[:PICTURES]:
            qrcode.make(plate_url("plates.example.cn", face.text), error_correction=qrcode.ERROR_CORRECT_Q).save(
                Path(folder) / "one.png"
            )
        floor = PICTURES / (time.perf_counter() - began)
    report.add(
        Row(f"plates, {SHEETS:,} on sheets", ours, "/s", "≥ 5 × one qrcode PNG at a time", ours >= 5 * floor, floor)
    )


def _hanging() -> Nameplate:
    """A plate on an elevator of the city; the bench's city keeps it, as plates are for ever."""
    if (plate := Nameplate.objects.filter(state=PlateState.BOUND).first()) is not None:
        return plate
    elevator = Elevator.objects.filter(registration_state="IN_USE", rescue_code__isnull=False).first()
    city = Area.objects.get(pk=elevator.city_id)
    plate = order_plates(city=city, elevators=[elevator], layout="a4-2x5", by=BY, at=now()).plates.get()
    return hang_plate(text=text_of(plate, city_number(city)), elevator=elevator, by=BY, at=now())


def _page(report: Report) -> None:
    plate = _hanging()
    address = f"/e/{text_of(plate, city_number(plate.city))}"
    caller = Caller()
    sql = "SELECT public_id, rescue_code, registration_state, address FROM registry_elevator WHERE id = %s"
    with connect_directly() as bare:
        ways: list[Callable[[], object]] = [
            lambda: bare.execute(sql, [plate.elevator_id]).fetchone(),
            lambda: caller.get(f"{address}?format=json"),
            lambda: caller.get(address),
        ]
        select, as_json, page = _rates(ways)
    report.add(Row("plate: JSON", as_json, "/s", "≥ 5% of a bare select by key", as_json >= 0.05 * select, select))
    report.add(Row("plate: page", page, "/s", "≥ 0.4 × the JSON", page >= 0.4 * as_json, as_json))
    weight = len(caller.get(address)) / 1000
    report.add(Row("plate: page, its weight", weight, "kB", f"< {HEAVIEST_KB} kB", weight < HEAVIEST_KB))


def _rates(ways: list[Callable[[], object]]) -> list[float]:
    """Calls a second of each, in turns, so that a busy moment of the machine meets all of them."""
    calls, seconds = [0] * len(ways), [0.0] * len(ways)
    for way in ways:
        way(), way()
    for _turn in range(TURNS):
        for place, way in enumerate(ways):
            began = time.perf_counter()
            while (spent := time.perf_counter() - began) < SECONDS:
                way()
                calls[place] += 1
            seconds[place] += spent
    return [count / spent for count, spent in zip(calls, seconds, strict=True)]
