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
from registry.actions.imports import (
    AreasMissing,
    ImportResult,
    ImportRunning,
    UnknownMapping,
    import_elevators,
    run_import_job,
)
from registry.actions.life_events import NewEvent, record_event, record_events
from registry.actions.register_files import FileRefused
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
    "FileRefused",
    "ImportResult",
    "ImportRunning",
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
    "run_import_job",
    "set_flag",
    "set_registration_state",
]
