"""Income and costs of elevators: published by who answers, read by everybody, corrected and never changed."""

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from accounts.queries import actor_for
from common.actor import system
from common.clock import now
from common.errors import NotPermitted
from registry.actions.disclosures import (
    AlreadyCorrected,
    BadPeriod,
    ElevatorsChanged,
    NoSite,
    PeriodPublished,
    plan_income,
    publish_income,
)
from registry.actions.plates import hang_plate, order_plates
from registry.models import Disclosure, Elevator, PlateCity, Site
from registry.models.disclosures import MONEY
from registry.queries import chain_faults
from registry.queries.disclosures import published_for, without_disclosure
from registry.queries.plates import text_of
from registry.rules.disclosures import fen, wanting_since
from tests.common.together import at_once
from tests.factories.make import GULOU, area, client_for, hold, make_elevator, make_unit, make_user

YEAR = {"period_from": dt.date(2025, 1, 1), "period_until": dt.date(2025, 12, 31)}
COSTS = dict(zip(MONEY, (1_200_000, 800_000, 10_050, 0, 30_000, 1), strict=True))
EN = {"Accept-Language": "en"}


def publish(cast, elevator=None, **values) -> Disclosure:
    values = {"money": COSTS, "by": cast.own_manager.actor(), "at": now(), **YEAR} | values
    return publish_income(elevator=elevator or cast.elevator_own, **values)


def make_site() -> Site:
    gulou = area(GULOU)
    return Site.objects.create(
        name="Sample estate",
        address="3 Sample Road",
        area=gulou,
        city=gulou.city,
        managing_district=gulou.managing_district,
        synthetic=True,
        created_at=now(),
    )


@pytest.fixture
def estate(cast):
    """Two elevators of unit A at one site, and one of unit B there."""
    site = make_site()
    ours = [make_elevator(area_code=GULOU, using_unit=cast.unit_a, site=site) for _n in range(2)]
    return [*ours, make_elevator(area_code=GULOU, using_unit=cast.unit_b, site=site)]


def test_a_publication_is_a_life_event_and_stays_as_it_is(cast):
    row = publish(cast, used_for=" new doors ")
    assert (row.costs, row.used_for, row.using_unit) == (840_051, "new doors", cast.unit_a)
    event = cast.elevator_own.life_events.order_by("-sequence").first()
    said = (event.kind, event.details["income"], event.details["period"])
    assert said == ("INCOME_PUBLISHED", "1200000", "2025-01-01/2025-12-31")
    assert chain_faults().faults == []
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        Disclosure.objects.update(income=0)


def test_the_same_again_is_the_same_and_another_of_its_days_is_refused(cast):
    assert publish(cast) == publish(cast)
    for days in (
        YEAR | {"period_until": dt.date(2025, 6, 30)},
        {"period_from": dt.date(2025, 12, 31), "period_until": dt.date(2026, 1, 31)},
    ):
        with pytest.raises(PeriodPublished):
            publish(cast, **days)
    with pytest.raises(PeriodPublished):
        publish(cast, money=COSTS | {"income": 1})
    publish(cast, period_from=dt.date(2026, 1, 1), period_until=dt.date(2026, 3, 31))
    assert Disclosure.objects.count() == 2


@pytest.mark.parametrize(
    ("first", "last"),
    [("2025-02-01", "2025-01-31"), ("2025-01-01", "2026-01-02"), ("2026-01-01", "2199-01-01")],
)
def test_a_period_that_cannot_be_is_refused(cast, first, last):
    with pytest.raises(BadPeriod):
        publish(cast, period_from=dt.date.fromisoformat(first), period_until=dt.date.fromisoformat(last))
    assert not Disclosure.objects.exists()


