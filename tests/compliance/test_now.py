"""The head of a unit's home page: what must be done now."""

import datetime as dt

import pytest

from common import clock
from common.actor import system
from compliance.actions.hazards import report_hazard, take_hazard_step
from compliance.choices import period_words
from compliance.models import Obligation
from compliance.queries.now import SHOWN, groups_of, month_ahead, owed_by_units
from tests.factories.due import many_elevators, owe, owe_more

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


def day(days: int) -> dt.date:
    return clock.today() + dt.timedelta(days=days)


def home(player) -> str:
    return player.client(**EN).get("/").content.decode()


@pytest.mark.parametrize(("days", "urgency"), [(-1, "stop"), (0, "soon"), (30, "soon"), (31, None)])
def test_urgency_follows_the_last_day(cast, days, urgency):
    owe([cast.elevator_own], due_on=day(days))
    groups = groups_of(owed_by_units(cast.own_manager.actor()), clock.today())
    assert [group.urgency for group in groups] == ([urgency] if urgency else [])


@pytest.mark.parametrize(
    ("apply_by", "due_on", "urgency"),
    [
        (30, 61, "soon"),
        (31, 61, None),
        (0, 31, "soon"),
        (-1, 31, "soon"),
        (-30, 0, "soon"),
        (-31, -1, "stop"),
        (None, 31, None),
    ],
)
def test_what_must_be_applied_for_goes_by_its_last_day_to_apply(cast, apply_by, due_on, urgency):
    """Of 30 days too; the use is forbidden only after the last good day, whatever became of the application."""
    owe([cast.elevator_own], due_on=day(due_on), apply_by=None if apply_by is None else day(apply_by))
    groups = groups_of(owed_by_units(cast.own_manager.actor()), clock.today())
    assert [group.urgency for group in groups] == ([urgency] if urgency else [])


def test_a_day_to_apply_that_has_passed_pushes_nothing_aside_that_must_not_be_used(cast, monkeypatch):
    own = [cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei]
    owe(own[:1], due_on=day(5), apply_by=day(-40))
    owe(own[1:2], due_on=day(-2))
    owe(own[2:], due_on=day(40), apply_by=day(3))
    rows = owed_by_units(cast.stranger.actor())
    shown = [
        row.elevator_id for group in groups_of(rows, clock.today()) for _site, lines in group.sites for row in lines
    ]
    assert shown == [own[1].pk, own[0].pk, own[2].pk]
    monkeypatch.setattr("compliance.queries.now.SHOWN", 1)
    found = [(group.urgency, group.shown, group.total) for group in groups_of(rows, clock.today())]
    assert found == [("stop", 1, 1), ("soon", 0, 2)]


def test_the_page_leads_with_what_forbids_use_before_any_tile(cast):
    owe([cast.elevator_own], due_on=day(-3))
    for player in (cast.own_manager, cast.maintainer):  # who maintains it has the same before them
        text = home(player)
        assert text.index("Must not be used until it is done") < text.index('class="tiles"')
        assert f"/elevators/{cast.elevator_own.public_id}/#obligations" in text
    assert "Stop it and apply for the inspection" in home(cast.own_manager)
    assert "Stop it and look at it" in home(cast.maintainer)  # the using unit applies


@pytest.mark.parametrize(
    ("days", "since", "opened"), [(-1, 30, True), (3, 30, True), (60, 30, False), (60, 90, True), (61, 90, False)]
)
def test_a_self_test_leads_to_its_report_for_the_unit_that_may_file_it(cast, days, since, opened):
    """From the day on which it may be done, late or not: no page on the way, and no application for what is not applied for."""
    due_on = day(days)
    owe([cast.elevator_own], due_on=due_on, opens_on=due_on - dt.timedelta(days=since), kind="SELF_TEST")
    report = f'href="/inspections/new/{cast.elevator_own.public_id}/?kind=SELF_TEST"'
    listed = {
        player: player.client(**EN).get("/due/").content.decode()
        for player in (cast.maintainer, cast.subdistrict_officer)
    }
    assert [report in text for text in listed.values()] == [opened, False]
    text = home(cast.maintainer)
    assert (report in text) == (opened and days <= 30)  # the page of what must be done now looks no further
    assert "apply for the inspection" not in text


