"""What a mapping declares, and how one row of a file is read by it. Data and pure functions: no database, no clock.

A mapping says for each column of a register which reader (registry.rules.cells) reads it and where the value goes; the
raw cells are kept beside the result anyway, so a column need not go anywhere. Bump `version` whenever rows would read
differently: the same file may then be imported again.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache

from common.intake.cells import plain_number
from common.intake.issues import EMPTY, KEPT, REFUSED, Issue
from registry.rules import MATCHING_ORDER, PositionError, to_wgs84
from registry.rules.cells import MICRODEGREE, Box, Reader, position
from registry.rules.written import fold

TECHNICAL = "technical:"
STATUS_LENGTH = 40  # of Elevator.source_status


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, its reader, and where the value goes.

    `to`: a field of Elevator, `technical:<name>` for its JSON of technical facts, or '' for a part that the mapping
    puts together itself (address, state, position). `raw_to`: a name in the technical facts that keeps the register's
    own word beside its translation. `personal` columns are masked before anything is kept of them.
    `distinct`: the summary says how many different values (blank included) the column has.
    """

    header: str
    read: Reader
    to: str = ""
    raw_to: str = ""
    personal: bool = False
    distinct: bool = False

    def __post_init__(self):
        # readers are pure, and a register says the same things over and over
        object.__setattr__(self, "read", lru_cache(maxsize=4096)(self.read))


@dataclass(frozen=True, slots=True)
class AreaRule:
    """Which area a row lies in: the top area by code, and the names in one column by the codes of their areas.

    `within`: a second column with the names of what lies inside (subdistricts), by (code of the area, name).
    """

    city_code: str
    column: str
    codes: Mapping[str, str]
    data_file: str = ""  # what `manage.py import_areas` has to be given first
    within: str = ""
    inner_codes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    ambiguous: frozenset[str] = frozenset()

    @property
    def all_codes(self) -> set[str]:
        return {self.city_code, *self.codes.values(), *self.inner_codes.values()}


@dataclass(frozen=True, slots=True)
class StateRule:
    """Which registration state the register's own words stand for: word → (state, flag or None).

    `since`: the column with the day of the status, midnight of which in `zone` is its moment; where there is none, the
    moment of the import stands for it.
    """

    column: str
    words: Mapping[str, tuple[str, str | None]]
    since: str = ""
    zone: dt.tzinfo = dt.UTC


@dataclass(frozen=True, slots=True)
class PositionRule:
    """`datum`: WGS84, GCJ02 or BD09; `box` and `stand_ins` are in the register's own degrees."""

    latitude: str
    longitude: str
    box: Box
    stand_ins: frozenset = frozenset()
    datum: str = "WGS84"
    decimal_comma: bool = False


@dataclass(frozen=True, slots=True)
class SiteRule:
    """Which devices stand together: rows with the same values in `key`. `name`: the column that names the site, or ''
    for the address."""

    key: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class RegisterMapping:
    """How one register's files are read."""

    name: str
    version: int
    title: str
    credit: str
    source: str  # the register, on every elevator that comes from it
    key: str  # the column with the register's own key; '' where rows are known by their codes alone
    area: AreaRule
    columns: tuple[Column, ...]
    state: StateRule | None
    address: tuple[str, ...]  # columns, joined by a space
    site: SiteRule | None = None
    position: PositionRule | None = None
    test_words: frozenset[str] = frozenset()  # words in the address by which the register marks its own dummies
    units: Mapping[str, str] = field(default_factory=dict)  # {role: column}
    unit_words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # {role: {word: code or name of a unit}}

    def key_of(self, header: str, cell: str) -> str:
        """An identifier's cell in the form in which rows are compared."""
        if not (cell := cell.strip()):
            return ""
        value = self.by_header[header].read(cell).value
        return cell if value is None else str(value)

    @cached_property
    def by_header(self) -> dict[str, Column]:
        return {column.header: column for column in self.columns}

    @cached_property
    def headers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column.header for column in self.columns))

    @cached_property
    def identifiers(self) -> dict[str, str]:
        """{identifier: header} in matching order: the codes that this register brings, its own key among them."""
        brought = {column.to: column.header for column in self.columns}
        return {name: brought[name] for name in MATCHING_ORDER if name in brought}

    @cached_property
    def keys(self) -> dict[str, str]:
        """{name: header} of what may stand in one row only: the identifiers, and the rescue code."""
        brought = {column.to: column.header for column in self.columns}
        return {name: brought[name] for name in (*MATCHING_ORDER, "rescue_code") if name in brought}

    @cached_property
    def distinct(self) -> tuple[str, ...]:
        return tuple(column.header for column in self.columns if column.distinct)

    @cached_property
    def personal(self) -> frozenset[str]:
        return frozenset(column.header for column in self.columns if column.personal)


@dataclass(slots=True)
class RowReading:
    """What a row says: fields of Elevator that it fills, parts that need the database, and what was wrong."""

    key: str
    fields: dict
    technical: dict
    area_code: str  # '' = unknown: the elevator hangs under the city
    state: str
    flag: str | None
    state_since: dt.datetime | None
    site_key: str
    site_name: str
    issues: list[Issue]
    forms: list[tuple[str, str]]  # (column, form)
    blanks: list[str]
    units: dict[str, str] = field(default_factory=dict)  # {role: what the row calls the unit}

    @property
    def refused(self) -> bool:
        return any(issue.effect == REFUSED for issue in self.issues)


