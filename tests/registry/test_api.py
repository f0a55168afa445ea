"""The register over REST: what is read, what is written, what is refused without a hint."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.clock import now
from registry import actions
from registry.models import Elevator, LifeEvent, Responsibility, Site
from tests.common.conftest import make_manager
from tests.factories.make import GULOU, JIANGNING, NANJING, area, client_for, hold, make_elevator, make_unit, make_user

ELEVATORS = "/api/v1/registry/elevators/"
SUBDISTRICT = "320106001"
NEW = {"area": SUBDISTRICT}


@pytest.fixture
def manager(db):
    return make_manager()


@pytest.fixture
def regulator(manager):
    """The same helper for a district's regulator, who may register."""
    user = make_user()
    hold(user, "DISTRICT_REGULATOR", area_code=GULOU)
    return type(manager)(user, manager.unit, manager.elevator)


def address(elevator, tail="") -> str:
    return f"{ELEVATORS}{elevator.public_id}/{tail}"


def etag(elevator) -> dict:
    elevator.refresh_from_db()
    return {"If-Match": f'"{elevator.version}"'}


def make_site(name, code=GULOU) -> Site:
    place = area(code)
    return Site.objects.create(name=name, area=place, city=place.city, managing_district=place, created_at=now())


# --- reading ----------------------------------------------------------------------------------------------------------

COUNTS = {"list": 10, "detail": 5, "by code": 5, "life events": 4, "responsibilities": 5, "sites": 3}


@pytest.mark.parametrize("rows", [1, 3])
def test_reading_takes_the_same_statements_for_one_row_and_three(regulator, rows):
    """Session, person with holdings, scope, rows, what stands beside them, access log."""
    elevator, maintainer = regulator.elevator, make_unit(kind="MAINTENANCE_UNIT")
    for number in range(rows):
        site = make_site(f"Estate {number}")
        row = elevator if number == 0 else make_elevator(area_code=SUBDISTRICT, using_unit=make_unit())
        actions.change_elevator(elevator_id=row.pk, values={"site": site}, version=None, by=regulator.actor, at=now())
        actions.assign_responsibility(
            elevator=row, unit=maintainer, role="MAINTENANCE_UNIT", started_at=now(), by=regulator.actor, at=now()
        )
        actions.set_flag(
            elevator_id=elevator.pk,
            kind=("SEALED", "CHANGING", "RELOCATING")[number],
            reason="",
            reference="",
            by=regulator.actor,
            at=now(),
        )
        actions.assign_responsibility(
            elevator=elevator, unit=make_unit(), role="INSURER", started_at=now(), by=regulator.actor, at=now()
        )
    addresses = {
        "list": ELEVATORS,
        "detail": address(elevator),
        "by code": f"{ELEVATORS}by-code/{elevator.rescue_code}/",
        "life events": address(elevator, "life-events/"),
        "responsibilities": address(elevator, "responsibilities/"),
        "sites": "/api/v1/registry/sites/",
    }
    client, counted = regulator.client, {}
    for name, path in addresses.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counted[name] = len(captured)
    assert counted == COUNTS


def test_detail_answers_with_an_etag_that_can_be_asked_again(manager):
    first = manager.client.get(address(manager.elevator))
    assert first["ETag"] == f'"{manager.elevator.version}"'
    again = manager.client.get(address(manager.elevator), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    actions.set_flag(
        elevator_id=manager.elevator.pk, kind="SEALED", reason="", reference="", by=manager.actor, at=now()
    )
    third = manager.client.get(address(manager.elevator), headers={"If-None-Match": first["ETag"]})
    assert (third.status_code, [flag["kind"] for flag in third.json()["flags"]]) == (200, ["SEALED"])


@pytest.mark.parametrize("code", ["311012345201900001", "31103201062019030001", "梯11苏A12345(19)", "123456", "K-7"])
def test_by_code_finds_each_kind_of_identifier(manager, code):
    names = {18: "equipment_code", 20: "registration_code", 14: "certificate_number", 6: "rescue_code", 3: "source_key"}
    Elevator.objects.filter(pk=manager.elevator.pk).update(source="tests", **{names[len(code)]: code})
    answer = manager.client.get(f"{ELEVATORS}by-code/{code}/")
    assert (answer.status_code, answer.json()["id"]) == (200, str(manager.elevator.public_id))


def test_by_code_of_several_is_a_409_that_names_the_way_out(manager):
    other = make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit)
    for row, source in ((manager.elevator, "one"), (other, "two")):
        Elevator.objects.filter(pk=row.pk).update(source=source, source_key="K-7")
    answer = manager.client.get(f"{ELEVATORS}by-code/K-7/")
    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous-code")
    foreign = make_elevator(area_code=JIANGNING)
    Elevator.objects.filter(pk=foreign.pk).update(source="three", source_key="K-8")
    Elevator.objects.filter(pk=other.pk).update(source_key="K-8")
    assert manager.client.get(f"{ELEVATORS}by-code/K-8/").json()["id"] == str(other.public_id)


