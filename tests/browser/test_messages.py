"""Messages in a real browser: by keyboard, without script, on a phone; what a unit's administrator sees of a webhook."""

import os

import pytest
from playwright.sync_api import expect

from common.actor import system
from common.clock import now
from common.messages import webhooks
from common.messages.actions import person, queue_message
from common.messages.kinds import DIGEST
from common.models import Delivery, Message
from tests.browser.conftest import PHONE
from tests.browser.test_layout import STICKING_OUT, TOO_SMALL

pytestmark = pytest.mark.browser
BY = system("tests")


def tell(player, count: int) -> None:
    for number in range(1, count + 1):
        queue_message(
            to=person(player.user.public_id),
            kind=DIGEST,
            params={"count": number},
            link="/elevators/",
            emergency=number == 1,
            key=f"k{number}",
            by=BY,
            at=now(),
        )


def test_messages_are_read_by_keyboard(visit, cast):
    tell(cast.own_manager, 3)
    them = visit(cast.own_manager.user)
    page = them.page
    them.open("/")
    expect(page.locator(".nav .count")).to_have_text("3")
    page.locator(".nav").get_by_role("link", name="Messages").press("Enter")
    page.get_by_role("button", name="Open: New messages: 3").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Elevators")
    expect(page.locator(".nav .count")).to_have_text("2")
    them.open("/messages/")
    page.get_by_role("button", name="Mark all as read").press("Enter")
    expect(page.locator(".nav .count")).to_have_count(0)
    assert Message.objects.unread().count() == 0
    assert them.faults == []


def test_messages_and_preferences_without_script_on_a_phone(visit, cast):
    tell(cast.own_manager, 2)
    them = visit(cast.own_manager.user, size=PHONE, java_script_enabled=False)
    page = them.page
    them.open("/messages/")
    page.get_by_role("button", name="Open: New messages: 2").click()
    assert them.path == "/elevators/"
    them.open("/messages/preferences/")
    page.get_by_label("Daily summary").select_option("8")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("What waits already goes as it was planned.")


@pytest.mark.parametrize("language", ["zh-hans", pytest.param("en", marks=pytest.mark.long)])
def test_no_page_of_messages_scrolls_sideways(visit, cast, language):
    tell(cast.unit_admin, 3)
    address = f"https://{'programme-of-the-unit' * 6}.example.org/{'in' * 60}"
    shown = webhooks.create_endpoint(
        unit_id=cast.unit_a.pk, name="名称很长的物业管理程序" * 5, url=address, groups=["ALERT"], by=BY, at=now()
    )
    webhooks.try_endpoint(endpoint=shown.endpoint, by=BY, at=now())
    Delivery.objects.update(state="GIVEN_UP", reason="forbidden-address", status_code=503, ended_at=now())
    webhook = f"/messages/webhooks/{shown.endpoint.public_id}/"
    for size in (PHONE, (768, 1024), (1440, 900)):
        them = visit(cast.unit_admin.user, size=size, language=language)
        for path in ("/messages/", "/messages/preferences/", "/messages/deliveries/", "/messages/webhooks/", webhook):
            them.open(path)
            assert them.page.evaluate(STICKING_OUT) == [], f"{path} at {size}"
            assert size != PHONE or them.page.evaluate(TOO_SMALL) == [], path
            if language == "zh-hans" and (folder := os.environ.get("SHOTS")):
                them.page.screenshot(
                    path=f"{folder}/{path.strip('/').replace('/', '-')[:20]}-{size[0]}.png", full_page=True
                )
        them.open("/calendar/?year=2026")
        assert them.page.evaluate(STICKING_OUT) == []
        assert them.faults == []