def test_a_mistake_is_corrected_once_and_what_it_was_about_stays(cast, estate):
    wrong = publish(cast, estate[0], whole_site=True)
    right = publish(cast, estate[1], money=COSTS | {"income": 5}, corrects=wrong)
    assert (right.site, right.elevator, right.corrects) == (wrong.site, estate[0], wrong)
    assert publish(cast, estate[1], money=COSTS | {"income": 5}, corrects=wrong) == right
    with pytest.raises(AlreadyCorrected):
        publish(cast, estate[1], money=COSTS | {"income": 6}, corrects=wrong)
    assert [row.income for row in published_for(estate[1], longest=5)] == [5]


def test_a_site_is_published_once_by_each_of_its_using_units(cast, estate):
    first, second, theirs = estate
    publish(cast, first, whole_site=True)
    with pytest.raises(PeriodPublished):
        publish(cast, second, whole_site=True, money=COSTS | {"income": 1})
    publish(cast, theirs, whole_site=True, by=cast.stranger.actor())
    assert [len(published_for(each, longest=5)) for each in estate] == [1, 1, 1]
    with pytest.raises(NoSite):
        publish(cast, whole_site=True)


def test_two_people_at_two_elevators_of_a_site_publish_once(transactional_db):
    unit, site = make_unit("Sample property"), make_site()
    lifts = [make_elevator(area_code=GULOU, using_unit=unit, site=site) for _n in range(2)]
    user = make_user("manager")
    hold(user, "USING_UNIT_MANAGER", unit=unit)
    by, at = actor_for(user, now()), now()

    def one(place):
        money = COSTS | {"income": place}
        return lambda: publish_income(elevator=lifts[place], money=money, whole_site=True, by=by, at=at, **YEAR)

    answers = at_once(one(0), one(1))
    assert sorted(type(answer).__name__ for answer in answers) == ["Disclosure", "PeriodPublished"]


def test_nobody_publishes_for_another(cast):
    for name in ("stranger", "colleague", "city_regulator", "maintainer"):
        with pytest.raises(NotPermitted):
            publish(cast, by=cast.players[name].actor())
    assert not Disclosure.objects.exists()


def test_who_has_published_nothing_recent_is_found(cast, estate):
    first, second, theirs = estate
    publish(cast, first, whole_site=True)
    mine = Elevator.objects.filter(pk__in=[each.pk for each in estate])
    assert list(without_disclosure(mine, today=dt.date(2026, 12, 31))) == [theirs]
    assert set(without_disclosure(mine, today=dt.date(2027, 1, 1))) == {first, second, theirs}
    page = client_for(cast.city_regulator.user).get("/elevators/?income=false").content.decode()
    assert str(theirs.public_id) in page