def test_life_events_are_hex_and_name_nobody(manager):
    events = manager.client.get(address(manager.elevator, "life-events/")).json()["results"]
    assert [event["sequence"] for event in events] == [2, 1]
    assert set(events[0]) == {
        "sequence",
        "kind",
        "outcome",
        "occurred_at",
        "source_type",
        "source_id",
        "details",
        "hash",
    }
    assert [bytes.fromhex(event["hash"]) for event in events] == [
        bytes(row.hash) for row in LifeEvent.objects.filter(elevator=manager.elevator).order_by("-sequence")
    ]


# --- writing ----------------------------------------------------------------------------------------------------------


def test_create_answers_with_where_it_is(manager):
    answer = manager.post(
        ELEVATORS, NEW | {"internal_number": "K9", "floors": 12, "latitude": "32.04", "longitude": "118.78"}
    )
    body = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"http://testserver{ELEVATORS}{body['id']}/")
    assert (body["internal_number"], body["floors"], body["coord_source"], body["registration_state"]) == (
        "K9",
        12,
        "MANUAL",
        "UNREGISTERED",
    )
    assert body["using_unit"]["id"] == str(manager.unit.public_id)
    assert manager.client.get(answer["Location"])["ETag"] == answer["ETag"]


SETTABLE = {
    "address": "9 New Road",
    "building": "9",
    "internal_number": "K9",
    "manufacturer_name": "Maker",
    "model": "M9",
    "factory_number": "F9",
    "manufactured_on": "2019-01-02",
    "rated_load_kg": 1000,
    "rated_speed_mps": "1.750",
    "travel_m": "45.500",
    "floors": 9,
    "landings": 9,
    "floor_from": "-1",
    "floor_to": "9",
}
REGISTRATION = {
    "equipment_code": "311012345201900001",
    "registration_code": "31103201062019030001",
    "certificate_number": "梯11苏A12345(19)",
    "rescue_code": "654321",
    "area": "320106002",
    "class_code": "3110",
    "place_type": "SCHOOL",
    "commissioned_on": "2019-05-01",
    "last_renewed_on": "2024-05-01",
    "retrofitted": True,
}
OTHERWISE = {"site", "latitude", "longitude", "datum"}


def test_every_field_is_settable_or_refused_by_patch_and_post(manager, regulator):
    """Mass assignment: a field of the model is in one of these tables, or the answer says that it cannot be set."""
    names = (
        {field.name for field in Elevator._meta.get_fields()}
        | {f"{field.name}_id" for field in Elevator._meta.get_fields()}
        | {"pk", "public_id", "flags", "open_flags"}
    )
    before = Elevator.objects.filter(pk=manager.elevator.pk).values().get()
    forbidden = names - set(SETTABLE) - set(REGISTRATION) - OTHERWISE
    assert {
        "registration_state",
        "using_unit",
        "using_unit_id",
        "version",
        "synthetic",
        "flags",
        "technical",
    } <= forbidden
    body = dict.fromkeys(forbidden, "1")
    for answer in (
        regulator.patch(address(manager.elevator), body, **etag(manager.elevator)),
        regulator.patch(address(manager.elevator), body | {"building": "9"}, **etag(manager.elevator)),
        regulator.post(ELEVATORS, NEW | body),
    ):
        assert answer.status_code == 400
        named = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
        assert named == {(f"/{name}", "unknown-field") for name in forbidden}
    assert Elevator.objects.filter(pk=manager.elevator.pk).values().get() == before
    assert Elevator.objects.count() == 1


