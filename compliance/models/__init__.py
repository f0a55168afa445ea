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

__all__ = [
    "Alert",
    "AlertCause",
    "AlertPolicy",
    "AlertStep",
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
    "Notice",
    "Obligation",
    "OfficerBinding",
    "RiskItem",
    "RiskList",
    "RiskTemplateItem",
    "UnitOnDuty",
    "Waiver",
]
