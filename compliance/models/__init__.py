from compliance.models.alerts import Alert, AlertCause, AlertStep
from compliance.models.duties import (
    DutyAppointment,
    DutyClock,
    DutyFinding,
    DutyRecord,
    DutyRule,
    OfficerBinding,
    RiskItem,
    RiskList,
    RiskTemplateItem,
    UnitOnDuty,
)
from compliance.models.hazards import Hazard, HazardClock, HazardItem, HazardStep
from compliance.models.obligations import AlertPolicy, ElevatorDue, Notice, Obligation, Waiver
from compliance.models.telling import CalendarFeed, News, Reminder, ReminderRule, ReminderRun, Summary

__all__ = [
    "Alert",
    "AlertCause",
    "AlertPolicy",
    "AlertStep",
    "CalendarFeed",
    "DutyAppointment",
    "DutyClock",
    "DutyFinding",
    "DutyRecord",
    "DutyRule",
    "ElevatorDue",
    "Hazard",
    "HazardClock",
    "HazardItem",
    "HazardStep",
    "News",
    "Notice",
    "Obligation",
    "OfficerBinding",
    "RiskItem",
    "RiskList",
    "RiskTemplateItem",
    "UnitOnDuty",
    "Reminder",
    "ReminderRule",
    "ReminderRun",
    "Summary",
    "Waiver",
]
