"""Reads one file and writes it anew without metadata, in a process of its own with a memory and a time of its own.

    python -I convert.py MEDIA_TYPE SOURCE TARGET '{"pixels": …, "edge": …, "pages": …, "memory": …, "seconds": …}'

A file is somebody else's program for our decoders: what goes wrong in them ends this process and nothing else. One line of
JSON says how it went: {"media_type": …, "width": …, "height": …} or {"refused": code}. Knows neither Django nor the platform.
"""

import json
import os
import re
import resource
import sys
import warnings

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}


class Refused(Exception):
    pass


def image(media_type, source, target, limits):
    """First picture of the file, upright, in sRGB, no larger than `edge`; PNG stays lossless, the rest becomes JPEG."""
    from PIL import Image, ImageOps

    if media_type == "image/heic":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = limits["pixels"]
    try:
        # the header only; nothing is decoded before its figures are judged
        picture = Image.open(source, formats=[FORMATS[media_type]])
        if picture.width * picture.height > limits["pixels"] or max(picture.size) > limits["side"]:
            raise Refused("too-many-pixels")
        if media_type == "image/jpeg":
            picture.draft(None, (limits["edge"], limits["edge"]))
        picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("too-many-pixels") from error
    profile = picture.info.get("icc_profile")
    # turned while it still knows how; from here on it is pixels and nothing else
    picture = ImageOps.exif_transpose(picture)
    lossless = media_type == "image/png"
    seen_through = picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = picture.convert("L") if picture.mode == "I;16" else picture.convert("I;16").convert("L")
    elif seen_through:
        picture = picture.convert("RGBA")
    elif picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    picture = _in_srgb(picture, profile)
    picture.thumbnail((limits["edge"], limits["edge"]))
    if seen_through and not lossless:
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    picture.info = {}
    with open(target, "xb") as file:
        picture.save(file, **({"format": "PNG"} if lossless else {"format": "JPEG", "quality": 88}))
    return {"media_type": "image/png" if lossless else "image/jpeg", "width": picture.width, "height": picture.height}


def _in_srgb(picture, profile):
    """Colours as every screen means them: the profile itself may name a device and is left out."""
    from io import BytesIO

    from PIL import ImageCms

    if not profile or picture.mode != "RGB":
        return picture
    try:
        return ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
    except (ImageCms.PyCMSError, OSError):
        return picture


# --- PDF --------------------------------------------------------------------------------------------------------------

# what a document may do to its reader, what it says about its writer, and what rides along in it
ROOT_KEYS = ("/OpenAction", "/AA", "/Metadata", "/AF", "/Collection", "/PieceInfo", "/Lang", "/DSS")
ANYWHERE = ("/AA", "/EF", "/JS", "/Metadata", "/PA", "/PieceInfo", "/AF", "/XFA", "/LastModified")
HARMLESS_ACTIONS = ("/GoTo", "/URI", "/Named")
HARMLESS_ADDRESSES = ("http://", "https://", "mailto:", "tel:")
RIDING = ("/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D")
DEEPEST = 60


