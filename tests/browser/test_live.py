"""What htmx and our script do while a page is open, and what happens to them when the server does not answer."""

import re

import pytest
from playwright.sync_api import expect

from registry.models import Elevator

pytestmark = pytest.mark.browser

WRONG = ["Registration code", "Area", "Place", "Latitude"]


def test_filter_exchanges_rows_chips_and_address(visit, city):
    them = visit(city.city_regulator.user)
    page = them.page
    them.open("/elevators/")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(6)
    page.evaluate("window.stayed = true")

    page.get_by_label("Place", exact=True).select_option("HOSPITAL")
    page.get_by_role("button", name="Apply").click()
    expect(rows).to_have_count(1)
    expect(page.locator(".chip")).to_have_text("Place hospital×")
    assert "place_type=HOSPITAL" in them.path
    assert page.evaluate("window.stayed"), "the whole page was loaded again"

    page.get_by_role("link", name="Remove filter Place").click()
    expect(rows).to_have_count(6)
    expect(page.locator(".chip")).to_have_count(0)

    page.go_back()
    expect(rows).to_have_count(1)
    expect(page.locator(".chip")).to_have_count(1)
    page.go_back()
    expect(rows).to_have_count(6)
    assert them.path == "/elevators/"
    assert them.faults == []


def test_a_server_that_fails_or_is_away_costs_nothing_typed(visit, city):
    them = visit(city.city_regulator.user)
    page = them.page
    them.open("/elevators/")
    age = page.get_by_label("Age in years, at least")
    age.fill("30")

    page.route("**/elevators/?*", lambda route: route.abort())
    page.get_by_role("button", name="Apply").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The platform cannot be reached.")
    expect(age).to_have_value("30")

    page.unroute_all()
    page.route("**/elevators/?*", lambda route: route.fulfill(status=500, headers={"X-Request-ID": "ref-4711"}))
    page.get_by_role("button", name="Apply").click()
    expect(alert).to_contain_text("That did not work.")
    expect(alert).to_contain_text("ref-4711")
    expect(age).to_have_value("30")
    expect(page.locator("tbody tr")).to_have_count(6)


def test_connection_lost_is_said_and_taken_back(visit, city):
    them = visit(city.dispatcher.user)
    them.open("/")
    offline = them.page.locator("#offline")
    expect(offline).to_be_hidden()
    them.context.set_offline(True)
    expect(offline).to_be_visible()
    expect(offline).to_contain_text("No connection since")
    them.context.set_offline(False)
    expect(offline).to_be_hidden()


def fill_in(page, address: str) -> None:
    """What entering an elevator asks for."""
    page.locator("#id_area").select_option("320106001")
    page.locator("#id_place_type").select_option("RESIDENTIAL")
    page.locator("#id_address").fill(address)


# The open form, sent twice at the same moment past everything that the browser does against it.
SENT_TWICE = """() => {
    const form = document.querySelector("main form.form");
    const send = () => fetch(location.href, { method: "POST", body: new FormData(form) }).then(answer => answer.url);
    return Promise.all([send(), send()]);
}"""


def test_double_click_enters_one_elevator(visit, city):
    for script in (True, False):
        address = f"1 Twice Road, script {script}"
        them = visit(city.own_manager.user, java_script_enabled=script)
        sent = []
        them.page.on("request", lambda request, sent=sent: request.method == "POST" and sent.append(request.url))
        them.open("/elevators/new/")
        fill_in(them.page, address)
        them.page.get_by_role("button", name="Enter the elevator").dblclick()
        expect(them.page).to_have_url(re.compile(r"/elevators/[0-9a-f-]{36}/$"))
        if script:  # without it the browser drops the first answer, and may drop the cookie with the message too
            expect(them.page.locator("#messages")).to_contain_text("The elevator is entered")
        assert Elevator.objects.filter(address=address).count() == 1
        assert len(sent) == 1 or not script, "our script stops the second click in the browser"


def test_the_same_form_twice_at_once_enters_one_elevator(visit, city):
    them = visit(city.own_manager.user)
    them.open("/elevators/new/")
    fill_in(them.page, "3 Twice Road")
    first, second = them.page.evaluate(SENT_TWICE)
    entered = Elevator.objects.get(address="3 Twice Road")
    assert first == second == f"{them.base}/elevators/{entered.public_id}/"


def test_session_that_ended_under_an_open_form_costs_nothing_typed(visit, city):
    them = visit(city.own_manager.user)
    page = them.page
    them.open("/elevators/new/")
    fill_in(page, "2 Patient Road")
    them.context.clear_cookies(name="sessionid")
    enter = page.get_by_role("button", name="Enter the elevator")
    enter.click()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out. What you typed is still here.")
    expect(page.locator("#id_address")).to_have_value("2 Patient Road")

    them.sign_in_as(city.own_manager.user)  # in another tab
    enter.click()
    expect(page.locator("#messages")).to_contain_text("The elevator is entered")
    assert Elevator.objects.filter(address="2 Patient Road").count() == 1


def test_form_errors_are_summed_up_with_the_answers_kept(visit, city):
    them = visit(city.own_manager.user)
    page = them.page
    them.open("/elevators/new/")
    page.get_by_label("Registration code").fill("3110320100201605333O")
    page.get_by_label("Latitude").fill("118.79")
    page.get_by_label("Longitude").fill("32.06")
    page.get_by_role("button", name="Enter the elevator").click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    assert [text.split(":")[0] for text in summary.get_by_role("link").all_inner_texts()] == WRONG
    expect(summary).to_contain_text("Are they swapped?")
    expect(page.get_by_label("Registration code")).to_have_value("3110320100201605333O")
    summary.get_by_role("link", name="Registration code").click()
    expect(page.get_by_label("Registration code")).to_be_focused()


def test_form_of_an_elevator_shows_every_field_once(visit, city):
    from registry.forms import ElevatorForm

    them = visit(city.city_regulator.user)
    them.open(f"/elevators/{city.elevator_own.public_id}/change/")
    shown = them.page.locator("main form.form [name]:not([type=hidden])").evaluate_all("all => all.map(e => e.name)")
    form = ElevatorForm(actor=city.city_regulator.actor(), may_register=True, instance=city.elevator_own)
    assert sorted(shown) == sorted(field.name for field in form.visible_fields())
    headings = them.page.locator("main fieldset.field-group > legend").all_inner_texts()
    assert headings == ["Identity", "Location", "Technical parameters", "Dates"]
