from inspection.actions.applications import (
    apply_for_inspection,
    apply_for_inspections,
    appoint_inspection,
    appoint_inspections,
    decline_application,
    withdraw_application,
)
from inspection.actions.bodies import (
    order_windows,
    record_licence,
    settle_excess,
    withdraw_licence,
    withdraw_windows,
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
    "appoint_inspections",
    "decline_application",
    "file_report",
    "file_reports",
    "import_register_inspections",
    "order_windows",
    "record_licence",
    "settle_excess",
    "withdraw_application",
    "withdraw_licence",
    "withdraw_windows",
]
