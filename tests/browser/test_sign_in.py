"""Coming in and going out, by hand."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from accounts.rules.second_factor import code_at
from common.clock import now
from tests.factories.make import PASSWORD

pytestmark = pytest.mark.browser


def test_sign_in_by_hand_and_out_again(visit, cast):
    user = cast.own_manager.user
    user.set_password(PASSWORD)
    user.save()
    them = visit(size=(390, 844), has_touch=True)
    them.open("/elevators/")
    assert them.path == "/accounts/sign-in/?next=/elevators/"

    them.page.get_by_label("Sign-in name").fill(user.username)
    them.page.get_by_label("Password").fill("not-the-password")
    them.page.get_by_role("button", name="Sign in").click()
    alert = them.page.get_by_role("alert")
    expect(alert).to_contain_text("You are not signed in")
    expect(alert).to_contain_text("Sign-in name and password do not belong together")
    expect(them.page.get_by_label("Sign-in name")).to_have_value(user.username)
    assert ["422" in fault for fault in them.faults] == [True]  # the answer itself, and nothing else
    them.faults.clear()

    them.page.get_by_label("Password").fill(PASSWORD)
    them.page.get_by_label("Password").press("Enter")
    expect(them.page.get_by_role("heading", level=1)).to_have_text("Elevators")
    assert them.path == "/elevators/"

    them.page.locator(".tools summary").click()
    them.page.get_by_role("button", name="Sign out").click()
    expect(them.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    them.open("/elevators/")
    assert them.path == "/accounts/sign-in/?next=/elevators/"
    assert them.faults == []


def test_an_officer_sets_up_an_app_by_hand_and_signs_in_with_it(visit, cast):
    """With the keyboard alone; the picture loads under the page's policy."""
    user = cast.city_regulator.user
    user.set_password(PASSWORD)
    user.save()
    them = visit(size=(390, 844), has_touch=True)
    page = them.page

    def type_password():
        them.open("/accounts/sign-in/?next=/elevators/")
        page.get_by_label("Sign-in name").fill(user.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Password").press("Enter")

    type_password()
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("Present password").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up the second factor")
    assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 0
    secret = page.locator(".code code").inner_text().replace(" ", "").replace("\u2009", "")
    before = now() - dt.timedelta(seconds=30)  # so that the code of now is still good afterwards
    page.get_by_label("Verification code").fill(code_at(secret, before))
    page.get_by_label("Verification code").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    expect(page.locator(".recovery-codes li")).to_have_count(10)

    them.context.clear_cookies()
    them.speak("en")
    type_password()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in: second step")
    expect(page.get_by_label("Verification code")).to_be_focused()
    page.keyboard.type(code_at(secret, now()))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Elevators")
    assert them.path == "/elevators/"
    assert them.faults == []
