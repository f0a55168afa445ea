"""Coming in and going out, by hand."""

import pytest
from playwright.sync_api import expect

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
