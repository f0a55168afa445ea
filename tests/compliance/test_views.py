"""What is due and alerts as people and machines read them."""

import datetime as dt

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from common import clock, sweeps
from common.models import SweepRun
from compliance.actions import take_all_steps
from compliance.models import Alert, Obligation
from compliance.queries.now import groups_of, owed_by_units
from compliance.queries.overdue import Where, debts
from compliance.queries.standing import figures
from tests.factories.due import many_elevators, owe

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


@pytest.fixture
def late(cast):
    """All elevators of the cast are ten days late, and everybody has been told."""
    elevators = [cast.elevator_own, cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei]
    owe(elevators, due_on=clock.today() - dt.timedelta(days=10))
    take_all_steps(at=clock.now())
    return cast


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_how_late_and_leads_to_the_elevator(late):
    text = page(late.own_manager.client(**EN), "/due/")
    assert "overdue 10 days" in text
    assert f"/elevators/{late.elevator_own.public_id}/#obligations" in text
    assert str(late.elevator_foreign.public_id) not in text


def test_the_list_is_filtered_by_how_near_it_is(late):
    client, own = late.own_manager.client(**EN), str(late.elevator_own.public_id)
    found = {when: own in page(client, f"/due/?when={when}") for when in ("overdue", "week", "month", "open", "")}
    assert found == {"overdue": True, "week": False, "month": False, "open": False, "": True}


def test_alerts_are_narrowed_to_a_district_and_to_a_unit(late):
    client = late.city_regulator.client(**EN)
    codes = {name: getattr(late, name).main_code for name in ("elevator_own", "elevator_foreign", "elevator_jiangbei")}

    def shown(query: str) -> set[str]:
        text = "".join(strip_tags(page(client, f"/due/alerts/?{query}")).split())
        return {name for name, code in codes.items() if code in text}

    assert shown("") == set(codes)
    assert shown(f"district={late.elevator_own.managing_district.code}") == {"elevator_own"}
    assert shown(f"unit={late.elevator_foreign.using_unit.public_id}") == {"elevator_foreign", "elevator_jiangbei"}
    assert late.elevator_foreign.using_unit.name in page(
        client, f"/due/alerts/?unit={late.elevator_foreign.using_unit.public_id}"
    )


@pytest.mark.parametrize(
    ("who", "level"), [("city_regulator", "CITY"), ("district_regulator", "DISTRICT"), ("own_manager", None)]
)
def test_an_official_finds_on_the_home_page_the_alerts_that_have_come_to_them(late, who, level):
    for row, turn in zip(Alert.objects.standing().order_by("pk"), ("UNIT", "DISTRICT", "CITY", "CITY"), strict=False):
        Alert.objects.filter(pk=row.pk).update(level=turn)
    client = late.players[who].client(**EN)
    tiles = {tile.url: tile.value for tile in client.get("/").context["tiles"] if "/due/alerts/" in tile.url}
    assert set(tiles) == ({f"/due/alerts/?level={level}"} if level else set())
    for url, value in tiles.items():
        assert value == len(client.get(url).context["page"].rows)
    if level == "CITY":
        assert 1 <= sum(tiles.values()) < Alert.objects.standing().count()


def test_what_is_due_soon_is_found_as_due_soon(cast):
    owe([cast.elevator_own], due_on=clock.today() + dt.timedelta(days=20))
    client = cast.own_manager.client(**EN)
    found = {
        when: str(cast.elevator_own.public_id) in page(client, f"/due/?when={when}")
        for when in ("overdue", "week", "month", "open")
    }
    assert found == {"overdue": False, "week": False, "month": True, "open": True}


def test_the_latest_stand_first(cast):
    for elevator, days in ((cast.elevator_foreign, 3), (cast.elevator_former, 30), (cast.elevator_jiangbei, 10)):
        owe([elevator], due_on=clock.today() - dt.timedelta(days=days))
    text = page(cast.city_regulator.client(**EN), "/due/")
    order = sorted(
        (cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei),
        key=lambda e: text.index(str(e.public_id)),
    )
    assert order == [cast.elevator_former, cast.elevator_jiangbei, cast.elevator_foreign]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "statements"), [("/due/", 10), ("/due/alerts/", 10)])
def test_a_list_costs_the_same_with_one_row_and_three(cast, django_assert_num_queries, count, address, statements):
    owe(
        [cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei][:count],
        due_on=clock.today() - dt.timedelta(days=1),
    )
    take_all_steps(at=clock.now())
    client = cast.stranger.client()
    client.get(address)
    with django_assert_num_queries(statements):
        assert client.get(address).content.decode().count("<tr data-href") == count


def test_an_alert_says_why_whose_turn_it_is_and_what_keeps_it_open(late):
    alert = Alert.objects.get(elevator=late.elevator_own)
    text = page(late.own_manager.client(**EN), f"/due/alerts/{alert.public_id}/")
    for words in ("must not be used", "What keeps it open", "overdue 10 days", "moves on", late.elevator_own.main_code):
        assert words in text
    assert "Take note" in text
    assert "Take note" not in page(late.colleague.client(**EN), f"/due/alerts/{alert.public_id}/")


