"""What is late, level by level, and reminding those who answer for it."""

import datetime as dt
import uuid

import pytest

from common import clock
from common.jobs import claimable_ids, run
from common.models import Message
from compliance.models import Obligation, Reminder, ReminderRule, ReminderRun
from tests.factories.due import owe

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
TODAY = clock.today


@pytest.fixture
def late(cast):
    """Own and foreign are ten days late, Jiangbei's is due in 20 days."""
    owe([cast.elevator_own, cast.elevator_foreign], due_on=TODAY() - dt.timedelta(days=10))
    owe([cast.elevator_jiangbei], due_on=TODAY() + dt.timedelta(days=20))
    return cast


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def lines(client, address: str) -> dict:
    """{label: (overdue, due within 30 days, hazards, late, elevators)}"""
    found = client.get(address).context["lines"]
    return {line.label: (line.overdue, line.month, line.hazards, line.late, line.elevators) for line in found}


def test_the_city_sees_districts_and_each_opens_the_next_level(late):
    client = late.city_regulator.client(**EN)
    found = lines(client, "/due/overdue/")
    assert {name: numbers for name, numbers in found.items() if any(numbers[:3])} == {
        "Gulou": (1, 0, 0, 1, 1),
        "Jiangning": (1, 0, 0, 1, 2),
        "Jiangbei New Area": (0, 1, 0, 0, 1),
    }
    assert "/due/overdue/?district=320106" in page(client, "/due/overdue/")
    areas = lines(client, "/due/overdue/?district=320106")
    assert list(areas.values()) == [(1, 0, 0, 1, 1)]
    units = lines(client, f"/due/overdue/?district=320106&area={late.elevator_own.area.code}")
    assert units == {"Using unit A": (1, 0, 0, 1, 1)}
    text = page(client, f"/due/overdue/?unit={late.unit_a.public_id}")
    assert f"/elevators/{late.elevator_own.public_id}/#obligations" in text


def test_a_level_keeps_the_filter_of_the_one_above(late):
    text = page(late.city_regulator.client(**EN), "/due/overdue/?kind=PERIODIC_INSPECTION&sort=label")
    assert "/due/overdue/?kind=PERIODIC_INSPECTION&amp;sort=label&amp;district=320106" in text
    assert lines(late.city_regulator.client(**EN), "/due/overdue/?kind=SELF_TEST")["Gulou"] == (0, 0, 0, 0, 1)


@pytest.mark.parametrize("bad", ["district=999999", "area=0", "unit=x", "kind=NOTHING", "unit=" + "9" * 400])
def test_what_there_is_not_is_not_found(late, bad):
    assert late.city_regulator.client().get(f"/due/overdue/?{bad}").status_code == 404


def test_nobody_sees_more_than_their_own(late):
    found = {
        name: {
            label for label, numbers in lines(late.players[name].client(**EN), "/due/overdue/").items() if numbers[0]
        }
        for name in ("district_regulator", "jiangbei_regulator", "own_manager")
    }
    assert found["district_regulator"] == {str(late.elevator_own.area.name_en or late.elevator_own.area.name)}
    assert found["jiangbei_regulator"] == set()
    assert found["own_manager"] == {"Using unit A"}


@pytest.mark.parametrize("address", ["/due/overdue/", "/due/overdue/remind/", "/due/calendar/"])
@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("own_manager", True),
        ("maintainer", True),  # of elevators for which it answers
        ("district_regulator", True),
        ("stranger", False),
        ("former", False),
    ],
)
def test_a_unit_of_which_one_sees_nothing_is_as_unknown(late, address, who, seen):
    """Neither its page nor its name, by its id alone."""
    client = late.players[who].client(**EN)
    known, unknown = (client.get(f"{address}?unit={one}") for one in (late.unit_a.public_id, uuid.uuid4()))
    if client.get(address).status_code == 403:
        assert (known.status_code, unknown.status_code) == (403, 403)
        return
    assert (known.status_code, unknown.status_code) == (200 if seen else 404, 404)
    assert ("Using unit A" in known.content.decode()) is seen


@pytest.mark.parametrize("address", ["/due/", "/due/alerts/", "/due/risk/"])
def test_a_filter_names_no_unit_of_which_one_sees_nothing(late, address):
    words = {
        who: "Using unit A" in page(late.players[who].client(**EN), f"{address}?unit={late.unit_a.public_id}")
        for who in ("maintainer", "stranger")
    }
    assert words == {"maintainer": True, "stranger": False}


