"""Secrets and numbers of people sent through the platform's pages as their owners do, then looked for wherever they may lie."""

import base64
import io
import json
import logging
import re
import subprocess
import uuid

import pytest
import structlog
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from accounts.models import ApiClient, OpenSession, SecondFactor, User
from accounts.rules.second_factor import code_at
from common.clock import now
from stack import postgres
from tests.factories.cast import make_cast
from tests.factories.make import GULOU, hold, make_user
from tests.factories.registrations import attachment

pytestmark = pytest.mark.django_db(transaction=True)

PHONE, NEW_PHONE, FOUND = "19900004401", "19900004402", "19900004403"
PASSWORD, CHOSEN, WRONG, TEMPORARY = (
    "kite-74-lantern-moss",
    "reed-91-harbour-oak",
    "wrong-55-guess-elm",
    "abcd-efgh-jkmn-pqr7",
)


def id_number() -> str:
    from common.personal.kinds import id_check_character

    body = "10000019880202044"
    return body + id_check_character(body)


@pytest.fixture
def log(monkeypatch):
    """What the platform's own handler writes, at the level of production."""
    out, root = io.StringIO(), logging.getLogger()
    ours = next((each.formatter for each in root.handlers if type(each) is logging.StreamHandler), None)
    copy = logging.StreamHandler(out)
    copy.setFormatter(ours)
    monkeypatch.setattr(root, "handlers", [copy])
    level = root.level
    root.setLevel(logging.INFO)  # not the attribute alone: loggers remember what they may say
    yield out
    root.setLevel(level)


def post(client, path, **data):
    return client.post(path, {"idempotency_key": str(uuid.uuid4())} | data)


def sign_in(client, name, password):
    return client.post("/accounts/sign-in/", {"username": name, "password": password})


class Story:
    """Half a day of administrators, a newcomer and a program; `secrets` {what: text} are all that nobody else may learn."""

    def __init__(self, cast):
        self.cast, self.secrets, self.statuses = cast, {}, []
        self.keep(password=PASSWORD, chosen=CHOSEN, wrong=WRONG, temporary=TEMPORARY)
        self.keep(phone=PHONE, new_phone=NEW_PHONE, found=FOUND, id_number=id_number())
        for step in (self.newcomer, self.joining, self.numbers, self.program, self.mistakes, self.ending):
            step()

    def keep(self, **secrets):
        self.secrets |= secrets

    def newcomer(self):
        """A regulator signs in with what an administrator set, chooses, sets up an app, uses a recovery code."""
        person = make_user("newcomer", password=PASSWORD, must_change_password=True)
        hold(person, "DISTRICT_REGULATOR", area_code=GULOU)
        client = Client()
        sign_in(client, "newcomer", WRONG)
        sign_in(client, "newcomer", PASSWORD)
        post(client, "/accounts/me/password/", old_password=WRONG, password=CHOSEN, password_again=CHOSEN)
        changed = post(client, "/accounts/me/password/", old_password=PASSWORD, password=CHOSEN, password_again=CHOSEN)
        assert changed.status_code == 302
        assert post(client, "/accounts/me/second-factor/", password=CHOSEN).status_code == 302
        secret = SecondFactor.objects.get(user=person).secret.reveal()
        self.keep(totp=secret)
        client.get("/accounts/me/second-factor/confirm/")
        post(client, "/accounts/me/second-factor/confirm/", code="000000")
        page = post(client, "/accounts/me/second-factor/confirm/", code=code_at(secret, now())).content.decode()
        codes = re.findall(r"<code>((?:[a-z0-9]{4}-){3}[a-z0-9]{4})</code>", page)
        assert len(set(codes)) >= 10
        self.keep(**{f"recovery {n}": code for n, code in enumerate(codes)})
        again = Client()
        sign_in(again, "newcomer", CHOSEN)
        assert post(again, "/accounts/sign-in/code/", code=codes[0]).status_code == 302
        assert again.get("/elevators/").status_code == 200
        self.keep(session=again.session.session_key)

    def joining(self):
        """A unit invites somebody; the link is followed twice and once in vain."""
        unit, admin = self.cast.unit_a, self.cast.unit_admin.client()
        page = post(
            admin, f"/accounts/units/{unit.public_id}/invite/", display_name="Lin", phone=PHONE, role="UNIT_VIEWER"
        )
        link = re.search(r"/accounts/join/([^/<\"]{20,})/", page.content.decode())[1]
        self.keep(invitation=link)
        browser = Client()
        browser.get(f"/accounts/join/{link}/")
        for phone, password in ((NEW_PHONE, CHOSEN), (PHONE, WRONG[:4]), (PHONE, CHOSEN)):
            done = post(
                browser, "/accounts/join/", phone=phone, username="lin", password=password, password_again=password
            )
        assert done.status_code == 302
        Client().get(f"/accounts/join/{link}/")

    def numbers(self):
        """Numbers are written, refused, shown for a purpose, found."""
        admin, person = self.cast.unit_admin.client(), self.cast.colleague.user
        path = f"/accounts/people/{person.public_id}/details/"
        post(admin, path, phone=NEW_PHONE, id_number=self.secrets["id_number"], version=0)
        post(admin, path, phone=NEW_PHONE + "9" * 30, id_number="1" + self.secrets["id_number"], version=1)
        shown = post(admin, path + "reveal/", purpose="REACH")
        assert NEW_PHONE in shown.content.decode()
        assert post(admin, "/accounts/people/find/", number=NEW_PHONE).status_code == 302
        post(admin, "/accounts/people/find/", number=FOUND)
        admin.get("/accounts/people/", {"q": FOUND})
        person_page = f"/accounts/people/{self.cast.own_manager.user.public_id}/"
        post(self.cast.system_admin.client(), person_page + "password/", password=TEMPORARY)
        regulator = f"/accounts/people/{self.cast.city_regulator.user.public_id}/"
        post(self.cast.system_admin.client(), regulator + "password/", password=TEMPORARY)

    def program(self):
        """A machine is entered by who holds its right, gets a secret, fetches a token, uses it, sends it where it is foreign."""
        admin, unit = self.cast.stranger.client(), self.cast.unit_b
        sent = {
            "unit": str(unit.public_id),
            "name": "P",
            "permissions": ["registry.view_elevator"],
            "rate_per_minute": 60,
        }
        assert post(admin, "/accounts/machines/new/", **sent).status_code == 302
        machine = ApiClient.objects.get()
        page = post(admin, f"/accounts/machines/{machine.public_id}/secrets/new/").content.decode()
        secret = re.search(r"<code>(nes_[^<]+)</code>", page)[1]
        form = {"grant_type": "client_credentials", "client_id": machine.public_id, "client_secret": secret}
        body = "&".join(f"{name}={value}" for name, value in form.items())
        kind = "application/x-www-form-urlencoded"
        token = Client().post("/api/v1/oauth/token/", body, content_type=kind).json()["access_token"]
        self.keep(machine_secret=secret, token=token)
        Client().post("/api/v1/oauth/token/", body.replace("nes_", "nes_x"), content_type=kind)
        elevators = "/api/v1/registry/elevators/"
        assert Client().get(elevators, headers={"Authorization": f"Bearer {token}"}).status_code == 200
        Client().get(elevators, {"access_token": token}, headers={"Authorization": f"Bearer {token}"})
        Client().get(f"/api/v1/{token}/", headers={"Authorization": f"Bearer {token}x"})
        Client().post(f"/{secret}?{token}", {"x": token}, headers={"Referer": f"https://testserver/{token}"})

    def mistakes(self):
        """What breaks on our side breaks with all of it in its hands."""
        structlog.get_logger("tests").error("broken", exc_info=ValueError(self.secrets["phone"]))
        client = Client(raise_request_exception=False)
        logger = logging.getLogger("django.request")
        try:
            raise RuntimeError(self.secrets["token"])
        except RuntimeError:
            logger.error("Internal Server Error: %s", "/x/", exc_info=True)
        client.post("/api/v1/attachments/", json.dumps({"a": self.secrets["phone"]}), content_type="application/json")
        attachment(self.cast.own_manager.actor())

    def ending(self):
        assert User.objects.filter(username="lin").exists()


