"""Hazards in a real browser: every page fits and thumbs hit; a hazard is mended on a phone with its photograph."""

import datetime as dt
import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from common import clock
from common.actor import system
from common.attachments.store import store_attachment
from compliance.actions.hazards import change_grade, report_hazard, take_hazard_step
from compliance.models import Hazard
from registry.models import Elevator
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_layout import STICKING_OUT, TOO_SMALL
from tests.common.attachment_files import jpeg

pytestmark = pytest.mark.browser
LIST = "/due/hazards/"
WORDS = "三层层门门扇下部变形，关门时与门套刮擦，门扇与门套间隙约 9 毫米，用手可扳动；the lower panel is bent"


def make(elevator, item, *, days_ago=0, steps=(), photos=()) -> Hazard:
    by, at = system("tests"), clock.now()
    day = clock.today() - dt.timedelta(days=days_ago)
    hazard = report_hazard(
        elevator=elevator, item=item, details=WORDS, found_on=day, source="MAINTENANCE", by=by, at=at, photos=photos
    )
    for step in steps:
        take_hazard_step(hazard_id=hazard.pk, step=step, note="part is changed", by=by, at=at)
    return hazard


@pytest.fixture
def hazards(city, settings, tmp_path):
    """{state: hazard}: of each state one, one late, one repeated, one with a photograph."""
    settings.SEALED_DIR = tmp_path
    elevator = Elevator.objects.filter(rescue_code="200417").get()
    sent = SimpleUploadedFile("三层层门 before.jpg", jpeg())
    photo = store_attachment(sent, by=system("tests"), at=clock.now())
    made = {
        "found": make(elevator, "DOOR", photos=[photo]),
        "confirmed": make(elevator, "GB45067-5.6.5", steps=["confirm"]),
        "late": make(elevator, "CAR", days_ago=47, steps=["confirm"]),
        "claimed": make(elevator, "ALARM-DEAD", days_ago=3, steps=["confirm", "claim"]),
        "closed": make(elevator, "SHAFT", steps=["confirm", "claim"]),
    }
    take_hazard_step(hazard_id=made["closed"].pk, step="verify", note="looked", by=system("others"), at=clock.now())
    made["repeat"] = make(elevator, "SHAFT", steps=["confirm"])
    lower = {"grade": "GENERAL", "note": "no danger", "at": clock.now()}
    change_grade(hazard_id=made["claimed"].pk, by=system("officer"), **lower)
    return made


def photograph(page, name: str) -> None:
    """Where SHOTS names a folder, what somebody looks at."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def pages_of(hazards) -> dict[str, str]:
    one = {name: f"{LIST}{hazard.public_id}/" for name, hazard in hazards.items()}
    return {
        "list": LIST,
        "done": f"{LIST}?turn=done",
        "empty": f"{LIST}?turn=late&grade=MAJOR",
        "new": f"{LIST}new/?elevator=200417",
        "several": f"{LIST}?turn=verify",
        "steps": f"{LIST}steps/verify/?ids={hazards['claimed'].public_id}",
        "efile": f"/elevators/{hazards['found'].elevator.public_id}/",
        **{f"one-{name}": address for name, address in one.items()},
        **{f"step-{verb}": f"{one['found']}step/{verb}/" for verb in ("confirm", "reject", "grade", "extend")},
        **{f"step-{verb}": f"{one['claimed']}step/{verb}/" for verb in ("verify", "send_back")},
    }


@pytest.mark.long
@pytest.mark.parametrize("language", ("en", "zh-hans"))
@pytest.mark.parametrize("theme", ("light", "dark"))
def test_pages_fit_and_thumbs_hit(visit, city, hazards, language, theme):
    pages = pages_of(hazards)
    for size, touch in ((PHONE, True), (DESK, False)):
        them = visit(
            city.district_regulator.user,
            size=size,
            language=language,
            has_touch=touch,
            is_mobile=touch,
            color_scheme=theme,
        )
        for name, address in pages.items():
            them.open(address)
            photograph(them.page, f"{name}-{language}-{theme}-{size[0]}")
            assert them.page.evaluate(STICKING_OUT) == [], f"{name} at {size}"
            if touch:
                assert them.page.evaluate(TOO_SMALL) == [], name
        assert them.faults == []


def test_who_mends_says_so_on_the_phone_with_a_photograph(visit, city, hazards):
    hazard = hazards["late"]
    them = visit(city.maintainer.user, size=PHONE, has_touch=True, is_mobile=True)
    them.open(f"{LIST}{hazard.public_id}/")
    photograph(them.page, "mender-390")
    them.page.get_by_role("link", name="Say that it is mended").click()
    them.page.wait_for_url("**/step/claim/")
    photograph(them.page, "claim-390")
    them.page.get_by_label("Photographs").set_input_files(
        {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    them.page.get_by_role("button", name="It is mended").click()
    them.page.locator(".error-summary").wait_for()  # the words are missing; the photograph is kept
    photograph(them.page, "claim-error-390")
    them.page.get_by_label("Why, or what was done").fill("new rollers")
    them.page.get_by_role("button", name="It is mended").click()
    them.page.wait_for_url(f"**{LIST}{hazard.public_id}/")
    assert them.page.get_by_role("link", name="after.jpg").count() == 1
    hazard.refresh_from_db()
    assert hazard.state == "CLAIMED_FIXED"
    assert [fault for fault in them.faults if "422" not in fault] == []  # the refused form
