"""Rows of the documents of e-files: who reads, files, replaces, withdraws and fetches them."""

import hashlib
import uuid

from common.actor import system
from common.attachments.store import COPIES, path_of
from common.clock import now
from common.models import Attachment
from registry.actions.documents import file_document
from registry.models import Document
from registry.queries.documents import files_of
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, FOREIGN, FORMER, JIANGBEI, OBJECTS, OWN, SEES, about, api, page, public_id

# dispatchers look at elevators and read no documents
READS = {name: SEES[name] for name in SEES if name != "dispatcher"}
FILES = {
    "own_manager": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "strong_weak": {FOREIGN, FORMER, JIANGBEI},
    "maintainer": {OWN},
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
}
# what nobody's unit filed is changed by those who supervise
CHANGES = {name: FILES[name] for name in FILES if name.endswith("regulator")}
READERS = {name: {"-"} for name in [*READS, "former"]}
# whose document it is, is asked of the elevator, whose rows ask all four
SOME = (OWN, FOREIGN, UNKNOWN)
FORM_AGAIN = frozenset({422})  # a form without a file comes back


CONTENT = b"\xff\xd8\xff of the matrix"


def attachment(by) -> Attachment:
    """A file as store_attachment leaves it, without the process that would read it."""
    row = Attachment.objects.create(
        owner_kind=by.kind,
        owner_id=by.id,
        name="matrix.jpg",
        media_type="image/jpeg",
        size=len(CONTENT),
        sha256=uuid.uuid4().hex * 2,
        copy_media_type="image/jpeg",
        copy_size=len(CONTENT),
        copy_sha256=hashlib.sha256(CONTENT).hexdigest(),
        received_at=now(),
    )
    copy = path_of(COPIES, row.public_id)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(CONTENT)
    return row


def document(cast, obj) -> Document:
    """One document of the elevator, filed by the platform (so that no unit has it as its own)."""
    elevator, by = getattr(cast, obj), system("tests")
    if (row := elevator.documents.first()) is None:
        row = file_document(elevator=elevator, kind="MANUAL", attachments=[attachment(by)], by=by, at=now())
    return row


def path(form: str):
    def made(cast, obj):
        return form.format(uuid.UUID(int=7) if obj == UNKNOWN else document(cast, obj).public_id)

    return made


def file_path(form: str):
    def made(cast, obj):
        if obj == UNKNOWN:
            return form.format(uuid.UUID(int=7), uuid.UUID(int=8))
        row = document(cast, obj)
        return form.format(row.public_id, files_of([row])[row.pk][0].public_id)

    return made


def every_list(address: str):
    def made(cast, _obj):
        for name in ALL:
            document(cast, name)
        return address

    return made


def reason(_cast, _obj):
    return {"reason": "of the matrix"}


GET = Right(READS)
API = "/api/v1/registry/documents/"
ROWS = {
    "registry:documents": Row(path=page("documents"), rights={"GET": GET}, objects=SOME),
    "registry:document_list": Row(path=page("document_list"), rights={"GET": GET}, objects=SOME),
    "registry:file_document": Row(
        path=page("file_document"),
        rights={"GET": Right(FILES), "POST": Right(FILES, ok=FORM_AGAIN)},
        objects=SOME,
        sees=SEES,
    ),
    "registry:document": Row(path=path("/elevators/documents/{}/"), rights={"GET": GET}, objects=SOME),
    "registry:replace_document": Row(
        path=path("/elevators/documents/{}/replace/"),
        rights={"GET": Right(CHANGES), "POST": Right(CHANGES, ok=FORM_AGAIN)},
        objects=SOME,
        sees=READS,
    ),
    "registry:withdraw_document": Row(
        path=path("/elevators/documents/{}/withdraw/"),
        rights={"GET": Right(CHANGES), "POST": Right(CHANGES, ok=frozenset({302}), body=reason)},
        objects=SOME,
        sees=READS,
    ),
    "registry:document_file": Row(
        path=file_path("/elevators/documents/{}/files/{}/"), rights={"GET": GET}, objects=SOME
    ),
    "registry-api:document-list": Row(
        path=every_list(API), rights={"GET": Right(READERS)}, json=True, lists=READS, marks=about
    ),
    "registry-api:document-detail": Row(path=path(API + "{}/"), rights={"GET": GET}, objects=OBJECTS, json=True),
    "registry-api:document-withdraw": Row(
        path=path(API + "{}/withdraw/"),
        rights={"POST": Right(CHANGES, body=reason)},
        objects=SOME,
        json=True,
        sees=READS,
    ),
    "registry-api:document-file": Row(
        path=file_path(API + "{}/files/{}/"), rights={"GET": GET}, objects=SOME, json=True
    ),
    # nobody has sent the file that the body names: 404 also to those who may file
    "registry-api:documents": Row(
        path=api("elevators/{id}/documents/"),
        rights={
            "GET": GET,
            "POST": Right(
                FILES,
                ok=frozenset({404}),
                body=lambda cast, obj: {"kind": "MANUAL", "files": [str(public_id(cast, UNKNOWN))]},
            ),
        },
        objects=SOME,
        json=True,
        sees=READS,
    ),
}
