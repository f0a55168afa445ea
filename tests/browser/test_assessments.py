"""Safety assessments in a real browser: nothing sticks out, thumbs hit, in both languages."""

import datetime as dt
import os

import pytest

from common.clock import now
from inspection.models import Assessment
from inspection.seed_assessments import walk
from registry.models import Elevator
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_layout import STICKING_OUT, TOO_SMALL
from tests.factories.make import make_unit

pytestmark = pytest.mark.browser


@pytest.fixture
def assessed(city):
    """Old elevators in malls: one with its report decided, one under works, one with the body, one that nobody applied for."""
    body, works = make_unit("示例评估机构", kind="INSPECTION_BODY"), make_unit("示例施工单位", kind="MAINTENANCE_UNIT")
    steps = {"elevator_own": 3, "elevator_foreign": 6, "elevator_former": 1, "elevator_jiangbei": None}
    for place, (name, taken) in enumerate(steps.items()):
        row, day = getattr(city, name), dt.date(2001 + place, 3, 1)
        said = {"registration_state": "IN_USE", "place_type": "MALL", "commissioned_on": day}
        Elevator.objects.filter(pk=row.pk).update(**said)
        if taken is not None:
            walk(Elevator.objects.get(pk=row.pk), taken, f"AQPG-{place}", body, works, now())
    return city


DARK = pytest.param("zh-hans", "dark", marks=pytest.mark.long)


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), DARK])
def test_pages_fit_and_thumbs_hit(visit, assessed, language, theme):
    manager = assessed.own_manager
    case = Assessment.objects.get(state="DECIDED")
    funded = Assessment.objects.get(state="WORKING")
    pages = {
        "cases": "/assessments/",
        "worklist": "/assessments/worklist/",
        "case": f"/assessments/{funded.public_id}/",
    }
    for size, touch in ((PHONE, True), (DESK, False)):
        them = visit(assessed.city_regulator.user, size=size, language=language, has_touch=touch, is_mobile=touch)
        if theme == "dark":
            them.context.add_cookies([{"name": "theme", "value": "dark", "url": them.base}])
        unit = visit(manager.user, size=size, language=language, has_touch=touch, is_mobile=touch)
        own = f"/assessments/{case.public_id}/"
        forms = {"own": own, **{step: f"{own}step/{step}/" for step in ("decide", "vote", "fund")}}
        for visitor, places in ((them, pages), (unit, forms)):
            for name, place in places.items():
                visitor.open(place)
                assert visitor.page.evaluate(STICKING_OUT) == [], (name, size)
                assert not touch or visitor.page.evaluate(TOO_SMALL) == [], (name, size)
                if folder := os.environ.get("SHOTS"):
                    visitor.page.screenshot(path=f"{folder}/{name}-{language}-{size[0]}.png", full_page=True)
            assert visitor.faults == []
