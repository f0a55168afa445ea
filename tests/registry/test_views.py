"""The register's pages: the same number of statements however many rows, nothing set that the form did not show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.clock import now
from registry import actions
from registry.models import Elevator, LifeEvent, Responsibility
from tests.common.conftest import make_manager
from tests.factories.make import GULOU, JIANGNING, client_for, hold, make_elevator, make_unit, make_user

SUBDISTRICT = "320106001"
FORM = {"idempotency_key": "a-form-key", "area": SUBDISTRICT, "place_type": "OFFICE"}


@pytest.fixture
def manager(db):
    return make_manager()


@pytest.fixture
def regulator(manager):
    user = make_user()
    hold(user, "DISTRICT_REGULATOR", area_code=GULOU)
    return type(manager)(user, manager.unit, manager.elevator)


def page(elevator, tail="") -> str:
    return f"/elevators/{elevator.public_id}/{tail}"


COUNTS = {
    "list": 10,
    "list filtered": 11,
    "e-file": 36,  # data one, documents five, machine room, signal, plate two each; keys, money, use registration
    "search": 7,  # numbers of reports and applications one
    "search words": 10,
    "home": 17,  # one each: assessments, worklist, scans of bad plates, late inspections, bands; applications, what is due: two
    "site picker": 3,
}


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_take_the_same_statements_for_one_row_and_three(regulator, rows):
    for number in range(rows):
        row = regulator.elevator if number == 0 else make_elevator(area_code=SUBDISTRICT, using_unit=make_unit())
        Elevator.objects.filter(pk=row.pk).update(source=f"s{number}", source_key="K-7")
        actions.assign_responsibility(
            elevator=regulator.elevator,
            unit=make_unit(),
            role="INSURER",
            started_at=now(),
            by=regulator.actor,
            at=now(),
        )
        actions.set_flag(
            elevator_id=regulator.elevator.pk,
            kind=("SEALED", "CHANGING", "RELOCATING")[number],
            reason="",
            reference="",
            by=regulator.actor,
            at=now(),
        )
    make_elevator(area_code=SUBDISTRICT)  # two hits at least, so that search shows a page
    Elevator.objects.filter(source_key="").update(source="other", source_key="K-7")
    addresses = {
        "list": "/elevators/",
        "list filtered": "/elevators/?place_type=OTHER&area=320106",
        "e-file": page(regulator.elevator),
        "search": "/elevators/search/?q=K-7",
        "search words": "/elevators/search/?q=sample",
        "home": "/",
        "site picker": "/elevators/pickers/sites/",
    }
    client, counted = regulator.client, {}
    for name, path in addresses.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200, name
        counted[name] = len(captured)
    assert counted == COUNTS


def test_create_form_sets_nothing_that_it_does_not_show(manager):
    hidden = {field.name: "1" for field in Elevator._meta.concrete_fields} | {
        "registration_state": "IN_USE",
        "using_unit": "1",
        "synthetic": "on",
        "version": "77",
        "source": "forged",
        "created_at": "2001-01-01",
    }
    shown = {"area": SUBDISTRICT, "place_type": "OFFICE", "idempotency_key": "a-form-key"}
    names = set(hidden) - set(manager.client.get("/elevators/new/").context["form"].fields)
    answer = manager.client.post("/elevators/new/", {name: hidden[name] for name in names} | {"version": "77"} | shown)
    assert answer.status_code == 302
    made = Elevator.objects.exclude(pk=manager.elevator.pk).get()
    assert (made.registration_state, made.synthetic, made.source, made.using_unit) == (
        "UNREGISTERED",
        False,
        "",
        manager.unit,
    )
    assert (made.created_at.year, made.version < 5) == (now().year, True)
    assert {"registration_state", "using_unit", "synthetic", "source", "technical"} <= names


def test_change_form_of_a_manager_leaves_the_registration_alone(manager):
    before = {name: getattr(manager.elevator, name) for name in ("rescue_code", "area", "place_type", "retrofitted")}
    form = FORM | {
        "version": manager.elevator.version,
        "address": "9 New Road",
        "rescue_code": "000001",
        "area": JIANGNING,
        "place_type": "SCHOOL",
        "retrofitted": "on",
        "registration_state": "SCRAPPED",
    }
    assert manager.client.post(page(manager.elevator, "change/"), form).status_code == 302
    manager.elevator.refresh_from_db()
    assert manager.elevator.address == "9 New Road"
    assert {name: getattr(manager.elevator, name) for name in before} == before
    assert manager.elevator.registration_state == "UNREGISTERED"


@pytest.mark.parametrize("version", ["", "garbage", None])
def test_change_form_without_its_version_overwrites_nobody(manager, version):
    form = FORM | {"address": "9 New Road"} | ({} if version is None else {"version": version})
    assert manager.client.post(page(manager.elevator, "change/"), form).status_code == 422
    manager.elevator.refresh_from_db()
    assert manager.elevator.address != "9 New Road"


def test_change_form_of_an_old_version_is_told_so(manager):
    old = manager.elevator.version
    actions.change_elevator(
        elevator_id=manager.elevator.pk, values={"building": "theirs"}, version=None, by=manager.actor, at=now()
    )
    answer = manager.client.post(page(manager.elevator, "change/"), FORM | {"version": old, "building": "mine"})
    manager.elevator.refresh_from_db()
    assert (answer.status_code, manager.elevator.building) == (422, "theirs")


def test_change_form_shown_wrong_saves_nothing(regulator):
    events = LifeEvent.objects.count()
    for wrong in (
        {"rescue_code": "12"},
        {"area": "nowhere"},
        {"latitude": "32.04"},
        {"latitude": "118.7", "longitude": "32"},
        {"floors": "99999"},
        {"site": "garbage"},
        {"class_code": "9999"},
    ):
        form = FORM | {"version": regulator.elevator.version, "idempotency_key": f"key-{next(iter(wrong))}"} | wrong
        assert regulator.client.post(page(regulator.elevator, "change/"), form).status_code == 422, wrong
    assert LifeEvent.objects.count() == events


def test_bulk_page_takes_a_thousand_rows(regulator):
    ids = [str(regulator.elevator.public_id)] * 1000
    form = {"ids": ids, "place_type": "SCHOOL", "class_code": "", "idempotency_key": "a-form-key"}
    seen = regulator.client.post("/elevators/bulk/", form).context["seen"]
    assert regulator.client.post("/elevators/bulk/", form | {"seen": seen}).status_code == 302
    assert regulator.client.post("/elevators/bulk/", form | {"ids": [*ids, ids[0]]}).status_code == 413
    regulator.elevator.refresh_from_db()
    assert regulator.elevator.place_type == "SCHOOL"


def test_bulk_page_with_a_foreign_or_malformed_id_is_a_404(regulator):
    foreign = make_elevator(area_code=JIANGNING)
    for bad in (str(foreign.public_id), "garbage", "00000000-0000-0000-0000-000000000007"):
        form = {
            "ids": [str(regulator.elevator.public_id), bad],
            "place_type": "SCHOOL",
            "idempotency_key": "a-form-key",
        }
        assert regulator.client.post("/elevators/bulk/", form).status_code == 404
    assert not Elevator.objects.filter(place_type="SCHOOL").exists()


def test_search_opens_the_one_hit_and_shows_several(manager):
    answer = manager.client.get("/elevators/search/", {"q": f" {manager.elevator.rescue_code} "})
    assert (answer.status_code, answer["Location"]) == (302, page(manager.elevator))
    for text in ("", "nothing", "🛗", "1" * 10_000, "%", "' OR 1=1 --"):
        assert manager.client.get("/elevators/search/", {"q": text}).status_code == 200


def test_former_unit_keeps_its_record_but_not_the_elevator(manager):
    row = Responsibility.objects.get(elevator=manager.elevator, role="USING_UNIT")
    client = manager.client
    assert client.get(page(manager.elevator)).status_code == 200
    actions.end_responsibility(responsibility=row, ended_at=now(), by=manager.actor, at=now())
    assert client.get(page(manager.elevator)).status_code == 404
    assert manager.elevator.rescue_code not in client.get("/elevators/").content.decode()
    assert list(Responsibility.objects.visible_to(manager.actor, "registry.view_elevator")) == [row]


def test_end_form_put_off_into_the_next_units_time_says_so(regulator):
    import datetime as dt

    row = Responsibility.objects.get(elevator=regulator.elevator, role="USING_UNIT")
    later = now() + dt.timedelta(days=1)
    actions.end_responsibility(responsibility=row, ended_at=later, by=regulator.actor, at=now())
    actions.assign_responsibility(
        elevator=regulator.elevator, unit=make_unit(), role="USING_UNIT", started_at=later, by=regulator.actor, at=now()
    )
    form = {"ended_at": (later + dt.timedelta(days=5)).strftime("%Y-%m-%dT%H:%M"), "idempotency_key": "a-form-key"}
    assert regulator.client.post(f"/elevators/responsibilities/{row.public_id}/end/", form).status_code == 422
    for moment in ("9999-12-31T23:59", "0001-01-01T00:00", "garbage"):
        form |= {"ended_at": moment}
        answer = regulator.client.post(f"/elevators/responsibilities/{row.public_id}/end/", form)
        assert answer.status_code == 422, moment


def test_stranger_is_asked_to_sign_in(db, manager):
    answer = client_for(None).get(page(manager.elevator))
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/sign-in/?next={page(manager.elevator)}")


def test_the_list_takes_a_subdistrict_in_its_address_and_offers_it_again(regulator):
    """The picker lists no subdistricts, but one that a link names stays chosen; what one does not see is not found by it."""
    other, elsewhere = make_elevator(area_code="320106002"), make_elevator(area_code="320115001")
    client = regulator.client

    def listed(area):
        answer = client.get("/elevators/", {"area": area})
        form = answer.context["filter_form"]
        return [row.pk for row in answer.context["page"].rows], form.errors, f'value="{area}" selected' in str(form)

    assert listed("320106002") == ([other.pk], {}, True)
    assert listed("320115001") == ([], {}, True)
    assert elsewhere.pk not in listed(GULOU)[0]
    rows, errors, _selected = listed("nowhere")
    assert (rows, list(errors)) == ([], ["area"])
    assert '<option value="320106002"' not in str(client.get("/elevators/").context["filter_form"])
