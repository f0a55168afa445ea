from inspection.models.inspections import Inspection
from inspection.models.law import CycleRule

__all__ = ["CycleRule", "Inspection"]
