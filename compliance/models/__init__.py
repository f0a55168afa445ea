from compliance.models.alerts import Alert, AlertCause, AlertStep
from compliance.models.complaints import Complaint, ComplaintCategory, ComplaintStep
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
from compliance.models.forwarding import Forwarding, OutsidePlatform
from compliance.models.hazards import Hazard, HazardClock, HazardItem, HazardStep
from compliance.models.obligations import AlertPolicy, ElevatorDue, Notice, Obligation
from compliance.models.risk import RiskChange, RiskDue, RiskPolicy, RiskScore
from compliance.models.telling import CalendarFeed, News, Reminder, ReminderRule, ReminderRun, Summary
from compliance.models.waivers import Waiver, WaiverStep

__all__ = [
    "Alert",
    "AlertCause",
    "AlertPolicy",
    "AlertStep",
    "CalendarFeed",
    "Complaint",
    "ComplaintCategory",
    "ComplaintStep",
    "DutyAppointment",
    "DutyClock",
    "DutyFinding",
    "DutyRecord",
    "DutyRule",
    "ElevatorDue",
    "Forwarding",
    "Hazard",
    "HazardClock",
    "HazardItem",
    "HazardStep",
    "News",
    "Notice",
    "Obligation",
    "OfficerBinding",
    "OutsidePlatform",
    "Reminder",
    "ReminderRule",
    "ReminderRun",
    "RiskChange",
    "RiskDue",
    "RiskItem",
    "RiskList",
    "RiskPolicy",
    "RiskScore",
    "RiskTemplateItem",
    "Summary",
    "UnitOnDuty",
    "Waiver",
    "WaiverStep",
]
