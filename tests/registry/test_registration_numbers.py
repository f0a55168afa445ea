"""Certificate numbers that nobody issued: carried with a warning, decided by the regulator, never entered by a unit."""

import pytest

from common.clock import now
from common.models import AuditRecord
from registry.models import Elevator, UseLabel
from tests.factories.registrations import under_review
from tests.registry.registration_doors import API, BASE, english, post, rest

pytestmark = pytest.mark.usefixtures("places")


CARRIED = "梯11苏A99999(19)"


def test_a_unit_enters_no_certificate_number_and_a_regulator_does(cast):
    new = {"area": "320106002", "address": "8 New Road", "place_type": "RESIDENTIAL"}
    unit, regulator = english(cast.own_manager), english(cast.city_regulator)
    for client, shown in ((unit, False), (regulator, True)):
        assert ('name="certificate_number"' in client.get("/elevators/new/").content.decode()) is shown
    post(unit, "/elevators/new/", **new, certificate_number=CARRIED)
    assert Elevator.objects.filter(address="8 New Road").get().certificate_number is None
    answer = rest(unit, f"{API}elevators/", new | {"certificate_number": CARRIED})
    assert (answer.status_code, answer.json()["code"]) == (422, "certificate-number-of-regulator")
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/certificate_number"]
    assert rest(regulator, f"{API}elevators/", new | {"certificate_number": CARRIED}).status_code == 201
    assert Elevator.objects.get(certificate_number=CARRIED).registration_state == "UNREGISTERED"


def carrying(cast, own):
    """An application under review for an elevator whose number came with a file."""
    row = under_review(own, "REGISTER", cast.own_manager, cast.city_regulator)
    Elevator.objects.filter(pk=own.pk).update(certificate_number=CARRIED)
    return f"{BASE}{row.public_id}/review/"


def test_a_number_carried_unregistered_is_shown_with_a_warning_and_must_be_decided(cast, own):
    review, regulator = carrying(cast, own), english(cast.district_regulator)
    page = regulator.get(review).content.decode()
    assert "nobody issued it here" in page and CARRIED in page
    answer = post(regulator, review, decision="approve")
    assert answer.status_code == 422 and "Choose: keep it, or assign a new one" in answer.content.decode()
    own.refresh_from_db()
    assert own.registration_state == "UNREGISTERED"
    for path in (f"/elevators/{own.public_id}/certificate/", f"/elevators/{own.public_id}/certificate/file/"):
        assert CARRIED not in regulator.get(path).content.decode()
    assert "Not registered for use" in regulator.get(f"/elevators/{own.public_id}/certificate/").content.decode()
    assert "not confirmed" in regulator.get(f"/elevators/{own.public_id}/").content.decode()


def test_a_kept_number_is_confirmed_on_record(cast, own):
    assert (
        post(english(cast.district_regulator), carrying(cast, own), decision="approve", number=CARRIED).status_code
        == 302
    )
    own.refresh_from_db()
    record = AuditRecord.objects.get(action="registry.confirm_certificate_number")
    assert (own.registration_state, own.certificate_number) == ("IN_USE", CARRIED)
    assert (record.actor_id, record.changes) == (
        cast.district_regulator.actor().id,
        {"certificate_number": [CARRIED, CARRIED]},
    )


def test_a_number_that_is_not_kept_gives_way_to_a_new_one(cast, own):
    assert (
        post(english(cast.district_regulator), carrying(cast, own), decision="approve", number="NEW").status_code == 302
    )
    own.refresh_from_db()
    assert own.certificate_number == f"梯11苏A0001({now():%y})" == UseLabel.objects.get().certificate_number
    assert AuditRecord.objects.filter(changes__certificate_number=[CARRIED, own.certificate_number]).exists()


def test_the_reviewer_of_a_first_registration_is_told_what_is_missing(cast, own):
    row = under_review(own, "REGISTER", cast.own_manager, cast.city_regulator)
    regulator, review = english(cast.district_regulator), f"{BASE}{row.public_id}/review/"
    Elevator.objects.filter(pk=own.pk).update(equipment_code=None, maintenance_unit=None)
    page = regulator.get(review).content.decode()
    assert "The equipment code is missing" in page and "No maintenance unit answers" in page
    Elevator.objects.filter(pk=own.pk).update(
        equipment_code="311012345201900001", maintenance_unit=cast.maintainer.user.memberships.first().unit_id
    )
    page = regulator.get(review).content.decode()
    assert "The equipment code is missing" not in page and "No maintenance unit answers" not in page
