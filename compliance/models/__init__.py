from compliance.models.alerts import Alert, AlertCause, AlertStep
from compliance.models.obligations import AlertPolicy, ElevatorDue, Notice, Obligation, Waiver

__all__ = [
    "Alert",
    "AlertCause",
    "AlertPolicy",
    "AlertStep",
    "ElevatorDue",
    "Notice",
    "Obligation",
    "Waiver",
]
