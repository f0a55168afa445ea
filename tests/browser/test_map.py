"""The map under mouse, keys and thumbs; what it asks of the server and what it leaves in the address."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.factories.make import GULOU, JIANGNING, make_elevator

pytestmark = pytest.mark.browser
NEAR = "/elevators/map/?bbox=118.76,32.02,118.80,32.05&zoom=14"


@pytest.fixture
def mapped(city):
    """Four in one building, two down the street, one far away, one nowhere."""
    where = [("32.035", "118.77")] * 4 + [("32.037", "118.776")] * 2
    for number, (latitude, longitude) in enumerate(where):
        make_elevator(
            area_code=GULOU,
            place_type="MALL" if number < 4 else "SCHOOL",
            building=f"{number + 1}幢",
            latitude=Decimal(latitude),
            longitude=Decimal(longitude),
            coord_source="GPS",
        )
    make_elevator(area_code=JIANGNING, latitude=Decimal("31.6"), longitude=Decimal("118.9"), coord_source="GPS")
    return city


def shown(page) -> dict[str, float]:
    """Section and zoom in the address."""
    query = parse_qs(urlsplit(page.url).query)
    west, south, east, north = map(float, query["bbox"][0].split(","))
    return {"west": west, "south": south, "east": east, "north": north, "zoom": float(query["zoom"][0])}


def numbers(page) -> list[str]:
    return sorted(page.locator(".map-cluster .map-disc + text").all_text_contents())


def settled(page, act) -> dict[str, float]:
    """What the address says after an act that asks the server for clusters."""
    with page.expect_response(lambda answer: "/map/clusters/" in answer.url):
        act()
    # not by `is-waiting`, which comes after 100 ms only: an answer may be here and its clusters not yet placed
    expect(page.locator(".map[aria-busy]")).to_have_count(0)
    return shown(page)


def test_map_moves_by_keys_and_counts_what_is_in_sight(visit, mapped):
    them = visit(mapped.city_regulator.user)
    page = them.page
    before = settled(page, lambda: them.open(NEAR))
    expect(page.locator("#map-summary")).to_contain_text("6 elevators in this section")
    assert numbers(page) == ["2", "4"]
    page.locator(".map").focus()
    east = settled(page, lambda: page.keyboard.press("ArrowRight"))
    assert east["west"] > before["west"]
    assert east["zoom"] == before["zoom"]
    south = settled(page, lambda: page.keyboard.press("ArrowDown"))
    assert south["north"] < east["north"]
    out = settled(page, lambda: page.keyboard.press("-"))
    assert out["zoom"] == pytest.approx(before["zoom"] - 1, abs=0.11)
    nearer = settled(page, lambda: page.keyboard.press("+"))
    assert nearer["zoom"] == pytest.approx(before["zoom"], abs=0.11)
    # "0" shows all of it: districts with figures in place of clusters
    whole = settled(page, lambda: page.keyboard.press("0"))
    assert whole["zoom"] < before["zoom"]
    assert them.faults == []


def test_cluster_opens_its_list_and_back_goes_back(visit, mapped):
    them = visit(mapped.city_regulator.user)
    page = them.page
    start = settled(page, lambda: them.open("/elevators/map/?bbox=118.6,31.9,118.95,32.2&zoom=11"))
    assert numbers(page) == ["6"]
    nearer = settled(page, lambda: page.locator(".map-cluster").first.press("Enter"))
    assert nearer["zoom"] > start["zoom"] + 2
    assert numbers(page) == ["2", "4"]

    page.locator(".map-cluster", has_text="4").press("Enter")
    place = page.locator("#map-place")
    expect(place).to_be_focused()
    expect(place.locator(".map-rows li")).to_have_count(4)
    page.keyboard.press("Escape")
    expect(place.locator(".map-rows")).to_have_count(0)
    expect(page.locator(".map-cluster", has_text="4")).to_be_focused()

    again = settled(page, page.go_back)
    assert again["zoom"] == pytest.approx(start["zoom"], abs=0.11)
    assert them.faults == []


def test_filter_stays_from_list_to_map_and_back(visit, mapped):
    them = visit(mapped.city_regulator.user)
    page = them.page
    them.open("/elevators/?place_type=MALL")
    page.get_by_role("link", name="On the map").click()
    page.wait_for_url("**/elevators/map/?place_type=MALL**")
    expect(page.locator(".map-cluster")).to_have_count(1)
    expect(page.locator(".chip")).to_contain_text("mall or shop")
    page.get_by_role("link", name="As a list").click()
    assert them.path == "/elevators/?place_type=MALL"
    expect(page.locator("tbody tr")).to_have_count(5)  # one of them has no position
    page.go_back()
    # the section in sight goes along when one asks for it
    page.locator("#map-summary a").click()
    expect(page.locator(".chip")).to_have_count(2)
    expect(page.locator("tbody tr")).to_have_count(4)
    assert them.faults == []


def test_colour_is_chosen_without_losing_the_place(visit, mapped):
    them = visit(mapped.city_regulator.user)
    page = them.page
    before = settled(page, lambda: them.open("/elevators/map/?bbox=118.1,31.3,119.4,32.6&place_type=SCHOOL"))
    page.get_by_label("Colour says").select_option("UNREGISTERED")
    after = settled(page, lambda: page.get_by_role("button", name="Show").click())
    assert after["zoom"] == pytest.approx(before["zoom"], abs=0.11)
    assert "place_type=SCHOOL" in page.url
    assert "measure=UNREGISTERED" in page.url
    expect(page.get_by_role("link", name="Gulou: 100.0 %")).to_be_visible()
    assert them.faults == []


def test_wheel_and_drag_move_the_map_and_a_drag_is_no_click(visit, mapped):
    them = visit(mapped.city_regulator.user)
    page = them.page
    before = settled(page, lambda: them.open(NEAR))
    box = page.locator(".map-picture").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    nearer = settled(page, lambda: page.mouse.wheel(0, -240))
    assert nearer["zoom"] > before["zoom"]
    disc = page.locator(".map-cluster .map-disc").first.bounding_box()
    middle = disc["x"] + disc["width"] / 2, disc["y"] + disc["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()

    def drag():
        page.mouse.move(middle[0] + 120, middle[1], steps=6)
        page.mouse.up()

    moved = settled(page, drag)
    assert moved["west"] < nearer["west"]
    expect(page.locator("#map-place .map-rows")).to_have_count(0)
    assert them.faults == []


def test_map_works_without_script(visit, mapped):
    them = visit(mapped.city_regulator.user, java_script_enabled=False)
    page = them.page
    them.open(NEAR)
    assert numbers(page) == ["2", "4"]
    page.locator(".map-step.is-out").click()
    assert shown(page)["zoom"] < 14
    them.open(NEAR)
    page.locator(".map-cluster", has_text="4").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(4)
    them.open("/elevators/map/")
    expect(page.locator("#map-figures tbody tr")).to_have_count(12)
    page.locator(".lead a").click()  # those without a position
    assert "located=false" in page.url
    assert them.faults == []


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_map_is_legible_in_both_themes(visit, mapped, theme):
    from tests.browser.test_looks import FAINT

    them = visit(mapped.city_regulator.user, color_scheme=theme)
    settled(them.page, lambda: them.open("/elevators/map/"))
    answer = them.page.evaluate(FAINT)
    assert answer["seen"] > 30
    assert answer["found"] == []
    assert them.faults == []


def test_map_fits_a_phone_and_a_thumb(visit, mapped):
    them = visit(mapped.city_regulator.user, size=PHONE, has_touch=True)
    page = them.page
    settled(page, lambda: them.open(NEAR))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    for thing in page.locator(".map-step:visible, .map-cluster .map-touch").all():
        box = thing.bounding_box()
        assert min(box["width"], box["height"]) >= 43.5
    page.locator(".map-cluster", has_text="4").locator(".map-disc").tap()
    expect(page.locator("#map-place .map-rows li")).to_have_count(4)
    assert them.faults == []
