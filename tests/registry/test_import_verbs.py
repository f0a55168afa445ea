"""An upload from its first click to its end: who may, twice at once, paused, stopped, gone on with."""

import io
import threading
from dataclasses import replace

import pytest
from django.db import connection, connections
from django.utils.translation import override

from common import clock, jobs
from common.errors import NotPermitted
from common.intake import chunks, uploads
from common.intake.issues import FileRefused
from common.intake.kinds import kinds_for
from common.intake.mapping import MappingSpec, TargetUse
from common.intake.runs import NotRunning, NotStopped, pause_import, resume_import, start_import
from common.intake.shapes import Shape
from common.intake.undo import start_undo
from common.intake.uploads import mappings_that_fit, save_mapping, set_shape, store_upload
from common.models import ImportBatch, Job, SavedMapping, SourceRow, Upload
from registry.actions import import_compile
from registry.models import Elevator, LifeEvent
from tests.registry.test_import_scope import HEADER, SPEC

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_dir")]
ROWS = 30


def content(count: int = ROWS, first: int = 1) -> bytes:
    names = list(HEADER.values())
    lines = [",".join(names)]
    for number in range(first, first + count):
        row = {
            "设备代码": f"3110100012015{number:05d}",
            "行政区": "鼓楼区",
            "使用地点": f"样例路{number}号",
            "额定载重量(kg)": "1000",
        }
        lines.append(",".join(row.get(name, "") for name in names))
    return ("\n".join(lines) + "\n").encode()


def upload(actor, data: bytes | None = None, name: str = "登记表.csv") -> Upload:
    file = io.BytesIO(data or content())
    return store_upload(content=file, name=name, kind="registry.elevators", by=actor, at=clock.now())


def begin(actor, **options) -> ImportBatch:
    return start_import(upload=upload(actor), spec=SPEC, by=actor, at=clock.now(), **options)


def work(batch: ImportBatch) -> ImportBatch:
    jobs.run(batch.job_id, at=clock.now())
    return ImportBatch.objects.select_related("job").get(pk=batch.pk)


@pytest.fixture
def actor(cast):
    return cast.district_regulator.actor()


def test_an_upload_is_rehearsed_then_brought_in(actor):
    rehearsed = work(begin(actor, dry_run=True))
    assert (rehearsed.state, rehearsed.summary["outcomes"]["CREATED"], Elevator.objects.filter(source="").count()) == (
        "DONE",
        ROWS,
        4,  # the cast's
    )
    assert rehearsed.preview["changes_total"] == ROWS
    number, outcome, changes = rehearsed.preview["changes"][0]
    assert (number, outcome, changes["rated_load_kg"], changes["address"]) == (
        2,
        "CREATED",
        [None, "1000"],
        [None, "样例路1号"],
    )
    assert (SourceRow.objects.count(), LifeEvent.objects.filter(kind="IMPORTED").count()) == (0, 0)
    batch = work(begin(actor))
    told = {name: value for name, value in rehearsed.summary.items() if name != "checks"}  # only a trial run has them
    assert (batch.state, batch.summary, batch.source) == ("DONE", told, rehearsed.source)
    assert LifeEvent.objects.filter(kind="IMPORTED").count() == SourceRow.objects.count() == ROWS


def test_the_preview_is_capped_with_honest_totals(actor, monkeypatch):
    from common.intake import reports

    monkeypatch.setattr(reports, "MOST_PREVIEWED", 3)
    monkeypatch.setattr(reports, "MOST_MESSAGES", 2)
    data = content().replace("鼓楼区".encode(), "不知道".encode())
    batch = start_import(upload=upload(actor, data), spec=SPEC, by=actor, at=clock.now(), dry_run=True)
    preview = work(batch).preview
    assert (len(preview["messages"]), preview["messages_total"]) == (2, ROWS * 2)
    assert (len(preview["changes"]), preview["changes_total"]) == (0, 0)


def test_the_same_click_twice_is_one_batch(actor):
    one, other = begin(actor), begin(actor)
    assert (one, Job.objects.count(), Upload.objects.count()) == (other, 1, 1)
    work(one)
    again = begin(actor)
    assert (again, again.completed_at is not None, Job.objects.count()) == (one, True, 1)


def test_another_reading_of_the_same_file_is_another_batch(actor):
    one = begin(actor)
    spec = SPEC.with_target("rated_load_kg", ["额定载重量(kg)"], unit="lb")
    assert start_import(upload=upload(actor), spec=spec, by=actor, at=clock.now()) != one


