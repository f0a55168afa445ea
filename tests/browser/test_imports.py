"""A register comes in through the page, as a person does it: wrong guesses corrected, tried out, run, taken back."""

import pytest
from playwright.sync_api import expect

from common import jobs
from common.clock import now
from common.models.intake import ImportBatch
from registry.mappings import nyc
from registry.models import Elevator
from tests.factories.make import hold, make_user
from tests.registry.conftest import files_dir, foreign_areas, registers_dir  # noqa: F401 - fixtures
from tests.registry.mapped_files import CODES, NYC_STATES

pytestmark = [pytest.mark.browser, pytest.mark.registers]

LINES = {
    "manufacturer_name-not_makers": sorted(nyc.NOT_MAKERS),
    "latitude-stand_ins": ["40.712784, -74.005941"],
    "address-test_words": ["TEST", "DUMMY RECORD"],
}


@pytest.fixture
def registrar(live_server, foreign_areas, files_dir):  # noqa: F811
    user = make_user("registrar of New York")
    hold(user, "CITY_REGULATOR", area_code="US3651000")
    return user


def work() -> None:
    """What the bulk worker would do."""
    batch = ImportBatch.objects.latest("pk")
    job = jobs.run(batch.undo_job_id or batch.job_id, at=now())
    assert job.state == "SUCCEEDED", job.error


def send(them, path) -> None:
    them.open("/imports/")
    them.page.get_by_role("link", name="Bring in a file").first.click()
    them.page.set_input_files("#id_file", path)
    them.page.get_by_role("button", name="Send the file").click()


def misread_and_correct(them) -> None:
    """Somebody takes the second row for the header, sees what that makes of the sample, and puts it right."""
    page = them.page
    page.fill("#id_header_first", "2")
    page.fill("#id_header_last", "2")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#sample thead")).not_to_contain_text("DV_DEVICE_NUMBER")
    page.fill("#id_header_first", "1")
    page.fill("#id_header_last", "1")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#sample thead")).to_contain_text("DV_DEVICE_NUMBER")
    page.get_by_role("button", name="Go on to the columns").click()


def target_of(them, header: str):
    return them.page.get_by_label(f"{header} is", exact=True)


def assign(them) -> None:
    """What only a person knows: words, units where the guess is wrong, the register's name."""
    page = them.page
    # a column taken for something else comes back with its own questions
    target_of(them, "DV_SPEED_FPM").select_option("rated_load_kg")
    expect(page.locator("[name=option-rated_speed_mps-unit]")).to_have_count(0)
    target_of(them, "DV_SPEED_FPM").select_option("rated_speed_mps")
    page.locator("[name=option-rated_speed_mps-unit]").select_option("ft/min")
    page.locator("[name=option-rated_load_kg-unit]").select_option("lb")
    page.locator("[name=option-travel_m-unit]").select_option("ft")
    for name in CODES:
        page.locator(f"[name=option-{name}-form]").select_option("code")
    for name, words in LINES.items():
        page.locator(f"[name=option-{name}]").fill("\n".join(words))
    page.locator("[name=file-source]").fill("NYC-DOB")
    for word, meaning in NYC_STATES.items():
        mean(page, "state", word, meaning)
    for word, code in nyc.CLASSES.items():
        mean(page, "class_code", word, code or "~")


def mean(page, target: str, word: str, value: str) -> None:
    choice = page.locator(f"#{target}-words").get_by_label(word, exact=True)
    if choice.count():
        choice.select_option(value)


def reported(them) -> dict:
    rows = them.page.locator("#issue-table tr[data-code]").evaluate_all(
        "rows => rows.map(row => [row.dataset.column, row.dataset.code, +row.dataset.count])"
    )
    return {(column, code): count for column, code, count in rows}


def outcome(them, name: str) -> str:
    return them.page.locator(f"[data-outcome={name}] .tile-number").inner_text()


def all_the_way(them, path) -> dict:
    """Bring a file of New York's in; returns what the report of the real run says."""
    page = them.page
    send(them, path)
    misread_and_correct(them)
    assign(them)
    page.get_by_role("button", name="Try it out").click()
    expect(page.locator("#state")).to_have_attribute("data-state", "QUEUED")
    work()
    expect(page.locator("#state")).to_have_attribute("data-state", "DONE")
    expect(page.get_by_text("Trial run: nothing was written.")).to_be_visible()
    assert not Elevator.objects.exists()
    rehearsed = reported(them)
    page.get_by_role("button", name="Bring it in").click()
    expect(page.locator("#state")).to_have_attribute("data-state", "QUEUED")
    work()
    expect(page.locator("#state")).to_have_attribute("data-state", "DONE")
    assert reported(them) == rehearsed
    return rehearsed


def take_back(them) -> None:
    page = them.page
    page.get_by_role("link", name="Take it back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#state")).to_have_attribute("data-state", "UNDOING")
    work()
    expect(page.locator("#state")).to_have_attribute("data-state", "UNDONE")


@pytest.mark.long  # dear: keeps make test within its ten minutes
def test_new_yorks_problem_rows_come_in_through_the_page_and_go_again(visit, registrar, registers_dir):  # noqa: F811
    them = visit(registrar)
    named = all_the_way(them, registers_dir / "nyc_problem_rows.csv")
    assert (outcome(them, "CREATED"), Elevator.objects.count()) == ("233", 233)
    # the tags of PROVENANCE.md
    assert (
        named["Borough", "area-blank"],
        named["DV_APPROVAL_DATE", "date-malformed"],
        named["HOUSE_NUMBER", "spreadsheet-date"],
        named["LATITUDE", "position-missing"],
        named["LATITUDE", "position-outside"],
        named["DV_SPEED_FPM", "not-a-number"],
        named["ZIP_CODE", "zip-nines"],
        named["DV_CAPACITY_LBS", "implausible"] + named["DV_CAPACITY_LBS", "doubtful"],
    ) == (27, 32, 20, 20, 1, 30, 9, 13)
    take_back(them)
    expect(them.page.locator("#undone")).to_contain_text("233")
    assert them.faults == []


@pytest.mark.long
def test_the_whole_register_of_new_york_comes_in_through_the_page(visit, registrar, registers_dir):  # noqa: F811
    from tests.registry.test_import_registers import NYC_ISSUES

    them = visit(registrar)
    named = all_the_way(them, registers_dir / "nyc_elevator_devices_2015_raw.csv")
    assert (outcome(them, "CREATED"), Elevator.objects.count()) == ("76,088", 76_088)
    assert named == {key: count for key, (_effect, count) in NYC_ISSUES.items()}
    expect(them.page.get_by_text("DV_MANUFACTURER: 2,025 different entries")).to_be_visible()
    take_back(them)
    # again: what was taken back may come in once more
    send(them, registers_dir / "nyc_elevator_devices_2015_raw.csv")
    assert them.faults == []
