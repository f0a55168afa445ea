"""From a file to elevators on the pages: the shape corrected, columns assigned, tried out, brought in, taken back."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import jobs
from common.clock import now
from common.models.intake import ImportBatch, SavedMapping, Upload
from registry.models import Elevator
from tests.common.conftest import make_manager
from tests.common.intake_files import three_line_workbook
from tests.factories.make import GULOU, NANJING, client_for, hold, make_user

KIND = "registry.elevators"
HEADER = "设备代码;地址;所在区;载重(kg);速度(m/s);备注\n"
FILE = HEADER + "".join(f"311010X042020{number:05d};示例路{number}号;鼓楼区;1.000;1,75;x\n" for number in range(1, 6))


GB18030 = FILE.encode("gb18030")


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def registrar(db):
    user = make_user()
    hold(user, "CITY_REGULATOR", area_code=NANJING)
    return user


@pytest.fixture
def client(registrar):
    return client_for(registrar)


def send(client, content=GB18030, name="台账.csv", kind=KIND):
    if not isinstance(content, bytes):
        content = content.read_bytes()
    return client.post("/imports/new/", {"kind": kind, "file": SimpleUploadedFile(name, content)})


def sent(client, *args, **kwargs) -> Upload:
    answer = send(client, *args, **kwargs)
    assert answer.status_code == 302, answer.content.decode()
    return Upload.objects.latest("pk")


def columns_of(page) -> dict:
    """{header: target} as the page shows it."""
    return {row.header: row.target for row in page.context["rows"]}


def fields_of(page, **changes) -> dict:
    """What a browser would send of the mapping page."""
    data = {f"column-{row.place}": row.target for row in page.context["rows"]}
    boxes = [box for row in page.context["rows"] for box in row.options] + list(page.context["boxes"])
    data |= {box.name: box.value for box in boxes if not box.is_tick and box.value}
    for table in page.context["words"]:
        for place, row in enumerate(table.rows):
            data |= {f"word-{table.target}-{place}": row.word, f"means-{table.target}-{place}": row.value}
    return data | changes


def run(batch: ImportBatch) -> ImportBatch:
    job = jobs.run(batch.undo_job_id or batch.job_id, at=now())
    assert job is not None and job.state == "SUCCEEDED", job and job.error
    return ImportBatch.objects.select_related("job", "undo_job").get(pk=batch.pk)


def test_a_file_goes_all_the_way_and_back(client):
    before = Elevator.objects.count()
    upload = sent(client)
    shape = client.get(f"/imports/files/{upload.public_id}/shape/").content.decode()
    assert "GB18030" in shape and "Numbers like “1,75” have a decimal comma." in shape and "示例路1号" in shape

    address = f"/imports/files/{upload.public_id}/columns/"
    page = client.get(address)
    assert columns_of(page) == {
        "设备代码": "equipment_code",
        "地址": "address",
        "所在区": "area",
        "载重(kg)": "rated_load_kg",
        "速度(m/s)": "rated_speed_mps",
        "备注": "",
    }
    tried = client.post(address, fields_of(page, step="try"))
    assert tried.status_code == 302, tried.content.decode()
    batch = run(ImportBatch.objects.latest("pk"))
    report = client.get(tried["Location"])
    assert (batch.dry_run, Elevator.objects.count() - before) == (True, 0)
    assert "Trial run: nothing was written." in report.content.decode()
    assert [(value, count) for value, _label, count in report.context["outcomes"]] == [
        ("CREATED", 5),
        ("UPDATED", 0),
        ("UNCHANGED", 0),
        ("REFUSED", 0),
    ]

    brought = client.post(f"{tried['Location']}run/")
    real = run(ImportBatch.objects.latest("pk"))
    assert (brought["Location"], real.dry_run) == (f"/imports/{real.public_id}/", False)
    made = Elevator.objects.get(equipment_code__endswith="0001")
    assert (made.rated_load_kg, str(made.rated_speed_mps), Elevator.objects.count() - before) == (1000, "1.750", 5)

    undo = client.get(f"{brought['Location']}undo/").content.decode()
    assert "brought in anew, to be withdrawn" in undo
    answer = client.post(f"{brought['Location']}undo/", {"idempotency_key": str(uuid.uuid4())})
    assert answer.status_code == 302
    run(ImportBatch.objects.get(pk=real.pk))
    assert "taken back" in client.get(brought["Location"]).content.decode()
    assert client.get(f"/elevators/{made.public_id}/").status_code == 404


def test_a_file_of_which_nothing_can_come_in_is_not_offered_to_be_brought_in(client):
    upload = sent(client, FILE.replace("311010X04202", "X").encode("gb18030"))
    address = f"/imports/files/{upload.public_id}/columns/"
    tried = client.post(address, fields_of(client.get(address), step="try"))
    run(ImportBatch.objects.latest("pk"))
    page = client.get(tried["Location"]).content.decode()
    assert "No row can come in as it stands" in page
    assert "The row is refused; check it against the plate." in page
    assert "Bring it in" not in page
    # somebody who brings it in all the same has nothing to take back
    brought = client.post(f"{tried['Location']}run/")
    run(ImportBatch.objects.latest("pk"))
    assert "Take it back" not in client.get(brought["Location"]).content.decode()


def test_the_same_file_and_a_double_click_do_nothing_twice(client):
    first, second = sent(client), sent(client)
    assert first == second
    address = f"/imports/files/{first.public_id}/columns/"
    data = fields_of(client.get(address), step="run")
    assert client.post(address, data)["Location"] == client.post(address, data)["Location"]
    run(ImportBatch.objects.get())
    again = client.post(address, data, follow=True)
    assert "This file had been brought in like this before. Nothing was done again." in again.content.decode()
    assert ImportBatch.objects.count() == 1


def test_a_wrong_shape_is_corrected_and_shown_anew(client, tmp_path):
    upload = sent(client, three_line_workbook(tmp_path / "x.xlsx"), "台账.xlsx")
    address = f"/imports/files/{upload.public_id}/shape/"
    page = client.get(address)
    assert page.context["header"][4] == "设备 / 参数 / 速度"
    assert "Column “使用单位” has merged cells." in page.content.decode()
    form = {"sheet": "电梯台账", "header_first": 4, "header_last": 4, "fill_down": ["使用单位"], "step": "look"}
    assert client.post(address, form)["Location"] == address
    page = client.get(address)
    assert page.context["header"][2] == "设备代码"
    form |= {"header_first": 2, "step": "next"}
    assert client.post(address, form)["Location"] == f"/imports/files/{upload.public_id}/columns/"
    assert Upload.objects.get().shape["fill_down"] == ["使用单位"]


def test_going_on_after_another_delimiter_shows_the_sample_once_more(client):
    upload = sent(client)
    address = f"/imports/files/{upload.public_id}/shape/"
    form = {"encoding": "gb18030", "delimiter": "|", "header_first": 1, "header_last": 1, "step": "next"}
    assert client.post(address, form)["Location"] == address
    assert len(client.get(address).context["header"]) == 1


def test_what_cannot_be_read_says_so_and_keeps_the_form(client):
    upload = sent(client)
    address = f"/imports/files/{upload.public_id}/shape/"
    form = {"encoding": "utf-8", "delimiter": ";", "header_first": 1, "header_last": 1, "step": "next"}
    answer = client.post(address, form)
    assert (answer.status_code, "Line 1 is not UTF-8 text." in answer.content.decode()) == (422, True)
    assert Upload.objects.get().shape["encoding"] == "gb18030"
    backwards = client.post(address, form | {"encoding": "gb18030", "header_first": 3})
    assert (backwards.status_code, "ends in or below" in backwards.content.decode()) == (422, True)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "x.csv", "The file is empty."),
        (b"\x89PNG\r\n", "x.csv", "This is a picture, not a table."),
        (b"a,b\n1,2\n", "x.xlsx", "The name says XLSX, but this is no workbook."),
    ],
    ids=["empty", "picture", "text"],
)
def test_a_file_that_is_none_is_refused_at_its_field(client, content, name, sentence):
    answer = send(client, content, name)
    assert (answer.status_code, sentence in answer.content.decode(), Upload.objects.count()) == (422, True, 0)


def test_columns_without_a_key_are_refused_and_nothing_is_lost(client):
    upload = sent(client)
    address = f"/imports/files/{upload.public_id}/columns/"
    data = fields_of(client.get(address)) | {"column-0": "", "step": "run"}
    answer = client.post(address, data)
    assert (answer.status_code, ImportBatch.objects.count()) == (422, 0)
    assert "Say which column tells one elevator from another" in answer.content.decode()
    assert columns_of(answer)["地址"] == "address"


def test_words_are_matched_by_suggestion(client):
    upload = sent(client, FILE.replace("鼓楼区", "鼓娄区").encode())
    address = f"/imports/files/{upload.public_id}/columns/"
    page = client.get(address)
    tables = {table.target: table for table in page.context["words"]}
    assert [row.word for row in tables["area"].rows] == ["鼓娄区"]
    # 鼓娄区 is written wrong; the nearest is proposed, the others stand beside it
    assert (tables["area"].rows[0].value, tables["area"].rows[0].suggested) == (GULOU, True)
    client.post(address, fields_of(page, step="run"))
    run(ImportBatch.objects.get())
    assert Elevator.objects.get(equipment_code__endswith="0001").managing_district.code == GULOU


def test_a_mapping_is_kept_for_the_unit_and_used_again(client):
    upload = sent(client)
    address = f"/imports/files/{upload.public_id}/columns/"
    data = fields_of(client.get(address)) | {"column-5": "building", "name": "月报", "step": "save"}
    kept = client.post(address, data)
    saved = SavedMapping.objects.get()
    assert kept["Location"] == f"{address}?saved={saved.public_id}"
    page = client.get(kept["Location"])
    assert (columns_of(page)["备注"], [row.name for row in page.context["saved"]]) == ("building", ["月报"])
    nameless = client.post(address, data | {"name": "  "})
    assert (nameless.status_code, "Give the mapping a name" in nameless.content.decode()) == (422, True)


def test_pause_and_go_on(client):
    upload = sent(client)
    address = f"/imports/files/{upload.public_id}/columns/"
    batch_url = client.post(address, fields_of(client.get(address), step="run"))["Location"]
    waiting = client.get(batch_url).content.decode()
    assert ('hx-trigger="every 2s"' in waiting, "/pause/" in waiting, "/undo/" in waiting) == (True, True, False)
    for _ in range(2):
        assert client.post(f"{batch_url}pause/")["Location"] == batch_url
    paused = client.get(batch_url).content.decode()
    assert ('hx-trigger="every 2s"' in paused, "/resume/" in paused) == (False, True)
    for _ in range(2):
        assert client.post(f"{batch_url}resume/")["Location"] == batch_url
    assert run(ImportBatch.objects.get()).summary["outcomes"]["CREATED"] == 5


def test_the_report_names_cells_and_gives_the_bad_rows_as_a_file(client):
    content = FILE.replace("1,75", "schnell", 1) + "311010X04202000001;gekürzt\n"
    upload = sent(client, content.encode())
    address = f"/imports/files/{upload.public_id}/columns/"
    batch_url = client.post(address, fields_of(client.get(address), step="run"))["Location"]
    assert client.get(f"{batch_url}issues.csv").status_code == 410
    run(ImportBatch.objects.get())
    page = client.get(batch_url)
    assert {(line.code, line.effect, line.count) for line in page.context["lines"]} >= {
        ("not-a-number", "EMPTY", 1),
        ("cells-missing", "REFUSED", 1),
    }
    assert "“schnell” is not a number" in page.content.decode()
    got = client.get(f"{batch_url}issues.csv")
    rows = b"".join(got.streaming_content).decode("utf-8-sig").splitlines()
    assert (len(rows), rows[0].startswith("设备代码,地址")) == (3, True)


def test_others_do_not_see_the_file_nor_what_came_of_it(client):
    upload = sent(client)
    address = f"/imports/files/{upload.public_id}/columns/"
    batch_url = client.post(address, fields_of(client.get(address), step="run"))["Location"]
    stranger = make_manager().client
    for path in (f"/imports/files/{upload.public_id}/shape/", address, batch_url, f"{batch_url}issues.csv"):
        assert stranger.get(path).status_code == 404, path
    for verb in ("pause", "resume", "run", "undo"):
        assert stranger.post(f"{batch_url}{verb}/", {"idempotency_key": "a-form-key"}).status_code == 404, verb
    assert upload.original_name not in stranger.get("/imports/").content.decode()
    assert stranger.get(f"{address}?saved={uuid.uuid4()}").status_code == 404


COUNTS = {"/imports/": 3, "/imports/new/": 2, "shape": 3, "columns": 10, "batch": 3}


@pytest.mark.parametrize("many", [1, 3])
def test_pages_take_the_same_statements_for_one_import_and_three(client, settings, many):
    settings.REFERENCE_SECONDS = 60  # as in life: the copies of areas and classes serve many rows
    for number in range(many):
        upload = sent(client, (FILE + f"311010X042020{number + 70:05d};x;;;;\n").encode())
        address = f"/imports/files/{upload.public_id}/columns/"
        client.post(address, fields_of(client.get(address), step="run"))
        batch = run(ImportBatch.objects.latest("pk"))
    paths = {
        "/imports/": "/imports/",
        "/imports/new/": "/imports/new/",
        "shape": f"/imports/files/{upload.public_id}/shape/",
        "columns": address,
        "batch": f"/imports/{batch.public_id}/",
    }
    counted = {}
    client.get(paths["batch"])  # the copies of areas and classes are there
    for name, path in paths.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200, name
        counted[name] = len(captured)
    assert counted == COUNTS


def test_only_the_upload_takes_large_bodies_and_only_from_people(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert send(client, (FILE * 20).encode()).status_code == 302
    stranger = client_for(None)
    assert send(stranger, (FILE * 20).encode()).status_code == 413
    elsewhere = client.post("/exports/new/registry.elevators/", {"filters": "x" * 2000})
    assert elsewhere.status_code == 413
    settings.UPLOAD_MAX_SIZE = 1000
    assert send(client, (FILE * 20).encode()).status_code == 413


def test_the_report_shows_names_and_one_example_of_each_kind(client, monkeypatch):
    from common.intake import reports

    monkeypatch.setattr(reports, "MOST_MESSAGES", 1)
    content = FILE.replace("1,75", "schnell").replace("1.000", "schwer", 1)
    upload = sent(client, content.encode())
    address = f"/imports/files/{upload.public_id}/columns/"
    batch_url = client.post(address, fields_of(client.get(address), step="try"))["Location"]
    run(ImportBatch.objects.get())
    page = client.get(batch_url)
    assert {line.example is not None for line in page.context["lines"]} == {True}
    _row, outcome, fields = page.context["changes"][0]
    assert (outcome, {str(label): new for label, _old, new in fields}["district"]) == ("CREATED", "Gulou")
