from inspection.models.applications import Application
from inspection.models.bodies import BodyLicence, TesterExcess, WindowOverride
from inspection.models.drafts import ReportDraft
from inspection.models.inspections import Inspection
from inspection.models.law import LawRow
from inspection.models.reports import CatalogueItem, ItemResult, Report, ReportPerson

__all__ = [
    "Application",
    "BodyLicence",
    "CatalogueItem",
    "Inspection",
    "ItemResult",
    "LawRow",
    "Report",
    "ReportDraft",
    "ReportPerson",
    "TesterExcess",
    "WindowOverride",
]
