"""A row of law follows another: what people may set, who may, what is said to follow, what the sweep makes of it."""

import datetime as dt
from uuid import uuid4

import pytest
from django.utils.translation import gettext, override

from accounts.models import Area
from accounts.queries import actor_for
from accounts.roles import Permission
from common.actor import system
from common.clock import local_date, now, today
from common.errors import NotPermitted, Refusal
from common.models import Message
from compliance.actions import plan_all_due, replan
from compliance.models import Obligation
from inspection.actions import law_changes as actions
from inspection.models import AssessmentRule, LawProposal, LawRow
from inspection.queries.law_changes import consequences
from inspection.queries.law_words import COLUMNS, SECTIONS, VALUES, counted_words
from inspection.rules import law_changes as rules
from inspection.sweeps import lapsing_proposals
from inspection.views.law.pages import tiles
from registry.models import Elevator, ElevatorClass
from tests.factories.make import GULOU, JIANGNING, NANJING, client_for, hold, make_elevator, make_user

DAY = dt.date(2026, 6, 15)
CYCLE = {"method": "CALENDAR_YEARS", "periodic_years": [1, 4, 7], "yearly_after": 15, "apply_before_months": 1}
EN = {"Accept-Language": "en"}


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "columns", "given", "refused"),
    [
        ("cycle", CYCLE, {"yearly_after": 10}, None),
        ("cycle", CYCLE, {"periodic_years": [7, 1, 4, 4, 10]}, None),
        ("cycle", CYCLE, {}, "nothing_changed"),
        ("cycle", CYCLE, {"periodic_years": [7, 4, 1]}, "nothing_changed"),  # the same years in another order
        ("cycle", CYCLE, {"interval_days": 200}, "no_such_column"),  # not a number of this row
        ("cycle", CYCLE, {"method": "INTERVAL_DAYS"}, "no_such_column"),
        ("cycle", CYCLE, {"periodic_years": []}, "out_of_bounds"),
        ("cycle", CYCLE, {"periodic_years": [0, 4]}, "out_of_bounds"),
        ("cycle", CYCLE, {"yearly_after": "10"}, "out_of_bounds"),
        ("brake_test", {"every_years": 6, "bands": []}, {"every_years": 0}, "out_of_bounds"),
        ("verdict", {"kind": "PERIODIC"}, {"kind": "SELF_TEST"}, "not_by_people"),
    ],
)
def test_what_people_may_set_are_numbers_within_bounds(section, columns, given, refused):
    if refused is None:
        made = rules.followed_by(section, columns, given)
        assert made == {**columns, **{name: sorted(set(v)) if isinstance(v, list) else v for name, v in given.items()}}
        return
    with pytest.raises(rules.LawChangeRefused) as caught:
        rules.followed_by(section, columns, given)
    assert caught.value.reason == refused


@pytest.mark.parametrize(
    ("valid_from", "latest", "refused"),
    [
        (DAY, DAY - dt.timedelta(1), None),
        (DAY - dt.timedelta(1), dt.date(2023, 1, 1), "has_passed"),  # what is past stays
        (DAY, DAY, "not_after"),
        (DAY + dt.timedelta(9), DAY + dt.timedelta(9), "not_after"),  # one that begins later is there
        (dt.date(2036, 12, 31), dt.date(2023, 1, 1), None),
        (dt.date(2037, 1, 1), dt.date(2023, 1, 1), "too_far"),  # nothing could follow it any more
    ],
)
def test_a_row_begins_today_or_later_and_after_all_others(valid_from, latest, refused):
    given = {"today": DAY, "former": dt.date(2023, 1, 1), "latest": latest}
    if refused is None:
        assert rules.require_day(valid_from, **given) is None
        return
    with pytest.raises(rules.LawChangeRefused) as caught:
        rules.require_day(valid_from, **given)
    assert caught.value.reason == refused


# --- actions ----------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    """Two officers of the city, who may set the law, and one of a district, who may not."""
    people = [make_user(name) for name in ("first", "second", "district")]
    for user in people[:2]:
        hold(user, "CITY_REGULATOR", area_code=NANJING)
    hold(people[2], "DISTRICT_REGULATOR", area_code=JIANGNING)
    return people


