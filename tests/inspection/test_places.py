"""Who sees which applications and reports: however they are found, the same rows as by asking for each elevator."""

import pytest
from django.db.models import Q

from accounts.queries import reach_of
from accounts.roles import Permission
from inspection.models import Application, Inspection, Report
from registry.models import Elevator
from registry.models import scope as found_for_units
from tests.factories.due import many_elevators
from tests.factories.make import JIANGNING, area
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


def report(elevator, cast) -> Report:
    told = {"elevator": elevator, "body": make_body(), "kind": "PERIODIC", "number": f"R-{elevator.pk}"}
    told |= {"concluded_on": AT.date(), "verdict": "PASSED", "filed_at": AT}
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
