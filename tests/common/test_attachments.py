"""Files that people attach: known by their content, sealed as they came, handed out without anything but what is to be seen."""

import datetime as dt
import hashlib
import io
import os
import stat

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from common.actor import Actor, system
from common.attachments import store
from common.attachments.answers import AttachmentDamaged, AttachmentGone, answer_attachment
from common.attachments.claims import AttachmentTaken, claim_attachments, remove_strays
from common.attachments.names import harmless_name
from common.attachments.store import (
    AttachmentEmpty,
    AttachmentInfected,
    AttachmentOfOtherKind,
    AttachmentRefused,
    AttachmentTooLarge,
    ScannerSilent,
    TooManyUnclaimed,
    path_of,
    store_attachment,
)
from common.clock import now
from common.hooks import ATTACHMENT_SCANNERS
from common.models import Attachment, AuditRecord
from tests.common import attachment_files as files
from tests.factories.make import client_for, make_user

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
BY = Actor(kind="PERSON", id="1", acting_unit=None, label="A")
OTHER = Actor(kind="PERSON", id="2", acting_unit=None, label="B")


@pytest.fixture(autouse=True)
def sealed(settings, tmp_path):
    settings.SEALED_DIR = tmp_path / "sealed"
    return settings.SEALED_DIR


def send(content: bytes, name: str = "file.pdf", by=BY) -> Attachment:
    return store_attachment(SimpleUploadedFile(name, content), by=by, at=now())


def copy_of(row: Attachment) -> bytes:
    return path_of(store.COPIES, row.public_id).read_bytes()


def files_in(folder) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# --- what is accepted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "found", "served"),
    [
        (files.jpeg(), "image/jpeg", "image/jpeg"),
        (files.png(), "image/png", "image/png"),
        (files.webp(), "image/webp", "image/jpeg"),
        (files.heic(), "image/heic", "image/jpeg"),
        (files.pdf(2), "application/pdf", "application/pdf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_is_what_it_holds_whatever_it_is_called(content, found, served):
    row = send(content, "contract.exe.html")
    assert (row.media_type, row.copy_media_type, row.size, row.sha256, row.state, row.scan) == (
        found,
        served,
        len(content),
        hashlib.sha256(content).hexdigest(),
        "RECEIVED",
        "NOT_SCANNED",
    )
    assert row.copy_sha256 == hashlib.sha256(copy_of(row)).hexdigest()
    assert row.pages == (2 if found == "application/pdf" else None)


def test_the_original_is_kept_as_it_came_for_the_platform_alone(sealed):
    content = files.jpeg_with_position()
    row = send(content)
    original, copy = (path_of(folder, row.public_id) for folder in (store.ORIGINALS, store.COPIES))
    assert original.read_bytes() == content
    assert {stat.S_IMODE(path.stat().st_mode) for path in (original, copy)} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in sealed.rglob("*") if path.is_dir()} == {0o700}


def test_a_photograph_loses_its_position_and_device_and_stands_upright(tried):
    copy = copy_of(send(files.jpeg_with_position(orientation=6)))
    image = Image.open(io.BytesIO(copy))
    assert (image.size, dict(image.getexif()), image.info.get("comment")) == ((40, 60), {}, None)
    assert files.SECRET not in copy
    red, _green, blue = image.getpixel((35, 5))  # the corner that was at the top left, turned to the right
    assert red > 200 > 60 > blue
    tried("files of the upload corpora", 1)


def test_a_picture_in_layers_stays_readable():
    row = send(files.encoded(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), "WEBP"))
    assert Image.open(io.BytesIO(copy_of(row))).getpixel((3, 3)) == (255, 255, 255)
    deep = files.encoded(Image.new("I;16", (30, 20), 40_000), "PNG")
    assert Image.open(io.BytesIO(copy_of(send(deep)))).mode == "L"


def test_a_large_photograph_is_handed_out_smaller(settings):
    settings.ATTACHMENT_COPY_EDGE = 50
    row = send(files.encoded(files.picture((400, 200)), "JPEG"))
    assert (row.width, row.height) == (50, 25)


