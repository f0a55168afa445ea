"""Who counts as one when tries are counted, and what a guesser can do about it: nothing by headers, addresses or company."""

import itertools
import json
import random
import uuid

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.queries import sign_in as queries
from common.actor import system
from common.clock import now
from common.proxies import client_network
from portal.throttles import BadPlateThrottle, PlateThrottle, seconds_to_wait
from registry.rules.plates import ALPHABET, MAC_LENGTH, Plate, Verdict, plate_text, read_text
from tests.factories.make import GULOU, client_for, give_second_factor, hold, make_elevator, make_user
from tests.registry.test_plates import hang, order
from tests.registry.test_plates import text as text_of_plate

BY = system("attack")
PASSWORD = "correct-horse-lantern"
SIGN_IN = "/accounts/sign-in/"


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    yield
    cache.clear()


def forged(number: int = 0) -> str:
    digits = "".join(ALPHABET[number >> shift & 31] for shift in range(0, 60, 5))
    return f"/e/320100-035302-001-01-{digits}"


# --- the public page ----------------------------------------------------------------------------------------------------


def test_what_stands_left_in_x_forwarded_for_makes_nobody_new(db, settings, tried):
    settings.TRUSTED_PROXIES = 1
    statuses = [
        Client(headers={"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.9"}).get(forged(n)).status_code
        for n in range(60)
    ]
    assert (statuses.count(404), statuses.count(429)) == (30, 30)
    tried("addresses spoofed against the limit", 60)


@pytest.mark.long
@pytest.mark.parametrize("header", ["X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP"])
def test_no_other_header_makes_somebody_new_either(db, header, tried):
    statuses = [Client(headers={header: f"198.51.100.{n}"}).get(forged(n)).status_code for n in range(40)]
    assert statuses.count(429) == 10
    tried("addresses spoofed against the limit", 40)


def test_a_household_of_ipv6_is_one_place(db, tried):
    statuses = [Client().get(forged(n), REMOTE_ADDR=f"2001:db8:7:1::{n + 1:x}").status_code for n in range(60)]
    assert statuses.count(429) == 30
    tried("addresses spoofed against the limit", 60)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:7:1:aaaa:bbbb:cccc:dddd", "2001:db8:7:1::"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_networks(rf, address, network):
    assert client_network(rf.get("/", REMOTE_ADDR=address)) == network


def test_a_city_of_riders_does_not_make_the_guesser_forgotten(rf, tried):
    """Counts lie in a cache that throws something away when it is full."""

    def asks(throttle, address):
        return seconds_to_wait(throttle, rf.get("/e/x", REMOTE_ADDR=address)) == 0

    assert all(asks(BadPlateThrottle(), "203.0.113.9") for _ in range(30))
    assert all(asks(PlateThrottle(), f"10.0.{n // 200}.{n % 200}") for n in range(2000))
    assert not asks(BadPlateThrottle(), "203.0.113.9")
    tried("addresses spoofed against the limit", 2000)


@pytest.mark.long
def test_a_million_guesses_at_one_plate(tried):
    """By the rule itself, as the limits let nobody try so often."""
    keys, source, tries = {"01": b"x" * 32, "02": b"y" * 32}, random.Random(20261124), 1_000_000
    start = plate_text(Plate("320100", "035302", 1, "01"), keys["01"])[:-MAC_LENGTH]
    choose, forged = source.choices, 0
    for _guess in range(tries):
        forged += read_text(start + "".join(choose(ALPHABET, k=MAC_LENGTH)), keys).verdict is Verdict.FORGED
    assert forged == tries
    tried("MAC guesses", tries)


@pytest.mark.long
def test_every_neighbour_of_a_good_plate_is_forged(tried):
    """One letter of the text, the city, the number, the issue or the key changed: nothing of it is signed."""
    keys = {"01": b"x" * 32, "02": b"y" * 32}
    good, tries = plate_text(Plate("320100", "035302", 1, "01"), keys["01"]), 0
    for place, letter in itertools.product(range(len(good)), ALPHABET):
        if good[place] in ("-", letter):
            continue
        tries += 1
        assert read_text(good[:place] + letter + good[place + 1 :], keys).verdict is not Verdict.VALID
    tried("MAC guesses", tries)


@pytest.fixture
def address(db):
    elevator = make_elevator(area_code=GULOU, rescue_code=None)
    plate = order(count=1).plates.get()
    hang(plate, elevator)
    return "/e/" + text_of_plate(plate)


ODD = [
    "",
    "*/*",
    "text/html;q=0",
    "application/json;q=0",
    "a" * 9000,
    ",;,;=",
    "text/html, application/json",
    "\u00fc",
    "../..",
]


