"""The page of one obligation and the form that waives it, in a real browser."""

import datetime as dt

import pytest

from common import clock
from compliance.actions import grant_waiver, replan, take_all_steps
from compliance.models import Obligation
from registry.models import Elevator
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_due import photograph
from tests.browser.test_layout import STICKING_OUT, TOO_SMALL
from tests.matrix.documents import attachment

pytestmark = pytest.mark.browser


@pytest.fixture
def late(city):
    """An elevator that was commissioned eight years ago, of which nobody has reported anything; the oldest debt is waived."""
    elevator, today = city.elevator_own, clock.today()
    Elevator.objects.filter(pk=elevator.pk).update(
        commissioned_on=today - dt.timedelta(days=365 * 8), registration_state="IN_USE", class_code="3110"
    )
    replan(elevator_ids=[elevator.pk], at=clock.now())
    take_all_steps(at=clock.now())
    rows = list(Obligation.objects.filter(elevator=elevator, alert_after__lt=today).order_by("alert_after")[:2])
    by = city.district_regulator.actor()
    grant_waiver(
        obligation_id=rows[0].pk,
        kind="WAIVED",
        from_on=today,
        until_on=today + dt.timedelta(days=60),
        reason="the building is evacuated after the flood",
        clause="特种设备安全法 art. 40",
        reference="宁市监特〔2026〕7号",
        files=[attachment(by)],
        by=by,
        at=clock.now(),
    )
    return rows


@pytest.mark.parametrize(
    ("size", "language", "scheme"), [(PHONE, "zh-hans", "light"), (DESK, "en", "dark")], ids=["phone", "desk"]
)
def test_pages_fit_and_thumbs_hit(visit, city, late, size, language, scheme):
    touch = size == PHONE
    options = {"size": size, "language": language, "has_touch": touch, "is_mobile": touch, "color_scheme": scheme}
    them = visit(city.district_regulator.user, **options)
    waived, owed = (f"/due/obligations/{row.public_id}/" for row in late)
    waiver = late[0].waivers.get()
    pages = {
        "waived": waived,
        "owed": owed,
        "waive": f"{owed}waive/",
        "revoke": f"/due/waivers/{waiver.public_id}/revoke/",
    }
    pages |= {"panel": f"/elevators/{city.elevator_own.public_id}/"}
    for name, address in pages.items():
        them.open(address)
        photograph(them.page, f"{name}-{language}-{size[0]}")
        assert them.page.evaluate(STICKING_OUT) == [], name
        if touch and name != "panel":
            assert them.page.evaluate(TOO_SMALL) == [], name
    assert them.faults == []
