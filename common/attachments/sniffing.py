"""What a file is by its first bytes; whether it holds together, the converter finds out."""

from common.attachments.choices import MediaType

# at the very beginning: a PDF reader looks for its mark anywhere in the first kilobyte, which lets a file be two things
_MARKS = (
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"%PDF-1.", MediaType.PDF),
    (b"%PDF-2.", MediaType.PDF),
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
ENOUGH = 16


def media_type_of(head: bytes) -> MediaType | None:
    """The accepted type whose mark these first bytes (at least ENOUGH of them) are; None for anything else."""
    for mark, media_type in _MARKS:
        if head.startswith(mark):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return MediaType.HEIC
    return None
