"""Questions about the register."""

from common.errors import NotPermitted
from registry.queries.chain import ChainCheck, chain_faults
from registry.queries.counts import DistrictLine, StateCounts, district_lines, state_counts
from registry.queries.efile import ResponsibilityLine, TimelineEntry, responsibility_lines, timeline
from registry.queries.elevators import (
    LIST_FIELDS,
    SITE_SEPARATOR,
    AmbiguousCode,
    UnknownCode,
    elevator_by_code,
    elevator_classes,
    elevators_with_code,
    name_neighbours,
    sites_named,
)
from registry.queries.references import ReferenceReader, reference_reader
from registry.queries.scope import NumberOfRegulator, may_number, require_may_create, require_may_number, unit_blockers
from registry.queries.search import Found, find

__all__ = [
    "LIST_FIELDS",
    "SITE_SEPARATOR",
    "AmbiguousCode",
    "ChainCheck",
    "DistrictLine",
    "Found",
    "NotPermitted",
    "NumberOfRegulator",
    "ReferenceReader",
    "ResponsibilityLine",
    "StateCounts",
    "TimelineEntry",
    "UnknownCode",
    "chain_faults",
    "district_lines",
    "elevator_by_code",
    "elevator_classes",
    "elevators_with_code",
    "find",
    "may_number",
    "name_neighbours",
    "reference_reader",
    "require_may_create",
    "require_may_number",
    "responsibility_lines",
    "sites_named",
    "state_counts",
    "timeline",
    "unit_blockers",
]
