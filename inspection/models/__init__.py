from inspection.models.applications import Application
from inspection.models.assessments import (
    Assessment,
    AssessmentFinding,
    AssessmentFund,
    AssessmentRule,
    AssessmentStep,
    AssessmentVote,
)
from inspection.models.bodies import BodyLicence, TesterExcess, WindowOverride
from inspection.models.drafts import ReportDraft
from inspection.models.inspections import Inspection
from inspection.models.law import LawProposal, LawRow
from inspection.models.reports import CatalogueItem, ItemResult, Report, ReportPerson, ReportPlace

__all__ = [
    "Application",
    "Assessment",
    "AssessmentFinding",
    "AssessmentFund",
    "AssessmentRule",
    "AssessmentStep",
    "AssessmentVote",
    "BodyLicence",
    "CatalogueItem",
    "Inspection",
    "ItemResult",
    "LawProposal",
    "LawRow",
    "Report",
    "ReportDraft",
    "ReportPerson",
    "ReportPlace",
    "TesterExcess",
    "WindowOverride",
]
