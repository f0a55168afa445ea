from compliance.actions.alerts import acknowledge_alert, escalate_all_due, escalate_due
from compliance.actions.complaints import (
    answer_complaint,
    assign_complaint,
    close_complaint,
    file_complaint,
    join_complaint,
    rate_complaint,
    return_complaint,
    reveal_contact,
    review_complaint,
    transfer_complaint,
)
from compliance.actions.hazards import (
    change_grade,
    extend_hazard,
    report_hazard,
    take_hazard_step,
    watch_all_due_hazards,
    watch_due_hazards,
)
from compliance.actions.plans import note_elevators, note_everything, plan_all_due, plan_due, replan, store_plans
from compliance.actions.steps import take_all_steps, take_steps
from compliance.actions.unit_obligations import end_owed, owe
from compliance.actions.waivers import grant_waiver, revoke_waiver, turn_all_waivers, turn_waivers

__all__ = [
    "acknowledge_alert",
    "answer_complaint",
    "assign_complaint",
    "change_grade",
    "close_complaint",
    "end_owed",
    "escalate_all_due",
    "escalate_due",
    "extend_hazard",
    "file_complaint",
    "grant_waiver",
    "join_complaint",
    "note_elevators",
    "note_everything",
    "owe",
    "plan_all_due",
    "plan_due",
    "rate_complaint",
    "replan",
    "report_hazard",
    "return_complaint",
    "reveal_contact",
    "review_complaint",
    "revoke_waiver",
    "store_plans",
    "take_all_steps",
    "take_hazard_step",
    "take_steps",
    "transfer_complaint",
    "turn_all_waivers",
    "turn_waivers",
    "watch_all_due_hazards",
    "watch_due_hazards",
]
