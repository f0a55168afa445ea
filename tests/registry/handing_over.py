"""A change of the maintenance unit, step by step: what its tests share."""

import datetime as dt
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from common import jobs
from common.clock import now, today
from registry.actions import handovers as actions
from registry.models import MaintenanceChange
from tests.matrix.documents import attachment

EN = {"Accept-Language": "en"}
SAID = {"keys": "ALL", "files": "PARTLY", "tools": "NONE", "remarks": "two binders"}


def in_days(days: int) -> dt.date:
    return today() + dt.timedelta(days=days)


def propose(cast, elevators=None, **values) -> actions.Proposed:
    by = values.pop("by", cast.own_manager.actor())
    values = {"new_unit": cast.former_maintenance_unit, "starts_on": in_days(30), "reference": "M-7"} | values
    files = values.pop("files", None) or [attachment(by)]
    return actions.propose_change(elevators=elevators or [cast.elevator_own], files=files, by=by, at=now(), **values)


def confirm(cast, change, who="former") -> MaintenanceChange:
    return actions.confirm_change(change=change, by=cast.players[who].actor(), at=now())


def carried_out(cast, **values) -> MaintenanceChange:
    change = confirm(cast, propose(cast, **values).change)
    assert jobs.run(change.job_id, at=now()).state == "SUCCEEDED"
    change.refresh_from_db()
    return change


def contract() -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (60, 40), "white").save(content, "PNG")
    return SimpleUploadedFile("contract.png", content.getvalue(), "image/png")
