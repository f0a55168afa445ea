"""Registers that can be brought in, by the name that `import_elevators --mapping` takes."""

from registry.mappings.base import Issue, RegisterMapping, RowReading, clean_cells, read_row
from registry.mappings.maryland import MARYLAND
from registry.mappings.nyc import NYC
from registry.mappings.sentences import explain

MAPPINGS: dict[str, RegisterMapping] = {mapping.name: mapping for mapping in (NYC, MARYLAND)}

__all__ = ["MAPPINGS", "Issue", "RegisterMapping", "RowReading", "clean_cells", "explain", "read_row"]
