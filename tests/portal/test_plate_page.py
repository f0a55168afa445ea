"""What a rider gets who scans: the truth in two statements, no person, and an honest no for what is no plate."""

import json
import re
from urllib.parse import urlencode

import psycopg
import pytest
from django.test import Client

from common.actor import system
from common.clock import now
from registry import actions as registry
from registry.actions import plates as actions
from registry.models import PlateCity, PlateScan
from registry.queries.plates import text_of
from tests.factories.cast import SUBDISTRICT
from tests.factories.make import NANJING, area, client_for, make_elevator, make_unit

BY = system("tests")


@pytest.fixture(autouse=True)
def fresh_throttles():
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


def ordered(elevator=None) -> tuple:
    given = {"elevators": [elevator]} if elevator else {"count": 1}
    plate = actions.order_plates(city=area(NANJING), layout="a4-2x5", by=BY, at=now(), **given).plates.get()
    return plate, "/e/" + text_of(plate, PlateCity.objects.get(area=plate.city).number)


@pytest.fixture
def hung(db):
    """An elevator in use with its plate in the car, and the plate's address."""
    elevator = make_elevator(
        area_code=SUBDISTRICT,
        rescue_code="035302",
        using_unit=make_unit("Sample property"),
        building="3幢",
        address="18 Sample Road",
    )
    registry.set_registration_state(elevator_id=elevator.pk, state="IN_USE", reference="1", by=BY, at=now())
    plate, address = ordered(elevator)
    actions.hang_plate(text=address[3:], elevator=elevator, by=BY, at=now())
    return elevator, plate, address


@pytest.fixture
def statements(monkeypatch):
    """Every statement that goes to the server, Django's and prepared ones alike."""
    sent, execute = [], psycopg.Cursor.execute

    def counted(cursor, query, *args, **kwargs):
        sent.append(query)
        return execute(cursor, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    return sent


def test_a_rider_reads_status_place_and_who_answers_in_one_statement(hung, statements):
    _elevator, _plate, address = hung
    statements.clear()
    answer = Client().get(address)
    assert len(statements) == 1
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in ("In use", "035 302", "Sample property", "18 Sample Road 3幢", 'href="tel:96333"'):
        assert words in page
    assert len(answer.content) < 30_000
    assert "<script" not in page and "style=" not in page
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_the_same_facts_as_json_and_in_both_languages(hung):
    _elevator, _plate, address = hung
    answer = Client().get(address, headers={"accept": "application/json"})
    body = json.loads(answer.content)
    assert (body["status"], body["code"], body["using_unit"], body["alarm"]) == (
        "IN_USE", "035302", "Sample property", "tel:96333"
    )  # fmt: skip
    assert "在用" in Client().get(address + "?lang=zh-hans").content.decode()
    assert json.loads(Client().get(address + "?format=json").content) == body


def test_it_says_do_not_ride_when_sealed_or_out_of_use(hung):
    elevator, _plate, address = hung
    registry.set_flag(elevator_id=elevator.pk, kind="SEALED", reason="test", reference="1", by=BY, at=now())
    assert "Sealed by the regulator: do not ride" in Client().get(address).content.decode()


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"), 404, "This is not a genuine plate"),
        (lambda text: text.replace("-01-", "-99-"), 404, "This is not a genuine plate"),
        (lambda text: "nonsense", 404, "This is not the address of a plate"),
        (lambda text: "999999", 404, "No elevator here has this number"),
        (lambda text: "03530", 404, "it has six digits"),
        (lambda text: text.lower().replace("0", "O"), 200, "In use"),
        (lambda text: text + "/", 200, "In use"),
        (lambda text: "035302", 200, "In use"),
        (lambda text: "０３５-３０２", 200, "In use"),
    ],
)
def test_what_is_typed_or_forged_gets_an_honest_answer(hung, change, status, words):
    _elevator, _plate, address = hung
    answer = Client().get("/e/" + change(address[3:]))
    assert (answer.status_code, words in answer.content.decode()) == (status, True)
    assert 'href="tel:96333"' in answer.content.decode()


