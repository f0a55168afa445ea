"""Documents of the e-file: filed with their files, superseded, withdrawn, never changed; read by those whom they concern."""

import datetime as dt
from dataclasses import dataclass

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.roles import Permission
from common.attachments.store import store_attachment
from common.clock import local_date, now
from common.errors import NotPermitted
from common.models import AccessRecord, Attachment
from registry.actions.documents import (
    DocumentDatesBackwards,
    DocumentNotStanding,
    DocumentSignedLater,
    DocumentWithoutFile,
    file_document,
    withdraw_document,
)
from registry.models import Document
from registry.queries import chain_faults
from registry.queries.documents import efile_parts
from registry.rules import documents as rules
from tests.common import attachment_files as files
from tests.factories.make import client_for

DAY = dt.timedelta(days=1)
TODAY = local_date(now())
JPEG, PNG = files.jpeg(), files.png()


@pytest.fixture(autouse=True)
def sealed(settings, tmp_path):
    settings.SEALED_DIR = tmp_path / "sealed"


def attachment(by, content: bytes = JPEG):
    return store_attachment(SimpleUploadedFile("scan.jpg", content), by=by, at=now())


def event_kinds(elevator) -> list[str]:
    return list(elevator.life_events.order_by("sequence").values_list("kind", flat=True))


def filed(player, elevator, kind="MANUAL", content: bytes = JPEG, **values) -> Document:
    by = player.actor()
    files_ = [attachment(by, content)]
    return file_document(elevator=elevator, kind=kind, attachments=files_, by=by, at=now(), **values)


# --- rules ------------------------------------------------------------------------------------------------------------


@dataclass
class Paper:
    kind: str = "MANUAL"
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    withdrawn_at: object = None
    superseded_by_id: int | None = None


@pytest.mark.parametrize(
    ("paper", "state"),
    [
        (Paper(), "IN_FORCE"),
        (Paper(valid_until=TODAY), "IN_FORCE"),
        (Paper(valid_until=TODAY - DAY), "EXPIRED"),
        (Paper(valid_from=TODAY + DAY), "FUTURE"),
        (Paper(superseded_by_id=7), "SUPERSEDED"),
        (Paper(withdrawn_at=now()), "WITHDRAWN"),
    ],
)
def test_a_document_holds_to_the_end_of_its_last_day(paper, state):
    assert rules.state_of(paper, TODAY) == state


def test_a_part_says_what_is_missing_and_what_has_expired():
    items = [rules.Item("MANUAL", 3, True), rules.Item("TYPE_TEST", 3, True), rules.Item("DRAWING", 4, False)]
    parts = rules.parts(items, [Paper("TYPE_TEST", valid_until=TODAY - DAY)], TODAY)
    assert [(part.number, part.count, [(line.kind, line.state) for line in part.wanting]) for part in parts] == [
        (3, 1, [("MANUAL", "MISSING"), ("TYPE_TEST", "EXPIRED")]),
        (4, 0, []),
    ]


# --- actions ----------------------------------------------------------------------------------------------------------


def test_filing_is_a_life_event_that_names_the_digest(cast):
    made = filed(cast.own_manager, cast.elevator_own, number="A-1", valid_until=TODAY + DAY)
    event = cast.elevator_own.life_events.order_by("-sequence").first()
    file = Attachment.objects.kept_for(made).get()
    assert (event.kind, event.outcome, event.details, event.source_id) == (
        "DOCUMENT_FILED",
        "MANUAL",
        {"files": [file.sha256], "reference": "A-1"},
        str(made.public_id),
    )
    assert (made.filed_unit, chain_faults().faults) == (cast.unit_a, [])


def test_the_same_files_again_are_the_same_document(cast):
    by = cast.own_manager.actor()
    sent = [attachment(by)]
    first, again = (
        file_document(elevator=cast.elevator_own, kind="MANUAL", attachments=sent, by=by, at=now()) for _ in range(2)
    )
    assert (first, event_kinds(cast.elevator_own).count("DOCUMENT_FILED")) == (again, 1)


