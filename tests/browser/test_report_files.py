"""A body's office brings in a file of reports: what would be filed, what is refused and why, then the filing."""

import os

import pytest
from playwright.sync_api import expect

from common import jobs
from common.clock import now
from common.models.intake import ImportBatch
from inspection.models import Report
from tests.factories.make import hold, make_user
from tests.factories.reports import make_body, make_inspected, make_inspector
from tests.inspection.test_report_files import as_book, row_of

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS")


def shot(them, name: str) -> None:
    if SHOTS:
        them.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
def office(live_server, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    body = make_body("示例检验机构")
    user = make_user("office of the body")
    hold(user, "INSPECTION_OFFICE", unit=body)
    inspector = make_inspector(body)
    made = [make_inspected(body, registration_code=f"3110320106202405000{place}") for place in range(3)]
    rows = [row_of(elevator, inspector, f"R-{place}")[:-1] for place, elevator in enumerate(made)]
    rows[1][4], rows[2][3] = "好", "12/5/2025"
    lines = [["R-0", "A1.2.2.17", "×", "85 mm", "worn"], ["R-7", "1", "√", "", ""]]
    return user, as_book(tmp_path / "检验报告.xlsx", rows, lines)


def test_a_file_of_reports_is_tried_out_and_filed(visit, office):
    user, path = office
    them = visit(user, language="zh-hans")
    page = them.page
    them.open("/imports/new/")
    expect(page.locator("#templates a")).to_have_attribute("href", "/imports/templates/inspection.reports.xlsx")
    shot(them, "new-zh-desk")
    page.set_input_files("#id_file", path)
    page.locator("form.form button.is-primary").click()
    page.locator("button[name=step][value=next]").click()
    page.locator("button[name=step][value=try]").wait_for()
    shot(them, "columns-zh-desk")
    page.locator("button[name=step][value=try]").click()
    page.locator("#state").wait_for()
    jobs.run(ImportBatch.objects.latest("pk").job_id, at=now())
    page.reload()
    expect(page.locator("[data-outcome=REFUSED] .tile-number")).to_have_text("3")
    assert not Report.objects.exists()
    shot(them, "trial-zh-desk")
    if SHOTS:
        batch = ImportBatch.objects.latest("pk").public_id
        for name, options in {
            "en-phone": {"size": (390, 844), "language": "en"},
            "zh-dark": {"language": "zh-hans", "color_scheme": "dark"},
        }.items():
            other = visit(user, **options)
            for place, address in {"new": "/imports/new/", "trial": f"/imports/{batch}/"}.items():
                other.open(address)
                shot(other, f"{place}-{name}")
    trial = page.url
    page.locator("form[action$='/run/'] button").click()
    page.wait_for_url(lambda address: address != trial)
    jobs.run(ImportBatch.objects.latest("pk").job_id, at=now())
    page.reload()
    expect(page.locator("[data-outcome=CREATED] .tile-number")).to_have_text("1")
    assert Report.objects.get().number == "R-0"
    assert them.faults == []
