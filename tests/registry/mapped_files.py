"""How people would map the two real registers by hand: the first guess, corrected."""

from pathlib import Path

from common.actor import system
from common.intake.mapping import MappingSpec
from common.intake.shapes import guess_shape
from common.intake.tables import read_table
from common.intake.uploads import sample_of
from registry.actions.import_kind import elevator_kind
from registry.mappings import maryland, nyc

BY = system("tests")
NYC_STATES = {word: "+".join(filter(None, meant)) for word, meant in nyc.STATES.items()}
MARYLAND_STATES = {word: "+".join(filter(None, meant)) for word, meant in maryland.STATES.items()}


def guessed(path: Path) -> MappingSpec:
    table = read_table(path, guess_shape(path))
    return elevator_kind().guess(table.header, sample_of(table), BY).spec


def new_york(path: Path) -> MappingSpec:
    """The guess takes every column right; the words, the city and what only a person knows are added."""
    spec = guessed(path)
    spec = MappingSpec(spec.kind, targets=spec.targets, options={"city": "US3651000", "source": "NYC-DOB"})
    for target, options in {
        "class_code": {"words": {word: code or "" for word, code in nyc.CLASSES.items()}},
        "state": {"words": NYC_STATES},
        "manufacturer_name": {"not_makers": sorted(nyc.NOT_MAKERS)},
        "latitude": {"stand_ins": ["40.712784, -74.005941"]},
        "address": {"test_words": ["TEST", "DUMMY RECORD"]},
        "rated_speed_mps": {"unit": "ft/min"},
        "rated_load_kg": {"unit": "lb"},
        "travel_m": {"unit": "ft"},
        **{name: {"form": "code"} for name in CODES},
    }.items():
        spec = spec.with_target(target, spec.targets[target].columns, **options)
    return spec


CODES = (
    "car_buffer_type",
    "governor_type",
    "machine_type",
    "safety_type",
    "mode_of_operation",
    "last_inspection_disposition",
)


def the_list_of_maryland(path: Path) -> MappingSpec:
    """Units were guessed as kilograms and metres per second: corrected."""
    spec = guessed(path)
    spec = MappingSpec(spec.kind, targets=spec.targets, options={"city": "US24", "source": "MD-DLLR"})
    for target, options in {
        "class_code": {"words": {word: code or "" for word, code in maryland.CLASSES.items()}},
        "state": {"words": MARYLAND_STATES},
        "area": {"words": maryland.COUNTIES},
        "rated_speed_mps": {"unit": "ft/min"},
        "rated_load_kg": {"unit": "lb"},
        "travel_m": {"unit": "ft-in", "highest": 165},
    }.items():
        spec = spec.with_target(target, spec.targets[target].columns, **options)
    return spec.with_target("site_key", ["location_name", "location_address"])
