from inspection.actions.applications import (
    apply_for_inspection,
    apply_for_inspections,
    appoint_inspection,
    decline_application,
    withdraw_application,
)
from inspection.actions.registers import import_register_inspections
from inspection.actions.report_refusals import ReportNotTaken
from inspection.actions.reports import Filed, Filing, ItemLine, file_report, file_reports

__all__ = [
    "Filed",
    "Filing",
    "ItemLine",
    "ReportNotTaken",
    "apply_for_inspection",
    "apply_for_inspections",
    "appoint_inspection",
    "decline_application",
    "file_report",
    "file_reports",
    "import_register_inspections",
    "withdraw_application",
]