def document(source, target, limits):
    import pikepdf

    with open(source, "rb") as file:
        file.seek(-min(1024, os.path.getsize(source)), os.SEEK_END)
        if b"%%EOF" not in file.read():
            raise Refused("damaged")  # half a file, or another one behind it; small faults of writers are mended below
    try:
        pdf = pikepdf.open(source, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise Refused("locked") from error
    with pdf:
        if pdf.is_encrypted:
            raise Refused("locked")
        pages = len(pdf.pages)
        if not 1 <= pages <= limits["pages"]:
            raise Refused("too-many-pages" if pages else "damaged")
        for key in ROOT_KEYS:
            if key in pdf.Root:
                del pdf.Root[key]
        if "/Names" in pdf.Root:
            for key in ("/JavaScript", "/EmbeddedFiles"):
                if key in pdf.Root.Names:
                    del pdf.Root.Names[key]
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        for page in pdf.pages:
            if annotations := page.get("/Annots"):
                page["/Annots"] = pikepdf.Array([each for each in annotations if each.get("/Subtype") not in RIDING])
        for thing in list(pdf.objects):
            _clean(thing, pikepdf)
            if isinstance(thing, pikepdf.Stream):
                _bare_picture(pdf, thing, pikepdf)
        pdf.remove_unreferenced_resources()
        with open(target, "xb") as file:
            pdf.save(file, deterministic_id=True, fix_metadata_version=False)
    return {"media_type": "application/pdf", "pages": pages}


def _clean(thing, pikepdf, depth=0):
    """Take actions, scripts and metadata out of one object and what stands directly in it."""
    if depth > DEEPEST:
        raise Refused("damaged")
    if isinstance(thing, pikepdf.Array):
        for inner in thing:
            if isinstance(inner, pikepdf.Object) and not inner.is_indirect:
                _clean(inner, pikepdf, depth + 1)
        return
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return
    for key in ANYWHERE:
        if key in thing:
            del thing[key]
    for key in ("/A", "/Next"):
        # what follows another action in a list is never needed to read a document
        if key in thing and (isinstance(thing[key], pikepdf.Array) or not _harmless(thing[key], pikepdf)):
            del thing[key]
    for key in list(thing.keys()):
        inner = thing[key]
        if isinstance(inner, pikepdf.Object) and not inner.is_indirect:
            _clean(inner, pikepdf, depth + 1)


def _harmless(action, pikepdf) -> bool:
    """A jump within the document or to an ordinary address; an outline's next item is no action."""
    if not isinstance(action, pikepdf.Dictionary):
        return True
    kind = str(action.get("/S", "/Named"))
    if kind != "/URI":
        return kind in HARMLESS_ACTIONS
    return str(action.get("/URI", "")).strip().lower().startswith(HARMLESS_ADDRESSES)


def _bare_picture(pdf, stream, pikepdf):
    """A photograph in a document without what it says of itself, also where it is packed once more."""
    given, parms = stream.get("/Filter"), stream.get("/DecodeParms")
    filters = [str(each) for each in given] if isinstance(given, pikepdf.Array) else [str(given)]
    bare = {"/DCTDecode": bare_jpeg, "/JPXDecode": bare_jpeg_2000}.get(filters[-1] if filters else "")
    if bare is None:
        return
    data = stream.read_raw_bytes()
    several = isinstance(parms, pikepdf.Array)
    if len(filters) > 1:
        packed = pikepdf.Stream(pdf, data)
        packed.Filter = pikepdf.Array([pikepdf.Name(each) for each in filters[:-1]])
        if several:
            packed.DecodeParms = pikepdf.Array(list(parms)[: len(filters) - 1])
        data = packed.read_bytes()
    last = (list(parms)[-1] if len(parms) == len(filters) else None) if several else parms
    stream.write(
        bare(data), filter=pikepdf.Name(filters[-1]), decode_parms=last if len(filters) == 1 or several else None
    )


_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # the end of what stands between two segments


def bare_jpeg(data: bytes) -> bytes:
    """A JPEG without application segments (EXIF with the position), comments and a tail; Adobe's says the colours."""
    if data[:2] != b"\xff\xd8":
        return data
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xD9:
            return b"".join([*kept, b"\xff\xd9"])
        if marker == 0xFF:
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            kept.append(data[at:end])
        at = end
        if marker == 0xDA:
            found = _MARKER.search(data, at)
            end = found.start() if found else len(data)
            kept.append(data[at:end])
            at = end
    return b"".join([*kept, data[at : at + 2]])


def bare_jpeg_2000(data: bytes) -> bytes:
    """A JPEG 2000 without its boxes of words: XML, EXIF, XMP."""
    kept, at = [], 0
    while data[4:8] == b"jP  " and at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        end = at + size if size >= 8 else len(data)
        if kind not in (b"xml ", b"uuid", b"uinf", b"jp2i"):
            kept.append(data[at:end])
        at = end
    return b"".join(kept) or data


def main(media_type, source, target, limits):
    limits = json.loads(limits)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        if media_type == "application/pdf":
            answer = document(source, target, limits)
        else:
            answer = image(media_type, source, target, limits)
    except Refused as refused:
        answer = {"refused": str(refused)}
    except MemoryError:
        answer = {"refused": "too-complex"}
    except Exception as error:
        answer = {"refused": "damaged", "error": type(error).__name__}
    print(json.dumps(answer))  # noqa: T201 - the answer to the process that asked


if __name__ == "__main__":
    main(*sys.argv[1:])
