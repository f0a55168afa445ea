"""The real registers, as the tests of the register have them."""

from tests.registry.conftest import files_dir, foreign_areas, registers_dir  # noqa: F401 - fixtures