@pytest.mark.parametrize(
    ("today", "months", "since"),
    [
        ("2026-03-31", 1, "2026-02-28"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2026-01-15", 12, "2025-01-15"),
        ("2026-01-31", 2, "2025-11-30"),
    ],
)
def test_how_far_back_a_publication_may_end(today, months, since):
    assert wanting_since(dt.date.fromisoformat(today), months=months) == dt.date.fromisoformat(since)


@given(some.decimals(min_value=0, max_value=10**9, places=2))
def test_yuan_become_fen_exactly(amount):
    assert Decimal(fen(amount)) / 100 == amount


def test_everybody_reads_it_on_the_plate_page_and_as_json(cast):
    publish(cast, used_for="New <rope> & lights")
    elevator, by = cast.elevator_own, system("tests")
    plate = order_plates(city=elevator.city, layout="a4-2x5", elevators=[elevator], by=by, at=now()).plates.get()
    text = text_of(plate, PlateCity.objects.get(area=plate.city).number)
    hang_plate(text=text, elevator=elevator, by=by, at=now())
    page = Client(headers=EN).get(f"/e/{text}?lang=en").content.decode()
    assert "2025-01-01 to 2025-12-31: income 12,000.00, costs 8,400.51 yuan" in page
    assert "What the income was used for</dt><dd>New &lt;rope&gt; &amp; lights</dd>" in page
    said = Client().get(f"/e/{text}?format=json").json()["income_and_costs"]
    assert said["used_for"] == "New <rope> & lights"
    assert (said["income_fen"], said["costs_fen"], said["whole_site"]) == (1_200_000, 840_051, False)
    # what was written before numbers of people were refused
    publish(cast, used_for="ask 13912345678", corrects=Disclosure.objects.get())
    for query in ("?lang=en", "?format=json"):
        assert "13912345678" not in Client().get(f"/e/{text}{query}").content.decode()
    # whoever no longer answers for it no longer speaks on its page
    Elevator.objects.filter(pk=elevator.pk).update(using_unit_until=now())
    assert "income_and_costs" not in Client().get(f"/e/{text}?format=json").json()


FORM = {"period_from": "2025-01-01", "period_until": "2025-12-31", **dict.fromkeys(MONEY, "0.10")}
SEEN = re.compile(r'name="seen" value="([0-9a-f]{64})"')


def sent(client, elevator, *, query="", **values):
    values = {"idempotency_key": str(uuid.uuid4())} | values
    return client.post(f"/elevators/{elevator.public_id}/income/publish/{query}", FORM | values)


def confirmed(client, elevator, **values):
    """Both steps: the look, and the same sent again with what was seen."""
    [seen] = SEEN.findall(sent(client, elevator, **values).content.decode())
    return sent(client, elevator, seen=seen, **values)


def test_the_page_publishes_and_corrects(cast, estate):
    client, elevator = client_for(cast.own_manager.user, **EN), estate[0]
    address = f"/elevators/{elevator.public_id}/income/"
    assert sent(client, elevator, income="0.105").status_code == 422 and not Disclosure.objects.exists()
    assert confirmed(client, elevator, whole_site="on")["Location"] == address
    row = Disclosure.objects.get()
    assert (row.income, row.costs, row.site) == (10, 50, elevator.site)
    assert "Published for 2 elevators." in client.get(address).content.decode()
    again = client.get(f"{address}publish/?corrects={row.public_id}").content.decode()
    assert 'value="0.10"' in again and "whole_site" not in again
    foreign = publish(cast, cast.elevator_foreign, by=cast.stranger.actor())
    assert client.get(f"{address}publish/?corrects={foreign.public_id}").status_code == 404
    confirmed(client, elevator, query=f"?corrects={row.public_id}", other="9")
    assert "9.40" in client.get(address).content.decode()
    assert "9.40" in client.get(f"/elevators/{elevator.public_id}/").content.decode().split('id="income"')[1]


# --- the look beforehand ------------------------------------------------------------------------------------------------


def named(page: str) -> set[str]:
    """The elevators that a look names, by their ids."""
    return set(re.findall(r'<th scope="row"><a href="/elevators/([0-9a-f-]{36})/"', page))


def ids(*elevators) -> set[str]:
    return {str(each.public_id) for each in elevators}


def test_nothing_is_published_before_the_elevators_were_shown(cast, estate):
    """Of a whole site the own ones, not those of the other unit there; without the tick the one elevator."""
    first, second, theirs = estate
    client = client_for(cast.own_manager.user, **EN)
    whole = sent(client, first, whole_site="on").content.decode()
    assert (named(whole), "For 2 elevators" in whole, "Publish it for 2 elevators" in whole) == (
        ids(first, second),
        True,
        True,
    )
    assert str(theirs.public_id) not in whole and first.main_code in whole and first.address in whole
    alone = sent(client, first).content.decode()
    assert (named(alone), "Publish it for 1 elevator<" in alone) == (ids(first), True)
    assert "12-31" in alone and "0.50" in alone  # and what it says of them: the period, the costs together
    assert not Disclosure.objects.exists()


def test_a_correction_shows_the_elevators_of_what_it_corrects(cast, estate):
    wrong = publish(cast, estate[0], whole_site=True)
    client = client_for(cast.own_manager.user, **EN)
    page = sent(client, estate[1], query=f"?corrects={wrong.public_id}").content.decode()
    assert named(page) == ids(*estate[:2])


def test_what_cannot_be_published_is_said_before_the_look(cast, estate):
    publish(cast, estate[0], whole_site=True)
    answer = sent(client_for(cast.own_manager.user, **EN), estate[1], whole_site="on")
    assert (answer.status_code, "Another publication covers days" in answer.content.decode()) == (422, True)


def test_the_look_names_twenty_and_counts_the_rest(cast):
    site = make_site()
    lifts = [make_elevator(area_code=GULOU, using_unit=cast.unit_a, site=site) for _n in range(23)]
    client = client_for(cast.own_manager.user, **EN)
    page = sent(client, lifts[0], whole_site="on").content.decode()
    assert (len(named(page)), "For 23 elevators" in page, "and 3 more" in page) == (20, True, True)
    confirmed(client, lifts[0], whole_site="on")
    assert lifts[0].life_events.order_by("-sequence").first().details["elevators"] == "23"


def test_from_the_look_one_goes_back_to_what_was_typed(cast, estate):
    client = client_for(cast.own_manager.user, **EN)
    page = sent(client, estate[0], whole_site="on", used_for="new doors", edit="1").content.decode()
    assert ("new doors</textarea>" in page, 'name="seen"' in page, "checked" in page) == (True, False, True)
    assert not Disclosure.objects.exists()


def test_the_tick_taken_away_stays_away_in_the_second_step(cast, estate):
    client = client_for(cast.own_manager.user, **EN)
    page = sent(client, estate[0], whole_site="").content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))
    sent(client, estate[0], **hidden)
    row = Disclosure.objects.get()
    assert (row.site, row.elevator) == (None, estate[0])


