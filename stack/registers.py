"""The real elevator registers, which lie beside the project and not in it."""

from pathlib import Path

from stack.paths import ROOT

FOLDER = ROOT.parent / "shared" / "data"
FILES = ("nyc_elevator_devices_2015_raw.csv", "maryland_elevators_2022.csv")
REMEDY = "put the folder shared/ with its data beside the project's folder"


def missing(folder: Path = FOLDER) -> list[str]:
    """Which of the registers are not there, as a person would look for them."""
    return [f"../shared/data/{name}" for name in FILES if not (folder / name).is_file()]