def brake() -> LawRow:
    return LawRow.objects.get(section="brake_test", version="BRAKE-6Y")


def old(installed="2016-03-01") -> Elevator:
    day = dt.date.fromisoformat(installed)
    made = make_elevator(area_code=GULOU, commissioned_on=day, class_code=ElevatorClass.objects.get(pk="3110"))
    Elevator.objects.filter(pk=made.pk).update(registration_state="IN_USE")
    return made


def propose(user, **given) -> LawProposal:
    said = {"numbers": {"every_years": 3}, "version": "BRAKE-3Y", "valid_from": today(), "source": "Draft §1"}
    said |= {"certainty": "P", **given}
    return actions.propose_law_row(follows=brake(), by=actor_for(user, now()), at=now(), **said)


def test_two_persons_make_it_law_and_the_former_row_stays(two):
    first, second, _district = two
    elevator, before = old(), LawRow.objects.filter(pk=brake().pk).values().get()
    replan(elevator_ids=[elevator.pk], at=now())
    proposal = propose(first)
    assert LawRow.objects.filter(version="BRAKE-3Y").count() == 0
    assert propose(first).pk == proposal.pk  # a second click
    with pytest.raises(actions.LawSamePerson):
        actions.approve_law_row(proposal=proposal, by=actor_for(first, now()), at=now())
    done = actions.approve_law_row(proposal=proposal, by=actor_for(second, now()), at=now())
    again = actions.approve_law_row(proposal=proposal, by=actor_for(second, now()), at=now())
    assert again.row_id == done.row_id
    law = LawRow.objects.get(version="BRAKE-3Y")
    assert (law.columns["every_years"], law.columns["bands"]) == (3, before["columns"]["bands"])
    assert LawRow.objects.filter(pk=brake().pk).values().get() == before


def test_what_is_said_to_follow_is_what_the_sweep_then_makes(two):
    """The elevators whose dates are said to change are those whose obligations do change."""
    first, second, _district = two
    rows = [old(f"{year}-03-01") for year in range(2011, 2019)]
    ids = [row.pk for row in rows]
    Elevator.objects.exclude(pk__in=ids).update(registration_state="SCRAPPED")
    replan(elevator_ids=ids, at=now())

    def due():
        told = Obligation.objects.filter(elevator__in=ids, status="PENDING").order_by("kind", "period")
        found = {pk: [] for pk in ids}
        for row in told.values_list("elevator", "kind", "period", "due_on"):
            found[row[0]].append(row[1:])
        return found

    before = due()
    follows = LawRow.objects.get(section="cycle", version="T7001-2023+08-2026")
    said = {"version": "YEARLY", "valid_from": today(), "source": "Draft §1", "certainty": "P"}
    numbers = {"yearly_after": 5}
    proposal = actions.propose_law_row(follows=follows, numbers=numbers, by=actor_for(first, now()), at=now(), **said)
    plan_all_due(at=now())
    assert due() == before  # nothing is law yet
    actions.approve_law_row(proposal=proposal, by=actor_for(second, now()), at=now())
    plan_all_due(at=now())
    after = due()
    changed = sum(before[pk] != after[pk] for pk in ids)
    assert changed > 0
    assert (proposal.counted["concerned"], proposal.counted["looked_at"]) == (8, 8)
    assert proposal.counted["changed"] == changed


