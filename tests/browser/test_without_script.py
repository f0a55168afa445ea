"""JavaScript is off: slower, but nothing is out of reach."""

import pytest
from playwright.sync_api import expect

from registry.models import Elevator
from tests.factories.make import PASSWORD

pytestmark = pytest.mark.browser


def test_a_day_without_script(visit, city):
    user = city.own_manager.user
    user.set_password(PASSWORD)
    user.save()
    them = visit(java_script_enabled=False)
    page, heading = them.page, them.page.get_by_role("heading", level=1)
    them.open("/")
    page.get_by_label("Sign-in name").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(heading).to_have_text("Home")

    page.locator(".nav").get_by_role("link", name="Elevators").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_label("Class").select_option("3110")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator(".chip")).to_have_count(1)
    page.locator("tbody a", has_text="200417").click()
    expect(page.locator("button.copy:visible")).to_have_count(0)

    page.get_by_role("link", name="Change details").click()
    page.locator("#id_building").fill("Annex without script")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.locator("#messages")).to_contain_text("The details are saved.")
    assert Elevator.objects.get(rescue_code="200417").building == "Annex without script"

    page.locator("a.keys-link").click()
    expect(page.locator("dialog#keys")).to_be_visible()
    page.locator("dialog#keys").get_by_role("link", name="Close").click()
    expect(page.locator("dialog#keys")).to_be_hidden()

    page.locator(".tools summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(heading).to_have_text("Sign in")