def test_what_was_typed_stays_to_be_mended_and_the_language_that_was_asked_for_too(hung):
    rider = Client()  # whose phone speaks neither
    asked = rider.get("/e/?code=03530 3&lang=zh-hans")
    assert asked["Location"] == "/e/035303?lang=zh-hans"
    page = rider.get(asked["Location"]).content.decode()
    assert 'value="035303"' in page and '<input type="hidden" name="lang" value="zh-hans">' in page
    assert "没有这个编号的电梯" in page
    assert "<script" not in rider.get("/e/<script>?lang=<script>").content.decode()


def test_a_number_that_names_no_elevator_is_not_called_its_code(hung):
    _elevator, _plate, address = hung
    assert "Code of this elevator" in Client().get(address).content.decode()
    _loose, its_address = ordered()
    page = Client().get(its_address).content.decode()
    assert "Number on this plate" in page and "Say where you are." in page
    assert "Code of this elevator" not in page and "Say the six digits" not in page


def test_whoever_is_at_work_finds_the_way_back(hung, cast):
    away, inside = Client().get("/e/999999"), client_for(cast.maintainer.user).get("/e/999999")
    assert 'href="/"' not in away.content.decode()
    assert '<a href="/">' in inside.content.decode()


def test_void_and_unhung_plates_say_so_and_bad_scans_are_counted_without_anybody(hung):
    elevator, plate, address = hung
    _loose, its_address = ordered()
    assert "This plate hangs nowhere yet" in Client().get(its_address).content.decode()
    actions.void_plate(plate=plate, reason="torn off", by=BY, at=now())
    gone = Client().get(address)
    assert (gone.status_code, "no longer valid" in gone.content.decode()) == (410, True)
    assert elevator.using_unit.name not in gone.content.decode()
    for _ in range(2):
        Client().get(address[:-1] + ("0" if address[-1] != "0" else "1"))
    counted = set(PlateScan.objects.values_list("verdict", "code", "count"))
    assert counted == {("VOID", "035302", 1), ("FORGED", "", 2)}


# --- the six digits: an elevator, not a plate -------------------------------------------------------------------------


def page_of(address: str) -> str:
    return " ".join(
        re.sub(r"<[^>]+>", " ", Client().get(address, headers={"accept-language": "en"}).content.decode()).split()
    )


def as_json(address: str) -> tuple:
    answer = Client().get(address, headers={"accept": "application/json", "accept-language": "en"})
    return answer.status_code, json.loads(answer.content)


NO_PLATE = "No valid plate hangs on this elevator. Answered from the number that was typed, not from a plate."
NOT_A_PLATE = "this does not say that the plate in the car is genuine"


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((), "In use"),
        (("OUT_OF_USE",), "Out of use: do not ride"),
        (("SCRAPPED",), "Scrapped: do not ride"),
        (("SCRAPPED", "DEREGISTERED"), "Registration cancelled: do not ride"),
    ],
)
def test_a_number_whose_elevator_has_no_valid_plate_tells_its_state_in_two_statements(hung, statements, states, status):
    elevator, plate, _address = hung
    for state in states:
        registry.set_registration_state(elevator_id=elevator.pk, state=state, reference="1", by=BY, at=now())
    actions.void_plate(plate=plate, reason="torn off", by=BY, at=now())
    statements.clear()
    page = page_of("/e/035302")
    assert len(statements) == 2
    assert status in page and NO_PLATE in page and "Sample property" in page and "18 Sample Road" in page
    assert page.index(status) < page.index(NO_PLATE) < page.index("Sample property")
    code, body = as_json("/e/035302")
    assert (code, body["plate"], body["answered_from"], body["note"]) == (200, "none", "number", NO_PLATE)
    assert body["status_words"] == status
    assert not PlateScan.objects.exists()


