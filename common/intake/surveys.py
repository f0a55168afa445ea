"""A first reading of a whole file: its digest, how many rows, which keys stand in several rows."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from common.intake.issues import FileRefused
from common.intake.kinds import Reader
from common.intake.tables import Table


@dataclass(slots=True)
class Survey:
    """`repeated`: {(header, key): row numbers}; `distinct`: {header: how many different values, blank included}."""

    sha256: str
    header: list[str]
    records: int = 0
    unmapped: list[str] = field(default_factory=list)
    repeated: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    distinct: dict[str, int] = field(default_factory=dict)


def survey(path: Path, table: Table, reader: Reader) -> Survey:
    """Read the whole file once; nothing that a later reading of it could still trip over is left to it.

    Raises FileRefused. Holds keys, never rows.
    """
    found = Survey(digest_of_file(path), list(table.header))
    found.unmapped = [name for name in found.header if name not in reader.headers]
    seen: dict[str, dict[str, int]] = {header: {} for header in reader.keys.values()}
    spellings: dict[str, Counter] = {header: Counter() for header in reader.distinct}
    for record in table:
        found.records += 1
        if record.refused or record.blank:
            continue
        for header, first in seen.items():
            _note(found, first, header, reader.key_of(header, record.cells[header]), record.number)
        for header, values in spellings.items():
            values[record.cells[header].strip()] += 1
    if not found.records:
        raise FileRefused(_("The file has a header and no row below it."))
    found.distinct = {header: len(values) for header, values in spellings.items()}
    return found


def digest_of_file(path: Path) -> str:
    """SHA-256, in hexadecimal. Raises FileRefused for what cannot be opened."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise FileRefused(_("There is no file %(path)s."), path=path) from None
    except IsADirectoryError:
        raise FileRefused(_("%(path)s is a folder. Name the file in it."), path=path) from None
    except PermissionError:
        raise FileRefused(_("%(path)s may not be read. Give this user permission to read it."), path=path) from None


def _note(found: Survey, first: dict[str, int], header: str, value: str, number: int) -> None:
    if not value:
        return
    if (before := first.setdefault(value, number)) != number:
        found.repeated.setdefault((header, value), [before]).append(number)
