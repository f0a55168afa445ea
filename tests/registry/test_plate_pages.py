"""Plates on pages and over REST: ordering, handing out, hanging with a photograph, taking out of use, counting."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.roles import Permission
from common.actor import system
from common.clock import now
from common.models import Attachment, AuditRecord
from registry import actions as registry
from registry.actions.plates import count_scan, hang_plate, order_plates, void_plate
from registry.choices import PlateState, ScanVerdict
from registry.models import Elevator, Nameplate, PlateBatch, PlateCity
from registry.queries.plate_counts import coverage_lines, stock_lines
from registry.queries.plates import photo_of, text_of
from registry.rules.distance import metres_between
from tests.factories.make import GULOU, NANJING, area, make_elevator

BY = system("tests")
EQUIPMENT = "311010X04201300022"
EN = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.MEDIA_ROOT, settings.SEALED_DIR = tmp_path / "media", tmp_path / "sealed"


def order(**given) -> PlateBatch:
    return order_plates(**({"city": area(NANJING), "layout": "a4-2x5", "by": BY, "at": now(), "count": 1} | given))


def text(plate) -> str:
    return text_of(plate, PlateCity.objects.get(area=plate.city).number)


def picture(name="plate.jpg") -> SimpleUploadedFile:
    content = BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def sent(key: str, **given) -> dict:
    return {"idempotency_key": f"{key}-of-the-test", **given}


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def rest(client, path: str, body: dict, key: str):
    headers = {"Idempotency-Key": f"rest-{key}-of-the-test"}
    return client.post(f"/api/v1/registry/{path}", body, "application/json", headers=headers)


# --- hanging ----------------------------------------------------------------------------------------------------------


def form_of(cast) -> str:
    return f"/elevators/{cast.elevator_own.public_id}/plate/hang/"


def test_a_worker_hangs_the_plate_that_was_scanned_with_photograph_and_position(cast):
    client, elevator = cast.own_manager.client(**EN), cast.elevator_own
    plate = order(elevators=[elevator], count=0).plates.get()
    given = sent("hang", text=f"https://testserver/e/{text(plate)}", latitude="32.061000", longitude="118.767000")
    answer = client.post(form_of(cast), given | {"accuracy_m": "18", "photo": picture()})
    assert (answer.status_code, answer["Location"]) == (302, f"/elevators/{elevator.public_id}/#plate")
    plate.refresh_from_db()
    assert (plate.state, plate.elevator, plate.latitude, plate.accuracy_m) == ("BOUND", elevator, Decimal("32.061"), 18)
    photo = photo_of(plate)
    assert (photo.state, photo.media_type, photo.owner_id) == (
        "KEPT",
        "image/jpeg",
        str(cast.own_manager.user.public_id),
    )
    fetched = client.get(f"/elevators/plates/{plate.public_id}/photo/")
    assert fetched["Content-Type"] == "image/jpeg" and b"".join(fetched.streaming_content)[:2] == b"\xff\xd8"
    assert str(plate) in words(client.get(f"/elevators/{elevator.public_id}/"))


def test_a_slip_costs_neither_the_photograph_nor_what_was_typed(cast):
    client, plate = cast.own_manager.client(**EN), order(elevators=[cast.elevator_own], count=0).plates.get()
    refused = client.post(form_of(cast), sent("slip-1", text="320100-000000", photo=picture()))
    assert refused.status_code == 422 and "This is not a plate of the platform" in words(refused)
    kept = re.search(r'name="photo_kept" value="([0-9a-f-]{36})"', refused.content.decode())[1]
    assert "The photograph is here already" in words(refused) and "320100-000000" in refused.content.decode()
    done = client.post(form_of(cast), sent("slip-2", text=text(plate), photo_kept=kept))
    assert done.status_code == 302 and str(photo_of(plate).public_id) == kept


def test_a_photograph_of_somebody_else_or_none_is_refused(cast):
    plate = order(elevators=[cast.elevator_own], count=0).plates.get()
    theirs = cast.city_regulator.client(**EN)
    theirs.post(form_of(cast), sent("theirs", text="nonsense", photo=picture()))
    foreign = Attachment.objects.get().public_id
    client = cast.own_manager.client(**EN)
    stolen = client.post(form_of(cast), sent("stolen", text=text(plate), photo_kept=foreign))
    assert stolen.status_code == 422 and "Send it again" in words(stolen)
    without = client.post(form_of(cast), sent("without", text=text(plate)))
    assert without.status_code == 422 and "Take a photograph of the plate." in words(without)
    script = SimpleUploadedFile("plate.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/jpeg")
    assert client.post(form_of(cast), sent("script", text=text(plate), photo=script)).status_code == 422
    plate.refresh_from_db()
    assert plate.state == "PRINTED"


@pytest.mark.parametrize(
    "given", [{"latitude": "NaN", "longitude": "1"}, {"latitude": "91", "longitude": "0"}, {"latitude": "5"}]
)
def test_a_position_that_cannot_be_does_not_stop_the_plate(cast, given):
    plate = order(elevators=[cast.elevator_own], count=0).plates.get()
    sent_form = sent("nowhere", text=text(plate), photo=picture(), accuracy_m="-3", **given)
    assert cast.own_manager.client().post(form_of(cast), sent_form).status_code == 302
    plate.refresh_from_db()
    assert (plate.state, plate.latitude, plate.longitude, plate.accuracy_m) == ("BOUND", None, None, None)


def test_a_plate_of_stock_is_scanned_first_and_then_gets_its_elevator(cast):
    elevator = make_elevator(
        area_code=GULOU, rescue_code=None, using_unit=cast.unit_a, address="77 Sample Road", equipment_code=EQUIPMENT
    )
    plate = order().plates.get()
    client = cast.own_manager.client(**EN)
    page = client.get("/elevators/plates/hang/", {"text": text(plate)})
    assert text(plate) in page.content.decode()
    offered = client.get("/elevators/pickers/hanging/", {"q": "77 Sample"}).json()["results"]
    assert [one["id"] for one in offered] == [str(elevator.public_id)]
    foreign = sent("foreign", text=text(plate), elevator=str(cast.elevator_foreign.public_id), photo=picture())
    refused = client.post("/elevators/plates/hang/", foreign)
    assert refused.status_code == 422 and "among what you see" in words(refused)
    assert client.get("/elevators/plates/hang/", {"elevator": cast.elevator_foreign.public_id}).status_code == 404
    own = sent("own", text=text(plate), elevator=elevator.equipment_code, photo=picture())
    assert client.post("/elevators/plates/hang/", own).status_code == 302
    elevator.refresh_from_db()
    assert elevator.rescue_code == plate.code


def test_a_second_click_hangs_once(cast):
    plate = order(elevators=[cast.elevator_own], count=0).plates.get()
    client, content = cast.own_manager.client(), picture().read()
    for _click in range(2):
        photo = SimpleUploadedFile("plate.jpg", content, "image/jpeg")
        assert client.post(form_of(cast), sent("click", text=text(plate), photo=photo)).status_code == 302
    events = cast.elevator_own.life_events.filter(kind="PLATE_HUNG")
    assert (events.count(), Attachment.objects.filter(state="KEPT").count()) == (1, 1)


def test_the_form_sets_nothing_but_what_it_shows(cast):
    plate = order(elevators=[cast.elevator_own], count=0).plates.get()
    hostile = {
        field.name: "1" for field in Nameplate._meta.fields if field.name not in ("latitude", "longitude", "accuracy_m")
    }
    given = sent("mass", photo=picture(), **hostile) | {"text": text(plate), "state": "VOID", "issue": "999"}
    assert cast.own_manager.client().post(form_of(cast), given).status_code == 302
    plate.refresh_from_db()
    assert (plate.state, plate.issue, plate.key_id, plate.bound_by_id) == (
        "BOUND",
        1,
        "01",
        str(cast.own_manager.user.public_id),
    )


# --- far away, by hand --------------------------------------------------------------------------------------------------

THERE, HERE = {"latitude": "32.060000", "longitude": "118.780000"}, {"latitude": "31.8", "longitude": "118.78"}


@pytest.fixture
def placed(cast):
    """The own elevator at THERE, and the plate that is for it."""
    Elevator.objects.filter(pk=cast.elevator_own.pk).update(**THERE, coord_source="MANUAL")
    return order(elevators=[cast.elevator_own], count=0).plates.get()


def test_a_plate_is_hung_far_away_only_by_who_says_so_and_the_regulator_sees_it(cast, placed):
    client, elevator = cast.own_manager.client(**EN), cast.elevator_own
    assert "confirmed_far" not in client.get(form_of(cast)).content.decode()
    asked = client.post(form_of(cast), sent("far", text=text(placed), photo=picture(), accuracy_m="20", **HERE))
    assert asked.status_code == 422
    question = "You are 29 km from where the register has this elevator. Hang it all the same?"
    assert question in words(asked) and 'type="checkbox" name="confirmed_far"' in asked.content.decode()
    placed.refresh_from_db()
    assert placed.state == "PRINTED"
    kept = re.search(r'name="photo_kept" value="([0-9a-f-]{36})"', asked.content.decode())[1]
    again = sent("sure", text=text(placed), photo_kept=kept, accuracy_m="20", confirmed_far="on", **HERE)
    assert client.post(form_of(cast), again).status_code == 302
    placed.refresh_from_db()
    assert (placed.state, placed.confirmed_far_m) == ("BOUND", 28911)
    event = elevator.life_events.get(kind="PLATE_HUNG")
    assert event.details == {"code": placed.code, "issue": 1, "confirmed_far_m": 28911}
    regulator, other = cast.district_regulator.client(**EN), cast.other_district_regulator.client(**EN)
    assert "1 Nameplates hung far away" in words(regulator.get("/"))
    assert "0 Nameplates hung far away" in words(other.get("/"))
    assert "ameplates hung far away" not in words(client.get("/"))
    near = order(elevators=[cast.elevator_foreign], count=0).plates.get()
    listed = words(cast.city_regulator.client(**EN).get("/elevators/plates/", {"far": "true"}))
    assert str(placed) in listed and str(near) not in listed
    assert "hung all the same, 28911 m away" in words(regulator.get(f"/elevators/plates/{placed.public_id}/"))


@pytest.mark.parametrize(
    "position", [{}, THERE | {"accuracy_m": "5"}, {"latitude": "32.07", "longitude": "118.78", "accuracy_m": "950"}]
)
def test_near_enough_or_no_position_asks_nothing(cast, placed, position):
    given = sent("near", text=text(placed), photo=picture(), **position)
    assert cast.own_manager.client().post(form_of(cast), given).status_code == 302
    placed.refresh_from_db()
    assert (placed.state, placed.confirmed_far_m) == ("BOUND", None)


def test_rest_asks_for_confirmed_far(cast, placed):
    client = cast.own_manager.client(**EN)
    photo = client.post("/api/v1/attachments/", {"file": picture()}).json()["id"]
    path = f"elevators/{cast.elevator_own.public_id}/plates/"
    body = {"text": text(placed), "photo": photo, **HERE}
    refused = rest(client, path, body, "far")
    assert (refused.status_code, refused.json()["code"]) == (409, "plate-far-away")
    hung = rest(client, path, body | {"confirmed_far": True}, "sure")
    assert (hung.status_code, hung.json()["confirmed_far_m"]) == (201, 28911)


@pytest.mark.parametrize("line", ["testserver/e/{}", "https://testserver/e/{}", "TESTSERVER/e/ {}", "/e/{}", "{}"])
def test_the_line_below_the_code_is_taken_as_it_is_printed(cast, placed, line):
    given = sent("line", text=line.format(text(placed)), photo=picture())
    assert cast.own_manager.client().post(form_of(cast), given).status_code == 302
    placed.refresh_from_db()
    assert placed.state == "BOUND"


def test_six_digits_hang_no_plate_and_say_what_to_type(cast, placed):
    answer = cast.own_manager.client(**EN).post(form_of(cast), sent("six", text=placed.code, photo=picture()))
    assert answer.status_code == 422 and "Type the whole line below the code." in words(answer)


def test_every_hanging_is_in_the_audit_log(cast, placed):
    elevator, second = cast.elevator_own, order(elevators=[cast.elevator_own], count=0).plates.get()
    for plate in (placed, second, second):
        hang_plate(text=text(plate), elevator=elevator, by=BY, at=now())
    rows = AuditRecord.objects.filter(action="registry.hang_plate").order_by("pk")
    assert [row.changes["plate"] for row in rows] == [[None, str(placed)], [str(placed), str(second)]]


def test_the_citys_store_on_the_coverage_page_lists_what_nobody_holds(cast):
    mine, stored = (order(unit=unit).plates.get() for unit in (cast.unit_a, None))
    client = cast.city_regulator.client(**EN)
    link = "/elevators/plates/?state=PRINTED&amp;store=true"
    assert link in client.get("/elevators/plates/coverage/").content.decode()
    listed = words(client.get(link.replace("&amp;", "&")))
    assert str(stored) in listed and str(mine) not in listed


# --- whose number it is -------------------------------------------------------------------------------------------------


def entering(**given) -> dict:
    return sent("enter", area=GULOU, place_type="RESIDENTIAL", address="9 New Road", **given)


def test_a_using_unit_chooses_no_rescue_code(cast):
    client = cast.own_manager.client(**EN)
    assert 'name="rescue_code"' not in client.get("/elevators/new/").content.decode()
    assert client.post("/elevators/new/", entering(rescue_code="123456")).status_code == 302
    assert Elevator.objects.latest("pk").rescue_code is None
    body = {"area": GULOU, "place_type": "RESIDENTIAL", "address": "9 New Road"}
    refused = rest(client, "elevators/", body | {"rescue_code": "123456"}, "unit")
    assert refused.status_code == 400 and "rescue_code" in refused.content.decode()
    assert rest(client, "elevators/", body | {"rescue_code": None}, "none").status_code == 201


def test_the_regulator_types_the_number_of_an_old_plate_and_none_of_ours(cast):
    client, plate = cast.city_regulator.client(**EN), order().plates.get()
    page = client.post("/elevators/new/", entering(rescue_code=plate.code))
    assert page.status_code == 422
    assert f"A nameplate with the number {plate.code} is printed already." in words(page)
    assert 'id="id_rescue_code_error"' in page.content.decode()
    body = {"area": GULOU, "place_type": "RESIDENTIAL", "address": "9 New Road"}
    answer = rest(client, "elevators/", body | {"rescue_code": plate.code}, "taken")
    assert (answer.status_code, answer.json()["code"]) == (409, "rescue-code-on-plate")
    assert rest(client, "elevators/", body | {"rescue_code": "123456"}, "old").json()["rescue_code"] == "123456"


def test_hanging_a_plate_whose_number_is_gone_says_so_on_the_page_and_over_rest(cast):
    elevator = make_elevator(area_code=GULOU, rescue_code=None, using_unit=cast.unit_a)
    plate, taker = order().plates.get(), make_elevator(area_code=GULOU, rescue_code=None)
    Elevator.objects.filter(pk=taker.pk).update(rescue_code=plate.code)
    client = cast.own_manager.client(**EN)
    page = client.post(f"/elevators/{elevator.public_id}/plate/hang/", sent("gone", text=text(plate), photo=picture()))
    assert page.status_code == 422 and f"has given the number {plate.code} to another elevator" in words(page)
    photo = client.post("/api/v1/attachments/", {"file": picture()}).json()["id"]
    answer = rest(client, f"elevators/{elevator.public_id}/plates/", {"text": text(plate), "photo": photo}, "gone")
    assert (answer.status_code, answer.json()["code"]) == (409, "plate-number-claimed")


# --- orders -----------------------------------------------------------------------------------------------------------


def test_an_order_of_stock_from_the_form_to_the_holder(cast):
    client = cast.city_regulator.client(**EN)
    bad = client.post("/elevators/plates/orders/new/", sent("zero", city=NANJING, count=0, layout="../etc"))
    assert bad.status_code == 422 and not PlateBatch.objects.exists()
    made = client.post("/elevators/plates/orders/new/", sent("order", city=NANJING, count=12, layout="a4-2x5"))
    batch = PlateBatch.objects.get()
    assert made["Location"] == f"/elevators/plates/orders/{batch.public_id}/"
    assert "waiting" in words(client.get(made["Location"]))
    handed = client.post(f"{made['Location']}hand-out/", sent("hand", unit=cast.maintenance_unit.credit_code))
    assert handed.status_code == 302
    assert batch.plates.filter(unit=cast.maintenance_unit, state=PlateState.PRINTED).count() == 12
    record = AuditRecord.objects.filter(action="registry.hand_out_plates").get()
    assert record.changes["plates"] == [None, 12]
    [line] = stock_lines(cast.city_regulator.actor(), Permission.HANG_PLATE)
    assert (line.unit, line.count) == (cast.maintenance_unit, 12)
    assert "Present maintenance unit" in words(client.get("/elevators/plates/coverage/"))


def test_what_hangs_or_is_void_is_not_handed_out_again(cast):
    batch = order(count=3)
    first, second, third = batch.plates.order_by("pk")
    void_plate(plate=first, reason="misprinted", by=BY, at=now())
    elevator = make_elevator(area_code=GULOU, rescue_code=None)
    hang_plate(text=text(second), elevator=elevator, by=BY, at=now())
    client = cast.city_regulator.client(**EN)
    address = f"/elevators/plates/orders/{batch.public_id}/hand-out/"
    client.post(address, sent("some", unit=cast.maintenance_unit.credit_code))
    assert [each.unit for each in batch.plates.order_by("pk")] == [None, None, cast.maintenance_unit]
    void_plate(plate=third, reason="misprinted", by=BY, at=now())
    none = client.post(address, sent("none", unit=""))
    assert none.status_code == 422 and "No plate of this order is left" in words(none)


def test_the_next_plates_of_chosen_elevators(cast):
    client = cast.city_regulator.client(**EN)
    ids = [str(cast.elevator_own.public_id), str(cast.elevator_foreign.public_id)]
    page = client.get("/elevators/plates/orders/elevators/", {"ids": ids})
    assert "2 elevators are chosen." in words(page)
    made = client.post("/elevators/plates/orders/elevators/", sent("next", ids=ids, layout="a4-large"))
    assert made.status_code == 302
    assert {plate.elevator_id for plate in Nameplate.objects.all()} == {cast.elevator_own.pk, cast.elevator_foreign.pk}
    assert client.get("/elevators/plates/orders/elevators/")["Location"] == "/elevators/"


# --- out of use, in numbers ---------------------------------------------------------------------------------------------


def test_taking_a_plate_out_of_use_asks_why(cast):
    plate = order(elevators=[cast.elevator_own], count=0).plates.get()
    client, address = cast.city_regulator.client(**EN), f"/elevators/plates/{plate.public_id}/"
    warning = "This leaves the elevator without a plate"
    assert warning not in words(client.get(f"{address}void/"))
    hang_plate(text=text(plate), elevator=cast.elevator_own, by=BY, at=now())
    assert warning in words(client.get(f"{address}void/"))
    assert client.post(f"{address}void/", sent("why", reason="  ")).status_code == 422
    assert client.post(f"{address}void/", sent("stolen", reason="stolen"))["Location"] == address
    page = words(client.get(address))
    assert "void" in page and "stolen" in page and "Take it out of use" not in page
    assert "No nameplate hangs here" in words(
        cast.own_manager.client(**EN).get(f"/elevators/{cast.elevator_own.public_id}/")
    )


def test_coverage_counts_elevators_in_use_by_managing_district(cast):
    for elevator in (cast.elevator_own, cast.elevator_foreign, cast.elevator_former):
        registry.set_registration_state(elevator_id=elevator.pk, state="IN_USE", reference="1", by=BY, at=now())
    plate = order(elevators=[cast.elevator_foreign], count=0).plates.get()
    hang_plate(text=text(plate), elevator=cast.elevator_foreign, by=BY, at=now())
    lines = {line.area.name_en: (line.in_use, line.hung) for line in coverage_lines(cast.city_regulator.actor())}
    assert lines == {"Gulou": (1, 0), "Jiangning": (2, 1)}
    assert [(line.in_use, line.hung) for line in coverage_lines(cast.own_manager.actor())] == [(1, 0)]
    client = cast.city_regulator.client(**EN)
    assert "1 of 3 elevators in use have a nameplate (33%)." in words(client.get("/elevators/plates/coverage/"))
    without = client.get("/elevators/", {"nameplate": "false", "registration_state": "IN_USE"}).content.decode()
    assert str(cast.elevator_own.public_id) in without and str(cast.elevator_foreign.public_id) not in without


def test_scans_of_bad_plates_are_named_to_those_who_supervise_the_place_and_nobody_else(cast):
    plate = order(elevators=[cast.elevator_own], count=0).plates.get()
    hang_plate(text=text(plate), elevator=cast.elevator_own, by=BY, at=now())
    void_plate(plate=plate, reason="stolen", by=BY, at=now())
    number = PlateCity.objects.get(area=plate.city).number
    for _time in range(3):
        count_scan(verdict=ScanVerdict.VOID, city=number, code=plate.code, issue=plate.issue, at=now())
    count_scan(verdict=ScanVerdict.FORGED, city="", code="", issue=0, at=now())
    count_scan(verdict=ScanVerdict.UNKNOWN, city="990001", code="000001", issue=1, at=now())
    client = cast.city_regulator.client(**EN)
    page = words(client.get("/elevators/plates/scans/"))
    assert (
        "4 scans in 30 days" in page and str(plate) in page and "18 Sample Road, own" in page and "000001" not in page
    )
    home = words(client.get("/"))
    assert "cans of bad nameplates" in home
    # the district: what hung on its elevators; not what names no elevator, not its neighbour's
    here, there = cast.district_regulator.client(**EN), cast.other_district_regulator.client(**EN)
    page = words(here.get("/elevators/plates/scans/"))
    assert "3 scans in 30 days" in page and str(plate) in page and "18 Sample Road, own" in page
    assert "cans of bad nameplates" in words(here.get("/"))
    assert "cans of bad nameplates" in words(here.get("/elevators/plates/"))
    page = words(there.get("/elevators/plates/scans/"))
    assert "0 scans in 30 days" in page and str(plate) not in page
    found = here.get("/api/v1/registry/plate-scans/").json()["results"]
    assert [(row["code"], row["count"]) for row in found] == [(plate.code, 3)]
    assert "cans of bad nameplates" not in words(cast.own_manager.client(**EN).get("/elevators/plates/"))


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_a_fixed_number_of_questions(cast, rows, django_assert_num_queries):
    order(elevators=[make_elevator(area_code=GULOU) for _n in range(rows)], count=0)
    client = cast.city_regulator.client()
    client.get("/elevators/plates/")
    with django_assert_num_queries(LIST_QUERIES):
        client.get("/elevators/plates/")
    with django_assert_num_queries(ORDER_QUERIES):
        client.get("/elevators/plates/orders/")


LIST_QUERIES, ORDER_QUERIES = 3, 3


def test_how_far_two_places_are_apart():
    assert metres_between((0, 0), (0, 1)) == pytest.approx(111_195, abs=1)
    assert metres_between((Decimal("32.06"), Decimal("118.78")), (32.06, 118.78)) == 0
    assert metres_between((90, 0), (-90, 0)) == pytest.approx(20_015_115, abs=1)


# --- REST ---------------------------------------------------------------------------------------------------------------


def test_rest_orders_hangs_and_voids(cast):
    client = cast.city_regulator.client(**EN)

    def post(path, body, key):
        return client.post(
            f"/api/v1/registry/{path}", body, "application/json", headers={"Idempotency-Key": f"rest-{key}-key"}
        )

    both = {"city": NANJING, "layout": "a4-2x5", "count": 1, "elevators": [str(cast.elevator_own.public_id)]}
    assert post("plate-orders/", both, "both").json()["code"] == "bad-plate-order"
    assert post("plate-orders/", both | {"state": "VOID"}, "extra").status_code == 400
    made = post("plate-orders/", {name: both[name] for name in ("city", "layout", "elevators")}, "made")
    assert made.status_code == 201 and made.json()["state"] == "QUEUED"
    assert client.get(f"{made['Location']}sheets/").json()["code"] == "sheets-not-ready"
    plate = Nameplate.objects.get()
    photo = client.post("/api/v1/attachments/", {"file": picture()}).json()["id"]
    body = {"text": text(plate), "photo": photo, "latitude": "32.061", "longitude": "118.767", "accuracy_m": 9}
    half = {name: body[name] for name in ("text", "photo", "latitude")}
    assert post(f"elevators/{cast.elevator_own.public_id}/plates/", half, "half").status_code == 400
    hung = post(f"elevators/{cast.elevator_own.public_id}/plates/", body, "hang")
    assert (hung.status_code, hung.json()["state"], hung.json()["latitude"]) == (201, "BOUND", "32.061000")
    again = post(f"elevators/{cast.elevator_own.public_id}/plates/", body, "hang")
    assert again.content == hung.content and again["Idempotency-Replayed"] == "true"
    assert text(plate)[-12:] not in client.get("/api/v1/registry/plates/").content.decode(), "it would print another"
    void = post(f"plates/{plate.public_id}/void/", {"reason": "stolen"}, "void")
    assert (void.json()["state"], void.json()["void_reason"]) == ("VOID", "stolen")
    assert client.get("/api/v1/registry/plate-coverage/").json() == []