def test_a_document_loses_scripts_files_and_what_it_says_of_its_writer(tried):
    copy = copy_of(send(files.pdf(hostile=True)))
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        assert len(pdf.pages) == 1
        assert {"/OpenAction", "/AA", "/Metadata"} & set(pdf.Root.keys()) == set()
        assert "/Info" not in pdf.trailer
        assert "/A" not in pdf.pages[0].Annots[0]
        photo = pdf.pages[0].Resources.XObject.Im0
        assert files.SECRET not in photo.read_raw_bytes()
        assert photo.Filter == "/DCTDecode"
        assert Image.open(io.BytesIO(photo.read_raw_bytes())).size == (60, 40)
        pdf.save(plain := io.BytesIO(), compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    for word in (files.SECRET, b"EVIL", b"JavaScript", b"macro.exe", b"Launch"):
        assert word not in plain.getvalue(), word
    tried("files of the upload corpora", 1)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", AttachmentEmpty),
        (files.SVG, AttachmentOfOtherKind),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="https://tracker.example/x"/></svg>',
            AttachmentOfOtherKind,
        ),
        (files.HTML, AttachmentOfOtherKind),
        (files.zip_bomb(), AttachmentOfOtherKind),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, AttachmentOfOtherKind),
        (b"GIF89a" + b"\0" * 60, AttachmentOfOtherKind),
        (b"MZ" + b"\0" * 200, AttachmentOfOtherKind),
        (files.HTML + files.pdf(), AttachmentOfOtherKind),
        (b"\x89PNG", AttachmentOfOtherKind),
    ],
    ids=["empty", "svg", "svg-remote", "html", "macro-zip", "old-office", "gif", "program", "pdf-in-html", "png-cut"],
)
def test_what_is_not_accepted_is_refused_and_leaves_nothing(content, refusal, sealed, tried):
    with pytest.raises(refusal):
        send(content, "photo.jpg")
    assert (Attachment.objects.count(), files_in(sealed)) == (0, [])
    tried("files of the upload corpora", 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xd8\xff" + files.HTML, "damaged or incomplete"),
        (files.png_that_claims(60_000, 60_000), "too many pixels"),
        (files.png_that_claims(60_000, 10), "too many pixels"),
        (files.jpeg()[:-300], "damaged or incomplete"),
        (files.pdf()[:300], "damaged or incomplete"),
        (files.pdf(password="secret"), "locked with a password"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 90, "damaged or incomplete"),
    ],
    ids=["html-as-jpeg", "bomb", "long-bomb", "half-jpeg", "half-pdf", "locked-pdf", "empty-heic"],
)
def test_what_does_not_hold_together_is_refused_with_a_sentence(content, words, sealed, tried):
    with pytest.raises(AttachmentRefused, match=words):
        send(content)
    assert (Attachment.objects.count(), files_in(sealed)) == (0, [])
    tried("files of the upload corpora", 1)


def test_a_file_that_is_two_things_is_handed_out_as_one(sealed):
    """A picture with a page and an archive behind it: the copy is the picture alone."""
    copy = copy_of(send(files.jpeg() + files.HTML + files.zip_bomb()))
    assert b"<script>" not in copy
    assert b"PK\x03\x04" not in copy
    with pytest.raises(AttachmentRefused, match="damaged or incomplete"):
        send(files.pdf() + files.zip_bomb())


def test_a_reader_that_takes_too_long_or_too_much_ends_alone(settings):
    settings.ATTACHMENT_CONVERT_MEMORY = 1
    with pytest.raises(AttachmentRefused):
        send(files.jpeg())


def test_limits_are_settings(settings, sealed):
    settings.ATTACHMENT_MAX_PAGES = 2
    with pytest.raises(AttachmentRefused, match="more than 2 pages"):
        send(files.pdf(3))
    settings.ATTACHMENT_MAX_BYTES = 1 << 20
    with pytest.raises(AttachmentTooLarge, match="larger than 1 MB"):
        send(files.jpeg() + b"\0" * (1 << 20))
    settings.ATTACHMENT_MOST_UNCLAIMED = 0
    with pytest.raises(TooManyUnclaimed):
        send(files.jpeg())
    assert files_in(sealed) == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\boot.ini", "boot.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("contract\u202efdp.exe", "contractfdp.pdf"),
        ("\u200f\u2066维保合同\u2069.PDF", "维保合同.pdf"),
        ("....", "file.pdf"),
        ("", "file.pdf"),
        ('x"; filename=y.html', "x_; filename=y.pdf"),
        ("a\r\nSet-Cookie: b=c.pdf", "aSet-Cookie_ b=c.pdf"),
        ("长" * 300 + ".pdf", "长" * 120 + ".pdf"),
    ],
)
def test_names_are_text_and_nothing_more(typed, kept, tried):
    assert harmless_name(typed, "application/pdf") == kept
    tried("names of files", 1)


# --- scanners ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def scanner(monkeypatch):
    """scanner(answer): the platform has a scanner that says so (or raises)."""

    def have(answer):
        def scan(path, media_type):
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(ATTACHMENT_SCANNERS, "_registrations", {})
        ATTACHMENT_SCANNERS.register("tests", scan)

    return have


def test_a_scanner_that_finds_nothing_is_noted_and_one_that_finds_something_refuses(scanner, sealed):
    scanner(True)
    assert send(files.jpeg()).scan == "CLEAN"
    scanner(False)
    with pytest.raises(AttachmentInfected):
        send(files.png())
    assert len(files_in(sealed)) == 2


