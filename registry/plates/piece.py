"""One piece of a print order, in a process of its own: what typst needs for its pages is given back when it ends.

`python -m registry.plates.piece < job.json > piece.pdf`; knows no settings and no database.
"""

import json
import sys
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst

from registry.plates.symbols import qr_path
from registry.rules.plates import PREFIX, plate_url

SHEET = Path(__file__).with_name("sheet.typ")


def draw(job: dict) -> bytes:
    """The PDF of {"layout", "words", "host", "city", "demo", "plates": [{"code", "text"}]}."""
    plates = []
    for plate in job["plates"]:
        side, path = qr_path(plate_url(job["host"], plate["text"]))
        plates.append(plate | {"side": side, "path": path})
    data = job | {"plates": plates, "prefix": f"{job['host']}{PREFIX}"}
    return typst.compile(
        SHEET, font_paths=fonts(), sys_inputs={"job": json.dumps(data, ensure_ascii=False)}, pdf_tags=False
    )


@cache
def fonts() -> typst.Fonts:
    """The one font, never the machine's: a sheet looks the same wherever it is made."""
    return typst.Fonts(
        font_paths=[Path(pylopdf_fonts_zh_cn.__file__).parent], include_system_fonts=False, include_embedded_fonts=False
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
