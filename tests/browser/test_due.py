"""What is due in a real browser: the unit's home, counts by area with a reminder, the calendar by keyboard and on a phone."""

import datetime as dt
import os

import pytest
from playwright.sync_api import expect

from common import clock
from common.jobs import claimable_ids, run
from compliance.actions import risk
from registry.models import Elevator
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_layout import STICKING_OUT, TOO_SMALL
from tests.factories.due import owe

pytestmark = pytest.mark.browser


@pytest.fixture
def due(city):
    """Late, due today, due soon, and twelve in the month after next."""
    today = clock.today()
    elevators = list(Elevator.objects.order_by("pk"))
    for place, days in enumerate((-40, -3, 0, 12, 25, -1)):
        owe([elevators[place]], due_on=today + dt.timedelta(days=days))
    risk.find_all_bands(at=clock.now())
    return city


def photograph(page, name: str) -> None:
    """Where SHOTS names a folder, what somebody looks at."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


PAGES = {
    "home": "/",
    "overdue": "/due/overdue/",
    "banded": "/elevators/?risk=RED",
    "units": "/due/overdue/?district=320106&area=320106001",
    "remind": "/due/overdue/remind/",
    "calendar": "/due/calendar/",
    "feeds": "/due/calendar/addresses/",
    "new": "/due/calendar/addresses/new/",
}


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "zh-hans"])
def test_pages_fit_and_thumbs_hit(visit, due, language):
    for size, touch in ((PHONE, True), (DESK, False)):
        for who, names in (("city_regulator", list(PAGES)), ("own_manager", ["home", "calendar"])):
            them = visit(getattr(due, who).user, size=size, language=language, has_touch=touch, is_mobile=touch)
            for name in names:
                them.open(PAGES[name])
                photograph(them.page, f"{name}-{who}-{language}-{size[0]}")
                assert them.page.evaluate(STICKING_OUT) == [], f"{name} at {size}"
                if touch:
                    assert them.page.evaluate(TOO_SMALL) == [], name
            assert them.faults == []


def test_pages_in_the_dark(visit, due):
    them = visit(due.city_regulator.user, color_scheme="dark")
    for name in ("home", "overdue", "calendar"):
        them.open(PAGES[name])
        photograph(them.page, f"dark-{name}")
    assert them.faults == []


def test_a_regulator_reminds_from_the_city_down_to_the_unit(visit, due):
    them = visit(due.city_regulator.user)
    page = them.page
    them.open("/due/overdue/?sort=label")
    page.get_by_role("link", name="Gulou").press("Enter")
    assert "district=320106" in them.path and "sort=label" in them.path
    page.get_by_role("link", name="Remind units").press("Enter")
    expect(page.locator("main")).to_contain_text("people who are told")
    photograph(page, "preview")
    page.get_by_role("button", name="Remind them").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reminders")
    for pk in claimable_ids(at=clock.now()):
        run(pk, at=clock.now())
    expect(page.locator("tbody")).to_contain_text("Using unit A")  # the page looks again by itself
    photograph(page, "reminders")
    them.open("/due/overdue/?district=320106&area=320106001")
    expect(page.locator("tbody")).to_contain_text("reminded just now")
    assert them.faults == []


def test_the_calendar_is_walked_by_arrow_keys(visit, due):
    day = (clock.today().replace(day=1) + dt.timedelta(days=70)).replace(day=8)
    elevators = list(Elevator.objects.order_by("pk"))
    for place, days in enumerate((0, 1, 7)):
        owe([elevators[place]], due_on=day + dt.timedelta(days=days))
    them = visit(due.city_regulator.user)
    page = them.page
    them.open(f"/due/calendar/?month={day:%Y-%m}")
    links = page.locator("[data-calendar] a")
    assert links.count() == 3
    links.first.focus()
    for key, place in (("ArrowRight", 1), ("ArrowLeft", 0), ("ArrowDown", 2), ("ArrowUp", 0), ("ArrowUp", 0)):
        page.keyboard.press(key)
        expect(links.nth(place)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{them.base}/due/?on={day}")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert them.faults == []


def test_an_address_is_made_and_revoked_without_script_on_a_phone(visit, due):
    them = visit(due.own_manager.user, size=PHONE, java_script_enabled=False)
    page = them.page
    them.open("/due/calendar/addresses/")
    page.get_by_role("link", name="Make an address").first.click()
    page.locator("#id_name").fill("phone")
    page.get_by_role("button", name="Make the address").click()
    expect(page.locator(".panel code")).to_contain_text("/due/calendar/")
    photograph(page, "feed-made")
    page.get_by_role("link", name="Back to the addresses").click()
    expect(page.locator("tbody")).to_contain_text("never")
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("tbody")).to_contain_text("revoked")
    assert them.faults == []
