"""The officer's day on a phone: one site, one thing wrong, sent twice."""

import pytest

from compliance.models import DutyFinding, DutyRecord, Hazard
from tests.browser.conftest import PHONE
from tests.compliance.duties.conftest import day, make_stage

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


def test_what_the_director_wrote_survives_a_closed_page_and_is_filed_once(visit, city):
    stage = make_stage(city)
    them = visit(stage.director.user, size=PHONE)
    address = f"/due/duties/{stage.unit.public_id}/review/"
    them.open(address)
    card = them.page.locator("details.check").nth(1)
    card.get_by_text("Something is wrong").click()
    assert them.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.get_by_label("This is not right").check()
    card.get_by_label("What was found").fill("one key is missing")
    card.get_by_label("Who mends it").fill("the keeper of keys")
    card.get_by_label("Until when").fill(day(3).isoformat())
    them.page.get_by_label("What was looked at this week").fill("keys, visits")
    them.open(address)  # a call, a lift without signal: the page is gone and opened again
    them.page.get_by_text("Back from this device").wait_for()
    assert card.get_by_label("What was found").input_value() == "one key is missing"
    for label in ("Risks, and what follows", "Maintenance: visits seen", "Plan for next week"):
        them.page.get_by_label(label).fill("nothing")
    them.page.get_by_role("button", name="File the review").click()
    them.page.wait_for_url("**/records/**")
    finding = DutyFinding.objects.get()
    assert (finding.remark, finding.mender, finding.mend_by) == ("one key is missing", "the keeper of keys", day(3))
    assert them.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []
    assert them.faults == []
