"""A file comes in over REST: sent, corrected, mapped, rehearsed, run, paused, taken back."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import jobs
from common.clock import now
from common.models.intake import ImportBatch, Upload
from registry.models import Elevator
from tests.common.conftest import make_manager
from tests.common.test_intake_pages import FILE, GB18030, KIND
from tests.factories.make import NANJING, client_for, hold, make_user

API = "/api/v1/imports/"


class Caller:
    """Somebody at the REST face."""

    def __init__(self, user):
        self.client = client_for(user)
        self.client.raise_request_exception = False

    def get(self, path, status=200):
        answer = self.client.get(API + path)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def post(self, path, body=None, status=200, key=None):
        answer = self.client.post(
            API + path,
            json.dumps(body or {}),
            content_type="application/json",
            headers={"Idempotency-Key": key or str(uuid.uuid4())},
        )
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def send(self, content=GB18030, name="台账.csv", status=201):
        answer = self.client.post(f"{API}uploads/", {"kind": KIND, "file": SimpleUploadedFile(name, content)})
        assert answer.status_code == status, answer.content.decode()
        return answer.json()


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def caller(db):
    user = make_user()
    hold(user, "CITY_REGULATOR", area_code=NANJING)
    return Caller(user)


def work(batch: dict) -> None:
    row = ImportBatch.objects.get(public_id=batch["id"])
    assert jobs.run(row.undo_job_id or row.job_id, at=now()).state == "SUCCEEDED"


def test_kinds_say_what_columns_can_mean(caller):
    kind = next(kind for kind in caller.get("kinds/") if kind["key"] == KIND)
    load = next(target for target in kind["targets"] if target["name"] == "rated_load_kg")
    assert load["options"][0]["choices"] == [["kg", "kg"], ["t", "t"], ["lb", "lb"]]
    assert [option["name"] for option in kind["options"]] == ["city", "source"]


def test_a_file_goes_all_the_way_and_back(caller):
    before = Elevator.objects.count()
    upload = caller.send()
    assert (upload["shape"]["encoding"], upload["shape"]["delimiter"]) == ("gb18030", ";")
    assert caller.send()["id"] == upload["id"]
    sample = caller.get(f"uploads/{upload['id']}/sample/")
    assert (sample["header"][0], sample["rows"][0]["row"]) == ("设备代码", 2)
    guessed = caller.get(f"uploads/{upload['id']}/mapping/")
    assert guessed["spec"]["targets"]["equipment_code"]["columns"] == ["设备代码"]

    wish = {"upload": upload["id"], "spec": guessed["spec"]}
    trial = caller.post("", wish | {"dry_run": True}, 201)
    work(trial)
    assert caller.get(f"{trial['id']}/")["summary"]["outcomes"]["CREATED"] == 5
    assert Elevator.objects.count() == before

    made = caller.post("", wish, 201)
    assert caller.post("", wish, 201)["id"] == made["id"]
    assert caller.post(f"{made['id']}/pause/")["state"] == "PAUSED"
    assert caller.post(f"{made['id']}/resume/")["state"] == "QUEUED"
    work(made)
    done = caller.get(f"{made['id']}/")
    assert (done["state"], done["done"], done["total"], Elevator.objects.count() - before) == ("DONE", 5, 5, 5)
    assert caller.get(f"{made['id']}/messages/") == {"total": 0, "messages": []}

    caller.post(f"{made['id']}/undo/")
    work(made)
    assert caller.get(f"{made['id']}/")["undo_result"]["withdrawn"] == 5


def test_a_shape_is_corrected_in_parts(caller):
    upload = caller.send(FILE.encode())
    address = f"{API}uploads/{upload['id']}/"

    def patch(**parts):
        return caller.client.patch(address, json.dumps(parts), content_type="application/json")

    assert patch(header_first=2, header_last=2).json()["shape"]["header_first"] == 2
    refused = patch(encoding="utf-16")
    assert (refused.status_code, refused.json()["code"]) == (422, "file-refused")
    assert (patch(format="xlsx").status_code, patch(nonsense=1).status_code) == (400, 400)
    assert Upload.objects.get().shape["encoding"] == "utf-8"


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({}, "mapping-refused"),
        ({"targets": {"equipment_code": {"columns": ["nothing"]}}}, "mapping-refused"),
        ({"targets": 7}, "mapping-refused"),
        ({"kind": "registry.nothing"}, "mapping-refused"),
        ({"shipped": "nothing"}, "mapping-refused"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_by_name(caller, spec, code):
    upload = caller.send()
    assert caller.post("", {"upload": upload["id"], "spec": spec}, 422)["code"] == code
    assert not ImportBatch.objects.exists()


def test_a_mapping_is_kept_under_a_name(caller):
    upload = caller.send()
    spec = caller.get(f"uploads/{upload['id']}/mapping/")["spec"]
    saved = caller.post("mappings/", {"name": "月报", "upload": upload["id"], "spec": spec}, 201)
    assert [row["id"] for row in caller.get("mappings/")["results"]] == [saved["id"]]


def test_a_file_that_is_none_is_refused(caller):
    assert caller.send(b"%PDF-1.7", "x.csv", 422)["code"] == "file-refused"
    assert caller.post("", {"upload": str(uuid.uuid4()), "spec": {}}, 404)["code"] == "not-found"


def test_errors_come_as_a_file_in_the_users_columns(caller):
    upload = caller.send((FILE + "x;y\n").encode())
    spec = caller.get(f"uploads/{upload['id']}/mapping/")["spec"]
    made = caller.post("", {"upload": upload["id"], "spec": spec}, 201)
    assert caller.get(f"{made['id']}/errors/", 410)["code"] == "file-gone"
    work(made)
    body = b"".join(caller.client.get(f"{API}{made['id']}/errors/").streaming_content).decode("utf-8-sig")
    assert body.splitlines()[1].startswith("x,y,,,,,7,cells-missing,")


def test_files_and_imports_of_others_do_not_exist(caller):
    upload = caller.send()
    spec = caller.get(f"uploads/{upload['id']}/mapping/")["spec"]
    made = caller.post("", {"upload": upload["id"], "spec": spec}, 201)
    stranger = Caller(make_manager().user)
    for path in (
        f"uploads/{upload['id']}/",
        f"uploads/{upload['id']}/sample/",
        f"{made['id']}/",
        f"{made['id']}/errors/",
    ):
        stranger.get(path, 404)
    for verb in ("pause", "resume", "undo"):
        stranger.post(f"{made['id']}/{verb}/", status=404)
    stranger.post("", {"upload": upload["id"], "spec": spec}, 404)
    assert [stranger.get(path)["results"] for path in ("", "uploads/", "mappings/")] == [[], [], []]


COUNTS = {"": 3, "uploads/": 3, "mappings/": 3, "one": 3}


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_statements_for_one_row_and_three(caller, rows):
    for number in range(rows):
        upload = caller.send((FILE + f"{number};;;;;\n").encode())
        spec = caller.get(f"uploads/{upload['id']}/mapping/")["spec"]
        caller.post("mappings/", {"name": str(number), "upload": upload["id"], "spec": spec}, 201)
        made = caller.post("", {"upload": upload["id"], "spec": spec}, 201)
    counted = {}
    for name, path in {"": "", "uploads/": "uploads/", "mappings/": "mappings/", "one": f"{made['id']}/"}.items():
        with CaptureQueriesContext(connection) as captured:
            caller.get(path)
        counted[name] = len(captured)
    assert counted == COUNTS