def test_a_number_says_that_it_vouches_for_no_plate(hung):
    _elevator, _plate, address = hung
    assert NOT_A_PLATE in page_of("/e/035302") and NOT_A_PLATE not in page_of(address)
    assert "answered_from" not in as_json(address)[1]
    forged = Client().get(address[:-1] + ("0" if address[-1] != "0" else "1")).content.decode()
    assert "This is not a genuine plate" in forged and "<form" not in forged


def test_a_number_in_a_drawer_a_withdrawn_elevator_and_another_city_name_no_elevator(hung):
    from accounts.models import Area
    from registry.models import Elevator

    loose, _its = ordered()
    foreign = Area.objects.create(code="US3651000", name="纽约", name_en="New York", kind="CITY", certainty="V1")
    Elevator.objects.filter(pk=make_elevator(area_code=NANJING, rescue_code="222222").pk).update(
        city=foreign, area=foreign
    )
    gone = make_elevator(area_code=NANJING, rescue_code="333333")
    Elevator.objects.filter(pk=gone.pk).update(registration_state="WITHDRAWN")
    for code in (loose.code, "222222", "333333"):
        assert "No elevator here has this number" in page_of(f"/e/{code}")
        assert as_json(f"/e/{code}")[0] == 404


def test_numbers_without_a_plate_are_limited_like_guesses(hung):
    elevator = make_elevator(area_code=SUBDISTRICT, rescue_code="444444")
    client = Client()
    statuses = [client.get(f"/e/{elevator.rescue_code}").status_code for _n in range(40)]
    assert set(statuses) == {200, 429} and statuses[-1] == 429


def test_a_void_plate_names_the_newer_one_only_where_it_hangs(hung, statements):
    elevator, _plate, address = hung
    newer, its_address = ordered(elevator)
    actions.hang_plate(text=its_address[3:], elevator=elevator, by=BY, at=now())
    assert "Look for the newer plate in the car." in page_of(address)
    actions.void_plate(plate=newer, reason="stolen", by=BY, at=now())
    statements.clear()
    gone = page_of(address)
    assert len([sent for sent in statements if b"SELECT" in bytes(str(sent), "utf8")]) == 1
    assert "no valid plate hangs on this elevator. Tell 96333." in gone and "newer plate" not in gone
    assert as_json(address)[1]["detail"].endswith("Tell 96333.")
    loose, never = ordered()
    actions.void_plate(plate=loose, reason="misprinted", by=BY, at=now())
    assert "before it hung on any elevator" in page_of(never)