def test_another_shape_of_the_same_file_is_another_batch(actor):
    one = begin(actor)
    sent = upload(actor)
    shape = replace(Shape.from_json(sent.shape), fill_down=("行政区",))
    other = start_import(upload=set_shape(upload=sent, shape=shape), spec=SPEC, by=actor, at=clock.now())
    assert other != one
    sure = replace(shape, guesses=())
    assert start_import(upload=set_shape(upload=sent, shape=sure), spec=SPEC, by=actor, at=clock.now()) == other


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_are_one_batch(cast):
    actor = cast.district_regulator.actor()
    sent, gate, made, errors = upload(actor), threading.Barrier(4), [], []

    def click():
        try:
            gate.wait()
            made.append(start_import(upload=sent, spec=SPEC, by=actor, at=clock.now()).pk)
        except Exception as error:
            errors.append(error)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (errors, len(made), len(set(made))) == ([], 4, 1)
    assert ImportBatch.objects.count() == Job.objects.count() == 1


# --- pause and resume -------------------------------------------------------------------------------------------------


def _stop_at(monkeypatch, done: int, stop) -> None:
    """Call `stop()` once, right after the chunk that ends at row `done` is in."""
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 10)
    real = chunks.write_chunk

    def write(chunk, upto, *rest):
        real(chunk, upto, *rest)
        if upto == done:
            stop()

    monkeypatch.setattr(chunks, "write_chunk", write)


def test_pause_stops_after_the_chunk_and_resume_ends_as_if_never_paused(actor, monkeypatch):
    batch = begin(actor)
    _stop_at(monkeypatch, 10, lambda: pause_import(batch=batch, by=actor, at=clock.now()))
    paused = work(batch)
    assert (paused.state, paused.job.done, SourceRow.objects.count()) == ("PAUSED", 10, 10)
    assert pause_import(batch=paused, by=actor, at=clock.now()).state == "PAUSED"
    resumed = resume_import(batch=paused, by=actor, at=clock.now())
    assert (resumed.state, resumed.job.done) == ("QUEUED", 10)
    assert resume_import(batch=paused, by=actor, at=clock.now()).job == resumed.job
    done = work(resumed)
    assert (done.state, done.summary["outcomes"]["CREATED"], SourceRow.objects.count()) == ("DONE", ROWS, ROWS)
    assert set(
        Elevator.objects.filter(equipment_code__startswith="3110100012015").values_list("created_at", flat=True)
    ) == {batch.created_at}


def test_a_worker_that_died_leaves_a_batch_that_the_next_one_ends(actor, monkeypatch):
    def die():
        raise KeyboardInterrupt

    batch = begin(actor)
    _stop_at(monkeypatch, 20, die)
    with pytest.raises(KeyboardInterrupt):
        work(batch)
    monkeypatch.undo()
    Job.objects.filter(pk=batch.job_id).update(lease_until=batch.created_at)
    done = work(batch)
    assert (done.state, done.job.done, SourceRow.objects.count()) == ("DONE", ROWS, ROWS)


def test_a_failed_import_goes_on_when_it_is_resumed(actor, monkeypatch):
    def fail():
        raise ValueError("the disk is full")

    batch = begin(actor)
    _stop_at(monkeypatch, 10, fail)
    failed = work(batch)
    assert (failed.state, failed.job.error.startswith("ValueError")) == ("FAILED", True)
    monkeypatch.undo()
    done = work(resume_import(batch=failed, by=actor, at=clock.now()))
    assert (done.state, SourceRow.objects.count()) == ("DONE", ROWS)


def test_a_paused_import_can_be_undone_but_then_no_longer_resumed(actor, monkeypatch):
    batch = begin(actor)
    _stop_at(monkeypatch, 10, lambda: pause_import(batch=batch, by=actor, at=clock.now()))
    work(batch)
    undone = start_undo(batch=batch, by=actor, at=clock.now())
    with pytest.raises(NotStopped):
        resume_import(batch=undone, by=actor, at=clock.now())
    jobs.run(undone.undo_job_id, at=clock.now())
    undone.refresh_from_db()
    assert (undone.state, undone.undo_result["withdrawn"]) == ("UNDONE", 10)


def test_what_is_done_is_neither_paused_nor_resumed(actor):
    batch = work(begin(actor))
    with pytest.raises(NotRunning):
        pause_import(batch=batch, by=actor, at=clock.now())
    with pytest.raises(NotStopped):
        resume_import(batch=batch, by=actor, at=clock.now())


def test_a_code_that_another_import_took_meanwhile_is_planned_anew(actor, monkeypatch):
    """Between the look and the writing somebody enters the same code: the chunk is planned once more."""
    from registry.actions import import_kind

    batch, real, taken = begin(actor), import_kind.write_rows, []

    def write(plans, run):
        if not taken:
            taken.append(True)
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            from django.db import IntegrityError

            raise IntegrityError("elevator_equipment_code_once")
        real(plans, run)

    monkeypatch.setattr(import_kind, "write_rows", write)
    done = work(batch)
    assert (done.state, done.summary["outcomes"]["CREATED"], SourceRow.objects.count()) == ("DONE", ROWS, ROWS)