def test_a_newer_document_takes_the_place_of_one_that_stands_once(cast):
    old = filed(cast.own_manager, cast.elevator_own)
    new = filed(cast.own_manager, cast.elevator_own, content=PNG, supersedes=old)
    old.refresh_from_db()
    assert (old.superseded_by, rules.state_of(old, TODAY)) == (new, "SUPERSEDED")
    assert list(cast.elevator_own.documents.standing()) == [new]
    with pytest.raises(DocumentNotStanding):
        filed(cast.own_manager, cast.elevator_own, supersedes=old)
    with pytest.raises(DocumentNotStanding):
        filed(cast.own_manager, cast.elevator_own, kind="DRAWING", supersedes=new)
    with pytest.raises(DocumentNotStanding):
        withdraw_document(document=old, reason="late", by=cast.own_manager.actor(), at=now())


def test_a_withdrawn_document_stays_with_its_reason(cast):
    by, made = cast.own_manager.actor(), filed(cast.own_manager, cast.elevator_own)
    withdraw_document(document=made, reason="of another elevator", by=by, at=now())
    withdraw_document(document=made, reason="again", by=by, at=now())
    made.refresh_from_db()
    assert (made.withdrawn_reason, rules.state_of(made, TODAY)) == ("of another elevator", "WITHDRAWN")
    assert event_kinds(cast.elevator_own)[-2:] == ["DOCUMENT_FILED", "DOCUMENT_WITHDRAWN"]
    assert chain_faults().faults == []


def test_what_cannot_be_is_refused(cast):
    by = cast.own_manager.actor()
    with pytest.raises(DocumentWithoutFile):
        file_document(elevator=cast.elevator_own, kind="MANUAL", attachments=[], by=by, at=now())
    with pytest.raises(DocumentDatesBackwards):
        filed(cast.own_manager, cast.elevator_own, valid_from=TODAY, valid_until=TODAY - DAY)
    with pytest.raises(DocumentSignedLater):
        filed(cast.own_manager, cast.elevator_own, signed_on=TODAY + 2 * DAY)
    assert Document.objects.count() == 0


# --- who reads what ---------------------------------------------------------------------------------------------------


def readers(cast, document) -> set[str]:
    visible = Document.objects.visible_to
    return {
        name
        for name, player in cast.players.items()
        if visible(player.actor(), Permission.VIEW_DOCUMENT).filter(pk=document.pk).exists()
    }


def test_documents_are_read_by_those_who_have_to_do_with_the_elevator(cast):
    manual = filed(cast.own_manager, cast.elevator_own)
    everybody = {"own_manager", "colleague", "maintainer", "strong_weak", "city_regulator", "district_regulator"}
    assert readers(cast, manual) == everybody | {"subdistrict_officer", "auditor"}


def test_contracts_are_read_by_their_parties_the_using_unit_and_the_regulator(cast):
    regulators = {"city_regulator", "district_regulator", "subdistrict_officer", "auditor"}
    maintenance = filed(cast.own_manager, cast.elevator_own, "MAINTENANCE_CONTRACT")
    assert maintenance.counterpart == cast.maintenance_unit
    # a viewer of the unit reads what the unit itself filed; who maintains is a party
    assert readers(cast, maintenance) == regulators | {"own_manager", "colleague", "strong_weak", "maintainer"}
    property_ = filed(cast.own_manager, cast.elevator_own, "PROPERTY_CONTRACT", content=PNG)
    assert readers(cast, property_) == regulators | {"own_manager", "colleague", "strong_weak"}


def test_a_former_unit_keeps_its_own_records_and_reads_no_others(cast):
    own = filed(cast.own_manager, cast.elevator_own)
    Document.objects.filter(pk=own.pk).update(filed_unit=cast.former_maintenance_unit)
    other = filed(cast.own_manager, cast.elevator_own, content=PNG)
    assert "former" in readers(cast, own)
    assert "former" not in readers(cast, other)


def test_whoever_handed_the_elevator_over_takes_nothing_out_of_its_file(cast):
    made = filed(cast.own_manager, cast.elevator_own)
    Document.objects.filter(pk=made.pk).update(filed_unit=cast.former_maintenance_unit)
    address = f"/elevators/documents/{made.public_id}/"
    assert english(cast.former).get(address).status_code == 200
    assert english(cast.former).get(f"{address}withdraw/").status_code == 403


def test_the_life_of_an_elevator_tells_no_number_of_a_contract(cast):
    filed(cast.own_manager, cast.elevator_own, "PROPERTY_CONTRACT", number="SECRET-9")
    event = cast.elevator_own.life_events.order_by("-sequence").first()
    assert (event.outcome, set(event.details)) == ("PROPERTY_CONTRACT", {"files"})


