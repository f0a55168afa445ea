"""The use label and the use registration certificate as PDFs, by typst in a process of its own like the sheets of plates.

`python -m registry.plates.label < job.json > label.pdf`; knows no settings and no database.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import typst

from registry.plates.piece import fonts
from registry.plates.sheets import LONGEST_PIECE, ROOT, SheetFailed
from registry.plates.symbols import qr_path
from registry.rules.plates import plate_url

PAPERS = {name: Path(__file__).with_name(f"{name}.typ") for name in ("label", "certificate")}
KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR")  # it needs nothing of ours, least of all the secrets


def draw_label(*, number: str, facts: Mapping[str, str], link: tuple[str, str] | None, demo: bool = False) -> bytes:
    """The PDF of one label. `link`: host and text of the plate that hangs; `demo`: it says that it proves nothing. Raises
    SheetFailed."""
    return _drawn({"paper": "label", "number": number, "facts": dict(facts), "link": link, "demo": demo})


def draw_certificate(
    *, number: str, facts: Mapping[str, str], link: tuple[str, str] | None, demo: bool = False
) -> bytes:
    """The PDF of one certificate, as draw_label. Raises SheetFailed."""
    return _drawn({"paper": "certificate", "number": number, "facts": dict(facts), "link": link, "demo": demo})


def _drawn(job: dict) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "registry.plates.label"],
        input=json.dumps(job, ensure_ascii=False).encode(),
        capture_output=True,
        cwd=ROOT,
        env={name: os.environ[name] for name in KEPT if name in os.environ},
        timeout=LONGEST_PIECE,
        check=False,
    )
    if done.returncode:
        raise SheetFailed(done.stderr.decode(errors="replace")[-500:])
    return done.stdout


def draw(job: dict) -> bytes:
    """The PDF of {"paper", "number", "facts", "link": [host, text] or null, "demo"}."""
    symbol = None
    if job["link"]:
        side, path = qr_path(plate_url(*job["link"]))
        symbol = {"side": side, "path": path}
    data = json.dumps(job | {"symbol": symbol}, ensure_ascii=False)
    return typst.compile(PAPERS[job["paper"]], font_paths=fonts(), sys_inputs={"job": data}, pdf_tags=False)


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