@pytest.mark.parametrize(
    ("numbers", "counted", "words"),
    [
        (
            {"periodic_early_months": 11},
            "opens_sooner",
            "May be done from an earlier day on: {n}, from a later one: 0.",
        ),
        ({"periodic_early_months": 0}, "opens_later", "May be done from an earlier day on: 0, from a later one: {n}."),
        ({"apply_before_months": 3}, "apply_sooner", "Last day to apply sooner: {n}, later: 0."),
        ({"apply_before_months": 0}, "apply_later", "Last day to apply sooner: 0, later: {n}."),
    ],
)
def test_a_row_that_moves_other_days_alone_says_how_many(two, numbers, counted, words):
    """Of what may be done, or has to be applied for, on another day; nothing is due on another one."""
    rows = [old(f"{year}-03-01") for year in range(2011, 2019)]
    Elevator.objects.exclude(pk__in=[row.pk for row in rows]).update(registration_state="SCRAPPED")
    former = LawRow.objects.get(section="cycle", version="T7001-2023+08-2026")
    columns = {**former.columns, **numbers}
    row = LawRow(section="cycle", area=former.area, version="OTHER", columns=columns, valid_from=today())
    found = consequences(row, today())
    number = found.pop(counted)
    assert 0 < found.pop("changed") <= number
    assert {name: value for name, value in found.items() if value} == {"concerned": 8, "looked_at": 8}
    with override("en"):
        assert words.format(n=number) in counted_words({**found, counted: number, "changed": 1})


def test_what_is_proposed_is_read_over_rest_with_what_would_follow_by_who_may_set_it(two):
    first, _second, district = two
    old()
    proposal = propose(first)
    address, client = "/api/v1/inspection/law-proposals/", client_for(first)
    [row] = client.get(address).json()["results"]
    assert row == client.get(f"{address}{proposal.public_id}/").json()
    assert (row["id"], row["row"], row["lapsed"]) == (str(proposal.public_id), None, False)
    assert row["counted"] == proposal.counted
    LawProposal.objects.update(counted={name: proposal.counted[name] for name in COUNTED})
    again = client.get(address).json()["results"][0]["counted"]
    assert (set(again), again["opens_sooner"]) == (set(proposal.counted), 0)  # of before these were counted
    assert client_for(district).get(address).status_code == 403
    assert client.post(address, {}).status_code in (403, 405)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_proposals_costs_the_same_however_many(two, count, django_assert_num_queries):
    said = {"version": "V", "valid_from": today(), "source": "S", "certainty": "P", "columns": brake().columns}
    said |= {"counted": dict.fromkeys(COUNTED, 0), "proposed_by": two[0], "proposed_at": now(), "decided_at": now()}
    for _ in range(count):
        LawProposal.objects.create(follows=brake(), **said)
    client = client_for(two[0])
    client.get("/api/v1/inspection/law-proposals/")
    with django_assert_num_queries(PROPOSALS):
        assert len(client.get("/api/v1/inspection/law-proposals/").json()["results"]) == count


COUNTED = ("concerned", "looked_at", "changed", "new", "gone", "sooner", "later")
PROPOSALS = 4


def test_what_was_proposed_before_other_days_were_counted_is_still_read(two):
    """What was counted is kept with the proposal."""
    kept = {"concerned": 8, "looked_at": 8, "changed": 2, "sooner": 1, "later": 0, "new": 0, "gone": 1}
    assert len(counted_words(kept)) == 3


def test_of_many_elevators_some_are_reckoned_and_the_page_says_so(two, monkeypatch):
    for year in range(2011, 2016):
        old(f"{year}-03-01")
    monkeypatch.setattr("inspection.queries.law_changes.MOST", 2)
    row = brake()
    row.columns = row.columns | {"every_years": 2}
    row.version, row.valid_from = "X", today()
    counted = consequences(row, local_date(now()))
    assert (counted["concerned"], counted["looked_at"]) == (5, 2)
    assert "spread evenly" in str(counted_words(counted)[1]) or "均匀" in str(counted_words(counted)[1])


@pytest.mark.parametrize(
    ("given", "refused", "field"),
    [
        ({"valid_from": dt.date(2026, 1, 1)}, "law-has-passed", "valid_from"),
        ({"numbers": {}}, "law-nothing-changed", None),
        ({"numbers": {"every_years": 31}}, "law-out-of-bounds", "every_years"),
        ({"version": "BRAKE-6Y"}, "law-version-taken", "version"),
        ({"version": "ＢＲＡＫＥ\u20116Y\u200b"}, "law-version-taken", "version"),  # looks like it
        ({"valid_from": dt.date(9999, 12, 31)}, "law-too-far", "valid_from"),
        ({"certainty": "SURE"}, "law-certainty-unknown", "certainty"),
    ],
)
def test_what_cannot_be_is_refused_by_name_at_its_field(two, given, refused, field):
    with pytest.raises(Refusal) as caught:
        propose(two[0], **given)
    assert (caught.value.code, caught.value.field) == (refused, field)
    assert not LawProposal.objects.exists()


