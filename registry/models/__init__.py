from registry.models.elevators import Elevator, ElevatorClass, StatusFlag
from registry.models.imports import ImportBatch, SourceRow
from registry.models.life_events import LifeEvent
from registry.models.responsibilities import Responsibility
from registry.models.sites import Site

__all__ = [
    "Elevator",
    "ElevatorClass",
    "ImportBatch",
    "LifeEvent",
    "Responsibility",
    "Site",
    "SourceRow",
    "StatusFlag",
]