LANGUAGES = ['en"><script>', "../../etc", "en\r\nX: y", "zh-hans\0", "xx", "e" * 5000, "%s%n"]
HOSTS = ["Host", "X-Forwarded-Host", "X-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded"]


@pytest.mark.long
def test_odd_requests_are_answered_poison_no_cache_and_name_no_host(address, tried):
    """One plate for all of it: a plate of stock costs a second."""
    tries = 0
    for said, name in itertools.product(
        ODD, ("Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range")
    ):
        answer, tries = Client(headers={name: said}).get(address), tries + 1
        assert answer.status_code == 200, name
        assert answer["Cache-Control"] == "no-store" and {"Accept", "Cookie"} <= set(answer["Vary"].split(", "))
    for words in LANGUAGES:
        answer, tries = Client().get(address, {"lang": words}), tries + 1
        assert answer.status_code in (200, 400)
        assert "<script>" not in answer.content.decode()
        assert answer.headers.get("Content-Language", "en") in ("en", "zh-hans")
    for name, path in itertools.product(HOSTS, (address, "/e/", SIGN_IN, "/e/?code=035302")):
        answer, tries = Client(headers={name: "evil.example"}).get(path), tries + 1
        assert answer.status_code == 400 if name == "Host" else answer.status_code < 400
        assert "evil.example" not in answer.content.decode() + answer.get("Location", "")
    tried("odd headers and languages at the public page", tries)


@pytest.mark.parametrize(
    "code", ["//evil.example", "\\\\evil.example", "/\\evil.example", "https:evil.example", "..", "%2F%2Fevil"]
)
def test_typing_a_code_leads_to_no_other_house(db, code):
    there = Client().get("/e/", {"code": code}).get("Location", "/e/")
    assert there.startswith("/e/") and "//" not in there


# --- signing in ----------------------------------------------------------------------------------------------------------


def sign_in(name, password, address, client=None):
    data = {"username": name, "password": password}
    return (client or Client()).post(SIGN_IN, data, REMOTE_ADDR=address).status_code


def guess(name, tries) -> list[int]:
    return [sign_in(name, f"wrong-{n}", f"198.18.{n // 200}.{n % 200}") for n in range(tries)]


@pytest.mark.long
def test_a_name_guessed_at_from_everywhere_lets_in_who_was_there_before_and_nobody_new(db, tried):
    """One try from each of many addresses: each alone stays below the lock of an address."""
    make_user("wang", password=PASSWORD)
    assert sign_in("wang", PASSWORD, "192.0.2.1") == 302
    statuses = guess("wang", 60)
    assert (statuses.count(422), statuses.count(429)) == (50, 10)
    assert sign_in("wang", PASSWORD, "198.19.0.1") == 429
    assert sign_in("wang", PASSWORD, "192.0.2.1") == 302
    tried("password guesses until no place lets more in", 50)


@pytest.mark.parametrize("name", ["wang", "nosuch"])
def test_whether_or_not_somebody_has_the_name(db, monkeypatch, name):
    monkeypatch.setattr(queries, "MOST_EVERYWHERE", 6)
    make_user("wang", password=PASSWORD)
    assert guess(name, 8) == [422] * 6 + [429] * 2


def test_one_household_of_ipv6_has_five_tries(db, tried):
    make_user("wang", password=PASSWORD)
    statuses = [sign_in("wang", "wrong", f"2001:db8:7:1::{n + 1:x}") for n in range(8)]
    assert statuses == [422] * 4 + [429] * 4
    tried("password guesses until the lock of one place", 5)


def test_who_only_knows_the_password_gets_no_kept_answer_over_rest(cast):
    """A request sent once with both factors; then the same key and body in a session that still owes the code."""
    person = make_user("boss", password=PASSWORD)
    hold(person, "CITY_REGULATOR", area_code="320100")
    give_second_factor(person)
    path = f"/api/v1/registry/elevators/{cast.elevator_own.public_id}/climate/"
    sent = {
        "data": json.dumps({"measured_at": now().isoformat(), "temperature": "21.5"}),
        "content_type": "application/json",
        "headers": {"Idempotency-Key": str(uuid.uuid4())},
    }
    assert client_for(person).post(path, **sent).status_code == 201
    half = Client()
    assert sign_in("boss", PASSWORD, "127.0.0.1", half) == 302
    answer = half.post(path, **sent)
    assert (answer.status_code, answer.json()["code"]) == (403, "second-factor-required")
    assert "Idempotency-Replayed" not in answer
