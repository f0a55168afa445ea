"""Register files and names of error files that would hurt the machine or the register itself."""

import io

import pytest

from common.actor import system
from common.clock import now
from common.intake import delimited
from common.intake.chunks import ErrorFileRefused
from common.intake.issues import FileRefused
from registry.actions import import_elevators
from registry.actions import register_files as files
from registry.mappings import MAPPINGS
from tests.registry.import_files import HEADER_LINE


class Counting(io.StringIO):
    """A file that remembers the longest text ever taken from it at once."""

    longest = 0

    def readline(self, size=-1, /):
        line = super().readline(size)
        self.longest = max(self.longest, len(line))
        return line

    def __next__(self):
        line = super().__next__()
        self.longest = max(self.longest, len(line))
        return line


def test_a_line_without_end_is_not_read_whole(monkeypatch):
    """A gigabyte without a line break would otherwise be held in memory, twice."""
    monkeypatch.setattr(delimited, "LARGEST_CELL", 5000)
    endless = Counting(HEADER_LINE + "x" * 1_000_000)
    with pytest.raises(FileRefused):
        list(files.records(endless, MAPPINGS["nyc"]))
    assert endless.longest <= 5001


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("kind", ["same", "link"])
def test_the_error_file_never_takes_the_registers_place(db, tmp_path, dry_run, kind):
    register, target = tmp_path / "register.csv", tmp_path / "sub" / ".." / "register.csv"
    (tmp_path / "sub").mkdir()
    register.write_text(HEADER_LINE + "x\n", encoding="utf-8")
    if kind == "link":
        target = tmp_path / "errors.csv"
        target.hardlink_to(register)
    with pytest.raises(ErrorFileRefused):
        import_elevators(path=register, mapping="nyc", by=system("tests"), at=now(), dry_run=dry_run, errors=target)
    assert register.read_text(encoding="utf-8") == HEADER_LINE + "x\n"
