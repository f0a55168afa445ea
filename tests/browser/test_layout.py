"""Nothing sticks out, nothing is too small for a thumb: at every width, in both languages."""

import pytest

from common import jobs
from common.audit import record_change
from common.clock import now
from registry.actions.documents import file_document
from registry.actions.registration_decisions import approve_application
from registry.models import UseLabel
from tests.factories.registrations import attachment, under_review

pytestmark = pytest.mark.browser

WIDTHS = (360, 390, 768, 1024, 1440)

# Elements that reach over the right edge of the page, unless something around them scrolls by itself.
STICKING_OUT = """() => {
    const edge = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= edge) return [];
    const scrolls = e => e && (/(auto|scroll|hidden)/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    const found = [...document.body.querySelectorAll("*")].filter(
        e => e.getBoundingClientRect().right > edge + 0.5 && !scrolls(e.parentElement));
    return found.map(e => `${e.tagName}.${e.className}`).concat(["page " + document.documentElement.scrollWidth]);
}"""

# What a thumb presses: too low, or a button too narrow.
TOO_SMALL = """() => [...document.querySelectorAll(
        ".button, button, summary, select, .bottom a, .nav a, .topbar a, .chip a, tbody th a, a.tile, main input, .search input"
    )]
    .filter(e => e.offsetParent !== null && e.type !== "checkbox" && e.type !== "radio" && e.type !== "hidden")
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([e, box]) => box.height < 44 || (e.matches(".button, button") && box.width < 44))
    .map(([e, box]) => `${e.tagName}.${e.className} ${e.innerText} ${box.width} × ${box.height}`)"""


def pages(city) -> list[str]:
    own = f"/elevators/{city.elevator_own.public_id}/"
    return ["/", "/elevators/?place_type=RESIDENTIAL", own, f"{own}change/", "/accounts/units/", "/gallery/"]


@pytest.mark.parametrize("language", ("en", "zh-hans"))
def test_no_page_scrolls_sideways(visit, city, language):
    them = visit(city.city_regulator.user, language=language)
    for path in pages(city):
        them.open(path)
        for width in WIDTHS:
            them.page.set_viewport_size({"width": width, "height": 800})
            assert them.page.evaluate(STICKING_OUT) == [], f"{path} at {width}"
    assert them.faults == []


def test_thumb_hits_everything_on_a_phone(visit, city):
    them = visit(city.city_regulator.user, size=(390, 844), has_touch=True, is_mobile=True)
    for path in [*pages(city), "/accounts/me/", f"/elevators/{city.elevator_own.public_id}/assign/"]:
        them.open(path)
        for menu in them.page.locator(".topbar details.menu:visible, details.filter-fold:visible").all():
            menu.evaluate("menu => menu.open = true")
        assert them.page.evaluate(TOO_SMALL) == [], path


def test_navigation_on_a_phone_stays_at_the_thumb(visit, city):
    them = visit(city.own_manager.user, size=(390, 844), has_touch=True, is_mobile=True)
    them.open("/elevators/new/")
    bottom = them.page.locator("nav.bottom").bounding_box()
    button = them.page.get_by_role("button", name="Enter the elevator").bounding_box()
    assert bottom["y"] + bottom["height"] == 844
    assert button["y"] + button["height"] <= bottom["y"]
    assert not them.page.locator("nav.nav").is_visible()


def test_rows_of_elevators_keep_to_one_line_on_a_chinese_desk(visit, cast):
    them = visit(cast.city_regulator.user, language="zh-hans")
    them.open("/elevators/")
    heights = them.page.locator("tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
    assert len(heights) == 4
    assert max(heights) < 44


def test_long_names_and_digests_stay_inside_their_tables(visit, city):
    """A document filed by a unit with a long name, on a phone; a digest in the audit log, on a desk."""
    unit, elevator = city.unit_a, city.elevator_own
    unit.name = "云岫舟渡苑物业管理服务（南京）有限公司示例分公司"
    unit.save()
    by = city.own_manager.actor()
    file_document(elevator=elevator, kind="WORK_QUALITY", attachments=[attachment(by)], by=by, at=now())
    record_change(action="tests.kept", subject=unit, by=by, changes={"sha256": [None, "0123456789abcdef" * 8]})
    for player, size, path in (
        (city.own_manager, (360, 800), f"/elevators/{elevator.public_id}/documents/"),
        (city.audit_admin, (1440, 900), "/accounts/audit/"),
    ):
        them = visit(player.user, size=size, language="zh-hans")
        them.open(path)
        assert them.page.evaluate(STICKING_OUT) == [], path


@pytest.mark.parametrize("language", ("en", "zh-hans"))
def test_certificate_and_efile_stay_inside_a_phone(visit, city, settings, tmp_path, language):
    """A label that is drawn has two buttons in its card."""
    settings.SEALED_DIR, settings.MEDIA_ROOT = tmp_path / "sealed", tmp_path / "media"
    elevator, regulator = city.elevator_own, city.district_regulator
    row = under_review(elevator, "REGISTER", city.own_manager, regulator)
    approve_application(application=row, by=regulator.actor(), at=now())
    jobs.run(UseLabel.objects.get().job_id, at=now())
    them = visit(city.own_manager.user, size=(390, 844), language=language)
    for path in (f"/elevators/{elevator.public_id}/certificate/", f"/elevators/{elevator.public_id}/"):
        them.open(path)
        assert them.page.evaluate(STICKING_OUT) == [], path
