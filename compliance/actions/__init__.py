from compliance.actions.alerts import acknowledge_alert, escalate_all_due, escalate_due
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

__all__ = [
    "acknowledge_alert",
    "change_grade",
    "escalate_all_due",
    "escalate_due",
    "extend_hazard",
    "note_elevators",
    "note_everything",
    "plan_all_due",
    "plan_due",
    "replan",
    "report_hazard",
    "store_plans",
    "take_all_steps",
    "take_hazard_step",
    "take_steps",
    "watch_all_due_hazards",
    "watch_due_hazards",
]
