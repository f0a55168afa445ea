"""A dispatcher's hands stay on the keys."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_keys_search_help_rows_and_back(visit, city):
    them = visit(city.dispatcher.user)
    press = them.page.keyboard.press
    them.open("/elevators/")

    press("?")
    keys = them.page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    press("j")  # does nothing behind an open dialog
    assert them.page.locator("tr.is-selected").count() == 0
    press("Escape")
    expect(keys).to_be_hidden()

    press("/")
    search = them.page.locator("#search")
    expect(search).to_be_focused()
    press("?")  # is a letter here
    expect(search).to_have_value("?")
    expect(keys).to_be_hidden()
    press("Escape")
    expect(search).not_to_be_focused()

    hrefs = them.page.locator("tr[data-href]").evaluate_all("rows => rows.map(row => row.dataset.href)")
    assert len(hrefs) == 6
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        press(key)
        assert them.page.locator("tr.is-selected").get_attribute("data-href") == hrefs[row]
    press("Enter")
    them.page.wait_for_url(f"**{hrefs[1]}")
    press("Escape")  # one step back, up the breadcrumbs
    them.page.wait_for_url("**/elevators/")
    assert them.faults == []


def test_typing_a_rescue_code_opens_the_efile(visit, city):
    them = visit(city.dispatcher.user)
    them.open("/")
    them.page.keyboard.press("/")
    them.page.keyboard.type("200 417")
    them.page.keyboard.press("Enter")
    expect(them.page.locator(".page-header")).to_contain_text("云岫舟渡苑二期")
    assert them.page.title().startswith("200417")

    them.sign_in_as(city.stranger.user)
    them.open("/elevators/search/?q=200417")
    expect(them.page.locator("main")).to_contain_text("Nothing that you may see is called so.")
    assert them.faults == []


def test_tab_reaches_content_first_and_menu_closes_politely(visit, city):
    them = visit(city.dispatcher.user)
    them.open("/elevators/")
    them.page.keyboard.press("Tab")
    skip = them.page.locator("a.skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    them.page.keyboard.press("Enter")
    expect(them.page.locator("#main")).to_be_focused()

    summary = them.page.locator(".tools summary")
    summary.focus()
    them.page.keyboard.press("Enter")
    expect(them.page.get_by_role("button", name="Sign out")).to_be_visible()
    them.page.keyboard.press("Tab")
    expect(them.page.get_by_role("link", name="My account")).to_be_focused()
    them.page.keyboard.press("Escape")
    expect(them.page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(summary).to_be_focused()
