from registry.actions.elevators import (
    ChangedMeanwhile,
    CodeInUse,
    change_elevator,
    change_elevators,
    create_elevator,
    lift_flag,
    set_flag,
    set_registration_state,
)
from registry.actions.import_kind import AreasMissing
from registry.actions.imports import UnknownMapping, import_elevators
from registry.actions.life_events import NewEvent, record_event, record_events
from registry.actions.responsibilities import (
    ResponsibilityOverlap,
    assign_responsibility,
    end_responsibility,
    refresh_current_units,
)

__all__ = [
    "AreasMissing",
    "ChangedMeanwhile",
    "CodeInUse",
    "NewEvent",
    "ResponsibilityOverlap",
    "UnknownMapping",
    "assign_responsibility",
    "change_elevator",
    "change_elevators",
    "create_elevator",
    "end_responsibility",
    "import_elevators",
    "lift_flag",
    "record_event",
    "record_events",
    "refresh_current_units",
    "set_flag",
    "set_registration_state",
]
