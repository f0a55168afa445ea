"""The report of a hazard: the plate in the car is scanned, what can be chosen is sorted, the e-file says which hazard."""

import re
import uuid

import pytest

from common import clock
from common.actor import system
from compliance.actions.hazards import report_hazard
from compliance.models import Hazard
from registry.actions import assign_responsibility
from registry.actions.plates import order_plates
from registry.models import PlateCity
from registry.queries.plates import text_of
from tests.factories.make import client_for, hold, make_unit, make_user

pytestmark = pytest.mark.django_db
LIST = "/due/hazards/"
EN, ZH = ({"accept-language": language} for language in ("en", "zh-hans"))


def plate_of(elevator, settings, tmp_path) -> str:
    """What stands behind /e/ on its plate."""
    settings.MEDIA_ROOT = tmp_path
    batch = order_plates(city=elevator.city, layout="a4-2x5", elevators=[elevator], by=system("tests"), at=clock.now())
    plate = batch.plates.get()
    return text_of(plate, PlateCity.objects.get(area=plate.city).number)


def report(person, elevator: str):
    values = {"elevator": elevator, "item": "DOOR", "details": "it rattles", "found_on": str(clock.today())}
    return person.client(**EN).post(LIST + "new/", {"idempotency_key": str(uuid.uuid4()), **values})


@pytest.mark.parametrize("form", ["https://{host}/e/{text}", "{host}/e/{text}", "{text}"])
def test_the_plate_in_the_car_names_the_elevator(cast, settings, tmp_path, form):
    text = plate_of(cast.elevator_own, settings, tmp_path)
    assert report(cast.own_manager, form.format(host=settings.PLATE_HOST, text=text)).status_code == 302
    assert Hazard.objects.get().elevator == cast.elevator_own


def test_the_plate_of_others_and_a_forged_one_are_no_elevator(cast, settings, tmp_path):
    text = plate_of(cast.elevator_foreign, settings, tmp_path)
    forged = text[:-1] + ("0" if text[-1] != "0" else "1")
    for typed in (f"https://{settings.PLATE_HOST}/e/{text}", forged, f"https://elsewhere.example/e/{text}", "x" * 401):
        answer = report(cast.own_manager, typed)
        assert answer.status_code == 422, typed
    assert not Hazard.objects.exists()


def test_the_form_can_be_filled_by_the_camera(cast):
    answer = cast.own_manager.client(**EN).get(LIST + "new/")
    page = answer.content.decode()
    assert 'data-field="id_elevator"' in page
    assert "scan.js" in page
    assert "wasm-unsafe-eval" in answer["Content-Security-Policy"]


def test_what_can_be_chosen_stands_by_grade_and_shows_no_codes(cast):
    page = cast.own_manager.client(**EN).get(LIST + "new/").content.decode()
    select = page.split('id="id_item"')[1].split("</select>")[0]
    assert re.findall(r'<optgroup label="([^"]+)"', select) == ["major hazard", "larger hazard", "general hazard"]
    names = [words.strip() for words in re.findall(r"<option[^>]*>([^<]+)", select)]
    assert names[-1] == "other"
    assert not [name for name in names if "GB45067" in name or name.isupper()]


def test_the_e_file_puts_major_hazards_first_and_its_timeline_says_which(cast):
    for item in ("DOOR", "ALARM-DEAD", "GB45067-5.6.4"):
        report_hazard(
            elevator=cast.elevator_own,
            item=item,
            details="x",
            found_on=clock.today(),
            source="SPOT_CHECK",
            by=system("tests"),
            at=clock.now(),
        )
    address = f"/elevators/{cast.elevator_own.public_id}/"
    page = cast.own_manager.client(**EN).get(address).content.decode()
    panel = page.split('id="hazards"')[1]
    order = [panel.index(words) for words in ("short-circuited", "alarm not answered", "defect of the doors")]
    assert order == sorted(order)
    timeline = page.split('id="timeline"')[1]
    assert "defect of the doors · reported" in timeline
    assert f"{LIST}{Hazard.objects.get(item='DOOR').public_id}/" in timeline
    assert (
        "门系统缺陷 · 已上报" in cast.own_manager.client(**ZH).get(address).content.decode().split('id="timeline"')[1]
    )


def test_who_sees_the_elevator_and_no_hazards_reads_no_more_than_that_there_was_one(cast):
    maker = make_unit(kind="MANUFACTURER")
    person = make_user()
    hold(person, "MANUFACTURER_ENGINEER", unit=maker)
    assign_responsibility(
        elevator=cast.elevator_own, unit=maker, role="MANUFACTURER", started_at=clock.now(), reference="r",
        by=system("tests"), at=clock.now(),
    )  # fmt: skip
    report_hazard(
        elevator=cast.elevator_own, item="DOOR", details="x", found_on=clock.today(), source="SPOT_CHECK",
        by=system("tests"), at=clock.now(),
    )  # fmt: skip
    page = client_for(person, **EN).get(f"/elevators/{cast.elevator_own.public_id}/")
    assert page.status_code == 200
    assert "defect of the doors" not in page.content.decode()
