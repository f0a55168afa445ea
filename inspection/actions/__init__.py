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
from inspection.actions.drafts import DraftMoved, begin_draft, discard_draft, file_draft, keep_draft
from inspection.actions.registers import import_register_inspections
from inspection.actions.report_refusals import ReportNotTaken
from inspection.actions.reports import Filed, Filing, ItemLine, file_report, file_reports

__all__ = [
    "DraftMoved",
    "Filed",
    "Filing",
    "ItemLine",
    "ReportNotTaken",
    "apply_for_inspection",
    "apply_for_inspections",
    "appoint_inspection",
    "appoint_inspections",
    "begin_draft",
    "decline_application",
    "discard_draft",
    "file_draft",
    "file_report",
    "file_reports",
    "import_register_inspections",
    "keep_draft",
    "order_windows",
    "record_licence",
    "settle_excess",
    "withdraw_application",
    "withdraw_licence",
    "withdraw_windows",
]
