"""Applications in a real browser: a unit asks, the body appoints; pages fit and thumbs hit."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_due import photograph
from tests.browser.test_layout import STICKING_OUT, TOO_SMALL
from tests.factories.make import hold, make_user
from tests.factories.reports import LONG, make_body, make_inspector
from tests.inspection.test_application_pages import LATE, applied, owned

pytestmark = pytest.mark.browser
LIST = "/inspections/applications/"


class Manager:
    """The manager of a unit, as the makers of applications want one."""

    def __init__(self, player):
        self.user, self.actor = player.user, player.actor


@pytest.fixture
def stage(city):
    """A body with an office and an inspector; of unit A one to apply for, one late, one applied for."""
    body = make_body("云岫市特种设备监督检验研究院江北新区分院")
    office = make_user("office", display_name="检验办公室", created_at=LONG)
    hold(office, "INSPECTION_OFFICE", unit=body, started_at=LONG)
    inspector = make_inspector(body)
    for months in (11, LATE):
        owned(city.unit_a, months)
    rows = [applied(owned(city.unit_a), body, Manager(city.own_manager), contact="02583456789") for _ in range(2)]
    return city, office, inspector, rows


@pytest.mark.long
def test_pages_of_both_sides_fit_and_lead_from_one_to_the_next(visit, stage):
    city, office, inspector, rows = stage
    them = visit(city.own_manager.user)
    page = them.page
    them.open("/")
    page.get_by_role("link", name="Stop it and apply").or_(page.get_by_role("link", name="Apply for it")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Apply for an inspection")
    page.get_by_label("Inspection body").select_option(index=1)
    page.get_by_role("button", name="Send the application").click()
    expect(page.locator("main")).to_contain_text("is applied for")
    they = visit(office)
    they.open(f"{LIST}{rows[0].public_id}/appoint/")
    they.page.get_by_label("Day of the inspection").fill(str(rows[0].due_on + dt.timedelta(days=1)))
    they.page.get_by_role("button", name="Appoint it").click()
    expect(they.page.locator("form.form")).to_contain_text("after the last good day")
    photograph(they.page, "late")
    they.page.locator("#id_late").check()
    they.page.get_by_label("Inspector").select_option(str(inspector.public_id))
    they.page.get_by_role("button", name="Appoint it").click()
    expect(they.page.locator("main")).to_contain_text("the body is late")
    assert them.faults == []
    wrong = []
    days = f"{LIST}days/?from={rows[0].due_on}"
    one, both = f"{LIST}{rows[0].public_id}/", f"{LIST}appoint/?ids={rows[0].public_id}&ids={rows[1].public_id}"
    unit_pages = {"home": "/", "due": "/due/", "toapply": LIST + "due/", "list": LIST, "one": one}
    body_pages = {"list": LIST, "one": one, "other": f"{LIST}{rows[1].public_id}/", "days": days, "many": both}
    body_pages |= {"decline": f"{LIST}{rows[1].public_id}/decline/", "empty": LIST + "days/?from=2020-01-01"}
    for language, size, dark in (("en", DESK, False), ("zh-hans", PHONE, False), ("zh-hans", DESK, True)):
        touch = size == PHONE
        looks = {"size": size, "language": language, "has_touch": touch, "is_mobile": touch}
        looks["color_scheme"] = "dark" if dark else "light"
        for user, places in ((city.own_manager.user, unit_pages), (office, body_pages)):
            them = visit(user, **looks)
            for name, place in places.items():
                them.open(place)
                photograph(them.page, f"{user.username}-{name}-{language}-{size[0]}")
                found = [them.page.evaluate(STICKING_OUT), them.page.evaluate(TOO_SMALL) if touch else []]
                wrong += [(name, size, each) for each in found if each]
            wrong += them.faults
    assert wrong == []