def test_the_number_published_is_the_number_shown_to_the_action_as_well(cast, estate):
    """The set changes between the page's own look and the action's: nothing is written."""
    said = {"money": COSTS, "by": cast.own_manager.actor(), "at": now(), "whole_site": True, **YEAR}
    plan = plan_income(elevator=estate[0], **said)
    assert set(plan.elevators) == {each.pk for each in estate[:2]}
    Elevator.objects.filter(pk=estate[1].pk).update(site=None)
    with pytest.raises(ElevatorsChanged):
        publish_income(elevator=estate[0], seen=plan.fingerprint, **said)
    assert not Disclosure.objects.exists()
    publish_income(elevator=estate[0], seen=plan_income(elevator=estate[0], **said).fingerprint, **said)
    assert estate[0].life_events.order_by("-sequence").first().details["elevators"] == "1"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_look_costs_the_same_for_one_elevator_and_three(cast, django_assert_num_queries, rows):
    site = make_site()
    lifts = [make_elevator(area_code=GULOU, using_unit=cast.unit_a, site=site) for _n in range(rows)]
    client = client_for(cast.own_manager.user, **EN)
    sent(client, lifts[0], whole_site="on")
    with django_assert_num_queries(LOOK_QUERIES):
        page = sent(client, lifts[0], whole_site="on").content.decode()
    assert named(page) == ids(*lifts)


LOOK_QUERIES = 16


def test_rest_publishes_in_fen(cast):
    client = client_for(cast.own_manager.user, **EN)
    address = f"/api/v1/registry/elevators/{cast.elevator_own.public_id}/income/"
    body = {"period_from": "2025-01-01", "period_until": "2025-12-31", **COSTS}

    def post(key, **values):
        return client.post(address, body | values, "application/json", headers={"Idempotency-Key": f"rest-{key}-test"})

    assert post("neg", income=-1).status_code == 400
    assert post("set", using_unit=str(cast.unit_b.public_id)).status_code == 400
    made = post("made")
    assert made.status_code == 201 and made.json()["income"] == 1_200_000
    assert post("other", income=1).json()["code"] == "period-published"
    assert client.get(address).json()["results"] == [made.json()]
