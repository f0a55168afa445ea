"""What anybody may know of an elevator whose plate he reads. One statement, whatever the apps above add."""

import datetime as dt
from dataclasses import dataclass

from common.database import fetch_prepared
from registry.rules import flags_in, public_status
from registry.rules.plates import Plate
from registry.signals import PUBLIC_FACTS


@dataclass(frozen=True, slots=True)
class PublicElevator:
    """Of the elevator behind a plate what hangs in the car anyhow, and what the law makes public: no person, no phone but
    the alarm's. `status`: a public status, '' for a plate that hangs nowhere yet. `facts`: {key: value} of PUBLIC_FACTS.
    """

    plate_state: str
    code: str
    public_id: str = ""
    status: str = ""
    status_since: dt.datetime | None = None
    place: str = ""
    building: str = ""
    internal_number: str = ""
    area: str = ""
    area_en: str = ""
    district: str = ""
    district_en: str = ""
    kind: str = ""
    kind_en: str = ""
    using_unit: str = ""
    maintenance_unit: str = ""
    facts: dict | None = None
    newer_hangs: bool | None = None  # of a void plate: does another hang in its elevator? None: it was for none


_COLUMNS = """
    {plate}, e.public_id::text, e.registration_state, e.registration_state_at, e.flag_bits,
    coalesce(nullif(s.name, ''), e.address), e.building, e.internal_number, a.name, a.name_en, d.name, d.name_en,
    k.name_zh, k.name_en, u.name, m.name
"""
_OF_PLATE = """
FROM registry_nameplate p
JOIN registry_platecity c ON c.area_id = p.city_id
LEFT JOIN registry_elevator e ON e.id = p.elevator_id AND p.state = 'BOUND' AND e.registration_state <> 'WITHDRAWN'
"""
_PLATE = """
    p.state, p.code, CASE WHEN p.state = 'VOID' AND p.elevator_id IS NOT NULL THEN EXISTS (
        SELECT 1 FROM registry_nameplate n WHERE n.elevator_id = p.elevator_id AND n.state = 'BOUND') END
"""
# a city has a number of its own from its first order of plates on; before that the code of its area is the same number
_OF_NUMBER = """
FROM (SELECT area_id, number FROM registry_platecity UNION
      SELECT id, code FROM accounts_area WHERE kind = 'CITY' AND code = %(city)s) c
JOIN registry_elevator e ON e.city_id = c.area_id AND e.rescue_code = %(code)s AND e.registration_state <> 'WITHDRAWN'
"""
_FROM = """
LEFT JOIN registry_site s ON s.id = e.site_id
LEFT JOIN accounts_area a ON a.id = e.area_id
LEFT JOIN accounts_area d ON d.id = e.managing_district_id
LEFT JOIN registry_elevatorclass k ON k.code = e.class_code
LEFT JOIN accounts_unit u ON u.id = e.using_unit_id
    AND (e.using_unit_until IS NULL OR e.using_unit_until > %(at)s)
LEFT JOIN accounts_unit m ON m.id = e.maintenance_unit_id
    AND (e.maintenance_unit_until IS NULL OR e.maintenance_unit_until > %(at)s)
WHERE c.number = %(city)s
"""
_THIS_PLATE = " AND p.code = %(code)s AND p.issue = %(issue)s AND p.key_id = %(key_id)s"


def public_elevator(plate: Plate, *, at: dt.datetime) -> PublicElevator | None:
    """What the plate (of a valid reading) leads to; None when the platform never printed it."""
    given = {"code": plate.code, "city": plate.city, "issue": plate.issue, "key_id": plate.key_id, "at": at}
    return _found(_PLATE, _OF_PLATE, _THIS_PLATE, given)


def public_elevator_numbered(code: str, *, city: str, at: dt.datetime) -> PublicElevator | None:
    """The elevator of `city` that has these six digits, whether or not a plate hangs in it; None when there is none."""
    return _found("'', e.rescue_code, NULL::boolean", _OF_NUMBER, "", {"code": code, "city": city, "at": at})


def _found(plate: str, start: str, which: str, given: dict) -> PublicElevator | None:
    added = [registration.answer() for registration in PUBLIC_FACTS]
    columns = ", ".join([_COLUMNS.replace("{plate}", plate), *(f"({fact.sql})" for fact in added)])
    row = fetch_prepared(f"SELECT {columns}{start}{_FROM}{which}", given)
    if row is None:
        return None
    state, code, newer, public_id, registration, since, bits, *rest = row
    if public_id is None:
        return PublicElevator(state, code, newer_hangs=newer)
    named, values = rest[:11], rest[11:]
    return PublicElevator(
        state,
        code,
        public_id,
        public_status(registration, flags_in(bits)),
        since,
        *(value or "" for value in named),
        facts={fact.key: fact.read(value) for fact, value in zip(added, values, strict=True) if value is not None},
    )