def read_row(mapping: RegisterMapping, raw: Mapping[str, str], issues: list[Issue]) -> RowReading:
    """Read one row; `issues` are those that its cells have already. Cells that cannot be used count as blank."""
    spoilt = {issue.column for issue in issues}
    cells = {header: "" if header in spoilt else cell.strip() for header, cell in raw.items()}
    row = RowReading(
        key=cells.get(mapping.key, ""),
        fields={},
        technical={},
        area_code="",
        state="",
        flag=None,
        state_since=None,
        site_key="",
        site_name="",
        issues=list(issues),
        forms=[],
        blanks=[header for header, cell in cells.items() if not cell and header not in spoilt],
    )
    values = _read_columns(mapping, cells, row)
    _read_key(mapping, row)
    _read_area(mapping, values, cells, row)
    _read_state(mapping, values, cells, row)
    _read_position(mapping, cells, row)
    _read_address(mapping, values, row)
    _read_site(mapping, cells, values, row)
    row.units = {role: cells[header] for role, header in mapping.units.items() if cells[header]}
    return row


def _say(row: RowReading, column: str, code: str, effect: str, **params) -> None:
    row.issues.append(Issue(column, code, effect, params))


def _read_columns(mapping: RegisterMapping, cells: Mapping[str, str], row: RowReading) -> dict:
    """Every declared column by its reader; returns {header: value} of those that say something."""
    values = {}
    for column in mapping.columns:
        if not (cell := cells[column.header]):
            continue
        value, form, problem = column.read(cell)
        row.forms.append((column.header, form))
        if problem:
            without = REFUSED if column.to in MATCHING_ORDER else EMPTY
            _say(row, column.header, problem, without if value is None else KEPT)
        if column.raw_to:
            row.technical[column.raw_to] = cell
        if value is None:
            continue
        values[column.header] = value
        if column.to.startswith(TECHNICAL):
            row.technical[column.to.removeprefix(TECHNICAL)] = _json(value)
        elif column.to:
            row.fields[column.to] = value
    return values


def _json(value):
    return str(value) if isinstance(value, Decimal | dt.date) else value


def _read_key(mapping: RegisterMapping, row: RowReading) -> None:
    if row.refused or row.key:
        return
    if mapping.key:
        _say(row, mapping.key, "key-blank", REFUSED)
    elif not any(name in row.fields for name in MATCHING_ORDER):
        _say(row, next(iter(mapping.identifiers.values()), ""), "key-blank", REFUSED)


def _read_area(mapping: RegisterMapping, values: dict, cells: Mapping[str, str], row: RowReading) -> None:
    rule = mapping.area
    row.area_code = values.get(rule.column, "")
    if rule.column and not cells[rule.column]:
        _say(row, rule.column, "area-blank", KEPT)
    if rule.within and (name := fold(cells[rule.within])):
        inner = rule.inner_codes.get((row.area_code, name)) or rule.inner_codes.get(("", name))
        if inner is None:
            _say(row, rule.within, "subdistrict-unknown", KEPT)
        row.area_code = inner or row.area_code


def _read_state(mapping: RegisterMapping, values: dict, cells: Mapping[str, str], row: RowReading) -> None:
    if (rule := mapping.state) is None:
        return
    if word := cells[rule.column][:STATUS_LENGTH]:
        row.fields["source_status"] = word
    row.state, row.flag = values.get(rule.column, ("", None))
    if since := values.get(rule.since):
        row.state_since = dt.datetime.combine(since, dt.time(), rule.zone)


def _read_position(mapping: RegisterMapping, cells: Mapping[str, str], row: RowReading) -> None:
    if not (rule := mapping.position):
        return
    latitude, longitude = (
        plain_number(cells[header], rule.decimal_comma) for header in (rule.latitude, rule.longitude)
    )
    place, form, problem = position(latitude, longitude, rule.box, rule.stand_ins)
    row.forms.append((f"{rule.latitude}, {rule.longitude}", form))
    if not problem and rule.datum != "WGS84":
        place, problem = _in_wgs84(place, rule.datum)
    if problem:
        params = {"latitude": latitude[:20], "longitude": longitude[:20]} if latitude or longitude else {}
        _say(row, rule.latitude, problem, EMPTY, **params)
    else:
        row.fields["latitude"], row.fields["longitude"] = place
        row.fields["coord_source"] = "REGISTER" if rule.datum == "WGS84" else rule.datum


def _in_wgs84(place: tuple, datum: str) -> tuple:
    try:
        degrees = to_wgs84(float(place[0]), float(place[1]), datum)
    except PositionError:
        return None, "position-outside"
    return tuple(Decimal(str(value)).quantize(MICRODEGREE) for value in degrees), ""


def _read_address(mapping: RegisterMapping, values: dict, row: RowReading) -> None:
    parts = [values[header] for header in mapping.address if header in values]
    if parts:
        row.fields["address"] = " ".join(parts)
    for header in mapping.address:
        if values.get(header) in mapping.test_words:
            _say(row, header, "test-record", KEPT)


def _read_site(mapping: RegisterMapping, cells: Mapping[str, str], values: dict, row: RowReading) -> None:
    if not (rule := mapping.site):
        return
    parts = [cells[header] for header in rule.key]
    if all(parts):
        row.site_key = " | ".join(parts)[:160]
        row.site_name = (values.get(rule.name) if rule.name else row.fields.get("address")) or row.site_key