def spellings(text: str) -> set[str]:
    raw = {text, text.replace("-", ""), text.upper(), text.lower()}
    return {
        form
        for each in raw
        for form in (each, each.encode().hex(), base64.b64encode(each.encode()).decode().rstrip("="))
    }


def dump() -> str:
    place = connection.settings_dict
    answer = subprocess.run(
        [postgres.find_programs()["pg_dump"], place["NAME"]],
        env={f"PG{name}": str(place[name]) for name in ("HOST", "PORT", "USER", "PASSWORD")},
        capture_output=True,
        check=True,
    )
    return answer.stdout.decode()


def tables(text: str) -> dict[str, str]:
    """{table: its rows as pg_dump writes them}"""
    return {part.partition(" ")[0]: part.partition("\n\\.")[0] for part in text.split("\nCOPY public.")[1:]}


@pytest.mark.long
def test_no_secret_lies_anywhere_but_with_its_owner(settings, tmp_path, log, capfd, tried):
    settings.SEALED_DIR, settings.MEDIA_ROOT = tmp_path / "sealed", tmp_path / "media"
    story = Story(make_cast())
    places = tables(dump())
    assert {"accounts_user", "common_auditrecord", "common_job", "common_idempotencykey"} <= set(places)
    assert "newcomer" in places["accounts_user"] and places["accounts_personaldetails"].count("\n") >= 5
    places |= {
        "sessions opened": repr([row.get_decoded() for row in OpenSession.objects.all()]),
        "log": log.getvalue(),
        "standard output": "".join(capfd.readouterr()),
        "files": "".join(str(path) + path.read_bytes().hex() for path in tmp_path.rglob("*") if path.is_file()),
    }
    assert len(places["log"]) > 10_000 and "request" in places["log"]
    allowed = {("session", "accounts_opensession")}  # a session's key is the key of its row
    found = [
        (what, place)
        for what, secret in story.secrets.items()
        for place, text in places.items()
        if any(form in text for form in spellings(secret))
    ]
    assert [pair for pair in found if pair not in allowed] == []
    # the same search finds what is there to be found
    assert sum(any(form in text for form in spellings("newcomer")) for text in places.values()) >= 2
    assert str(django_settings.SECRET_KEY) not in "".join(places.values())
    tried("secrets × places searched", len(story.secrets) * len(places))