@pytest.mark.parametrize("sort", ["overdue", "-overdue", "month", "-hazards", "-share", "label", "nonsense", "-"])
def test_every_order_has_the_same_lines(late, sort):
    client = late.city_regulator.client(**EN)
    assert lines(client, f"/due/overdue/?sort={sort}") == lines(client, "/due/overdue/")


def test_the_most_stand_first_and_names_sort_both_ways(late):
    client = late.city_regulator.client(**EN)
    names = [line.label for line in client.get("/due/overdue/?sort=label").context["lines"]]
    assert names == sorted(names)
    assert [line.label for line in client.get("/due/overdue/?sort=-label").context["lines"]] == names[::-1]
    overdue = [line.overdue for line in client.get("/due/overdue/").context["lines"]]
    assert overdue == sorted(overdue, reverse=True)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "statements"), [("/due/overdue/", 5), ("/due/overdue/?unit={unit}", 9)])
def test_a_level_costs_the_same_with_one_row_and_three(cast, django_assert_num_queries, count, address, statements):
    made = [cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei][:count]
    owe(made, due_on=TODAY() - dt.timedelta(days=1))
    client = cast.city_regulator.client()
    address = address.format(unit=cast.unit_b.public_id)
    client.get(address)
    with django_assert_num_queries(statements):
        assert sum(line.overdue for line in client.get(address).context["lines"]) == count


def test_a_share_is_of_many_and_not_of_one_elevator(late):
    client = late.city_regulator.client(**EN)
    headings = [
        [column["name"] for column in client.get(address).context["columns"]]
        for address in ("/due/overdue/", f"/due/overdue/?unit={late.unit_b.public_id}")
    ]
    assert [{"share", "duties"} & set(names) for names in headings] == [{"share", "duties"}, set()]
    assert "<meter" not in client.get(f"/due/overdue/?unit={late.unit_b.public_id}").content.decode()


def test_duties_of_units_are_counted_by_area_and_stand_apart_from_elevators(late):
    unit, area = late.unit_a, late.elevator_own.area
    for number, due_on in enumerate((TODAY() - dt.timedelta(days=1), TODAY() - dt.timedelta(days=2), TODAY())):
        Obligation.objects.create(
            unit=unit, for_unit=unit, kind="WEEKLY_REVIEW", period=f"w{number}", opens_on=due_on, due_on=due_on,
            alert_after=due_on, city=area.city, managing_district=area.managing_district, area=area,
            planned_at=clock.now(),
        )  # fmt: skip
    client = late.city_regulator.client(**EN)

    def duties(query: str) -> dict:
        found = client.get(f"/due/overdue/{query}").context["lines"]
        return {line.label: line.duties for line in found if line.duties}

    assert duties("") == {"Gulou": 2}
    assert duties(f"?district=320106&area={area.code}") == {"Using unit A": 2}
    assert duties("?kind=MONTHLY_MEETING") == duties("?district=320115") == {}
    assert lines(client, "/due/overdue/")["Gulou"] == (1, 0, 0, 1, 1)
    assert "Duties of units overdue" not in page(client, f"/due/overdue/?unit={unit.public_id}")
    assert late.jiangbei_regulator.client().get("/due/overdue/").context["total"]["duties"] == 0


# --- reminding ---------------------------------------------------------------------------------------------------------


def remind(client, query: str = "", key: str = "k" * 12, **data):
    return client.post(f"/due/overdue/remind/{query}", {"idempotency_key": key, **data})


def work_off() -> None:
    for pk in claimable_ids(at=clock.now()):
        run(pk, at=clock.now())


def test_a_preview_says_how_many_are_told(late):
    text = page(late.city_regulator.client(**EN), "/due/overdue/remind/")
    assert "<strong>Units: 2</strong> · elevators with something overdue: 2" in text
    assert "people who are told: 3." in text  # strong_weak is a manager of unit B as well
    assert Message.objects.count() == 0


