"""Publishing income: a look at the elevators first, on a phone, with the script that stops second clicks and without any."""

import pytest

from registry.models import Disclosure, Elevator
from tests.browser.conftest import PHONE
from tests.browser.test_layout import STICKING_OUT, TOO_SMALL

pytestmark = pytest.mark.browser

TYPED = {"period_from": "2025-01-01", "period_until": "2025-12-31", "income": "1200"}
COSTS = ("maintenance", "repair", "inspection", "insurance", "other")


@pytest.mark.parametrize("script", [True, False], ids=["script", "without"])
def test_somebody_looks_takes_the_site_away_looks_again_and_publishes(visit, city, script):
    one = Elevator.objects.get(rescue_code="200417")
    them = visit(city.own_manager.user, size=PHONE, java_script_enabled=script)
    page = them.page
    them.open(f"/elevators/{one.public_id}/income/publish/")
    for name, value in {**TYPED, **dict.fromkeys(COSTS, "10.50")}.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Look at what will be published").click()
    page.get_by_role("heading", name="For 2 elevators").wait_for()
    if script:
        assert (page.evaluate(STICKING_OUT), page.evaluate(TOO_SMALL)) == ([], [])
    page.get_by_role("button", name="Change the entries").click()
    page.get_by_label("For all of our elevators").uncheck()
    page.get_by_role("button", name="Look at what will be published").click()
    page.get_by_role("heading", name="For 1 elevator").wait_for()
    page.get_by_role("button", name="Publish it for 1 elevator").click()
    page.get_by_text("Published for 1 elevator.").wait_for()
    row = Disclosure.objects.get()
    assert (row.elevator, row.site, row.income, row.costs) == (one, None, 120_000, 5_250)
    assert them.faults == []
