"""Files that somebody may send: honest ones, and the hostile corpus. Everything is made here; nothing is anybody's."""

import io
import struct
import zipfile
import zlib

import pikepdf
import pillow_heif
from PIL import Image

SVG = b"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script>
<image href="https://tracker.example/x.png"/></svg>"""
HTML = b"<!doctype html><html><body><script>alert(document.cookie)</script></body></html>"
SECRET = b"WHERE-IT-WAS-TAKEN"


def picture(size=(60, 40), mode="RGB") -> Image.Image:
    image = Image.new(mode, size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    return image


def encoded(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def exif(orientation: int = 1) -> bytes:
    """EXIF with a position, a device and a way up."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = SECRET.decode()
    position = tags.get_ifd(0x8825)
    position[1], position[2], position[3], position[4] = "N", (32.0, 3.0, 30.0), "E", (118.0, 47.0, 0.0)
    return tags.tobytes()


def jpeg(**options) -> bytes:
    return encoded(picture(), "JPEG", **options)


def jpeg_with_position(orientation: int = 1) -> bytes:
    return jpeg(exif=exif(orientation), comment=SECRET)


def png(**options) -> bytes:
    return encoded(picture(), "PNG", **options)


def webp() -> bytes:
    return encoded(picture(), "WEBP", exif=exif())


def heic() -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(picture((64, 64))).save(file, exif=exif())
    return file.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that unpack to a picture of any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/vbaProject.bin", b"\0" * 10_000_000)
    return file.getvalue()


def pdf(pages: int = 1, *, hostile: bool = False, password: str = "") -> bytes:
    """A document; a hostile one runs scripts, carries files, names its writer and holds a photograph with its position."""
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(200, 200))
    if hostile:
        name, script = pikepdf.Name, pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('EVIL-SCRIPT')")
        made.Root.OpenAction = made.make_indirect(script)
        made.Root.AA = pikepdf.Dictionary(WC=script)
        made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["x", script])))
        made.Root.Metadata = made.make_stream(b"<x>" + SECRET + b"</x>")
        made.attachments["macro.exe"] = b"EVIL-PAYLOAD"
        made.docinfo["/Author"] = SECRET.decode()
        launch = pikepdf.Dictionary(S=name.Launch, F="EVIL-LAUNCH")
        link = pikepdf.Dictionary(Type=name.Annot, Subtype=name.Link, Rect=[0, 0, 9, 9], A=launch)
        photo = made.make_stream(
            jpeg_with_position(), Subtype=name.Image, Filter=name.DCTDecode, Width=60, Height=40, ColorSpace=name.DeviceRGB,
            BitsPerComponent=8,
        )  # fmt: skip
        made.pages[0].Annots = pikepdf.Array([link])
        made.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=photo))
        made.pages[0].Contents = made.make_stream(b"q 60 0 0 40 0 0 cm /Im0 Do Q")
    file = io.BytesIO()
    lock = {"encryption": pikepdf.Encryption(owner=password, user=password)} if password else {}
    made.save(file, **lock)
    return file.getvalue()