def test_the_preview_adds_up_to_the_list_and_names_what_has_nobody(late):
    late.elevator_foreign.__class__.objects.filter(pk=late.elevator_foreign.pk).update(using_unit=None)
    client = late.city_regulator.client(**EN)
    total = client.get("/due/overdue/").context["total"]["late"]
    preview = client.get("/due/overdue/remind/")
    found = {name: preview.context[name] for name in ("late", "elevators", "rested", "without_unit")}
    assert (total, found) == (2, {"late": 2, "elevators": 1, "rested": 0, "without_unit": 1})
    words = preview.content.decode()
    assert "1 elevator has no using unit: nobody to remind" in words
    address = "/due/?when=overdue&answers=none"
    assert f'href="{address.replace("&", "&amp;")}"' in words
    assert [row.elevator_id for row in client.get(address).context["page"].rows] == [late.elevator_foreign.pk]
    area = f"/due/overdue/?area={late.elevator_foreign.area.code}"
    [line] = [one for one in client.get(area).context["lines"] if one.key is None]
    assert line.url == f"/due/?area={late.elevator_foreign.area.code}&when=overdue&answers=none"
    assert "nobody to remind" not in page(late.district_regulator.client(**EN), "/due/overdue/remind/")


def test_one_confirmation_tells_each_unit_once_and_leaves_a_record(late):
    client = late.city_regulator.client(**EN)
    answer = remind(client)
    assert answer.status_code == 302
    again = remind(client)  # a second click
    assert again["Location"] == answer["Location"]
    work_off()
    manager = str(late.own_manager.user.public_id)
    [message] = Message.objects.filter(recipient_id=manager)
    assert (message.kind, message.params) == ("compliance.reminder", {"overdue": 1, "elevators": 1, "month": 0})
    run_row = ReminderRun.objects.get()
    assert (run_row.by_kind, run_row.by_id) == ("PERSON", str(late.city_regulator.user.public_id))
    assert set(Reminder.objects.values_list("unit__name", "overdue", "people")) == {
        ("Using unit A", 1, 1),
        ("Using unit B", 1, 2),
    }
    assert "Using unit A" in page(client, answer["Location"])
    assert late.district_regulator.client().get(answer["Location"]).status_code == 404  # another's run
    assert "reminded just now" in page(client, f"/due/overdue/?area={late.elevator_own.area.code}")


def test_nobody_is_reminded_twice_within_the_hours_of_the_rule(late):
    remind(late.city_regulator.client())
    work_off()
    other = late.district_regulator.client(**EN)
    assert "Nobody is left to remind" in page(other, "/due/overdue/remind/")
    assert remind(other, key="o" * 12).status_code == 422
    ReminderRule.objects.create(hours=0, valid_from=TODAY(), source="of the test", certainty="D")
    Reminder.objects.update(until=clock.now())
    assert remind(other, key="p" * 12).status_code == 302


def test_two_runs_at_once_remind_a_unit_once(late):
    for name in ("city_regulator", "district_regulator"):
        assert remind(late.players[name].client()).status_code == 302
    work_off()
    assert Reminder.objects.filter(unit=late.unit_a).count() == 1
    assert Message.objects.filter(recipient_id=str(late.own_manager.user.public_id)).count() == 1


def test_only_the_chosen_are_reminded_and_no_foreign_one(late):
    client = late.district_regulator.client()
    assert remind(client, units=[str(late.unit_b.public_id)]).status_code == 422  # of another district
    assert remind(client, key="c" * 12, units=[str(late.unit_a.public_id)]).status_code == 302
    work_off()
    assert list(Reminder.objects.values_list("unit__name", flat=True)) == ["Using unit A"]


def test_what_was_done_meanwhile_is_not_reminded_of(late):
    remind(late.district_regulator.client())
    Obligation.objects.filter(elevator=late.elevator_own).update(alert_after=TODAY() + dt.timedelta(days=200))
    work_off()
    assert Reminder.objects.count() == Message.objects.count() == 0


def test_a_role_that_was_taken_away_reminds_nobody(late):
    remind(late.district_regulator.client())
    late.district_regulator.user.area_grants.update(ended_at=clock.now())
    work_off()
    assert (ReminderRun.objects.get().job.state, Reminder.objects.count()) == ("FAILED", 0)


def test_who_may_not_remind_is_not_offered_it(late):
    assert "Remind units" not in page(late.dispatcher.client(**EN), "/due/overdue/")
    assert late.dispatcher.client().get("/due/overdue/remind/").status_code == 403
    assert late.own_manager.client().get("/due/overdue/remind/").status_code == 403
