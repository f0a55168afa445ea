"""The officer's day on a phone: one site, one thing wrong, sent twice."""

import pytest

from compliance.models import DutyRecord, Hazard
from tests.browser.conftest import PHONE
from tests.compliance.duties.conftest import make_stage

pytestmark = pytest.mark.browser


def test_the_officer_files_the_day_from_the_home_page(visit, city):
    stage = make_stage(city)
    them = visit(stage.officer.user, size=PHONE)
    them.open("/")
    them.page.get_by_role("link", name="today's check").first.click()
    them.page.get_by_role("link", name="Test gardens").click()
    them.page.get_by_text("Something is wrong").click()  # waits for the page; asked any sooner it may have no document
    assert them.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    them.page.get_by_label("the alarm in the car is not answered").check()
    them.page.get_by_role("button", name="File the check").click()
    assert "Say what you saw" in them.page.locator(".error-summary").inner_text()
    them.page.get_by_label("What you saw").fill("nobody answered for a minute")
    them.page.get_by_role("button", name="File the check").click()
    them.page.wait_for_url("**/today/")
    assert "1 finding" in them.page.locator(".stop").inner_text()
    assert (DutyRecord.objects.count(), Hazard.objects.get().item_id) == (1, "ALARM-DEAD")
    assert [fault for fault in them.faults if "422" not in fault] == []  # the refused form
