"""Registers whose last inspections can be brought in: facts of data/registers.json."""

import json
from pathlib import Path

REGISTERS: dict[str, dict] = json.loads((Path(__file__).parent / "data" / "registers.json").read_text(encoding="utf-8"))
