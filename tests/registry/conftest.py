"""What the tests of the register share: where the real registers lie, and areas for those of other cities."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from common.actor import system
from tests.registry.import_files import AT, HEADER, write

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def registers_dir() -> Path:
    """The real registers beside the project; a test that asks for it is marked `registers`."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data")
    return folder


@pytest.fixture(scope="session")
def part_of_maryland(registers_dir, tmp_path_factory) -> Path:
    """Every twelfth row of Maryland's register, and each that has something seldom: a status, a way of writing, a number."""
    path = tmp_path_factory.mktemp("registers") / "maryland.csv"
    with (registers_dir / "maryland_elevators_2022.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    place = {name: number for number, name in enumerate(header)}
    seldom = {"county": 10, "status": 600, "equipment_capacity": 600, "equipment_speed": 600, "equipment_travel": 100}
    forms = {name: Counter(_form(row[place[name]]) for row in rows) for name in seldom}

    def wanted(number: int, row: list[str]) -> bool:
        return (
            number % 12 == 0
            or any(forms[name][_form(row[place[name]])] < least for name, least in seldom.items())
            or not all(row[place[name]] for name in ("inspection_type", "last_inspection_date"))
            or not (100 <= float(row[place["equipment_capacity"]]) <= 20_000)
            or not (10 <= float(row[place["equipment_speed"]]) <= 1_000)
            or any("  " in row[place[name]] for name in ("location_name", "location_address"))
        )

    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *(row for number, row in enumerate(rows) if wanted(number, row))])
    return path


def _form(cell: str) -> str:
    """How a cell is written, whatever its numbers."""
    return re.sub(r"\d+", "9", cell)


@pytest.fixture
def files_dir(settings, tmp_path) -> Path:
    """A folder of this test's own for what the platform writes."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def bring(tmp_path):
    """bring(rows): import a file of these rows; a new file each time."""
    from registry.actions import import_elevators

    files = iter(range(100))

    def bring(rows, *, at=AT, mapping="nyc", header=HEADER, **options):
        path = rows if isinstance(rows, Path) else write(tmp_path / f"file{next(files)}.csv", rows, header)
        return import_elevators(path=path, mapping=mapping, by=system("import_elevators"), at=at, **options)

    return bring


@pytest.fixture
def places(settings, tmp_path) -> None:
    """Folders of this test's own for files as they came and as they are handed out."""
    settings.SEALED_DIR = tmp_path / "sealed"
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def own(cast):
    """The elevator of the cast's using unit."""
    return cast.elevator_own


@pytest.fixture
def foreign_areas(db):
    """New York's boroughs and Maryland's counties are on the platform."""
    from django.core.management import call_command

    for name in ("nyc", "maryland"):
        call_command("import_areas", ROOT / "accounts" / "data" / f"areas_{name}.csv", verbosity=0, stdout=_Silence())


class _Silence:
    def write(self, *_args):
        pass

    def isatty(self):
        return False

    def flush(self):
        pass