def test_nobody_files_a_contract_that_they_could_not_read(cast):
    with pytest.raises(NotPermitted):
        filed(cast.maintainer, cast.elevator_own, "PROPERTY_CONTRACT")
    assert filed(cast.maintainer, cast.elevator_own, "MAINTENANCE_CONTRACT").counterpart == cast.unit_a


def test_only_the_filing_unit_and_the_regulator_may_replace_or_withdraw(cast):
    made = filed(cast.own_manager, cast.elevator_own)
    changes = Document.objects.visible_to
    able = {
        name
        for name, player in cast.players.items()
        if changes(player.actor(), Permission.FILE_DOCUMENT).filter(pk=made.pk).exists()
    }
    assert able == {"own_manager", "city_regulator", "district_regulator"}


def test_nobody_is_told_that_a_contract_is_missing_which_they_may_not_read(cast):
    def kinds(player):
        parts = efile_parts(cast.elevator_own, actor=player.actor(), today=TODAY)
        return {line.kind for part in parts for line in part.kinds if line.kind.endswith("CONTRACT")}

    assert {name: kinds(getattr(cast, name)) for name in ("own_manager", "maintainer", "colleague", "auditor")} == {
        "own_manager": {"MAINTENANCE_CONTRACT", "PROPERTY_CONTRACT"},
        "maintainer": {"MAINTENANCE_CONTRACT"},
        "colleague": set(),
        "auditor": {"MAINTENANCE_CONTRACT", "PROPERTY_CONTRACT"},
    }


# --- pages ------------------------------------------------------------------------------------------------------------


def english(player):
    return client_for(player.user, **{"Accept-Language": "en"})


def upload(content: bytes = JPEG, name: str = "scan.jpg"):
    return SimpleUploadedFile(name, content)


def test_the_e_file_shows_nine_parts_and_what_is_missing(cast, django_assert_max_num_queries):
    filed(cast.own_manager, cast.elevator_own)
    client = english(cast.own_manager)
    address = f"/elevators/{cast.elevator_own.public_id}/"
    page = client.get(address).content.decode()
    for title in ("1. Use registration certificate", "9. Faults and accidents", "Contracts and other documents"):
        assert title in page
    assert "product quality certificate, supervisory inspection certificate, type-test certificate" in page
    assert "manual" not in page.split('id="timeline"')[0]
    assert "File a document" in page
    assert 'id="documents"' not in english(cast.dispatcher).get(address).content.decode()
    with django_assert_max_num_queries(12):
        client.get(f"{address}documents/")


def test_a_document_is_filed_read_fetched_and_each_look_is_noted(cast):
    client, elevator = english(cast.own_manager), cast.elevator_own
    form = {
        "idempotency_key": "one-click-here",
        "kind": "MAINTENANCE_CONTRACT",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "number": "C-7",
    }
    answers = [
        client.post(f"/elevators/{elevator.public_id}/documents/new/", form | {"files": [upload()]}) for _ in range(2)
    ]
    document = Document.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/elevators/documents/{document.public_id}/"}
    page = client.get(answers[0]["Location"]).content.decode()
    assert "C-7" in page
    assert "scan.jpg" in page
    file = Attachment.objects.kept_for(document).get()
    address = f"/elevators/documents/{document.public_id}/files/{file.public_id}/"
    assert client.get(address)["Content-Disposition"] == 'attachment; filename="scan.jpg"'
    assert english(cast.stranger).get(address).status_code == 404
    other = filed(cast.own_manager, elevator, content=PNG)
    assert client.get(f"/elevators/documents/{other.public_id}/files/{file.public_id}/").status_code == 404
    looked = AccessRecord.objects.filter(subject_type="common.attachment", subject_id=str(file.public_id))
    assert looked.count() == 1


def test_the_form_keeps_what_was_typed_when_the_file_is_refused(cast):
    form = {"idempotency_key": "another-click", "kind": "MANUAL", "number": "TYPED-NUMBER"}
    answer = english(cast.own_manager).post(
        f"/elevators/{cast.elevator_own.public_id}/documents/new/", form | {"files": [upload(files.SVG, "a.svg")]}
    )
    page = answer.content.decode()
    assert (answer.status_code, "TYPED-NUMBER" in page, "neither a PDF nor a photograph" in page) == (422, True, True)
    form["kind"] = "PROPERTY_CONTRACT"
    page = english(cast.own_manager).post(
        f"/elevators/{cast.elevator_own.public_id}/documents/new/", form | {"files": [upload()]}
    )
    assert "A contract needs this day." in page.content.decode()
    assert Document.objects.count() == 0


