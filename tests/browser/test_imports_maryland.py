"""Maryland's list comes in through the page, as a person does it: guesses corrected, tried out, run, taken back, again."""

import pytest
from playwright.sync_api import expect

from registry.mappings import maryland
from registry.models import Elevator
from tests.browser.test_imports import mean, outcome, reported, send, take_back, target_of, work
from tests.factories.make import hold, make_user
from tests.registry.conftest import files_dir, foreign_areas, registers_dir  # noqa: F401 - fixtures
from tests.registry.mapped_files import MARYLAND_STATES

pytestmark = [pytest.mark.browser, pytest.mark.registers, pytest.mark.long]
NAME = "maryland_elevators_2022.csv"


@pytest.fixture
def registrar(live_server, foreign_areas, files_dir):  # noqa: F811
    user = make_user("registrar of Maryland")
    hold(user, "CITY_REGULATOR", area_code="US24")
    return user


def misread_and_correct(them) -> None:
    """Semicolons make one column of it all; the sample shows it."""
    page = them.page
    page.locator("#id_delimiter").select_option(";")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#sample thead th")).to_have_count(2)
    page.locator("#id_delimiter").select_option(",")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#sample thead")).to_contain_text("registration_number")
    page.get_by_role("button", name="Go on to the columns").click()


def assign(them) -> None:
    """Pounds, feet and inches; an expiry that somebody takes for the last inspection; counties, states and types."""
    page = them.page
    target_of(them, "certificate_expiration_date").select_option("last_inspected_on")
    expect(page.locator("[name=option-certificate_expires_on-order]")).to_have_count(0)
    target_of(them, "certificate_expiration_date").select_option("certificate_expires_on")
    expect(page.locator("[name=option-certificate_expires_on-order]")).to_have_count(1)
    page.locator("[name=option-rated_load_kg-unit]").select_option("lb")
    page.locator("[name=option-rated_speed_mps-unit]").select_option("ft/min")
    page.locator("[name=option-travel_m-unit]").select_option("ft-in")
    page.locator("[name=option-travel_m-highest]").fill("165")
    page.locator("[name=file-source]").fill("MD-DLLR")
    for word, meaning in MARYLAND_STATES.items():
        mean(page, "state", word, meaning)
    for word, code in maryland.CLASSES.items():
        mean(page, "class_code", word, code or "~")
    for word, code in maryland.COUNTIES.items():
        mean(page, "area", word, code)


def all_the_way(them, path) -> dict:
    page = them.page
    send(them, path)
    misread_and_correct(them)
    assign(them)
    page.get_by_role("button", name="Try it out").click()
    expect(page.locator("#state")).to_have_attribute("data-state", "QUEUED")
    work()
    expect(page.locator("#state")).to_have_attribute("data-state", "DONE")
    assert not Elevator.objects.exists()
    rehearsed = reported(them)
    page.get_by_role("button", name="Bring it in").click()
    expect(page.locator("#state")).to_have_attribute("data-state", "QUEUED")
    work()
    expect(page.locator("#state")).to_have_attribute("data-state", "DONE")
    assert reported(them) == rehearsed
    return rehearsed


def test_the_whole_list_of_maryland_comes_in_through_the_page(visit, registrar, registers_dir):  # noqa: F811
    from tests.registry.test_import_registers import MARYLAND_ISSUES

    them = visit(registrar)
    named = all_the_way(them, registers_dir / NAME)
    assert (outcome(them, "CREATED"), outcome(them, "REFUSED")) == ("25,204", "0")
    # a mapping made by hand does not know that Maryland counts in whole pounds and feet per minute
    assert named == {key: count for key, (_effect, count) in MARYLAND_ISSUES.items() if key[1] != "not-whole"}
    # PROVENANCE.md's statuses and expiry oracle
    here = Elevator.objects.filter(source="MD-DLLR")
    counts = {status: here.filter(source_status=status).count() for status in maryland.STATES}
    assert counts == {"Active": 25_024, "Active / Sealed": 144, "Active_Sealed": 36}
    expired = here.filter(technical__certificate_expires_on__lt="2022-07-07")
    assert (expired.count(), expired.filter(source_status="Active").count()) == (8_443, 8_279)

    take_back(them)
    expect(them.page.locator("#undone")).to_contain_text("25,204")
    # again: what was taken back comes in once more
    them.page.get_by_role("link", name="Correct the columns").click()
    them.page.get_by_role("button", name="Bring it in").click()
    expect(them.page.locator("#state")).to_have_attribute("data-state", "QUEUED")
    work()
    expect(them.page.locator("#state")).to_have_attribute("data-state", "DONE")
    assert (outcome(them, "CREATED"), reported(them)) == ("25,204", named)
    assert here.filter(registration_state="IN_USE").count() == 25_204
    assert them.faults == []
