"""Exports on the pages and over REST: from the list's button to the file, for its owner alone."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import jobs
from common.clock import now
from common.models import Export
from tests.common.conftest import make_manager
from tests.factories.make import make_elevator

NEW = "/exports/new/registry.elevators/"
SUBDISTRICT = "320106001"
FORM = {"format": "csv", "columns": ["rescue_code", "address"], "filters": "", "idempotency_key": "a-form-key"}


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "exports"


@pytest.fixture
def manager(db):
    return make_manager()


def ask(manager, **changes):
    answer = manager.client.post(NEW, FORM | {"idempotency_key": str(uuid.uuid4())} | changes)
    assert answer.status_code == 302, answer.content
    return Export.objects.latest("pk")


def write(export):
    assert jobs.run(export.job_id, at=now()).state == "SUCCEEDED"
    return Export.objects.select_related("job").get(pk=export.pk)


def body(answer) -> str:
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_list_leads_to_an_export_of_the_same_filter(manager):
    make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit, place_type="SCHOOL", rescue_code="000417")
    listed = manager.client.get("/elevators/?place_type=SCHOOL&cursor=").content.decode()
    assert f'href="{NEW}?place_type=SCHOOL"' in listed
    page = manager.client.get(f"{NEW}?place_type=SCHOOL")
    assert (page.context["words"], str(page.context["rows"])) == ([("Place", "school")], "1")
    export = ask(manager, filters="place_type=SCHOOL")
    got = manager.client.get(f"/exports/{write(export).public_id}/file/")
    assert (got.status_code, "000417" in (text := body(got)), manager.elevator.address in text) == (200, True, False)
    assert got["Content-Disposition"].startswith('attachment; filename="elevators-')
    assert (got["Content-Type"], got["Cache-Control"]) == ("text/csv; charset=utf-8", "no-store, private")
    assert got["X-Content-Type-Options"] == "nosniff"


def test_page_follows_the_export_to_its_end(manager):
    export = ask(manager, filters="place_type=OTHER&min_age=0")
    address = f"/exports/{export.public_id}/"
    waiting = manager.client.get(address).content.decode()
    assert ('hx-trigger="every 2s"' in waiting, "/stop/" in waiting, "/file/" in waiting) == (True, True, False)
    assert manager.client.get(f"{address}file/").status_code == 409
    write(export)
    done = manager.client.get(address).content.decode()
    assert ('hx-trigger="every 2s"' in done, "/stop/" in done, "/file/" in done) == (False, False, True)
    assert f'href="{NEW}?place_type=OTHER&amp;min_age=0"' in done


def test_second_click_takes_out_once(manager):
    first, second = (manager.client.post(NEW, FORM) for _ in range(2))
    assert (first["Location"], Export.objects.count()) == (second["Location"], 1)


def test_stop_ends_it_and_may_be_pressed_twice(manager):
    export = ask(manager)
    for _ in range(2):
        assert manager.client.post(f"/exports/{export.public_id}/stop/").status_code == 302
    assert Export.objects.select_related("job").get().job.state == "CANCELLED"
    assert manager.client.get(f"/exports/{export.public_id}/stop/").status_code == 405


@pytest.mark.parametrize("tail", ["", "file/", "stop/"])
def test_exports_of_others_do_not_exist(manager, tail):
    export = write(ask(manager))
    other = make_manager()
    addresses = [f"/exports/{export.public_id}/{tail}", f"/api/v1/exports/{export.public_id}/{tail}"]
    if tail == "stop/":
        answers = [other.client.post(addresses[0]), other.post(addresses[1].replace("stop", "cancel"), {})]
    else:
        answers = [other.client.get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert str(export.public_id) not in other.client.get("/exports/").content.decode()
    assert other.client.get("/api/v1/exports/").json()["results"] == []


def test_file_of_somebody_who_lost_the_role_or_a_row_is_refused(manager):
    from registry import actions
    from registry.models import Responsibility

    make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit)
    export = write(ask(manager))
    address = f"/exports/{export.public_id}/file/"
    held = Responsibility.objects.get(elevator=manager.elevator)
    actions.end_responsibility(responsibility=held, ended_at=now(), by=manager.actor, at=now())
    refused = manager.client.get(address)
    assert (refused.status_code, "may no longer see" in refused.content.decode()) == (403, True)
    assert manager.client.get(f"/api/v1{address}").json()["code"] == "export-outgrown"
    manager.user.memberships.update(ended_at=now())
    assert manager.client.get(address).status_code == 403
    assert (
        manager.client.get(f"/exports/{export.public_id}/").status_code == 200
    )  # that there was one is theirs to know
    Export.objects.update(expires_at=now())
    manager.user.memberships.update(ended_at=None)
    assert manager.client.get(address).status_code == 410


@pytest.mark.parametrize(
    "wrong", [{"format": "pdf"}, {"columns": ["password"]}, {"columns": []}, {"filters": "x" * 5000}]
)
def test_form_shown_wrong_queues_nothing(manager, wrong):
    assert manager.client.post(NEW, FORM | wrong).status_code == 422
    assert not Export.objects.exists()


@pytest.mark.parametrize(
    "query", ["place_type=NOWHERE", "using_unit=garbage", "place_type=%00", "a=b&" * 200, "%ff%fe=%ff"]
)
def test_hostile_filters_are_refused_or_ignored(manager, query):
    assert manager.client.get(f"{NEW}?{query}").status_code in (200, 400, 422)
    assert manager.client.post(NEW, FORM | {"filters": query}).status_code in (302, 422)


def test_unknown_list_is_a_404(manager):
    assert manager.client.get("/exports/new/nothing/").status_code == 404


def test_over_rest_from_wish_to_file(manager):
    wish = {"kind": "registry.elevators", "format": "xlsx", "filters": {"place_type": "OTHER"}, "columns": ["address"]}
    made = manager.post("/api/v1/exports/", wish)
    assert made.status_code == 201, made.content
    export = Export.objects.get()
    assert made["Location"].endswith(f"/api/v1/exports/{export.public_id}/")
    shown = made.json()
    assert (shown["state"], shown["file"], shown["filters_in_words"]) == ("QUEUED", None, [["Place", "other place"]])
    write(export)
    shown = manager.client.get(made["Location"]).json()
    assert (shown["state"], shown["rows"], shown["done"], shown["total"]) == ("SUCCEEDED", 1, 1, 1)
    assert b"".join(manager.client.get(shown["file"]).streaming_content).startswith(b"PK")
    assert manager.post(f"/api/v1/exports/{export.public_id}/cancel/", {}).json()["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"kind": "nothing"}, 404, "unknown-export-kind"),
        ({"filters": {"nonsense": "1"}}, 422, "bad-filter"),
        ({"filters": {"place_type": "NOWHERE"}}, 422, "bad-filter"),
        ({"columns": ["password"]}, 422, "bad-columns"),
        ({"format": "pdf"}, 400, "invalid"),
        ({"owner": "me"}, 400, "invalid"),
    ],
)
def test_rest_refuses_by_name(manager, wrong, status, code):
    answer = manager.post("/api/v1/exports/", {"kind": "registry.elevators", "format": "csv"} | wrong)
    assert (answer.status_code, answer.json()["code"], Export.objects.count()) == (status, code, 0)


COUNTS = {"list": 3, "one": 3, "new": 5, "rest list": 3, "rest one": 3}


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_take_the_same_statements_for_one_export_and_three(manager, rows):
    for _ in range(rows):
        export = write(ask(manager))
        make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit)
    addresses = {
        "list": "/exports/",
        "one": f"/exports/{export.public_id}/",
        "new": f"{NEW}?place_type=OTHER",
        "rest list": "/api/v1/exports/",
        "rest one": f"/api/v1/exports/{export.public_id}/",
    }
    client, counted = manager.client, {}
    for name, path in addresses.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200, name
        counted[name] = len(captured)
    assert counted == COUNTS
