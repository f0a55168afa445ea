"""Reading printed plates as somebody does who holds the paper: each plate by itself, by a decoder that shares no code
with what drew it (OpenCV)."""

from functools import lru_cache
from pathlib import Path

from registry.plates.layouts import Layout

POINTS_PER_MM = 72 / 25.4
SCALES = (4, 6, 3)  # of 72 dpi: the second and third look are a person's who moves the phone


def code_read(picture) -> str:
    """What the one QR code in a picture (grey, numpy) says; '' where none can be read."""
    import cv2

    return cv2.QRCodeDetectorAruco().detectAndDecode(picture)[0]  # the older detector misses one code in a hundred


def cut_out(picture, place: int, layout: Layout, scale: float):
    """Plate `place` of a page's picture (grey, numpy), cut where a knife would cut."""
    row, column = divmod(place, layout.columns)
    (left, top), (width, height) = layout.origin, layout.plate
    left += column * (width + layout.gap[0])
    top += row * (height + layout.gap[1])
    edges = (top, top + height, left, left + width)
    upper, lower, first, last = (round(edge * POINTS_PER_MM * scale) for edge in edges)
    return picture[upper:lower, first:last]


def links_read(file: Path, layout: Layout, numbers) -> dict[int, str]:
    """{number on the sheets, from 0: what its code says}; '' for one that cannot be read."""
    import numpy
    import pypdfium2

    with pypdfium2.PdfDocument(file) as document:

        @lru_cache(maxsize=len(SCALES))
        def page(number, scale):
            return numpy.array(document[number].render(scale=scale).to_pil().convert("L"))

        def read(number) -> str:
            sheet, place = divmod(number, layout.per_page)
            looks = (code_read(cut_out(page(sheet, s), place, layout, s)) for s in SCALES)
            return next((text for text in looks if text), "")

        found = {number: read(number) for number in sorted(numbers)}
    return {number: found[number] for number in numbers}
