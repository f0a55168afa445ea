from registry.models.elevators import Elevator, ElevatorClass, StatusFlag
from registry.models.life_events import LifeEvent
from registry.models.responsibilities import Responsibility
from registry.models.sites import Site

__all__ = [
    "Elevator",
    "ElevatorClass",
    "LifeEvent",
    "Responsibility",
    "Site",
    "StatusFlag",
]