# --- who may ----------------------------------------------------------------------------------------------------------

KINDS = {
    "own_manager": {"registry.elevators"},
    "district_regulator": {"registry.elevators"},
    "colleague": set(),
    "maintainer": set(),
    "auditor": set(),
    "dispatcher": set(),
}


def test_who_may_bring_in_elevators(cast):
    found = {
        name: {kind.key for kind in kinds_for(getattr(cast, name).actor())} & {"registry.elevators"} for name in KINDS
    }
    assert found == KINDS


def test_whoever_may_not_import_can_do_nothing_here(cast, actor):
    batch, stranger = begin(actor), cast.colleague.actor()
    for refused in (
        lambda: upload(stranger),
        lambda: start_import(upload=batch.upload, spec=SPEC, by=stranger, at=clock.now()),
        lambda: pause_import(batch=batch, by=stranger, at=clock.now()),
        lambda: resume_import(batch=batch, by=stranger, at=clock.now()),
        lambda: start_undo(batch=batch, by=stranger, at=clock.now()),
        lambda: save_mapping(name="x", spec=SPEC, header=[], by=stranger, at=clock.now()),
    ):
        with pytest.raises(NotPermitted):
            refused()


def test_uploads_and_batches_are_seen_by_their_owner_and_importing_colleagues(cast):
    batch = begin(cast.own_manager.actor())
    save_mapping(name="Ours", spec=SPEC, header=list(HEADER.values()), by=cast.own_manager.actor(), at=clock.now())
    for model in (Upload, ImportBatch, SavedMapping):
        seen = {
            name
            for name, player in cast.players.items()
            if model.objects.visible_to(player.actor()).filter(kind=batch.kind).exists()
        }
        assert (model.__name__, seen) == (model.__name__, {"own_manager"})
    from tests.factories.make import hold, make_user

    colleague = make_user()
    hold(colleague, "USING_UNIT_MANAGER", unit=cast.unit_a)
    from accounts.queries import actor_for

    assert list(ImportBatch.objects.visible_to(actor_for(colleague, clock.now()))) == [batch]


def test_a_person_who_lost_the_role_meanwhile_brings_nothing_in(cast):
    batch = begin(cast.own_manager.actor())
    cast.own_manager.user.memberships.update(ended_at=clock.now())
    done = work(batch)
    assert Elevator.objects.filter(equipment_code__startswith="3110100012015").count() == 0
    assert done.summary.get("outcomes", {}).get("CREATED", 0) == 0


# --- uploads and mappings ---------------------------------------------------------------------------------------------


def test_a_refused_upload_leaves_no_file(actor, settings):
    from pathlib import Path

    with pytest.raises(FileRefused):
        upload(actor, b"\x89PNG\r\n\x1a\n\x00\x00")
    assert (Upload.objects.count(), list(Path(settings.MEDIA_ROOT).rglob("*-*"))) == (0, [])


def test_a_file_beyond_the_limit_is_refused_while_it_comes(actor, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    with pytest.raises(uploads.FileTooLarge):
        upload(actor)


def test_an_upload_that_is_gone_says_so(actor):
    sent = upload(actor)
    uploads.upload_path(sent).unlink()
    with pytest.raises(uploads.FileGone):
        start_import(upload=sent, spec=SPEC, by=actor, at=clock.now())


def test_saved_mappings_are_offered_where_their_columns_are(actor):
    header = list(HEADER.values())
    saved = save_mapping(name=" 登记表 ", spec=SPEC, header=header, by=actor, at=clock.now())
    other = SPEC.with_target("model", ["型号"])
    save_mapping(name="other", spec=other, header=[*header, "型号"], by=actor, at=clock.now())
    assert mappings_that_fit(actor, SPEC.kind, header) == [saved]
    assert MappingSpec.from_json(SavedMapping.objects.get(pk=saved.pk).spec) == SPEC
    again = save_mapping(name="登记表", spec=other, header=header, by=actor, at=clock.now())
    assert (again.pk, SavedMapping.objects.count()) == (saved.pk, 2)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_words_meaning_is_suggested_whatever_the_language_of_the_page(actor, language):
    spec = MappingSpec(
        "registry.elevators", targets={"state": TargetUse(("状态",)), "place_type": TargetUse(("场所",))}
    )
    with override(language):
        found = import_compile.suggest_words(spec, {"state": ["封停中"], "place_type": ["医院大楼"]}, actor)
    assert found["state"]["封停中"][0].value.endswith("+SEALED")
    assert found["place_type"]["医院大楼"][0].value == "HOSPITAL"