def test_neither_a_district_nor_the_system_nor_another_city_sets_the_law(two):
    with pytest.raises(NotPermitted):
        propose(two[2])
    with pytest.raises(NotPermitted):
        said = {"numbers": {"every_years": 3}, "version": "V", "valid_from": today(), "source": "S", "certainty": "P"}
        actions.propose_law_row(follows=brake(), by=system("tests"), at=now(), **said)
    Area.objects.create(code="999900", name="Elsewhere", kind="CITY", source="tests")
    make_elevator(area_code="999900", class_code=ElevatorClass.objects.get(pk="3110"))
    with pytest.raises(actions.LawOfOthers):
        propose(two[0])


def test_whoever_has_lost_the_right_proposed_nothing(two):
    first, second, _district = two
    proposal = propose(first)
    first.is_active = False
    first.save(update_fields=["is_active"])
    with pytest.raises(actions.LawProposerGone):
        actions.approve_law_row(proposal=proposal, by=actor_for(second, now()), at=now())
    ended = actions.refuse_law_row(proposal=proposal, note="gone", by=actor_for(second, now()), at=now())
    assert (ended.row, ended.decided_note) == (None, "gone")
    with pytest.raises(actions.LawProposalDecided):
        actions.approve_law_row(proposal=proposal, by=actor_for(second, now()), at=now())
    assert not LawRow.objects.filter(version="BRAKE-3Y").exists()


def test_what_was_proposed_for_a_day_that_has_passed_is_not_approved(two):
    first, second, _district = two
    proposal = propose(first)
    with pytest.raises(actions.LawRefused) as caught:
        later = now() + dt.timedelta(days=1)
        actions.approve_law_row(proposal=proposal, by=actor_for(second, later), at=later)
    assert caught.value.code == "law-has-passed"


def told(user) -> list[str]:
    rows = Message.objects.filter(recipient_id=str(user.public_id)).order_by("pk")
    return [row.kind.removeprefix("inspection.") for row in rows]


def test_who_may_approve_hears_of_it_and_has_it_on_the_home_page(two):
    first, second, _district = two
    proposal = propose(first)
    propose(first)  # a second click
    assert [told(user) for user in two] == [[], ["law_proposed"], []]
    assert [[tile.value for tile in tiles(actor_for(user, now()), now())] for user in two] == [[], [1], []]
    assert Message.objects.get().link == f"/law/proposals/{proposal.public_id}/"
    actions.refuse_law_row(proposal=proposal, note="no", by=actor_for(second, now()), at=now())
    assert tiles(actor_for(second, now()), now()) == []


def test_what_was_proposed_for_a_day_that_has_passed_lapses_and_blocks_nobody(two):
    first, second, _district = two
    proposal, tomorrow = propose(first), now() + dt.timedelta(days=1)
    assert lapsing_proposals().run(now()) == 0
    assert tiles(actor_for(second, now()), tomorrow) == []
    assert lapsing_proposals().oldest_due(tomorrow) <= tomorrow
    assert [lapsing_proposals().run(tomorrow) for _ in range(2)] == [1, 0]
    proposal.refresh_from_db()
    assert (proposal.lapsed, proposal.row, told(first)) == (True, None, ["law_lapsed"])
    assert (
        "Its day passed before a second officer approved it."
        in client_for(second, **EN).get(f"/law/proposals/{proposal.public_id}/").content.decode()
    )
    with pytest.raises(actions.LawProposalDecided):
        actions.approve_law_row(proposal=proposal, by=actor_for(second, tomorrow), at=tomorrow)
    said = {"numbers": {"every_years": 2}, "version": "B", "valid_from": local_date(tomorrow), "source": "S"}
    actions.propose_law_row(follows=brake(), by=actor_for(second, tomorrow), at=tomorrow, certainty="P", **said)


