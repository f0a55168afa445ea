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


_COLUMNS = """
    p.state, p.code, e.public_id::text, e.registration_state, e.registration_state_at, e.flag_bits,
    coalesce(nullif(s.name, ''), e.address), e.building, e.internal_number, a.name, a.name_en, d.name, d.name_en,
    k.name_zh, k.name_en, u.name, m.name
"""
_FROM = """
FROM registry_nameplate p
JOIN registry_platecity c ON c.area_id = p.city_id
LEFT JOIN registry_elevator e ON e.id = p.elevator_id AND p.state = 'BOUND' AND e.registration_state <> 'WITHDRAWN'
LEFT JOIN registry_site s ON s.id = e.site_id
LEFT JOIN accounts_area a ON a.id = e.area_id
LEFT JOIN accounts_area d ON d.id = e.managing_district_id
LEFT JOIN registry_elevatorclass k ON k.code = e.class_code
LEFT JOIN accounts_unit u ON u.id = e.using_unit_id
    AND (e.using_unit_until IS NULL OR e.using_unit_until > %(at)s)
LEFT JOIN accounts_unit m ON m.id = e.maintenance_unit_id
    AND (e.maintenance_unit_until IS NULL OR e.maintenance_unit_until > %(at)s)
WHERE p.code = %(code)s AND c.number = %(city)s AND p.issue = %(issue)s AND p.key_id = %(key_id)s
"""


def public_elevator(plate: Plate, *, at: dt.datetime) -> PublicElevator | None:
    """What the plate (of a valid reading) leads to; None when the platform never printed it."""
    added = [registration.answer() for registration in PUBLIC_FACTS]
    sql = "SELECT " + ", ".join([_COLUMNS, *(f"({fact.sql})" for fact in added)]) + _FROM
    given = {"code": plate.code, "city": plate.city, "issue": plate.issue, "key_id": plate.key_id, "at": at}
    row = fetch_prepared(sql, given)
    if row is None:
        return None
    state, code, public_id, registration, since, bits, *rest = row
    if public_id is None:
        return PublicElevator(state, code)
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
