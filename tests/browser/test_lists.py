"""A list from the keyboard and without script: tick rows and change them, keep a filter, take the list out."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from common import jobs
from common.clock import now
from common.models import Export
from registry.models import Elevator

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_rows_are_ticked_and_changed_from_the_keyboard(visit, city):
    them = visit(city.city_regulator.user)
    page, keys = them.page, them.page.keyboard
    them.open("/elevators/?place_type=OFFICE")
    keys.press("j")
    keys.press("x")
    expect(page.locator("input[name=ids]:checked")).to_have_count(1)
    keys.press("x")
    expect(page.locator("input[name=ids]:checked")).to_have_count(0)
    keys.press("x")
    page.get_by_role("button", name="Change the chosen ones").focus()
    keys.press("Enter")
    page.locator("#id_place_type").focus()
    page.locator("#id_place_type").select_option("SCHOOL")
    page.get_by_role("button", name="Look at what will change").focus()
    keys.press("Enter")
    expect(page.locator("tbody tr")).to_contain_text("school")
    assert not Elevator.objects.filter(place_type="SCHOOL").exists()
    page.get_by_role("button", name="Change 1 elevator").focus()
    keys.press("Enter")
    expect(page.locator("#messages")).to_contain_text("1 of 1 elevators changed.")
    assert Elevator.objects.get(place_type="SCHOOL") == city.elevator_jiangbei
    assert them.faults == []


def test_export_is_followed_and_fetched(visit, city):
    them = visit(city.own_manager.user, accept_downloads=True)
    page = them.page
    them.open("/elevators/?class_code=3110")
    page.get_by_role("link", name="Take out as a file").click()
    expect(page.locator("main")).to_contain_text("2 rows, as you see them on the page.")
    page.get_by_label("Text with commas (CSV, UTF-8)").check()
    page.get_by_role("button", name="Write the file").click()
    expect(page.locator("#export")).to_contain_text("waiting")
    jobs.run(Export.objects.get().job_id, at=now())
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download the file").click()  # it has come by itself
    rows = list(csv.reader(Path(fetched.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert [row[0] for row in rows[-2:]] == ["", "200417"]
    assert fetched.value.suggested_filename.startswith("elevators-")
    assert them.faults == []


def test_filter_is_kept_and_columns_chosen_without_script(visit, city):
    them = visit(city.own_manager.user, java_script_enabled=False)
    page = them.page
    them.open("/elevators/?class_code=3110")
    page.locator("summary", has_text="Saved filters").click()
    page.get_by_role("link", name="Save this filter").click()
    page.locator("#id_name").fill("Passenger lifts")
    page.get_by_label("Open the list with it").check()
    page.get_by_role("button", name="Save the filter").click()
    them.open("/elevators/")
    assert them.path == "/elevators/?class_code=3110"
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Remove filter Class").click()
    expect(page.locator("tbody tr")).to_have_count(3)

    page.get_by_role("link", name="Columns").click()
    page.get_by_label("Floors").check()
    page.get_by_label("Using unit").uncheck()
    page.get_by_role("button", name="Show these columns").click()
    expect(page.get_by_role("columnheader", name="Floors")).to_have_count(1)
    expect(page.get_by_role("columnheader", name="Using unit")).to_have_count(0)
    page.locator("summary", has_text="Newest entry first").click()
    page.get_by_role("link", name="Oldest elevator first").click()
    expect(page.get_by_role("columnheader", name="Commissioned on")).to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize(("language", "size"), [("en", (390, 844)), ("zh-hans", (390, 844)), ("zh-hans", (1440, 900))])
def test_pages_fit_their_screens(visit, city, language, size, tmp_path_factory):
    """Nothing wider than the screen; the pictures are kept where pytest says, for eyes."""
    pictures = tmp_path_factory.getbasetemp() / "pictures"
    pictures.mkdir(exist_ok=True)
    them = visit(city.city_regulator.user, language=language, size=size)
    page = them.page
    bulk = "/elevators/bulk/?all=1"
    for name, path in {
        "list": "/elevators/?place_type=RESIDENTIAL&order=oldest",
        "columns": "/lists/registry.elevators/columns/",
        "save": "/lists/registry.elevators/save/?place_type=RESIDENTIAL",
        "bulk": bulk,
        "export-new": "/exports/new/registry.elevators/?place_type=RESIDENTIAL",
        "exports": "/exports/",
    }.items():
        them.open(path)
        if name == "list":
            page.locator("summary").filter(has=page.locator("xpath=self::*[contains(@class,'is-quiet')]")).last.click()
        page.screenshot(path=pictures / f"{name}-{language}-{size[0]}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], name
    them.open(bulk)
    page.locator("select[name=class_code]").select_option("3310")
    page.locator("form.form button.is-primary").click()
    page.wait_for_selector("caption", state="attached")
    page.screenshot(path=pictures / f"preview-{language}-{size[0]}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    them.open("/exports/new/registry.elevators/")
    page.locator("form.form button.is-primary").click()
    page.wait_for_selector("#export")
    page.screenshot(path=pictures / f"export-waiting-{language}-{size[0]}.png", full_page=True)
    jobs.run(Export.objects.latest("pk").job_id, at=now())
    page.reload()
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=pictures / f"export-done-dark-{language}-{size[0]}.png", full_page=True)
    assert them.faults == []
