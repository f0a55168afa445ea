"""A real Chromium on Django's live server; each test is a story, because each costs a fresh database."""

import os
from dataclasses import dataclass, field

import pytest

PHONE, DESK = (390, 844), (1440, 900)


@pytest.fixture(scope="package")
def chromium():
    """One browser for the whole folder. Playwright's loop runs in this thread, so Django must be told that it may, too."""
    from playwright.sync_api import sync_playwright

    from stack.chromium import FLAGS, find

    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Visitor:
    """Somebody at a browser. What the browser complains about (errors, CSP, failed loads) is kept in `faults`."""

    context: object
    page: object
    base: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str, *, status: int = 200):
        answer = self.page.goto(self.base + path)
        assert answer.status == status, f"{path} answered {answer.status}"
        return answer

    def sign_in_as(self, user) -> None:
        """The session's cookie, as if they had typed their password."""
        from tests.factories.make import client_for

        cookie = client_for(user).cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.base}])

    def speak(self, language: str) -> None:
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.base}])

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.base)

    def listen(self) -> None:
        self.page.on("console", lambda said: said.type == "error" and self.faults.append(said.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("requestfailed", self._failed)

    def _failed(self, request) -> None:
        if request.failure != "net::ERR_ABORTED":  # that is us, leaving before the favicon came
            self.faults.append(f"{request.url} {request.failure}")


@pytest.fixture
def visit(chromium, live_server):
    """visit(user, size=…, language=…, …Playwright's own options): a visitor with a browser of their own."""
    contexts = []

    def enter(user=None, *, size=DESK, language="en", **options) -> Visitor:
        width, height = size
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        visitor = Visitor(context, context.new_page(), live_server.url)
        visitor.speak(language)
        if user is not None:
            visitor.sign_in_as(user)
        visitor.listen()
        return visitor

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def city(live_server, cast):
    """The cast, and two elevators of unit A that fill their columns: long names, long codes, every field."""
    from common.clock import now
    from registry.models import ElevatorClass, Site
    from tests.factories.make import GULOU, area, make_elevator

    gulou = area(GULOU)
    site = Site.objects.create(
        name="云岫舟渡苑二期东区与松霜里商业广场综合体",
        address="示例区示例大道一千二百三十四号",
        area=gulou,
        city=gulou.city,
        managing_district=gulou.managing_district,
        synthetic=True,
        created_at=now(),
    )
    full = {
        "area_code": GULOU,
        "using_unit": cast.unit_a,
        "maintenance_unit": cast.maintenance_unit,
        "site": site,
        "building": "17幢西侧附楼3单元",
        "internal_number": "17-3-04#",
        "class_code": ElevatorClass.objects.get(code="3110"),
        "manufacturer_name": "Sample Elevator Manufacturing and Long-Distance Installation Works",
        "place_type": "RESIDENTIAL",
    }
    make_elevator(**full, rescue_code="200417")
    make_elevator(**full, rescue_code=None, equipment_code="311010X04201300022")
    return cast