def test_a_home_page_counts_what_is_late_or_near_and_reads_no_further(cast, django_assert_num_queries):
    today = clock.today()
    actor = cast.district_regulator.actor()
    days = ((-1, None), (0, None), (30, None), (31, None), (61, 30), (61, 31), (31, -1), (-2, -33))
    for (last, apply), elevator in zip(days, many_elevators(len(days)), strict=True):
        apply_by = apply and today + dt.timedelta(days=apply)
        owe([elevator], due_on=today + dt.timedelta(days=last), apply_by=apply_by)
    with django_assert_num_queries(1) as asked:
        assert figures(actor, today) == {"overdue": 2, "month": 4}
    (statement,) = asked.captured_queries
    until = str(today + dt.timedelta(days=30))
    assert all(until in part.partition(" WHERE (")[2] for part in statement["sql"].split(" UNION ALL "))


def test_due_within_30_days_is_the_same_number_wherever_it_stands(cast):
    """By the last day to apply, where one has to apply: tile, list, counts by area, head of home, reminders."""
    today, unit = clock.today(), cast.unit_a
    days = ((-1, None), (0, None), (30, None), (31, None), (61, 30), (61, 31), (31, -1), (-2, -33))
    near = 4
    for last, apply in days:
        (elevator,) = many_elevators(1, using_unit=unit)
        apply_by = apply and today + dt.timedelta(days=apply)
        owe([elevator], due_on=today + dt.timedelta(days=last), apply_by=apply_by)
    regulator, manager = cast.city_regulator.client(**EN), cast.own_manager.client(**EN)
    for client in (regulator, manager):
        tiles = {tile.url: (tile.value, str(tile.hint)) for tile in client.get("/").context["tiles"]}
        assert tiles["/due/?when=month"] == (near, "by the last day to apply, where one has to apply")
        assert len(client.get("/due/?when=month").context["page"].rows) == near
    assert sum(line.month for line in regulator.get("/due/overdue/").context["lines"]) == near
    groups = groups_of(owed_by_units(cast.own_manager.actor()), today)
    assert [group.total for group in groups] == [2, near]
    (debt,) = debts(cast.district_regulator.actor(), Where(), today=today, at=clock.now())
    assert (debt.overdue, debt.month) == (2, near)


def test_taking_note_is_kept_with_what_will_be_done(late):
    alert = Alert.objects.get(elevator=late.elevator_own)
    address, client = f"/due/alerts/{alert.public_id}/acknowledge/", late.own_manager.client(**EN)
    assert client.post(address, {"idempotency_key": "k" * 12, "note": ""}).status_code == 422
    for _ in range(2):
        answer = client.post(address, {"idempotency_key": "n" * 12, "note": "booked for Monday"})
        assert (answer.status_code, answer["Location"]) == (302, f"/due/alerts/{alert.public_id}/")
    text = page(client, answer["Location"])
    assert f"booked for Monday · {late.own_manager.user.display_name}" in text
    assert "Take note" not in text


def test_the_e_file_says_what_is_due_and_the_home_page_how_much(late):
    with translation.override("en"):
        efile = page(late.own_manager.client(**EN), f"/elevators/{late.elevator_own.public_id}/")
        assert "What is due" in efile and "overdue 10 days" in efile
        home = page(late.own_manager.client(**EN), "/")
        assert "/due/?when=overdue" in home


def test_machines_read_the_same(late):
    client = late.own_manager.client()
    [row] = client.get("/api/v1/compliance/obligations/?status=PENDING").json()["results"]
    assert (row["elevator"], row["kind"], row["days_overdue"]) == (
        str(late.elevator_own.public_id),
        "PERIODIC_INSPECTION",
        10,
    )
    [alert] = client.get("/api/v1/compliance/alerts/").json()["results"]
    assert (alert["level"], alert["severity"], alert["state"]) == ("UNIT", "RED", "OPEN")
    address = f"/api/v1/compliance/alerts/{alert['id']}/acknowledge/"
    body, headers = {"note": "seen"}, {"Idempotency-Key": "a-key-of-the-test"}
    assert client.post(address, body, content_type="application/json").status_code == 400  # without a key
    answer = client.post(address, body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (200, "ACKNOWLEDGED")


def test_sweeps_are_recorded_and_one_that_waits_too_long_is_said(cast):
    owe([cast.elevator_own], due_on=clock.today() - dt.timedelta(days=1), at=clock.now() - dt.timedelta(minutes=30))
    client = cast.system_admin.client(**EN)
    assert ">late<" in page(client, "/accounts/sweeps/").replace("\n", "")
    assert sweeps.check(clock.now())[0] is False
    assert sweeps.run("compliance.steps", clock=clock.now) == 1
    sweeps.run("compliance.plan", clock=clock.now)
    text = page(client, "/accounts/sweeps/")
    assert ">late<" not in text.replace("\n", "")
    assert sweeps.check(clock.now())[0] is True
    assert SweepRun.objects.get(name="compliance.steps").rows == 1


def test_a_sweep_that_fails_says_so_and_the_next_finds_the_same_rows(cast, monkeypatch):
    owe([cast.elevator_own], due_on=clock.today() - dt.timedelta(days=1))
    with monkeypatch.context() as broken:
        broken.setattr("compliance.actions.steps.policies_on", lambda _day: 1 / 0)  # of one row alone: test_apart
        with pytest.raises(ZeroDivisionError):
            sweeps.run("compliance.steps", clock=clock.now)
    assert (SweepRun.objects.get(name="compliance.steps").error, Alert.objects.count()) == ("ZeroDivisionError", 0)
    assert "the last run failed" in page(cast.system_admin.client(**EN), "/accounts/sweeps/")
    sweeps.run("compliance.steps", clock=clock.now)
    assert (SweepRun.objects.get(name="compliance.steps").error, Alert.objects.count()) == ("", 1)
    assert Obligation.objects.get().last_step == -1
