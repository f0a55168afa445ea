"""Platforms outside as who operates the platform enters, changes and switches them off."""

import uuid

import pytest

from common.models import AuditRecord
from compliance.models import OutsidePlatform

pytestmark = pytest.mark.django_db
LIST = "/due/complaints/platforms/"
EN = {"accept-language": "en"}
KEY = "k-of-theirs-7"


@pytest.fixture(autouse=True)
def anywhere(settings):
    """The address is judged by its form here; where it leads is the sender's story."""
    settings.WEBHOOK_HTTPS_ONLY = True


def send(person, address=LIST + "new/", **values):
    given = {
        "name": "Hotline",
        "endpoint": "https://93.184.216.34/v2",
        "services": "DOOR = D-1\n= REST",
        "api_key": KEY,
        **values,
    }
    return person.client(**EN).post(address, {"idempotency_key": str(uuid.uuid4()), **given})


def text(person, address=LIST) -> str:
    answer = person.client(**EN).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_is_entered_and_its_key_is_never_read_again(cast):
    assert send(cast.system_admin).status_code == 302
    row = OutsidePlatform.objects.get()
    assert (row.services, row.api_key.reveal(), row.city) == ({"DOOR": "D-1", "": "REST"}, KEY, None)
    pages = [text(cast.system_admin), text(cast.system_admin, f"{LIST}{row.public_id}/")]
    assert not [page for page in pages if KEY in page]
    assert "kept sealed" in pages[0]
    kept = AuditRecord.objects.get(action="compliance.enter_platform")
    assert "api_key" in kept.changes
    assert KEY not in str(kept.changes)
    assert kept.actor_id == cast.system_admin.actor().id


def test_changed_with_an_empty_key_it_keeps_the_old_one_and_with_another_it_has_that(cast):
    send(cast.system_admin)
    address = f"{LIST}{OutsidePlatform.objects.get().public_id}/"
    for given, key, services in (("", KEY, {"": "Y"}), ("other-8", "other-8", {"": "Y"})):
        assert send(cast.system_admin, address, name="Renamed", api_key=given, services="=Y").status_code == 302
        row = OutsidePlatform.objects.get()
        assert (row.name, row.api_key.reveal(), row.services) == ("Hotline", key, services)


@pytest.mark.parametrize(
    ("endpoint", "status"),
    [
        ("https://93.184.216.34/v3", 302),
        ("https://93.184.216.35/v2", 422),
        ("https://93.184.216.34:8443/v2", 422),
    ],
)
def test_a_key_goes_to_no_other_server_than_it_was_entered_for(cast, endpoint, status):
    """Who changes the address cannot read the key: moved to a server of theirs, it would be sent there."""
    send(cast.system_admin)
    address = f"{LIST}{OutsidePlatform.objects.get().public_id}/"
    answer = send(cast.system_admin, address, endpoint=endpoint, api_key="")
    assert answer.status_code == status
    if status == 422:
        assert "has to be entered anew" in answer.content.decode()
        assert OutsidePlatform.objects.get().endpoint == "https://93.184.216.34/v2"
        assert send(cast.system_admin, address, endpoint=endpoint, api_key="new-9").status_code == 302
    assert OutsidePlatform.objects.get().endpoint == endpoint


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"services": "DOOR"}, "This line is not understood: DOOR"),
        ({"services": "NOWHERE=X"}, "This line is not understood: NOWHERE=X"),
        ({"services": "=A\n=B"}, "This line is not understood: =B"),
        ({"endpoint": "ftp://outside.example"}, "Enter the whole address of a server"),
        ({"endpoint": "https://me:pw@93.184.216.34"}, "Enter the whole address of a server"),
        ({"api_key": "with blanks in"}, "without blanks"),
        ({"name": "Known"}, "There is one of this name"),
    ],
)
def test_a_slip_is_said_at_its_field_and_nothing_is_kept(cast, values, says):
    send(cast.system_admin, name="Known")
    answer = send(cast.system_admin, **values)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert KEY not in page  # not even in the form that comes back
    assert OutsidePlatform.objects.count() == 1


def test_switched_off_it_is_offered_no_more_and_changed_it_is_in_force_again(cast):
    send(cast.system_admin)
    row = OutsidePlatform.objects.get()
    assert send(cast.system_admin, f"{LIST}{row.public_id}/off/").status_code == 302
    assert "switched off" in text(cast.system_admin)
    assert AuditRecord.objects.filter(action="compliance.disable_platform").count() == 1
    send(cast.system_admin, f"{LIST}{row.public_id}/")
    row.refresh_from_db()
    assert row.disabled_at is None


def test_nobody_else_sees_them(cast):
    send(cast.system_admin)
    for name in ("city_regulator", "district_regulator", "own_manager", "auditor", "unit_admin"):
        assert cast.players[name].client().get(LIST).status_code == 403, name


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_one_row_as_for_three(cast, count, django_assert_num_queries):
    for number in range(count):
        send(cast.system_admin, name=f"Hotline {number}")
    client = cast.system_admin.client(**EN)
    client.get(LIST)
    with django_assert_num_queries(QUERIES):
        client.get(LIST)


QUERIES = 3
