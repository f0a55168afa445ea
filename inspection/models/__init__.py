from inspection.models.inspections import Inspection
from inspection.models.law import LawRow

__all__ = ["Inspection", "LawRow"]
