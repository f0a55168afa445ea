"""Changing many at once: nothing before the preview, each row told, what contradicts itself refused, all or none."""

import datetime as dt
import re
import uuid

import pytest

from common.clock import now
from common.models import AuditRecord
from registry import actions, rules
from registry.actions.bulk import BULK_CHANGEABLE
from registry.actions.elevators import CHANGEABLE
from registry.forms import BulkChangeForm, ElevatorForm
from registry.models import Elevator, ElevatorClass, LifeEvent
from registry.queries import chain_faults
from tests.common.conftest import make_manager
from tests.factories.make import GULOU, JIANGNING, client_for, hold, make_elevator, make_user

SUBDISTRICT = "320106001"
BULK = "/elevators/bulk/"


@pytest.fixture
def regulator(db):
    manager = make_manager()
    user = make_user()
    hold(user, "DISTRICT_REGULATOR", area_code=GULOU)
    return type(manager)(user, manager.unit, manager.elevator)


def form(*elevators, **values):
    ids = [str(elevator.public_id) for elevator in elevators]
    return {"ids": ids, "idempotency_key": str(uuid.uuid4()), **values}


def preview(person, sent):
    answer = person.client.post(BULK, sent)
    assert answer.status_code == 200, answer.content
    return answer


def confirm(person, sent):
    return person.client.post(BULK, sent | {"seen": preview(person, sent).context["seen"]})


# --- rules --------------------------------------------------------------------------------------------------------------

DAY = dt.date(2020, 1, 2)


@pytest.mark.parametrize(
    ("row", "changed", "reasons"),
    [
        ({"class_code": "3110", "equipment_code": "311010X04201300022"}, {"class_code"}, []),
        ({"class_code": "3310", "equipment_code": "311010X04201300022"}, {"class_code"}, ["class-of-equipment_code"]),
        (
            {"class_code": "3310", "registration_code": "31103201062019030001"},
            {"class_code"},
            ["class-of-registration_code"],
        ),
        ({"class_code": "3310", "equipment_code": "311010X04201300022"}, {"place_type"}, []),
        ({"class_code": None, "equipment_code": "311010X04201300022"}, {"class_code"}, []),
        (
            {"manufactured_on": DAY, "commissioned_on": dt.date(2020, 1, 1)},
            {"commissioned_on"},
            ["commissioned_on-before-manufactured_on"],
        ),
        ({"manufactured_on": DAY, "commissioned_on": DAY}, {"commissioned_on"}, []),
        (
            {"commissioned_on": DAY, "last_renewed_on": dt.date(2019, 1, 1)},
            {"commissioned_on"},
            ["last_renewed_on-before-commissioned_on"],
        ),
        ({"commissioned_on": DAY, "last_renewed_on": dt.date(2019, 1, 1)}, {"retrofitted"}, []),
        ({"commissioned_on": None, "last_renewed_on": DAY}, {"last_renewed_on"}, []),
    ],
)
def test_contradictions(row, changed, reasons):
    assert rules.contradictions(row, changed) == reasons


# --- allow-lists ----------------------------------------------------------------------------------------------------------


def test_every_face_lets_in_what_may_be_changed_and_nothing_else(regulator):
    """The form, the serializer and the bulk change draw from one list; a new column is decided there."""
    from registry.api.serializers import ElevatorInputSerializer

    shown = ElevatorForm(actor=regulator.actor, may_register=True, instance=regulator.elevator).fields
    assert set(shown) == (CHANGEABLE - {"coord_source"}) | {"datum", "version"}
    assert set(ElevatorInputSerializer().fields) == (CHANGEABLE - {"coord_source"}) | {"datum"}
    assert list(BulkChangeForm().fields) == list(BULK_CHANGEABLE)
    assert set(BULK_CHANGEABLE) < CHANGEABLE
    own = {
        "equipment_code",
        "registration_code",
        "certificate_number",
        "rescue_code",
        "latitude",
        "longitude",
        "address",
    }
    assert own.isdisjoint(BULK_CHANGEABLE)


