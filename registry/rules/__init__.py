"""The law and the arithmetic of the register, as plain Python: no Django, no database, no clock."""

from registry.rules.borders import District, district_at, districts, km_outside, lies_in_stated, looks_swapped
from registry.rules.chain import FORM_VERSION, GENESIS, event_hash
from registry.rules.codes import (
    MATCHING_ORDER,
    CodeError,
    classify_code,
    normalise_certificate_number,
    normalise_equipment_code,
    normalise_registration_code,
    normalise_rescue_code,
)
from registry.rules.contradictions import CODES_WITH_CLASS, DATES_IN_ORDER, contradictions
from registry.rules.coordinates import PositionError, to_wgs84
from registry.rules.datums import DatumFit, better_reading, propose_datum
from registry.rules.states import (
    FLAG_BITS,
    REGISTRATION_FIELDS,
    InvalidTransition,
    flags_in,
    masks_with,
    public_status,
    require_transition,
)

__all__ = [
    "CODES_WITH_CLASS",
    "DATES_IN_ORDER",
    "FLAG_BITS",
    "FORM_VERSION",
    "GENESIS",
    "MATCHING_ORDER",
    "REGISTRATION_FIELDS",
    "CodeError",
    "DatumFit",
    "District",
    "InvalidTransition",
    "PositionError",
    "better_reading",
    "classify_code",
    "contradictions",
    "district_at",
    "districts",
    "event_hash",
    "flags_in",
    "km_outside",
    "lies_in_stated",
    "looks_swapped",
    "masks_with",
    "normalise_certificate_number",
    "normalise_equipment_code",
    "normalise_registration_code",
    "normalise_rescue_code",
    "propose_datum",
    "public_status",
    "require_transition",
    "to_wgs84",
]
