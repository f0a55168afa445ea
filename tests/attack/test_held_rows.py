"""A unit that keeps others waiting: slow files while a row is locked, and more of them than the machine can read."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from common import locks
from common.attachments import slots
from common.attachments.slots import ConvertersBusy, Slots
from common.database import connect_directly
from registry.models import Document
from registry.views import registrations
from tests.common import attachment_files as files
from tests.factories.make import client_for
from tests.factories.registrations import draft, good_answers

LOCK = 4_711


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.SEALED_DIR = tmp_path / "sealed"


@pytest.fixture
def application(cast):
    return draft(cast.elevator_own, "REGISTER", cast.own_manager)


@pytest.fixture
def held():
    """Somebody else holds a lock, in a connection of their own."""
    with connect_directly() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield


def wait_for_it(**_given):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout TO '50ms'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def edit(cast, row, **values):
    values = {"idempotency_key": "click-number-1", **good_answers("REGISTER"), **values}
    return client_for(cast.own_manager.user).post(f"/elevators/registrations/{row.public_id}/edit/", values)


def test_files_of_an_application_are_read_before_anything_is_locked(cast, application, monkeypatch):
    """Ten files held the elevator's row for 15 seconds, and with it a connection for everybody who asked for it."""
    outside, seen, store = len(connection.atomic_blocks), [], registrations.store_attachment

    def watched(*args, **given):
        seen.append(len(connection.atomic_blocks) - outside)
        return store(*args, **given)

    monkeypatch.setattr(registrations, "store_attachment", watched)
    before = Document.objects.count()
    sent = [SimpleUploadedFile("one.jpg", files.jpeg()), SimpleUploadedFile("two.jpg", b"no picture")]
    assert edit(cast, application, file_quality_certificate=sent).status_code == 302
    assert (seen, Document.objects.count() - before) == ([0, 0], 1)


def test_a_page_that_waits_too_long_for_a_row_says_so(cast, application, monkeypatch, held):
    monkeypatch.setattr(registrations.actions, "save_answers", wait_for_it)
    answer = edit(cast, application)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_rest_that_waits_too_long_for_a_row_says_so(cast, monkeypatch, held):
    monkeypatch.setattr("registry.api.views.actions.change_elevator", wait_for_it)
    client, path = client_for(cast.own_manager.user), f"/api/v1/registry/elevators/{cast.elevator_own.public_id}/"
    tag = client.get(path)["ETag"]
    answer = client.patch(path, {"building": "7"}, content_type="application/json", headers={"If-Match": tag})
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "5", "row-busy")


def test_a_lock_with_its_own_patience_leaves_the_processs_as_it_was(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()
        with locks.one_at_a_time("anything", patience="3s"):
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == before


def taking(place: Slots, who: str, done: threading.Event) -> threading.Thread:
    """Holds a place until `done`; returns once it has it."""
    there = threading.Event()

    def work():
        with place.taken(who):
            there.set()
            done.wait(5)

    thread = threading.Thread(target=work)
    thread.start()
    assert there.wait(5)
    return thread


def test_one_person_reads_one_file_at_a_time_and_all_together_two(monkeypatch, settings):
    settings.ATTACHMENT_CONVERTERS = 2
    monkeypatch.setattr(slots, "PATIENCE", 0.05)
    place, done = Slots(), threading.Event()
    threads = [taking(place, "USER:a", done)]
    with pytest.raises(ConvertersBusy), place.taken("USER:a"):
        pass
    threads.append(taking(place, "USER:b", done))
    with pytest.raises(ConvertersBusy), place.taken("USER:c"):
        pass
    done.set()
    for thread in threads:
        thread.join(5)
    with place.taken("USER:a"), place.taken("USER:c"):
        pass


def test_a_crowd_of_files_does_not_wait_with_a_connection_each(monkeypatch):
    monkeypatch.setattr(slots, "MOST_WAITING", 0)
    place, done = Slots(), threading.Event()
    thread = taking(place, "USER:a", done)
    with pytest.raises(ConvertersBusy), place.taken("USER:a"):
        pass
    done.set()
    thread.join(5)
