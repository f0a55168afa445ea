"""File names as people typed them, made harmless: shown as text, sent in one header, never part of a path."""

import unicodedata

LONGEST = 120
EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
}
# control characters, right-to-left and other format marks, halves of characters, what no font has
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_RESERVED = frozenset('<>:"|?*\\/')


def harmless_name(name: str, media_type: str) -> str:
    """The last part of a name without marks that reorder or end text, with the extension of what the file really is."""
    last = unicodedata.normalize("NFC", str(name or "")).replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if char in _RESERVED else char for char in last if unicodedata.category(char) not in _REFUSED)
    stem = " ".join(kept.split()).strip(". ")
    head, dot, tail = stem.rpartition(".")
    if dot and 1 <= len(tail) <= 5 and tail.isascii() and tail.isalnum():
        stem = head
    return (stem.strip(". ")[:LONGEST].strip() or "file") + EXTENSIONS[media_type]
