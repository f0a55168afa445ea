"""Who sees which applications and reports: however they are found, the same rows as by asking for each elevator."""

import datetime as dt

import pytest
from django.db.models import Q

from accounts.queries import actor_for, reach_of
from accounts.roles import Permission
from common.clock import now
from inspection.api.filters import ReportFilter as RestFilter
from inspection.forms.reports import ReportFilter as ListFilter
from inspection.models import Application, Inspection, Report, ReportPlace
from registry.models import Elevator
from registry.models import scope as found_for_units
from tests.factories.due import many_elevators
from tests.factories.make import GULOU, JIANGBEI, JIANGNING, NANJING, area, hold, make_user
from tests.factories.reports import BY, make_body, moment

pytestmark = pytest.mark.django_db
AT = moment("2026-03-10 10:00")


@pytest.fixture(params=[Application, Report])
def model(request):
    return request.param


@pytest.fixture
def rows(cast, model):
    """One about each elevator of the cast, one about an elevator that was withdrawn with its import."""
    elevators = [cast.elevator_own, cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei]
    withdrawn = many_elevators(1, registration_state="WITHDRAWN")
    made = application if model is Application else report
    return [made(elevator, cast) for elevator in [*elevators, *withdrawn]]


def application(elevator, cast) -> Application:
    row = Application(elevator=elevator, unit=cast.unit_a, body=make_body(), period="2026", in_time=True, applied_at=AT)
    row.opens_on = row.due_on = row.wanted_from = row.wanted_until = AT.date()
    row.applied_by_kind, row.applied_by_id = BY.kind, BY.id
    row.save()
    return row


def report(elevator, cast, **said) -> Report:
    told = {"elevator": elevator, "body": make_body(), "kind": "PERIODIC", "number": f"R-{elevator.pk}-{len(said)}"}
    told |= {"concluded_on": AT.date(), "verdict": "PASSED", "filed_at": AT} | said
    told |= {"filed_by_kind": BY.kind, "filed_by_id": BY.id}
    return Report.objects.create(inspection=Inspection.objects.create(**told), digest=bytes(32), **told)


def by_elevators(model, actor) -> set:
    scope = reach_of(actor, Permission.VIEW_REPORT)
    if scope.everything:
        return set(model.objects.values_list("pk", flat=True))
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_REPORT).values("pk")
    own = Q(body__in=scope.unit_ids) | (Q(unit__in=scope.unit_ids) if model is Application else Q())
    return set(model.objects.filter(Q(elevator__in=seen) | own).values_list("pk", flat=True))


def seen_by(cast, model) -> dict[str, set]:
    found = {}
    for name, player in cast.players.items():
        actor = player.actor()
        seen = set(model.objects.visible_to(actor, Permission.VIEW_REPORT).values_list("pk", flat=True))
        assert seen == by_elevators(model, actor), name
        found[name] = seen
    return found


@pytest.mark.parametrize(("few", "many"), [(found_for_units.FEW, found_for_units.MANY), (0, 10), (0, 0)])
def test_everybody_sees_what_they_saw_by_the_elevators(cast, model, rows, few, many, monkeypatch):
    """With units that have few elevators, more, and very many."""
    monkeypatch.setattr(found_for_units, "FEW", few)
    monkeypatch.setattr(found_for_units, "MANY", many)
    own, foreign, former, jiangbei, _withdrawn = (row.pk for row in rows)
    seen = seen_by(cast, model)
    assert seen["city_regulator"] == {own, foreign, former, jiangbei}
    assert (seen["district_regulator"], seen["subdistrict_officer"]) == ({own}, {own})
    assert (seen["other_district_regulator"], seen["jiangbei_regulator"]) == ({foreign, former}, {jiangbei})


def test_an_elevator_that_moves_takes_its_rows_along_and_one_that_is_withdrawn_hides_them(cast, model, rows):
    own, jiangbei = rows[0].pk, rows[3].pk
    there = cast.elevator_jiangbei
    Elevator.objects.filter(pk=cast.elevator_own.pk).update(
        area_id=there.area_id, managing_district_id=there.managing_district_id
    )
    assert seen_by(cast, model)["district_regulator"] == set()
    assert seen_by(cast, model)["jiangbei_regulator"] == {own, jiangbei}
    Elevator.objects.filter(pk=cast.elevator_own.pk).update(registration_state="WITHDRAWN")
    assert seen_by(cast, model)["jiangbei_regulator"] == {jiangbei}


