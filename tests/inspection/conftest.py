"""The real registers, as the tests of the register have them: one place says where they lie and what is skipped without."""

# pytest finds fixtures by name in a conftest; these are used by name only
from tests.registry.conftest import files_dir, foreign_areas, registers_dir

__all__ = ["files_dir", "foreign_areas", "registers_dir"]
