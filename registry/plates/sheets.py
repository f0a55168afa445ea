"""Print sheets of nameplates as one PDF, drawn in pieces so that memory does not grow with the order."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import pikepdf

from registry.plates.layouts import Layout

ROOT = Path(__file__).resolve().parents[2]
PLATES_AT_ONCE = 500  # decision 0011: what typst holds of one piece, against another copy of the font in the file
PIECES_AT_ONCE = 2
LONGEST_PIECE = 120  # s
MM = 72 / 25.4


class SheetFailed(Exception):
    """A piece could not be drawn; says what its process said."""


@dataclass(frozen=True)
class Words:
    """What every plate says. Chinese only, whatever the language of the person who prints: it hangs in the car."""

    title: str = "电梯救援识别码"
    code: str = "本梯识别码"
    phone: str = "96333"
    trapped: str = "被困请拨打"
    say: str = "报出上面 6 位数字，不要扒门"
    scan: str = "扫码查看本梯信息，或访问"
    typed: str = "网址"


@dataclass(frozen=True)
class Face:
    """One plate to print: the six digits and the text after `/e/`."""

    code: str
    text: str


def print_sheets(
    target: Path,
    faces: Iterable[Face],
    *,
    layout: Layout,
    host: str,
    city: str,
    words: Words | None = None,
    demo: bool = False,
    drawn: Callable[[int], None] = lambda plates: None,
) -> int:
    """Write the PDF of these plates, in their order, to `target`; return the pages. `city` is its name in Chinese.
    With `demo` each plate says that it is none.

    `drawn(plates)` is called in this thread after each piece with the plates so far. Raises SheetFailed.
    """
    # A piece ends with a full sheet, so that no gap shows where two meet.
    size = max(1, PLATES_AT_ONCE // layout.per_page) * layout.per_page
    same = {"layout": layout.as_data(), "words": asdict(words or Words()), "host": host, "city": city, "demo": demo}
    count = 0
    with ExitStack() as open_pieces, ThreadPoolExecutor(PIECES_AT_ONCE) as pool, pikepdf.new() as document:
        made = (
            (len(piece), pool.submit(_draw, same | {"plates": [asdict(face) for face in piece]}, target, number))
            for number, piece in enumerate(_pieces(faces, size))
        )
        waiting = list(islice(made, PIECES_AT_ONCE))
        while waiting:
            plates, file = waiting.pop(0)
            document.pages.extend(open_pieces.enter_context(pikepdf.open(file.result())).pages)
            count += plates
            drawn(count)
            waiting += islice(made, 1)
        if not count:
            raise ValueError("there is no plate to print")
        if layout.per_page == 1:
            _trim(document, layout)
        document.remove_unreferenced_resources()
        document.save(target)
        return len(document.pages)


def _pieces(faces: Iterable[Face], size: int) -> Iterator[list[Face]]:
    rest = iter(faces)
    while piece := list(islice(rest, size)):
        yield piece


def _draw(job: dict, target: Path, number: int) -> Path:
    file = target.with_name(f"{target.name}.{number}.pdf")
    with file.open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "registry.plates.piece"],
            input=json.dumps(job, ensure_ascii=False).encode(),
            stdout=out,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            # it needs nothing of ours, least of all the secrets
            env={name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR") if name in os.environ},
            timeout=LONGEST_PIECE,
            check=False,
        )
    if done.returncode:
        raise SheetFailed(done.stderr.decode(errors="replace")[-500:])
    return file


def _trim(document: pikepdf.Pdf, layout: Layout) -> None:
    """Tell the cutter of a roll where the plate ends and where the bleed does."""
    (width, height), (x, y), bleed = layout.plate, layout.origin, layout.bleed
    for page in document.pages:
        page.trimbox = [x * MM, y * MM, (x + width) * MM, (y + height) * MM]
        page.obj.BleedBox = pikepdf.Array(
            [n * MM for n in (x - bleed, y - bleed, x + width + bleed, y + height + bleed)]
        )