def test_an_old_copy_that_is_saved_puts_no_row_into_another_area(cast):
    row = application(cast.elevator_own, cast)
    row.area = row.managing_district = area(JIANGNING)
    row.save()
    row.refresh_from_db()
    assert (row.area_id, row.managing_district_id) == (
        cast.elevator_own.area_id,
        cast.elevator_own.managing_district_id,
    )


# --- what is asked of the list ------------------------------------------------------------------------------------------

ASKED = [
    *({"district": code} for code in (NANJING, GULOU, JIANGNING, JIANGBEI)),
    *({"verdict": verdict} for verdict in ("PASSED", "FAILED", "PASSED_ON_REINSPECTION")),
    *({"kind": "PERIODIC"}, {"kind": "SELF_TEST"}, {"since": "2026-03-11"}, {"until": "2026-03-10"}),
    {"district": GULOU, "verdict": "FAILED"},
    {"district": JIANGNING, "verdict": "FAILED", "kind": "SELF_TEST", "since": "2026-03-11", "until": "2026-03-11"},
]
OVER_REST = {"since": "concluded_since", "until": "concluded_until"}


@pytest.fixture
def reports(cast):
    """Two about each elevator of the cast and about one that was withdrawn with its import; one has moved since."""
    elevators = [cast.elevator_own, cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei]
    elevators += many_elevators(1, registration_state="WITHDRAWN")
    for elevator in elevators:
        report(elevator, cast)
        report(elevator, cast, kind="SELF_TEST", verdict="FAILED", concluded_on=dt.date(2026, 3, 11))
    move(cast.elevator_own, cast.elevator_foreign)
    return elevators


def move(elevator, there) -> None:
    place = {"area_id": there.area_id, "managing_district_id": there.managing_district_id, "city_id": there.city_id}
    Elevator.objects.filter(pk=elevator.pk).update(**place)


def plainly(actor, asked: dict) -> set:
    """As if no place were kept: the reports that one sees by the elevators, by their own columns and the elevator's."""
    rows = Report.objects.filter(pk__in=by_elevators(Report, actor))
    if "district" in asked:
        there = area(asked["district"])
        rows = rows.filter(Q(elevator__city=there) | Q(elevator__managing_district=there))
    columns = {"verdict": "verdict", "kind": "kind", "since": "concluded_on__gte", "until": "concluded_on__lte"}
    rows = rows.filter(**{columns[name]: value for name, value in asked.items() if name in columns})
    return set(rows.values_list("pk", flat=True))


def found(filters, asked: dict, actor) -> set:
    filterset = filters(asked, queryset=Report.objects.all().visible_to(actor, Permission.VIEW_REPORT))
    assert filterset.is_valid(), filterset.errors
    return set(filterset.qs.values_list("pk", flat=True))


def test_every_list_has_the_rows_that_reports_and_elevators_themselves_give(cast, reports):
    some = dict.fromkeys(range(len(ASKED)), False)
    for name, player in cast.players.items():
        actor = player.actor()
        for number, asked in enumerate(ASKED):
            plain = plainly(actor, asked)
            assert found(ListFilter, asked, actor) == plain, (name, asked)
            if "district" not in asked:
                over_rest = {OVER_REST.get(key, key): value for key, value in asked.items()}
                assert found(RestFilter, over_rest, actor) == plain, (name, asked)
            some[number] |= bool(plain)
    # there is something to be found by each, but for the verdict that nobody gave and the district that was left
    assert [ASKED[number] for number, any_found in some.items() if not any_found] == [
        {"verdict": "PASSED_ON_REINSPECTION"}
    ]


def test_a_report_has_its_place_at_once_and_takes_it_along_and_back(cast, reports):
    there = cast.elevator_jiangbei
    for elevator in reports:
        for to in (there, elevator):
            move(elevator, to)
            kept = ReportPlace.objects.filter(report__elevator=elevator)
            columns = ("city_id", "managing_district_id", "area_id", "withdrawn")
            state = elevator.registration_state == "WITHDRAWN"
            assert set(kept.values_list(*columns)) == {(to.city_id, to.managing_district_id, to.area_id, state)}
            assert kept.count() == 2


def test_officials_of_two_areas_see_both(cast, reports):
    """Granted one by one, and with one that lies in the other."""
    both = make_user("of-two")
    for code in (JIANGNING, JIANGBEI, NANJING):
        hold(both, "DISTRICT_REGULATOR", area_code=code)
        actor = actor_for(both, now())
        assert found(ListFilter, {}, actor) == plainly(actor, {}) != set()
