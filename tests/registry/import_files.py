"""Files in the shape of New York's register, made up row by row; nothing of the real one."""

import csv
import datetime as dt
from pathlib import Path

from common.models import AuditRecord, ImportBatch, Job, SourceRow
from registry.models import Elevator, LifeEvent, Site, StatusFlag

AT = dt.datetime(2026, 3, 1, 2, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(days=30)

PLAIN = {
    "DV_DEVICE_NUMBER": "1P1",
    "Device Status": "A",
    "DV_DEVICE_STATUS_DESCRIPTION": "ACTIVE",
    "BIN": "1000001",
    "TAX_BLOCK": "1",
    "TAX_LOT": "1",
    "HOUSE_NUMBER": "12",
    "STREET_NAME": "SAMPLE STREET",
    "ZIP_CODE": "10001",
    "Borough": "Manhattan",
    "Device Type": "Passenger Elevator (P)",
    "DV_LASTPER_INSP_DATE": "20140501",
    "DV_LASTPER_INSP_DISP": "DF",
    "DV_APPROVAL_DATE": "19980202",
    "DV_MANUFACTURER": "OTIS",
    "DV_TRAVEL_DISTANCE": "100'",
    "DV_SPEED_FPM": "350",
    "DV_CAPACITY_LBS": "2000",
    "DV_CAR_BUFFER_TYPE": "S",
    "DV_GOVERNOR_TYPE": "C",
    "DV_MACHINE_TYPE": "OG",
    "DV_SAFETY_TYPE": "I",
    "DV_MODE_OPERATION": "A",
    "DV_STATUS_DATE": "20010305",
    "DV_FLOOR_FROM": "B",
    "DV_FLOOR_TO": "6",
    "LATITUDE": "40.7512345678",
    "LONGITUDE": "-73.9712345678",
}
HEADER = list(PLAIN)
HEADER_LINE = ",".join(HEADER) + "\n"


def row(key: str = "1P1", **cells: str) -> dict[str, str]:
    """A plain row with this key; `cells` by header, with _ for a blank (Device_Type)."""
    named = {header.replace(" ", "_"): header for header in HEADER}
    return PLAIN | {"DV_DEVICE_NUMBER": key} | {named[name]: value for name, value in cells.items()}


def many(count: int) -> list[dict[str, str]]:
    """Rows with different keys, sites, states and defects, always the same."""
    states = ("ACTIVE", "ACTIVE", "NYCHA", "WK IN PROG", "NO JURIST", "DISMANTLED")
    return [
        row(
            f"1P{number}",
            BIN=f"{1_000_001 + number // 3}",
            DV_DEVICE_STATUS_DESCRIPTION=states[number % 6],
            DV_SPEED_FPM="95UP" if number % 50 == 0 else "350",
            ZIP_CODE="0" if number % 7 == 0 else "10001",
            Borough="" if number % 97 == 0 else "Queens",
        )
        for number in range(count)
    ]


def write(path: Path, rows: list[dict[str, str]], header: list[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def outcomes(result) -> dict:
    """How many rows of an import had which outcome; without those that none had."""
    return {name: count for name, count in result.summary["outcomes"].items() if count}


def counts() -> dict:
    """How many rows there are of everything that an import may write."""
    models = (Elevator, Site, StatusFlag, LifeEvent, ImportBatch, SourceRow, Job, AuditRecord)
    return {model.__name__: model.objects.count() for model in models}
