from compliance.actions.alerts import acknowledge_alert, escalate_all_due, escalate_due
from compliance.actions.plans import note_everything, plan_all_due, plan_due, replan, store_plans
from compliance.actions.steps import take_all_steps, take_steps

__all__ = [
    "acknowledge_alert",
    "escalate_all_due",
    "escalate_due",
    "note_everything",
    "plan_all_due",
    "plan_due",
    "replan",
    "store_plans",
    "take_all_steps",
    "take_steps",
]
