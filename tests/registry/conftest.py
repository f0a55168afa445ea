"""What the tests of the register share: where the real registers lie, and areas for those of other cities."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def registers_dir() -> Path:
    """The real registers beside the project; a test that asks for it is marked `registers`."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data")
    return folder


@pytest.fixture
def files_dir(settings, tmp_path) -> Path:
    """A folder of this test's own for what the platform writes."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


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
