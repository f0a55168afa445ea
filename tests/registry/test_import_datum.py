"""A trial run tries the places of a file against the borders of the districts that its rows state, and proposes."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from common import jobs
from common.clock import now
from common.intake.mapping import MappingSpec
from common.models.intake import ImportBatch, Upload
from registry.models import Elevator
from tests.factories.make import NANJING, client_for, hold, make_user
from tests.registry.test_borders import WRITTEN_IN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_dir")]
HEADER = "设备代码,所在区,使用地点,纬度,经度\n"


def as_written(latitude: float, longitude: float) -> tuple[float, float]:
    return latitude, longitude


def exchanged(latitude: float, longitude: float) -> tuple[float, float]:
    return longitude, latitude


def places() -> list[tuple[float, float, str]]:
    """A grid over the old town, where four districts meet; each place states the district in which it lies."""
    from registry.rules.borders import district_at, districts

    names = {district.code: district.name for district in districts()}
    grid = [(32.02 + 0.004 * step, 118.74 + 0.004 * place) for step in range(16) for place in range(16)]
    return [(*point, names[code]) for point in grid if (code := district_at(*point))]


def register(written) -> bytes:
    lines = []
    for number, (latitude, longitude, district) in enumerate(places(), start=1):
        y, x = written(latitude, longitude)
        lines.append(f"311010X042020{number:05d},{district},示例路{number}号,{y:.6f},{x:.6f}\n")
    return (HEADER + "".join(lines)).encode()


@pytest.fixture
def client():
    user = make_user()
    hold(user, "CITY_REGULATOR", area_code=NANJING)
    return client_for(user)


def tried(batch: ImportBatch) -> ImportBatch:
    assert jobs.run(batch.job_id, at=now()).state == "SUCCEEDED"
    batch.refresh_from_db()
    return batch


def rehearse(client, content: bytes, datum: str = "WGS84") -> ImportBatch:
    client.post("/imports/new/", {"kind": "registry.elevators", "file": SimpleUploadedFile("places.csv", content)})
    upload = Upload.objects.latest("pk")
    columns = {"equipment_code": "设备代码", "area": "所在区", "address": "使用地点", "longitude": "经度"}
    targets = {name: {"columns": [column]} for name, column in columns.items()}
    targets["latitude"] = {"columns": ["纬度"], "options": {"datum": datum}}
    body = {"upload": str(upload.public_id), "spec": {"targets": targets}, "dry_run": True}
    answer = client.post(
        "/api/v1/imports/", json.dumps(body), content_type="application/json", headers={"Idempotency-Key": datum}
    )
    assert answer.status_code == 201, answer.content.decode()
    return tried(ImportBatch.objects.latest("pk"))


@pytest.mark.parametrize(
    ("written", "datum", "swapped", "button"),
    [
        (WRITTEN_IN["BD09"], "BD09", False, "Read as BD-09 and try again"),
        (WRITTEN_IN["GCJ02"], "GCJ02", False, "Read as GCJ-02 and try again"),
        (exchanged, "WGS84", True, "Exchange latitude and longitude, read as WGS84 / CGCS2000, and try again"),
    ],
)
def test_a_better_reading_is_proposed_and_taken_with_one_button(client, written, datum, swapped, button):
    batch = rehearse(client, register(written))
    address = f"/imports/{batch.public_id}/"
    (check,) = client.get(f"/api/v1{address}").json()["summary"]["checks"]
    proposal = check["proposal"]
    assert (check["code"], proposal["datum"], proposal["swapped"]) == ("datum", datum, swapped)
    assert proposal["inside"] > check["params"]["inside"]
    assert proposal["judged"] == len(places())

    page = client.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert button in page
    assert f"{proposal['percent']} % of the places lie in the district that the file states" in page

    answer = client.post(f"{address}adopt/", {"code": "datum"})
    again = tried(ImportBatch.objects.latest("pk"))
    assert answer["Location"] == f"/imports/{again.public_id}/"
    assert (again.dry_run, again.upload) == (True, batch.upload)
    latitude = MappingSpec.from_json(again.spec).targets["latitude"]
    assert (latitude.columns, latitude.options["datum"]) == (("经度",) if swapped else ("纬度",), datum)
    (check,) = again.summary["checks"]
    assert (check["params"]["inside"], check["proposal"]) == (proposal["inside"], None)
    assert Elevator.objects.count() == 0


def test_a_right_reading_is_confirmed_and_nothing_is_proposed(client):
    batch = rehearse(client, register(as_written))
    (check,) = batch.summary["checks"]
    assert (check["params"]["percent"], check["proposal"]) == ("100", None)
    page = client.get(f"/imports/{batch.public_id}/", headers={"Accept-Language": "en"}).content.decode()
    assert "Read as WGS84 / CGCS2000, 100 % of the places lie in the district that the file states." in page
    client.post(f"/imports/{batch.public_id}/adopt/", {"code": "datum"})
    assert ImportBatch.objects.count() == 1


def test_a_file_without_districts_is_not_judged(client):
    content = (HEADER + "311010X04202000001,,示例路1号,32.05,118.79\n").encode()
    assert rehearse(client, content).summary.get("checks", []) == []
