from compliance.models.alerts import Alert, AlertCause, AlertStep
from compliance.models.complaints import Complaint, ComplaintCategory, ComplaintStep
from compliance.models.hazards import Hazard, HazardClock, HazardItem, HazardStep
from compliance.models.obligations import AlertPolicy, ElevatorDue, Notice, Obligation, Waiver

__all__ = [
    "Alert",
    "AlertCause",
    "AlertPolicy",
    "AlertStep",
    "Complaint",
    "ComplaintCategory",
    "ComplaintStep",
    "ElevatorDue",
    "Hazard",
    "HazardClock",
    "HazardItem",
    "HazardStep",
    "Notice",
    "Obligation",
    "Waiver",
]