def test_a_major_hazard_stands_before_everything_else_until_it_is_no_hazard(cast):
    """It forbids the use as a missed inspection does; whoever looks at what must be done now must not miss it."""
    owe([cast.elevator_own], due_on=day(-3))
    hazard = report_hazard(
        elevator=cast.elevator_own, item="GB45067-5.6.4", details="bridged", found_on=day(0), source="USING_UNIT",
        by=system("tests"), at=clock.now(),
    )  # fmt: skip
    for player in (cast.own_manager, cast.maintainer):
        text = home(player)
        assert text.index("Must not be used: major hazard") < text.index("Must not be used until it is done")
        assert '<a href="/due/hazards/?grade=MAJOR">1 major hazard</a>' in text
    assert "major hazard" not in home(cast.stranger)
    take_hazard_step(hazard_id=hazard.pk, step="reject", note="x", by=system("officer"), at=clock.now())
    assert "major hazard" not in home(cast.own_manager)


def test_hazards_to_mend_are_lines_the_nearest_last_day_first(cast, monkeypatch):
    """Of those who answer for the elevator; what an officer has not yet confirmed is nobody's to mend."""
    later, sooner, _found = [
        report_hazard(
            elevator=cast.elevator_own, item=item, details="loose", found_on=day(-found), source="USING_UNIT",
            confirmed=confirmed, by=system("tests"), at=clock.now(),
        )
        for item, found, confirmed in (("DOOR", 1, True), ("MACHINE", 3, True), ("OTHER", 5, False))
    ]  # fmt: skip
    shown = {
        player: [
            row.pk
            for panel in player.client(**EN).get("/").context["panels"]
            if panel.lead
            for row in panel.context["hazards"]
        ]
        for player in (cast.own_manager, cast.maintainer, cast.stranger)
    }
    both = [sooner.pk, later.pk]
    assert shown == {cast.own_manager: both, cast.maintainer: both, cast.stranger: []}
    monkeypatch.setattr("compliance.views.home.HAZARDS", 1)
    text = home(cast.own_manager)
    assert f"/due/hazards/{sooner.public_id}/" in text and f"/due/hazards/{later.public_id}/" not in text
    assert "more hazards in the list" in text


def test_an_elevator_that_missed_two_years_is_one_line_that_asks_for_both(cast):
    """A pass ends the older one alone (inspection.md D3): said on home, in the list, on the elevator and on the application."""
    first, second = day(-400), day(-35)
    for last in (first, second, day(400)):  # what opens later only is a line of its own
        owe_more(cast.elevator_own, last)
    words = f"{first.year} and {second.year} are due"
    ids = [row.public_id for row in Obligation.objects.pending().order_by("alert_after")][:2]
    address = "/inspections/applications/apply/?" + "&amp;".join(f"ids={one}" for one in ids)
    client = cast.own_manager.client(**EN)
    pages = {url: client.get(url).content.decode() for url in ("/", "/due/", "/due/?when=overdue")}
    assert {url: (text.count(words), text.count(address)) for url, text in pages.items()} == dict.fromkeys(
        pages, (1, 1)
    )
    file = client.get(f"/elevators/{cast.elevator_own.public_id}/").content.decode()
    assert (file.count(words), file.count(address)) == (2, 1)  # what is due, and its inspections
    form = client.get(address.replace("&amp;", "&")).content.decode()
    assert f"{cast.elevator_own.main_code} owes 2 inspections: {words}." in form
    assert [form.count(f'value="{one}"') for one in ids] == [1, 1]
    [alone] = client.get(f"/due/?on={second}").context["page"].rows
    assert alone.public_id == ids[1]  # a day of the calendar shows what it counts


def test_only_who_applies_is_asked_to(cast):
    """Who cannot apply is led to the elevator, in words that promise no more."""
    owe([cast.elevator_own], due_on=day(3))
    text = home(cast.maintainer)
    assert "Look at it" in text
    assert "Apply for it" not in text


def test_who_owes_nothing_of_it_is_not_told_to_do_it(cast):
    """Whoever only looks (a viewer, an inspection body) sees what is due elsewhere, and is not told to stop anything."""
    owe([cast.elevator_own], due_on=day(-3))
    assert 'id="now"' not in home(cast.colleague)