# --- preview --------------------------------------------------------------------------------------------------------------


def test_nothing_is_written_before_the_preview_is_confirmed(regulator):
    before = (LifeEvent.objects.count(), AuditRecord.objects.count(), list(Elevator.objects.values()))
    shown = preview(regulator, form(regulator.elevator, place_type="SCHOOL"))
    assert (LifeEvent.objects.count(), AuditRecord.objects.count(), list(Elevator.objects.values())) == before
    text = re.sub(r"\s+", " ", shown.content.decode())
    assert "other place → <strong>school</strong>" in text
    assert "Change 1 elevator<" in text


def test_preview_tells_each_row_what_becomes_of_it(regulator):
    coded = make_elevator(area_code=SUBDISTRICT, equipment_code="311010X04201300022")
    there = make_elevator(area_code=SUBDISTRICT, class_code=ElevatorClass.objects.get(pk="3310"))
    shown = preview(regulator, form(regulator.elevator, coded, there, class_code="3310"))
    assert (shown.context["happens"], shown.context["refused"], shown.context["same"]) == (1, 1, 1)
    told = {
        one["plan"].elevator.pk: (bool(one["changes"]), len(one["plan"].refusals)) for one in shown.context["plans"]
    }
    assert told == {regulator.elevator.pk: (True, 0), coded.pk: (True, 1), there.pk: (False, 0)}
    assert "its equipment code says another class" in shown.content.decode()


def test_confirmed_change_does_what_was_shown_and_leaves_the_refused(regulator):
    coded = make_elevator(area_code=SUBDISTRICT, equipment_code="311010X04201300022")
    other = make_elevator(area_code=SUBDISTRICT)
    events = LifeEvent.objects.count()
    answer = confirm(regulator, form(regulator.elevator, coded, other, class_code="3310", retrofitted="true"))
    assert answer.status_code == 302
    rows = {row.pk: (row.class_code_id, row.retrofitted) for row in Elevator.objects.all()}
    assert rows == {
        regulator.elevator.pk: ("3310", True),
        other.pk: ("3310", True),
        coded.pk: (None, False),
    }
    assert LifeEvent.objects.count() == events + 2
    newest = LifeEvent.objects.filter(elevator=other).latest("sequence")
    assert (newest.kind, newest.details) == ("CHANGED", {"fields": ["class_code", "retrofitted"]})
    assert AuditRecord.objects.filter(action="registry.change_elevator").count() == 2
    assert chain_faults().faults == []


def test_second_click_on_the_confirmation_changes_once(regulator):
    sent = form(regulator.elevator, place_type="SCHOOL")
    sent |= {"seen": preview(regulator, sent).context["seen"]}
    events = LifeEvent.objects.count()
    assert [regulator.client.post(BULK, sent).status_code for _ in range(2)] == [302, 302]
    assert LifeEvent.objects.count() == events + 1


def test_row_changed_after_the_preview_is_shown_again(regulator):
    sent = form(regulator.elevator, place_type="SCHOOL")
    seen = preview(regulator, sent).context["seen"]
    actions.change_elevator(
        elevator_id=regulator.elevator.pk, values={"building": "7"}, version=None, by=regulator.actor, at=now()
    )
    answer = regulator.client.post(BULK, sent | {"seen": seen})
    assert (answer.status_code, "Somebody changed one of these" in answer.content.decode()) == (200, True)
    assert not Elevator.objects.filter(place_type="SCHOOL").exists()
    assert regulator.client.post(BULK, sent | {"seen": answer.context["seen"]}).status_code == 302


