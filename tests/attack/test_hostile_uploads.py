"""Files that act, unpack, hide or pretend: kept as what they show and nothing else, or refused whole."""

import io
import re
from email.message import Message
from email.utils import collapse_rfc2231_value

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from common.actor import Actor
from common.attachments import store
from common.attachments.answers import answer_attachment
from common.attachments.store import AttachmentRefused, path_of, store_attachment
from common.clock import now
from tests.attack import uploads
from tests.common.attachment_files import SECRET, jpeg, pdf

pytestmark = pytest.mark.django_db
BY = Actor(kind="PERSON", id="1", acting_unit=None, label="A")
# of the second corpus, what was once kept as it came
MENDED = (
    "photograph in a list of filters",
    "launch behind a link, in a list",
    "script as an address",
    "a file on an unknown key",
)


@pytest.fixture(autouse=True)
def sealed(settings, tmp_path):
    settings.SEALED_DIR = tmp_path / "sealed"
    return settings.SEALED_DIR


def send(content: bytes, name: str = "x.pdf"):
    return store_attachment(SimpleUploadedFile(name or "x", content), by=BY, at=now(), name=name)


def copied(content: bytes) -> tuple[bytes, object]:
    row = send(content)
    return path_of(store.COPIES, row.public_id).read_bytes(), row


def laid_open(copy: bytes) -> bytes:
    """Everything that a document holds, each stream unpacked as far as anybody can."""
    found = []
    with pikepdf.open(io.BytesIO(copy)) as document:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Stream):
                found += [thing.read_raw_bytes(), _unpacked(thing)]
        file = io.BytesIO()
        document.save(file, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return b"".join([*found, file.getvalue()])


def _unpacked(stream) -> bytes:
    try:
        return stream.read_bytes()
    except pikepdf.PdfError:
        return b""


def harmless(content: bytes):
    copy, _row = copied(content)
    plain = laid_open(copy)
    return [word for word in (SECRET, uploads.EVIL, b"/JavaScript", b"/Launch") if word in plain]


@pytest.mark.parametrize("name", MENDED)
def test_a_document_does_and_carries_nothing(name):
    assert harmless(uploads.DOCUMENTS[name]) == []


@pytest.mark.parametrize("name", [name for name in uploads.DOCUMENTS if name.startswith("photograph")])
def test_its_photographs_are_still_to_be_seen(name):
    copy, _row = copied(uploads.DOCUMENTS[name])
    with pikepdf.open(io.BytesIO(copy)) as document:
        photo = document.pages[0].Resources.XObject.Im0
        image = Image.open(io.BytesIO(photo.read_raw_bytes()))
        image.load()
    assert (image.size, str(photo.Filter) in ("/DCTDecode", "/JPXDecode")) == ((60, 40), True)


@pytest.mark.long
def test_the_corpus(sealed, tried):
    kept, refused = {}, []
    for name, content in uploads.DOCUMENTS.items():
        try:
            kept[name] = harmless(content)
        except AttachmentRefused:
            kept[name] = []
    assert {name: words for name, words in kept.items() if words} == {}
    for name, content in uploads.REFUSED.items():
        try:
            send(content)
            refused.append(name)
        except AttachmentRefused as refusal:
            assert str(refusal.message), name
    assert refused == [], "kept"
    for name, content in uploads.PICTURES.items():
        copy, row = copied(content)
        image = Image.open(io.BytesIO(copy))
        image.load()
        assert getattr(image, "n_frames", 1) == 1 and image.mode in ("L", "RGB", "RGBA", "P", "1", "LA"), name
        assert not {"exif", "xmp", "icc_profile", "comment", "Author"} & set(image.info), name
        assert (row.copy_media_type, max(image.size) <= 4096) == (Image.MIME[image.format], True), name
        for word in (SECRET, b"<script", b"%PDF", b"PK\x03\x04"):
            assert word not in copy, name
    tried("files of the upload corpora", len(uploads.DOCUMENTS) + len(uploads.REFUSED) + len(uploads.PICTURES))


@pytest.mark.long
def test_a_file_of_exactly_the_most_is_kept_and_one_byte_more_is_not(settings):
    content = pdf()
    settings.ATTACHMENT_MAX_BYTES = len(content)
    assert send(content).size == len(content)
    with pytest.raises(AttachmentRefused):
        send(content + b"\n")


def parsed(header: str) -> list[tuple[str, str]]:
    """Its parameters, as a reader of mail takes them apart."""
    message = Message()
    message["Content-Disposition"] = header
    found = message.get_params(header="content-disposition", unquote=True)[1:]
    return [(word, collapse_rfc2231_value(value)) for word, value in found]


def test_no_name_reaches_a_header_as_anything_but_a_name(tried):
    row = send(jpeg(), "x.jpg")
    for name in uploads.NAMES:
        row.name = store.harmless_name(name, row.media_type)
        said = answer_attachment(row, by=BY, via="test")
        header = said["Content-Disposition"]
        assert header.startswith("attachment; filename") and not re.search(r"[\r\n\0\u202e]", header), name
        [(_word, read)] = [pair for pair in parsed(header) if pair[0].startswith("filename")]
        assert read == row.name and ".." not in row.name and len(row.name) <= 130, name
        assert said["Content-Type"] == "image/jpeg" and said["X-Content-Type-Options"] == "nosniff"
    tried("names of files", len(uploads.NAMES))


def test_a_name_that_goes_around_the_rule_breaks_no_header():
    """The column is ours; the header does not count on it."""
    row = send(jpeg(), "x.jpg")
    row.name = 'x"\r\nX: y.html'
    assert "\n" not in answer_attachment(row, by=BY, via="test")["Content-Disposition"]


@pytest.mark.parametrize(
    "asked", [{"Range": "bytes=0-3"}, {"Range": "bytes=-1", "If-Range": "x"}, {"Accept": "text/html"}]
)
def test_a_part_of_a_file_is_not_handed_out_as_something_else(cast, asked):
    from tests.factories.registrations import draft

    row = draft(cast.elevator_own, "REGISTER", cast.own_manager)
    document = row.documents.first()
    file = document.files.first() if hasattr(document, "files") else None
    path = f"/elevators/documents/{document.public_id}/"
    page = cast.own_manager.client().get(path).content.decode()
    [address] = sorted(set(re.findall(r'href="(/[^"]*/files/[^"]+)"', page)))[:1]
    answer = cast.own_manager.client(**asked).get(address)
    assert (answer.status_code, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        200,
        "image/jpeg",
        "nosniff",
    )
    assert answer["Content-Disposition"].startswith("attachment") and file is None