def test_nobody_has_anothers_elevators_before_them(cast):
    owe([cast.elevator_foreign, cast.elevator_former], due_on=day(-3))
    assert str(cast.elevator_former.public_id) not in home(cast.own_manager)  # no longer theirs
    assert "Nothing is overdue, and nothing is due or to be applied for within 30 days." in home(cast.own_manager)
    assert str(cast.elevator_former.public_id) in home(cast.stranger)
    for player in (cast.city_regulator, cast.system_admin, cast.auditor):
        assert 'id="now"' not in home(player)


def test_weeks_ahead_lead_to_exactly_what_they_count(cast):
    """What ought to have been applied for already is in this one; the same elevator's second year is counted and listed."""
    own = [cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei]
    owe(own[:1], due_on=day(40), apply_by=day(10))
    owe(own[1:2], due_on=day(40), apply_by=day(-3))
    owe(own[2:], due_on=day(10))
    client = cast.stranger.client(**EN)
    [panel] = [panel for panel in client.get("/").context["panels"] if panel.lead]
    listed = {url: len(client.get(url).context["page"].rows) for _first, _last, _number, url in panel.context["weeks"]}
    assert listed == {url: number for _first, _last, number, url in panel.context["weeks"]}
    assert sorted(listed.values()) == [0, 0, 0, 1, 2] and "week=" in min(listed)


def test_a_week_counts_what_has_to_be_applied_for_or_done_by_a_day_in_it(cast):
    """Five weeks from the Monday before; what ought to have been applied for already stands in this one."""
    thursday = dt.date(2028, 6, 1)
    days = ((0, None), (31, None), (32, None), (61, 31), (61, 32), (31, -1), (-1, None), (-2, -33))
    for last, apply in days:
        apply_by = thursday + dt.timedelta(days=apply) if apply is not None else None
        owe(many_elevators(1), due_on=thursday + dt.timedelta(days=last), apply_by=apply_by)
    assert month_ahead([Obligation.objects.all()], thursday) == [
        (dt.date(2028, 5, 29), 2),
        (dt.date(2028, 6, 5), 0),
        (dt.date(2028, 6, 12), 0),
        (dt.date(2028, 6, 19), 0),
        (dt.date(2028, 6, 26), 2),
    ]


def test_the_numbers_are_those_of_all_and_not_of_the_lines_shown(cast):
    rows = many_elevators(SHOWN + 2, using_unit=cast.unit_a)
    owe(rows, due_on=day(-1))
    owe([cast.elevator_own], due_on=day(3))
    found = groups_of(owed_by_units(cast.own_manager.actor()), clock.today())
    assert [(group.urgency, group.total, group.shown) for group in found] == [
        ("stop", SHOWN + 2, SHOWN),
        ("soon", 1, 0),
    ]
    page = cast.own_manager.client(**EN).get("/")
    assert {tile.url: tile.value for tile in page.context["tiles"] if tile.url.startswith("/due/?when=")} == {
        "/due/?when=overdue": SHOWN + 2,
        "/due/?when=month": 1,
    }
    words = page.content.decode()
    assert '<a href="/due/?when=overdue">2 more in the list</a>' in words
    assert '<a href="/due/?when=month">1 more in the list</a>' in words


@pytest.mark.parametrize("count", [1, 3])
def test_a_home_page_costs_the_same_with_one_row_and_three(cast, django_assert_num_queries, count):
    owe([cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei][:count], due_on=day(-1))
    client = cast.stranger.client()
    client.get("/")
    # which roles the unit holds, and the keys of its elevators, are asked once for all that home says (common.one_look)
    with django_assert_num_queries(36) as asked:
        assert client.get("/").content.decode().count('#obligations"><th') == count
    assert sum("FROM unnest(" in query["sql"] for query in asked.captured_queries) == 1


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("2026-W48", "week 48 of 2026"),
        ("2027-W01", "week 1 of 2027"),
        ("2026-11", "2026-11"),
        ("2026-11-29 7", "2026-11-29"),
    ],
)
def test_a_week_is_said_as_people_say_it(period, words):
    assert period_words(period) == words
