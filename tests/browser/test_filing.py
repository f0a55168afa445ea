"""An inspector's hands on a tablet with a keyboard: 48 items, the network gone in the middle, one report in the end."""

import pytest
from playwright.sync_api import expect

from common.clock import now
from inspection.actions import begin_draft
from inspection.models import Report, ReportDraft
from tests.browser.test_layout import STICKING_OUT
from tests.factories.reports import BY, make_body, make_inspected, make_inspector

pytestmark = pytest.mark.browser
TABLET = (820, 1180)


def test_a_report_of_48_items_survives_the_network_and_is_filed_once(visit, live_server):
    body = make_body()
    inspector = make_inspector(body)
    draft = begin_draft(elevator=make_inspected(body), unit=body, kind="PERIODIC", owner=inspector, by=BY, at=now())
    them, path = visit(inspector, size=TABLET), f"/inspections/drafts/{draft.public_id}/"
    them.open(path)
    page = them.page
    left, kept, press = page.locator("[data-left]"), page.locator("[data-kept]"), page.keyboard.press
    page.locator("[data-mark] input").first.focus()
    for _item in range(24):
        press("1")
    expect(left).to_have_text("24 items left")
    page.locator("[data-mark]").nth(23).get_by_text("√").click()  # a finger takes a result back, and gives it again
    expect(left).to_have_text("25 items left")
    page.locator("[data-mark]").nth(23).get_by_text("√").click()
    page.locator("[data-mark]").nth(24).locator("input").first.focus()
    expect(kept).to_contain_text("Kept at")
    assert sum(said[0] == "MEETS" for said in ReportDraft.objects.get().items.values()) == 24

    for width in (390, 768, 1024, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate(STICKING_OUT) == [], width

    them.context.set_offline(True)
    press("2")
    press("ArrowUp")
    press("Enter")  # a × wants a remark
    page.keyboard.type("worn to the core")
    press("Enter")  # and on
    for _item in range(22):
        press("1")
    press("4")
    expect(left).to_have_text("every item has a result")
    expect(page.locator("#id_verdict")).to_be_focused()
    expect(kept).to_contain_text("No connection: kept on this device")
    page.close()  # the tablet's battery is empty

    them.context.set_offline(False)
    page, other = them.context.new_page(), them.context.new_page()
    page.goto(them.base + path)
    expect(page.locator("[data-left]")).to_have_text("every item has a result")
    expect(page.locator("[data-kept]")).to_contain_text("Kept at")
    signs = [said[0] for said in ReportDraft.objects.get().items.values()]
    assert (len(signs), signs.count("MEETS"), signs.count("DOES_NOT"), signs.count("NOT_APPLICABLE")) == (48, 46, 1, 1)
    assert ["DOES_NOT", "", "worn to the core"] in ReportDraft.objects.get().items.values()

    other.goto(them.base + path)
    for one in (page, other):
        one.get_by_label("Conclusion").select_option("不合格")
        one.get_by_label("Concluded on").fill("2025-05-12")
        one.get_by_label("Report number").fill("N 1")
        expect(one.get_by_role("checkbox", name=str(inspector))).to_be_checked()
        if one is page:
            expect(page.locator("[data-kept]")).to_contain_text("Kept at")
            one.get_by_role("button", name="File the report").click()
            expect(page.locator("h1")).to_have_text("N 1")
    # the other window was behind: it is told, and leads to the report that is there
    other.wait_for_url("**/inspections/*/")
    expect(other.locator("h1")).to_have_text("N 1")
    assert other.url == page.url
    assert (Report.objects.count(), Report.objects.get().results.count()) == (1, 48)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []


def test_what_is_proposed_is_taken_by_a_press_given_back_by_another_and_never_over_a_result(visit, live_server):
    body = make_body()
    inspector = make_inspector(body)
    elevator = make_inspected(body, installed="2010-05-20")
    draft = begin_draft(elevator=elevator, unit=body, kind="PERIODIC", owner=inspector, by=BY, at=now())
    them = visit(inspector, size=TABLET)
    them.open(f"/inspections/drafts/{draft.public_id}/")
    page = them.page
    left, proposed = page.locator("[data-left]"), page.locator("[data-proposed]")
    taken = page.locator("[data-proposed] input[value=NOT_APPLICABLE]:checked")
    count = proposed.count()
    assert count > 6 and page.locator(".mark-proposal").count() >= count
    expect(left).to_have_text("48 items left")  # nothing has a result by itself
    proposed.first.get_by_text("√").click()
    page.get_by_role("button", name="Take the proposed −").click()
    expect(taken).to_have_count(count - 1)
    expect(left).to_have_text(f"{48 - count} items left")
    page.get_by_role("button", name="Take it back").click()
    expect(left).to_have_text("47 items left")
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate(STICKING_OUT) == [], width
