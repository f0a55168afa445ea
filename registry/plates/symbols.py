"""QR codes as one vector path; a module is one unit, and so is the width of the line (half the data of rectangles)."""

import zxingcpp

# A quarter of the code words may be scratched away (level Q); decision 0011 has the sizes.
LEVEL = "Q"


def qr_path(text: str) -> tuple[int, str]:
    """Modules on a side and SVG path data: a line for each run of dark modules in a row, without quiet zone."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=LEVEL)
    image = code.to_image(scale=1, add_quiet_zones=False)
    side, pixels = image.shape[0], bytes(memoryview(image))
    return side, "".join(_runs(side, pixels))


def _runs(side: int, pixels: bytes):
    for y in range(side):
        row, x = pixels[y * side : (y + 1) * side], 0
        while (x := row.find(0, x)) >= 0:
            end = row.find(255, x)
            end = side if end < 0 else end
            yield f"M{x} {y}h{end - x}"
            x = end