def test_machines_get_the_status_that_people_get(hung):
    _elevator, plate, address = hung
    _loose, its_address = ordered()
    forged = address[:-1] + ("0" if address[-1] != "0" else "1")
    assert [as_json(there)[0] for there in (address, its_address, forged, "/e/999999", "/e/x", "/e/")] == [
        200, 200, 404, 404, 404, 400
    ]  # fmt: skip
    actions.void_plate(plate=plate, reason="torn off", by=BY, at=now())
    code, body = as_json(address)
    assert (code, body["status"], body["code"]) == (410, 410, "plate-void")
    answer = Client().get("/e/?format=json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_plate_signed_with_a_former_key_is_good_and_one_never_ordered_is_unknown(hung, settings):
    from registry.rules.plates import Plate, plate_text

    _elevator, _plate, address = hung
    settings.PLATE_KEYS = settings.PLATE_KEYS | {"02": b"a newer key of the tests, long enough"}
    assert Client().get(address).status_code == 200
    never = "/e/" + plate_text(Plate("320100", "777777", 1, "00"), settings.PLATE_KEYS["00"])
    answer = Client().get(never, headers={"accept": "application/json"})
    assert (answer.status_code, json.loads(answer.content)["code"]) == (404, "plate-unknown")
    assert PlateScan.objects.get().verdict == "UNKNOWN"


def test_guessers_are_slowed_down_and_good_plates_are_not(hung):
    _elevator, _plate, address = hung
    client = Client()
    answers = [client.get("/e/320100-035302-001-01-00000000000" + digit) for digit in "0123456789" * 4]
    assert {answer.status_code for answer in answers} == {404, 429}
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert "96333" in answers[-1].content.decode()
    assert client.get(address).status_code == 200


def test_those_at_work_come_to_the_e_file_and_strangers_to_the_public_page(cast):
    elevator = cast.elevator_own
    _plate, address = ordered(elevator)
    actions.hang_plate(text=address[3:], elevator=elevator, by=BY, at=now())
    file = f"/elevators/{elevator.public_id}/"
    for name in ("own_manager", "maintainer", "city_regulator"):
        assert cast.players[name].client().get(address)["Location"] == file
    assert cast.own_manager.client().get(address + "?public").status_code == 200
    page = cast.stranger.client().get(address)
    assert page.status_code == 200 and file not in page.content.decode()


def test_a_plate_from_the_drawer_opens_the_form_for_those_who_hang_and_the_public_page_for_others(cast):
    _stock, address = ordered()
    printed, of_own = ordered(cast.elevator_own)
    text = urlencode({"text": address[3:]})
    assert cast.own_manager.client().get(address)["Location"] == f"/elevators/plates/hang/?{text}"
    assert cast.colleague.client().get(address).status_code == 200
    form = f"/elevators/{cast.elevator_own.public_id}/plate/hang/?{urlencode({'text': of_own[3:]})}"
    assert cast.own_manager.client().get(of_own)["Location"] == form
    assert cast.stranger.client().get(of_own).status_code == 200
    actions.void_plate(plate=printed, reason="lost", by=BY, at=now())
    assert cast.own_manager.client().get(of_own)["Location"] == f"/elevators/plates/{printed.public_id}/"
    assert cast.stranger.client().get(of_own).status_code == 410


def test_the_scanner_page_takes_links_lines_and_nonsense(cast, settings):
    settings.PLATE_FORMER_HOSTS = ["old.example.cn"]
    client = cast.own_manager.client()
    _plate, address = ordered(cast.elevator_own)
    for typed in (
        f"testserver{address}",
        address,
        f"https://testserver{address}",
        f"http://OLD.example.cn{address}?x=1",
        address[3:],
    ):
        assert client.get("/scan/", {"text": typed})["Location"] == address
    nonsense = client.get("/scan/", {"text": "https://elsewhere.example/e/x"})["Location"]
    assert client.get(nonsense).status_code == 404
    page = client.get("/scan/")
    assert "'wasm-unsafe-eval'" in page["Content-Security-Policy"]
    assert (
        "unsafe-inline" not in page["Content-Security-Policy"]
        and "'unsafe-eval'" not in page["Content-Security-Policy"]
    )
    assert "wasm-unsafe-eval" not in client.get("/elevators/")["Content-Security-Policy"]


def test_typed_codes_and_the_check_file(db, settings):
    settings.WECHAT_CHECK_FILES = {"abc123.txt": "abc"}
    assert Client().get("/e/abc123.txt").content == b"abc"
    assert Client().get("/e/other.txt").status_code == 404
    assert Client().get("/e/?code=035 302")["Location"] == "/e/035302"
    assert Client().get("/e/", {"code": "testserver/e/320100-1-K7"})["Location"] == "/e/320100-1-K7"
    assert Client().get("/e/?code=/../x")["Location"] == "/e/..x"
    assert "Six digits on the plate" in Client().get("/e/").content.decode()
    assert Client().post("/e/").status_code == 405


def test_guesses_hit_nothing(tried):
    """By the rule itself, as the limits would let nobody try: 60 bits. The million: tests/attack/test_limits.py."""
    import random

    from registry.rules.plates import ALPHABET, Plate, Verdict, plate_text, read_text

    keys = {"01": b"x" * 32}
    right = plate_text(Plate("320100", "035302", 1, "01"), keys["01"])
    source = random.Random(7)
    guesses = ("".join(source.choices(ALPHABET, k=12)) for _ in range(20_000))
    assert all(read_text(right[:-12] + guess, keys).verdict is Verdict.FORGED for guess in guesses)
    tried("MAC guesses", 20_000)
