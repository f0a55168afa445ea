from compliance.actions.duties.appointments import appoint, bind_elevators, dismiss
from compliance.actions.duties.planning import plan_all_due_units, plan_due_units, plan_units
from compliance.actions.duties.records import Finding, file_daily_check, file_report
from compliance.actions.duties.risk_lists import approve_risk_list, change_risk_item, draft_risk_list

__all__ = [
    "Finding",
    "appoint",
    "approve_risk_list",
    "bind_elevators",
    "change_risk_item",
    "dismiss",
    "draft_risk_list",
    "file_daily_check",
    "file_report",
    "plan_all_due_units",
    "plan_due_units",
    "plan_units",
]
