"""Registers that can be brought in, by the name that `import_elevators --mapping` takes."""

from common.intake.issues import Issue, clean_cells
from registry.mappings.base import RegisterMapping, RowReading, read_row
from registry.mappings.maryland import MARYLAND
from registry.mappings.nyc import NYC
from registry.mappings.sentences import explain

MAPPINGS: dict[str, RegisterMapping] = {mapping.name: mapping for mapping in (NYC, MARYLAND)}

__all__ = ["MAPPINGS", "Issue", "RegisterMapping", "RowReading", "clean_cells", "explain", "read_row"]