def test_other_values_than_those_shown_are_not_confirmed_by_its_mark(regulator):
    sent = form(regulator.elevator, place_type="SCHOOL")
    seen = preview(regulator, sent).context["seen"]
    assert regulator.client.post(BULK, sent | {"place_type": "OFFICE", "seen": seen}).status_code == 200
    assert not Elevator.objects.filter(place_type="OFFICE").exists()


@pytest.mark.parametrize(
    "wrong",
    [{}, {"place_type": "NOWHERE"}, {"class_code": "9999"}, {"commissioned_on": "31/31/2020"}, {"area": "nowhere"}],
)
def test_wrong_values_are_told_at_their_field(regulator, wrong):
    assert regulator.client.post(BULK, form(regulator.elevator, **wrong)).status_code == 422


# --- whose rows -----------------------------------------------------------------------------------------------------------


def test_all_of_a_filter_are_those_that_one_may_change(regulator):
    """Somebody who looks at two districts and registers in one."""
    hold(regulator.user, "DISPATCHER", area_code="320100")
    foreign = make_elevator(area_code=JIANGNING)
    school = make_elevator(area_code=SUBDISTRICT, place_type="SCHOOL")
    shown = regulator.client.get(f"{BULK}?all=1")
    assert {row.pk for row in shown.context["rows"]} == {regulator.elevator.pk, school.pk}
    assert shown.context["left_out"] == 1
    assert [row.pk for row in regulator.client.get(f"{BULK}?all=1&place_type=SCHOOL").context["rows"]] == [school.pk]
    assert regulator.client.get(f"{BULK}?all=1&place_type=HOSPITAL").status_code == 422
    assert regulator.client.post(BULK, form(foreign, place_type="SCHOOL")).status_code == 403


def test_more_than_a_thousand_of_a_filter_are_refused(regulator, monkeypatch):
    from registry.views.bulk import BulkChangePage

    monkeypatch.setattr(BulkChangePage, "largest", 1)
    make_elevator(area_code=SUBDISTRICT)
    assert regulator.client.get(f"{BULK}?all=1").status_code == 413


def test_area_that_is_not_theirs_is_refused(regulator):
    sent = form(regulator.elevator, area=JIANGNING)
    assert regulator.client.post(BULK, sent).status_code == 403
    assert confirm(regulator, form(regulator.elevator, area="320106002")).status_code == 302
    regulator.elevator.refresh_from_db()
    assert regulator.elevator.area.code == "320106002"


def test_nothing_ticked_leads_back_to_the_list(regulator):
    answer = regulator.client.get(BULK)
    assert (answer.status_code, answer["Location"]) == (302, "/elevators/")


def test_list_offers_ticking_to_those_who_may(regulator):
    manager, viewer = make_manager(), make_user()
    hold(viewer, "UNIT_VIEWER", unit=manager.unit)
    theirs, own, looked_at = (
        client.get("/elevators/").content.decode() for client in (regulator.client, manager.client, client_for(viewer))
    )
    assert 'form="bulk"' in theirs and "/elevators/bulk/" in theirs and "/elevators/changes/new/" not in theirs
    assert 'form="bulk"' in own and "/elevators/bulk/" not in own and "/elevators/changes/new/" in own
    assert 'form="bulk"' not in looked_at and str(manager.elevator.public_id) in looked_at


@pytest.mark.parametrize("rows", [1, 3])
def test_preview_takes_the_same_statements_for_one_row_and_three(regulator, rows):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    chosen = [regulator.elevator, *(make_elevator(area_code=SUBDISTRICT) for _ in range(rows - 1))]
    client = regulator.client
    counted = []
    for ask in (
        lambda: client.get(BULK, {"ids": [str(one.public_id) for one in chosen]}),
        lambda: client.get(f"{BULK}?all=1"),
        lambda: client.post(BULK, form(*chosen, place_type="SCHOOL")),
    ):
        with CaptureQueriesContext(connection) as captured:
            assert ask().status_code == 200
        counted.append(len(captured))
    assert counted == [6, 7, 9]
