"""Every role's own way through the platform: no page breaks, none makes the browser complain."""

from collections import Counter

import pytest

pytestmark = pytest.mark.browser

LOOKERS = ["own_manager", "colleague", "maintainer", "city_regulator", "district_regulator", "subdistrict_officer"]
NAMES = [*LOOKERS, "industry_officer", "dispatcher", "auditor", "audit_admin", "nobody"]
NAMES += ["unit_admin", "system_admin", "security_admin"]
# What each finds in the navigation besides Home; every place is opened, and the first row of each list.
LOOKING, UNITS, PEOPLE = "/elevators/", "/accounts/units/", "/accounts/people/"
MAP, QUALITY, IMPORTS, EXPORTS = "/elevators/map/", "/elevators/quality/", "/imports/", "/exports/"
SCAN, PLATES, KEYS, CHANGES = "/scan/", "/elevators/plates/", "/elevators/keys/", "/elevators/changes/"
APPLICATIONS, CERTIFICATES, MACHINES = "/elevators/registrations/", "/accounts/certificates/", "/accounts/machines/"
AUDIT, SWEEPS = "/accounts/audit/", "/accounts/sweeps/"
DUE = ["/due/", "/due/alerts/", "/due/hazards/", "/due/risk/", "/due/duties/"]
COMPLAINTS, PLATFORMS = "/due/complaints/", "/due/complaints/platforms/"
APPOINTMENTS, REPORTS = "/inspections/applications/", "/inspections/"
ASSESSMENTS = "/assessments/"
MESSAGES, SENT, CALENDAR = "/messages/", ["/messages/deliveries/", "/messages/webhooks/"], "/calendar/"
WITH_ROWS = (LOOKING, UNITS, PEOPLE)  # on this stage nothing was brought in, taken out or judged yet
OWN_WORK = [APPLICATIONS, CHANGES, PLATES, KEYS]
PLACES = {
    "own_manager": [
        *(
            LOOKING,
            MAP,
            SCAN,
            REPORTS,
            *DUE,
            APPOINTMENTS,
            COMPLAINTS,
            ASSESSMENTS,
            *OWN_WORK,
            QUALITY,
            MESSAGES,
            IMPORTS,
            EXPORTS,
            UNITS,
            CERTIFICATES,
            MACHINES,
        )
    ],
    "unit_admin": [MESSAGES, IMPORTS, UNITS, PEOPLE, CERTIFICATES, MACHINES, *SENT],
    "nobody": [MESSAGES],
    "auditor": [
        *(
            LOOKING,
            MAP,
            SCAN,
            REPORTS,
            *DUE,
            COMPLAINTS,
            ASSESSMENTS,
            APPLICATIONS,
            MESSAGES,
            EXPORTS,
            UNITS,
            PEOPLE,
            CERTIFICATES,
        ),
        *(AUDIT, SWEEPS),
    ],
    "system_admin": [
        MESSAGES,
        IMPORTS,
        PLATFORMS,
        UNITS,
        PEOPLE,
        MACHINES,
        "/accounts/retention/",
        SWEEPS,
        CALENDAR,
        *SENT,
    ],
    "security_admin": [MESSAGES, UNITS, PEOPLE],
}


@pytest.mark.parametrize("half", (0, 1))
def test_each_role_walks_through_its_pages(visit, city, half):
    them, opened = visit(), Counter()
    for name in NAMES[half::2]:
        them.sign_in_as(getattr(city, name).user)
        them.open("/")
        assert them.page.locator("h1").inner_text() == "Home"
        places = them.page.locator(".nav a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
        assert places[1:] == PLACES.get(name, places[1:]), name
        assert places[:1] == (["/"] if places else []), name
        for place in places[1:]:
            # Once two have walked through it, the matrix, which asks for everybody, does without a browser.
            if opened[place] == 2:
                continue
            opened[place] += 1
            them.open(place)
            if place not in WITH_ROWS:
                continue
            first = them.page.locator("tr[data-href]").first
            assert first.count() == 1, f"{name} sees nothing at {place}"
            them.open(first.get_attribute("data-href"))
        assert them.faults == [], name
    for place in ("/gallery/", "/accounts/me/", "/accounts/me/password/"):
        them.open(place)
    assert them.faults == []


def test_forms_open_and_what_is_not_theirs_says_so(visit, city):
    them = visit(city.city_regulator.user)
    own = f"/elevators/{city.elevator_own.public_id}/"
    for path in ("/elevators/new/", f"{own}change/", f"{own}assign/", "/elevators/search/?q=nothing"):
        them.open(path)
    assert them.faults == []

    them.sign_in_as(city.stranger.user)
    them.open(own, status=404)
    assert them.page.locator("h1").inner_text() == "Nothing to see at this address"
    them.sign_in_as(city.colleague.user)
    them.open(f"{own}change/", status=403)
    assert "Who may:" in them.page.inner_text("main")