def test_where_scanning_is_required_nothing_is_kept_without(scanner, settings):
    settings.ATTACHMENT_SCAN_REQUIRED = True
    with pytest.raises(ScannerSilent):
        send(files.jpeg())
    scanner(OSError("away"))
    with pytest.raises(ScannerSilent):
        send(files.jpeg())
    settings.ATTACHMENT_SCAN_REQUIRED = False
    assert send(files.jpeg()).scan == "NOT_SCANNED"


# --- keeping and taking away ------------------------------------------------------------------------------------------


def test_a_second_click_is_the_same_attachment_and_another_person_has_their_own(sealed):
    first, again, another = send(files.jpeg()), send(files.jpeg(), "other.jpg"), send(files.jpeg(), by=OTHER)
    assert (again, another == first, Attachment.objects.count()) == (first, False, 2)
    assert len(files_in(sealed)) == 4


def test_a_claimed_file_is_its_rows_and_its_senders_no_more():
    subject, other = make_user("subject"), make_user("other")
    row = send(files.jpeg())
    with pytest.raises(AttachmentTaken):
        claim_attachments([row], subject=subject, by=OTHER, at=now())
    claim_attachments([row], subject=subject, by=BY, at=now())
    claim_attachments([row], subject=subject, by=BY, at=now())
    with pytest.raises(AttachmentTaken):
        claim_attachments([row], subject=other, by=BY, at=now())
    assert list(Attachment.objects.kept_for(subject)) == [row]
    assert list(Attachment.objects.visible_to(BY)) == []
    assert AuditRecord.objects.filter(action="common.keep_attachment").count() == 1
    assert send(files.jpeg()) != row  # the same file for something else is another attachment


def test_what_nobody_kept_goes_and_what_is_kept_stays(sealed):
    stray, kept = send(files.jpeg()), send(files.png())
    claim_attachments([kept], subject=make_user("subject"), by=BY, at=now())
    assert remove_strays(at=now() + DAY) == 0
    unknown = path_of(store.COPIES, stray.public_id).with_name("0198f7a0-0000-7000-8000-000000000000")
    unknown.write_bytes(b"of a request that died")
    os.utime(unknown, (0, 0))
    assert remove_strays(at=now() + 3 * DAY) == 2
    assert set(files_in(sealed)) == {str(kept.public_id)}
    stray.refresh_from_db()
    assert stray.state == "REMOVED"
    with pytest.raises(AttachmentGone):
        answer_attachment(stray, by=BY, via="page")
    assert remove_strays(at=now() + 3 * DAY) == 0


# --- handing out ------------------------------------------------------------------------------------------------------


def test_a_download_is_a_file_and_never_a_page():
    answer = answer_attachment(send(files.jpeg_with_position(), "机房\u202e照片.html"), by=BY, via="page")
    assert {name: answer[name] for name in ("Content-Type", "X-Content-Type-Options", "Cache-Control")} == {
        "Content-Type": "image/jpeg",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    assert answer["Content-Disposition"] == ("attachment; filename*=utf-8''%E6%9C%BA%E6%88%BF%E7%85%A7%E7%89%87.jpg")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert files.SECRET not in b"".join(answer.streaming_content)


def test_a_copy_that_somebody_exchanged_is_not_handed_out():
    row = send(files.jpeg())
    path_of(store.COPIES, row.public_id).write_bytes(files.HTML)
    with pytest.raises(AttachmentDamaged):
        answer_attachment(row, by=system("tests"), via="page")


# --- REST -------------------------------------------------------------------------------------------------------------


def post(user: User | None, content: bytes, name: str = "a.jpg"):
    client: Client = client_for(user)
    return client.post("/api/v1/attachments/", {"file": SimpleUploadedFile(name, content)})


def test_rest_takes_a_file_and_shows_it_to_its_sender_alone():
    user, other = make_user("sender"), make_user("other")
    sent = post(user, files.jpeg())
    assert sent.status_code == 201, sent.content
    assert post(user, files.jpeg()).json()["id"] == sent.json()["id"]
    address = f"/api/v1/attachments/{sent.json()['id']}/"
    assert sent["Location"].endswith(address)
    assert client_for(user).get(address).json() == sent.json()
    assert client_for(other).get(address).status_code == 404
    assert client_for(other).get("/api/v1/attachments/").json()["results"] == []


def test_rest_refuses_by_name():
    refused = post(make_user("sender"), files.SVG, "a.svg")
    assert (refused.status_code, refused.json()["code"]) == (422, "file-kind-refused")
    assert post(None, files.jpeg()).status_code in (401, 403)
