"""The box on every page: suggestions while typing, by keyboard and by touch; the page of results without any script."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser


def test_suggestions_come_while_typing_and_are_walked_by_keyboard(visit, city):
    them = visit(city.dispatcher.user)
    page = them.page
    them.open("/elevators/")
    page.keyboard.press("/")
    page.keyboard.type("云岫")
    options = page.locator("#suggestions [role=option]")
    expect(options.first).to_be_visible()
    box = page.locator("#search")
    expect(box).to_have_attribute("aria-expanded", "true")

    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    page.keyboard.press("ArrowUp")  # before the first is the box
    assert box.get_attribute("aria-activedescendant") is None
    expect(box).to_be_focused()

    page.keyboard.press("Escape")  # closes the list, stays in the box
    expect(options.first).to_be_hidden()
    expect(box).to_be_focused()
    page.keyboard.press("Escape")  # leaves it
    expect(box).not_to_be_focused()

    page.keyboard.press("/")
    page.keyboard.type("yunxiu")  # "/" has chosen the old text
    expect(page.locator("#suggestions")).to_contain_text("云岫舟渡苑二期")
    page.keyboard.press("ArrowDown")
    address = options.first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")

    page.keyboard.press("/")
    page.keyboard.type("云岫")
    expect(options.first).to_be_visible()
    page.keyboard.press("Enter")  # nothing chosen: the whole page
    page.wait_for_url("**/elevators/search/?q=*")
    expect(page.locator("main")).to_contain_text("云岫舟渡苑二期")
    assert them.faults == []


def test_page_of_results_without_script_and_on_a_phone(visit, city):
    them = visit(city.dispatcher.user, size=PHONE, java_script_enabled=False)
    them.open("/elevators/")
    them.page.locator("#search").fill("yxzd")
    them.page.locator("#search").press("Enter")
    expect(them.page.locator("main")).to_contain_text("云岫舟渡苑二期")
    assert them.faults == []