@pytest.mark.parametrize("name", [*SETTABLE, *REGISTRATION])
def test_patch_sets_what_the_role_may_set(manager, regulator, name):
    value = (SETTABLE | REGISTRATION)[name]
    answer = manager.patch(address(manager.elevator), {name: value}, **etag(manager.elevator))
    if name in REGISTRATION:
        assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")
        answer = regulator.patch(address(manager.elevator), {name: value}, **etag(manager.elevator))
    shown = answer.json()[name]
    assert (answer.status_code, shown["code"] if name == "area" else shown) == (200, value)


def test_patch_of_the_same_changes_nothing(manager):
    position = {"latitude": "32.037951", "longitude": "118.785206", "datum": "GCJ02"}
    first = manager.patch(address(manager.elevator), {"building": "9", **position}, **etag(manager.elevator))
    assert (first.json()["latitude"], first.json()["longitude"], first.json()["coord_source"]) == (
        "32.040000",
        "118.780000",
        "GCJ02",
    )
    events = LifeEvent.objects.count()
    again = manager.patch(address(manager.elevator), {"building": "9", **position}, **etag(manager.elevator))
    assert (again.status_code, again["ETag"], LifeEvent.objects.count()) == (200, first["ETag"], events)


@pytest.mark.parametrize(
    "position",
    [
        {"latitude": "32.04"},
        {"longitude": "118.78"},
        {"latitude": "118.78", "longitude": "32.04"},
        {"latitude": "90", "longitude": "0", "datum": "GCJ02"},
        {"latitude": "NaN", "longitude": "118.78"},
        {"latitude": "1e300", "longitude": "118.78"},
        {"datum": "GCJ02"},
        {"datum": "MOON", "latitude": "32.04", "longitude": "118.78"},
        {"latitude": None, "longitude": "118.78"},
    ],
)
def test_patch_refuses_a_position_that_cannot_be(manager, position):
    answer = manager.patch(address(manager.elevator), position, **etag(manager.elevator))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_patch_needs_the_version_that_was_read(manager):
    path, body = address(manager.elevator), {"building": "9"}
    assert manager.patch(path, body).status_code == 428
    for wrong in ('"0"', '"999"', "1", 'W/"1"', "garbage"):
        assert manager.patch(path, body, **{"If-Match": wrong}).status_code == 412, wrong
    read = etag(manager.elevator)
    assert manager.patch(path, body, **read).status_code == 200
    assert manager.patch(path, {"building": "10"}, **read).status_code == 412
    assert manager.patch(path, {"building": "11"}, **{"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize(
    "name", ["floors", "rated_load_kg", "rated_speed_mps", "travel_m", "manufactured_on", "retrofitted"]
)
def test_patch_refuses_values_beyond_the_column(regulator, name):
    for value in (-1, 10**12, "x", [], {}, "99999-01-01", 1e308):
        answer = regulator.patch(address(regulator.elevator), {name: value}, **etag(regulator.elevator))
        assert answer.status_code == 400, value


def test_foreign_ids_in_a_body_look_like_unknown_ones(manager):
    foreign, unknown = make_site("Foreign estate", JIANGNING), "00000000-0000-0000-0000-000000000007"
    errors = []
    for site in (str(foreign.public_id), unknown):
        answer = manager.patch(address(manager.elevator), {"site": site}, **etag(manager.elevator))
        assert answer.status_code == 400
        errors.append(answer.json()["errors"])
    assert errors[0] == errors[1]


def test_foreign_and_unknown_units_look_alike(manager):
    user, far = make_user(), make_unit(area_code=NANJING)
    hold(user, "DISTRICT_REGULATOR", area_code=GULOU)
    regulator = type(manager)(user, manager.unit, manager.elevator)
    body = {"role": "INSURER", "started_at": "2026-01-01T00:00:00Z", "reference": "C-1"}
    unknown = "00000000-0000-0000-0000-000000000007"
    stranger = client_for(make_user())
    path = address(manager.elevator, "responsibilities/")
    assert regulator.post(path, body | {"unit": unknown}).json()["errors"][0]["code"] == "unknown-unit"
    assert regulator.post(path, body | {"unit": str(far.public_id)}).status_code == 201
    headers = {"Idempotency-Key": "k-1"}
    assert stranger.post(path, body, content_type="application/json", headers=headers).status_code in (403, 404)


def test_assign_and_end_over_rest(regulator):
    unit, path = make_unit(kind="MAINTENANCE_UNIT"), address(regulator.elevator, "responsibilities/")
    body = {
        "unit": str(unit.public_id),
        "role": "MAINTENANCE_UNIT",
        "started_at": "2026-01-01T08:00:00+08:00",
        "reference": "C-1",
    }
    made = regulator.post(path, body)
    assert (made.status_code, made.json()["started_at"]) == (201, "2026-01-01T08:00:00+08:00")
    overlap = regulator.post(path, body | {"started_at": "2026-02-01T00:00:00Z"})
    assert (overlap.status_code, overlap.json()["code"]) == (409, "responsibility-overlap")
    ending = f"/api/v1/registry/responsibilities/{made.json()['id']}/end/"
    assert regulator.post(ending, {"ended_at": "2026-03-01T00:00:00Z"}).status_code == 200
    again = regulator.post(ending, {"ended_at": "2026-04-01T00:00:00Z"})
    assert (again.status_code, again.json()["code"]) == (409, "responsibility-ended")


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1600-01-01T00:00:00Z", "soon", ""])
def test_moments_at_the_ends_of_the_calendar_are_refused(regulator, moment):
    """One of them would break every page that shows it."""
    path = address(regulator.elevator, "responsibilities/")
    body = {"unit": str(make_unit().public_id), "role": "INSURER", "reference": "C-1"}
    assert regulator.post(path, body | {"started_at": moment}).status_code == 400
    row = Responsibility.objects.get()
    ending = f"/api/v1/registry/responsibilities/{row.public_id}/end/"
    assert regulator.post(ending, {"ended_at": moment}).status_code == 400
    assert regulator.client.get(f"/elevators/{regulator.elevator.public_id}/").status_code == 200


# --- many at once -----------------------------------------------------------------------------------------------------


def test_bulk_change_of_a_thousand_is_taken_and_of_more_refused(regulator):
    ids = [str(regulator.elevator.public_id)] * 1000
    path = f"{ELEVATORS}bulk-change/"
    answer = regulator.post(path, {"ids": ids, "place_type": "SCHOOL"})
    assert (answer.status_code, answer.json()) == (200, {"chosen": 1, "changed": 1})
    assert regulator.post(path, {"ids": [*ids, ids[0]], "place_type": "SCHOOL"}).status_code == 400


def test_bulk_change_with_one_foreign_id_changes_none(regulator):
    foreign = make_elevator(area_code=JIANGNING)
    ids = [str(regulator.elevator.public_id), str(foreign.public_id)]
    answer = regulator.post(f"{ELEVATORS}bulk-change/", {"ids": ids, "place_type": "SCHOOL"})
    unknown = regulator.post(
        f"{ELEVATORS}bulk-change/", {"ids": [ids[0], "00000000-0000-0000-0000-000000000007"], "place_type": "SCHOOL"}
    )
    assert (answer.status_code, unknown.status_code) == (404, 404)
    assert answer.json()["detail"] == unknown.json()["detail"]
    assert not Elevator.objects.filter(place_type="SCHOOL").exists()


@pytest.mark.parametrize("name", ["address", "rescue_code", "registration_state", "using_unit", "version"])
def test_bulk_change_takes_no_other_field(regulator, name):
    body = {"ids": [str(regulator.elevator.public_id)], "place_type": "SCHOOL", name: "1"}
    answer = regulator.post(f"{ELEVATORS}bulk-change/", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown-field")


def test_schema_names_every_route_and_is_valid(client):
    import yaml

    schema = yaml.safe_load(client.get("/api/schema/").content)
    assert schema["openapi"].startswith("3.1")
    assert {
        "/api/v1/registry/elevators/",
        "/api/v1/registry/elevators/{public_id}/",
        "/api/v1/registry/elevators/by-code/{code}/",
        "/api/v1/registry/elevators/bulk-change/",
    } <= set(schema["paths"])
    listed = schema["paths"]["/api/v1/registry/elevators/"]["get"]["parameters"]
    (brought,) = (
        each["schema"] for each in listed if each["name"] == "risk"
    )  # by another app (registry.elevator_marks)
    assert set(brought["enum"]) == {"RED", "ORANGE", "YELLOW", "GREEN", "NONE"}
    post = schema["paths"]["/api/v1/registry/elevators/"]["post"]
    assert "Idempotency-Key" in {parameter["name"] for parameter in post["parameters"]}
