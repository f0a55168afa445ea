"""An elevator that missed two years is one line of each list, and one in each number that leads there."""

import datetime as dt

import pytest

from common import clock
from compliance.actions.telling import make_summaries
from compliance.models import News, Obligation
from compliance.queries.overdue import Where, debts
from compliance.queries.risk import one_of_each
from tests.compliance.conftest import moment
from tests.factories.due import many_elevators, owe, owe_more

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
OVERDUE, MONTH = "/due/?when=overdue", "/due/?when=month"


def day(days: int) -> dt.date:
    return clock.today() + dt.timedelta(days=days)


@pytest.fixture
def missed(cast):
    """Unit A's: one missed two years and has a third near, one is to be applied for twice, one was waived to one day for both."""
    own, second = cast.elevator_own, many_elevators(1, using_unit=cast.unit_a)[0]
    for last in (day(-400), day(-35), day(20)):
        owe_more(own, last, period=f"{last:%Y-%m}")
    owe_more(second, day(10), period="first")
    owe_more(second, day(45), period="second", apply_by=day(15))
    third = many_elevators(1, using_unit=cast.unit_a)[0]
    for year in (1, 2):
        owe_more(third, day(-9 * year), period=str(year))
    Obligation.objects.filter(elevator=third).update(alert_after=day(-3))
    return cast


def listed(client, address: str) -> int:
    return len(client.get(address).context["page"].rows)


@pytest.mark.parametrize("who", ["own_manager", "city_regulator", "district_regulator"])
def test_tiles_say_what_the_lists_behind_them_have(missed, who):
    client = missed.players[who].client(**EN)
    tiles = {tile.url: tile.value for tile in client.get("/").context["tiles"] if tile.url.startswith("/due/?when=")}
    assert tiles == {OVERDUE: 2, MONTH: 2} == {url: listed(client, url) for url in tiles}


@pytest.mark.parametrize("kind", ["", "kind=PERIODIC_INSPECTION", "kind=SELF_TEST"])
@pytest.mark.parametrize("level", ["district=320106", "district=320106&area={area}", "unit={unit}"])
def test_counts_by_area_say_what_the_list_behind_them_has(missed, level, kind):
    client = missed.city_regulator.client(**EN)
    given = level.format(area=missed.elevator_own.area.code, unit=missed.unit_a.public_id)
    page = client.get(f"/due/overdue/?{given}&{kind}").context
    found = {name: sum(getattr(line, name) for line in page["lines"]) for name in ("overdue", "month")}
    own = 0 if "SELF" in kind else 1 if "area" in level else 2  # the others stand in another subdistrict
    assert found == {"overdue": own, "month": own}
    assert (listed(client, page["list_url"]), listed(client, f"{MONTH}&{given}&{kind}")) == (own, own)


def test_reminders_and_summaries_say_the_number_of_the_list_that_they_open(missed):
    (debt,) = debts(missed.city_regulator.actor(), Where(), today=clock.today(), at=clock.now())
    assert (debt.overdue, debt.elevators, debt.month) == (2, 2, 2)
    monday = clock.today() - dt.timedelta(days=clock.today().weekday())
    make_summaries(at=moment(f"{monday} 09:00"))
    make_summaries(at=clock.now())
    of_unit = News.objects.filter(topic="DAY", unit=missed.unit_a).latest("pk")
    assert of_unit.overdue == 2


def test_the_summary_of_a_week_says_them_by_area(cast):
    """Of a district, on a Monday at eight; what is late and what is near are two lists."""
    at = moment("2028-05-29 08:00")
    for last in ("2026-05-01", "2027-05-01", "2028-06-10"):
        owe_more(cast.elevator_own, dt.date.fromisoformat(last), period=last[:7])
    owe([cast.elevator_foreign], due_on=dt.date(2028, 5, 1), at=at)
    make_summaries(at=at)
    own = News.objects.get(topic="WEEK", area=cast.elevator_own.managing_district)
    city = News.objects.get(topic="WEEK", area=cast.elevator_own.city)
    assert [(row.overdue, row.month) for row in (own, city)] == [(1, 1), (2, 1)]


def reason(fact: str, code: str, row: str, source: str = "obligation") -> dict:
    return {"fact": fact, "code": code, "source": source, "row": row}


def test_the_risk_panel_says_one_reason_for_what_was_missed_twice_and_each_hazard():
    late, again = reason("OVERDUE", "TEST", "1"), reason("OVERDUE", "TEST", "2")
    soon, other = reason("DUE_SOON", "TEST", "3"), reason("OVERDUE", "OTHER", "4")
    hazards = [reason("HAZARD", "MAJOR", row, "hazard") for row in ("5", "6")]
    nobody = reason("NO_USING_UNIT", "", "", "elevator")
    every = [late, again, soon, other, *hazards, nobody]
    assert one_of_each(every) == [late, soon, other, *hazards, nobody]
