"""Bodies that may file, people who may inspect, elevators that are due: invented, and complete, so that nothing is refused."""

import datetime as dt
from itertools import count

from accounts.actions.certificates import record_certificate
from accounts.choices import UnitKind
from accounts.models import User
from common.actor import system
from common.clock import SHANGHAI
from inspection.actions import Filing
from inspection.models import BodyLicence
from registry import actions as registry_actions
from registry.models import ElevatorClass
from tests.factories.make import GULOU, hold, make_elevator, make_unit, make_user

BY = system("tests")
LONG = dt.datetime(2020, 1, 1, tzinfo=SHANGHAI)
KINDS = ["INSTALLATION", "ALTERATION", "MAJOR_REPAIR", "RELOCATION", "PERIODIC", "RESTART_INSPECTION", "SELF_TEST"]
KINDS += ["BRAKE_TEST", "GOVERNOR_CHECK"]
_numbers = count(1)


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def make_body(name: str = "Inspection body", **values):
    """An inspection body with a licence for everything."""
    body = make_unit(name, kind=UnitKind.INSPECTION_BODY, created_at=LONG, **values)
    license_body(body)
    return body


def license_body(body, *, kinds=KINDS, first="2020-01-01", last="2035-12-31") -> BodyLicence:
    return BodyLicence.objects.create(
        unit=body,
        number=f"TS-{next(_numbers)}",
        kinds=kinds,
        valid_from=first,
        valid_until=last,
        recorded_at=LONG,
        recorded_by_kind="SYSTEM",
        recorded_by_id="tests",
    )


def make_inspector(
    body, username: str = "inspector", *, kind="INSPECTOR", role="INSPECTOR", first="2020-01-01"
) -> User:
    """A person of the body with a certificate of the kind until 2035."""
    user = make_user(f"{username}-{next(_numbers)}", created_at=LONG)
    hold(user, role, unit=body, started_at=LONG)
    record_certificate(
        unit=body,
        user_id=user.pk,
        kind=kind,
        number=f"TSZ{next(_numbers):08}",
        issuer="Test office",
        valid_from=dt.date.fromisoformat(first),
        valid_until=dt.date(2023, 12, 31) if kind == "ELEVATOR_WORK" else dt.date(2035, 12, 31),
        by=BY,
        at=LONG,
    )
    return user


def make_inspected(body, *, role="INSPECTION_BODY", installed="2024-05-20", area_code=GULOU, **values):
    """An elevator in use since its installation (E1 of inspection.md unless said otherwise), of which the body is in charge."""
    since = moment(f"{installed} 09:00")
    made = make_elevator(
        area_code=area_code,
        class_code=ElevatorClass.objects.get(pk="3110"),
        commissioned_on=since.date(),
        since=since,
        **values,
    )
    registry_actions.set_registration_state(elevator_id=made.pk, state="IN_USE", reference="test", by=BY, at=since)
    charge(body, made, role=role)
    made.refresh_from_db()
    return made


def charge(body, elevator, *, role="INSPECTION_BODY", since=LONG) -> None:
    registry_actions.assign_responsibility(elevator=elevator, unit=body, role=role, started_at=since, by=BY, at=since)


def report_of(elevator, *people, **values) -> Filing:
    """A periodic inspection of E1's first year, passed, unless said otherwise."""
    values = {
        "kind": "PERIODIC",
        "number": f"R-{next(_numbers):05}",
        "concluded_on": dt.date(2025, 5, 12),
        "verdict": "合格",
        "generation": "T7001_2023",
        **values,
    }
    if isinstance(values["concluded_on"], str):
        values["concluded_on"] = dt.date.fromisoformat(values["concluded_on"])
    return Filing(elevator_id=elevator.pk, people=tuple(user.username for user in people), **values)