def test_a_file_that_came_with_a_refused_form_need_not_be_sent_again(cast):
    client, new = english(cast.own_manager), f"/elevators/{cast.elevator_own.public_id}/documents/new/"
    contract = {"kind": "MAINTENANCE_CONTRACT", "valid_from": "2026-01-01", "idempotency_key": "filing-kept-1"}
    svg = SimpleUploadedFile("plan.svg", b"<svg/>")
    answer = client.post(new, contract | {"files": [SimpleUploadedFile("contract.jpg", JPEG), svg]})
    page = answer.content.decode()
    kept = Attachment.objects.get()
    assert answer.status_code == 422 and "contract.jpg" in page and str(kept.public_id) in page
    assert "plan.svg: This file is neither a PDF nor a photograph" in page

    more = {"valid_until": "2027-01-01", "idempotency_key": "filing-kept-2", "files_kept": str(kept.public_id)}
    theirs = cast.city_regulator.client().post(new, contract | more)  # knows its id, and has nothing by it
    assert theirs.status_code == 422 and "contract.jpg" not in theirs.content.decode()
    assert client.post(new, contract | more | {"files_kept": "no id"}).status_code == 422  # unticked: none is left
    answer = client.post(new, contract | more | {"files": SimpleUploadedFile("page 2.png", PNG)})
    assert answer.status_code == 302, answer.content.decode()
    assert [file.name for file in Attachment.objects.kept_for(Document.objects.get())] == ["contract.jpg", "page 2.png"]


def test_pages_replace_and_withdraw(cast):
    client, old = english(cast.own_manager), filed(cast.own_manager, cast.elevator_own, number="OLD-1")
    form = {"idempotency_key": "third-click", "number": "NEW-2", "files": [upload(PNG, "b.png")]}
    answer = client.post(f"/elevators/documents/{old.public_id}/replace/", form)
    new = Document.objects.get(number="NEW-2")
    assert answer["Location"] == f"/elevators/documents/{new.public_id}/"
    form = {"idempotency_key": "fourth-click", "reason": "of another elevator"}
    client.post(f"/elevators/documents/{new.public_id}/withdraw/", form)
    listed = client.get(f"/elevators/{cast.elevator_own.public_id}/documents/all/").content.decode()
    assert all(word in listed for word in ("OLD-1", "NEW-2", "superseded", "withdrawn"))
    assert "of another elevator" in client.get(f"/elevators/documents/{new.public_id}/").content.decode()
    timeline = client.get(f"/elevators/{cast.elevator_own.public_id}/").content.decode()
    assert "document withdrawn" in timeline


# --- REST -------------------------------------------------------------------------------------------------------------


def test_rest_sends_files_first_and_files_the_document_with_their_ids(cast):
    client = english(cast.own_manager)
    sent = client.post("/api/v1/attachments/", {"file": upload()}).json()["id"]
    body = {"kind": "MANUAL", "files": [sent], "number": "R-1", "valid_until": "2030-01-01"}
    address = f"/api/v1/registry/elevators/{cast.elevator_own.public_id}/documents/"
    options = {"content_type": "application/json", "headers": {"Idempotency-Key": "key-of-the-test"}}
    made = client.post(address, body, **options)
    assert made.status_code == 201, made.content
    document = made.json()
    assert (document["state"], document["files"][0]["sha256"]) == ("IN_FORCE", Attachment.objects.get().sha256)
    assert client.get(address).json()["results"] == [document]
    file = f"/api/v1/registry/documents/{document['id']}/files/{sent}/"
    assert (client.get(file)["Content-Type"], english(cast.stranger).get(file).status_code) == ("image/jpeg", 404)
    taken = client.post(address, body | {"kind": "DRAWING"}, **options | {"headers": {"Idempotency-Key": "a-second"}})
    assert taken.status_code == 404  # claimed: it is the document's now, and nobody's to attach again
    foreign = english(cast.stranger).post(address, body, **options)
    assert foreign.status_code == 404