def test_before_the_sweep_has_looked_what_has_passed_blocks_nobody_either(two):
    first, second, _district = two
    proposal, tomorrow = propose(first), now() + dt.timedelta(days=1)
    said = {"numbers": {"every_years": 2}, "version": "B", "valid_from": local_date(tomorrow), "source": "S"}
    actions.propose_law_row(follows=brake(), by=actor_for(second, tomorrow), at=tomorrow, certainty="P", **said)
    proposal.refresh_from_db()
    assert proposal.lapsed


# --- pages and REST ---------------------------------------------------------------------------------------------------


def test_every_section_and_column_has_words():
    for row in LawRow.objects.all():
        assert row.section in SECTIONS
        assert set(row.columns) <= set(COLUMNS), row
        codes = [
            value for value in row.columns.values() if isinstance(value, str) and value.isupper() and len(value) > 3
        ]
        assert set(codes) <= {*VALUES, *(row.columns.get(name) for name in ("balance_code", "test_prefix", "code"))}, (
            row
        )


def test_every_source_is_read_in_chinese():
    rows = [*LawRow.objects.all(), *AssessmentRule.objects.all()]
    with override("zh-hans"):
        assert [
            row.source for row in rows if gettext(row.source) == row.source and row.source != "TSG T7001-2023"
        ] == []


def test_the_pages_say_what_follows_before_it_is_law(two):
    first, second = (client_for(user, **EN) for user in two[:2])
    old()
    path = f"/law/{brake().public_id}/"
    assert "Every so many years" in first.get(path).content.decode()
    words = {"version": "BRAKE-3Y", "valid_from": str(today()), "source": "Draft", "certainty": "P", "every_years": "3"}
    sent = {"idempotency_key": str(uuid4()), **words}
    answer = first.post(f"{path}follow/", sent)
    assert answer.status_code == 302
    assert first.post(f"{path}follow/", sent)["Location"] == answer["Location"]  # a double click
    page = first.get(answer["Location"]).content.decode()
    assert "It concerns 1 elevators." in page
    assert "approve/" not in page
    assert "approve/" in second.get(answer["Location"]).content.decode()
    assert "Waiting for a second person" in second.get("/law/").content.decode()
    approve = f"{answer['Location']}approve/"
    assert "It concerns 1 elevators." in second.get(approve).content.decode()
    key = {"idempotency_key": str(uuid4())}
    assert first.post(approve, {"idempotency_key": str(uuid4())}).status_code == 403
    assert second.post(approve, key).status_code == 302
    listed = second.get("/api/v1/inspection/law/?section=brake_test").json()["results"]
    assert {row["version"] for row in listed} == {"BRAKE-3Y", "BRAKE-6Y", "BRAKE-NINGXIA"}


def test_a_wrong_number_stands_at_its_field(two):
    client = client_for(two[0], **EN)
    path = f"/law/{LawRow.objects.get(section='cycle', version='T7001-2023+08-2026').public_id}/follow/"
    words = {"version": "X", "valid_from": "2020-01-01", "source": "S", "certainty": "P", "periodic_years": "1, x"}
    answer = client.post(path, {"idempotency_key": str(uuid4()), **words})
    assert answer.status_code == 422
    assert "periodic_years" in answer.context["form"].errors


def test_the_list_costs_the_same_however_many_rows(two, django_assert_num_queries):
    client = client_for(two[0], **EN)
    for section, count in (("tester_limit", 1), ("cycle", 3)):
        client.get(f"/law/?section={section}")
        with django_assert_num_queries(LIST):
            answer = client.get(f"/law/?section={section}")
        assert len(answer.context["page"].rows) == count


LIST = 6


def test_who_may_set_the_law_is_said_once(two):
    rows = LawRow.objects.visible_to(actor_for(two[0], now()), Permission.SET_LAW)
    assert set(rows.values_list("area", flat=True)) <= {"", "CN", NANJING}
    assert not LawRow.objects.visible_to(actor_for(two[2], now()), Permission.SET_LAW).exists()
    assert LawRow.objects.visible_to(actor_for(two[2], now()), Permission.VIEW_REPORT).filter(area="US-NY").exists()
