"""Reads one file and writes it anew without metadata, in a process of its own with a memory and a time of its own.

    python -I convert.py MEDIA_TYPE SOURCE TARGET '{"pixels": …, "edge": …, "pages": …, "memory": …, "seconds": …}'

A file is somebody else's program for our decoders: what goes wrong in them ends this process and nothing else. One line of
JSON says how it went: {"media_type": …, "width": …, "height": …} or {"refused": code}. Knows neither Django nor the platform.
"""

import json
import os
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
ANYWHERE = ("/AA", "/JS", "/Metadata", "/PieceInfo", "/AF", "/XFA", "/LastModified")
HARMLESS_ACTIONS = ("/GoTo", "/URI", "/Named")
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
        for thing in pdf.objects:
            _clean(thing, pikepdf)
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
        action = thing.get(key)
        if isinstance(action, pikepdf.Dictionary) and str(action.get("/S", "/Named")) not in HARMLESS_ACTIONS:
            del thing[key]
    if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image" and thing.get("/Filter") == "/DCTDecode":
        thing.write(
            bare_jpeg(thing.read_raw_bytes()), filter=pikepdf.Name.DCTDecode, decode_parms=thing.get("/DecodeParms")
        )
    for key in list(thing.keys()):
        inner = thing[key]
        if isinstance(inner, pikepdf.Object) and not inner.is_indirect:
            _clean(inner, pikepdf, depth + 1)


def bare_jpeg(data: bytes) -> bytes:
    """A JPEG without its application segments (EXIF with the position among them) and comments; Adobe's says the colours."""
    if data[:2] != b"\xff\xd8":
        return data
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        marker = data[at + 1]
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]])


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
