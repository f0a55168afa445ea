"""The parts of a reader for elevators, put together target by target as a spec says."""

import datetime as dt
from decimal import Decimal as D
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.clock import SHANGHAI, local_date
from common.intake.kinds import MappingRefused
from common.intake.mapping import MappingSpec, TargetUse
from registry.actions import import_words
from registry.actions.import_asked import Asked, listed, points
from registry.actions.import_readers import Readers
from registry.mappings.base import Column, PositionRule, RegisterMapping, SiteRule, StateRule
from registry.mappings.nyc import NYC
from registry.rules import cells

ANYWHERE = cells.Box(south=D(-90), north=D(90), west=D(-180), east=D(180))
# What lies within these degrees, with a margin of about a tenth, and whose midnight a date means.
PLACES = {
    "320100": (cells.Box(south=D("31.1"), north=D("32.75"), west=D("118.25"), east=D("119.35")), SHANGHAI),
    "US3651000": (NYC.position.box, NYC.state.zone),
    "US24": (ANYWHERE, ZoneInfo("America/New_York")),
}
UNIT_TARGETS = {"using_unit": "USING_UNIT", "maintenance_unit": "MAINTENANCE_UNIT"}


def keeps_registers(actor: Actor) -> bool:
    """Does somebody enter elevators of others, and so name the registers they come from?"""
    reach = reach_of(actor, Permission.CREATE_ELEVATOR)
    return reach.everything or bool(reach.areas)


def default_source(actor: Actor) -> str:
    """Whose keys a file's own keys are, when nobody names the register: nobody else's."""
    reach = reach_of(actor, Permission.CREATE_ELEVATOR)
    if reach.areas:
        return f"area-{reach.areas[0].area_id}"
    if len(reach.unit_ids) == 1:
        return f"unit-{next(iter(reach.unit_ids))}"
    return f"own-{actor.id}"[:40]


class Build:
    """The parts of a reader, put together target by target."""

    def __init__(self, spec: MappingSpec, actor: Actor, at: dt.datetime):
        self.spec, self.actor = spec, actor
        self.today = local_date(at)
        self.city = str(spec.options.get("city") or import_words.city_of(actor))
        self.box, self.zone = PLACES.get(self.city, (ANYWHERE, SHANGHAI))
        self.comma = bool(spec.options.get("decimal_comma"))
        self.asked = Asked(spec)
        self.columns: dict[str, Column] = {}

    def mapping(self) -> RegisterMapping:
        spec = self.spec
        area = import_words.area_rule(
            self.city,
            self.asked.column("area"),
            self.asked.column("subdistrict"),
            self.asked.option("area", "words", {}),
        )
        if area is None:
            raise MappingRefused(problems={"city": _("There is no such city on the platform.")})
        self.readers = Readers(self.asked, area, self.today, self.comma)
        for name, use in spec.targets.items():
            self._add(name, use)
        return RegisterMapping(
            name="",
            version=1,
            title="",
            credit="",
            source=self._source(),
            key=self.asked.column("source_key"),
            area=area,
            columns=tuple(self.columns.values()),
            state=self._state(),
            address=spec.targets["address"].columns if "address" in spec.targets else (),
            site=self._site(),
            position=self._position(),
            test_words=frozenset(listed(self.asked.option("address", "test_words", ""))),
            units={role: self.asked.column(name) for name, role in UNIT_TARGETS.items() if self.asked.column(name)},
            unit_words={role: self.asked.option(name, "words", {}) for name, role in UNIT_TARGETS.items()},
        )

    def _source(self) -> str:
        given = str(self.spec.options.get("source") or "").strip()[:40]
        return given if given and keeps_registers(self.actor) else default_source(self.actor)

    def _add(self, name: str, use: TargetUse) -> None:
        for header in use.columns:
            column = self.readers.column(name, header, use)
            there = self.columns.get(header)
            if there is not None and there.to and column.to and there.to != column.to:
                raise MappingRefused(
                    problems={name: _("The column “%(column)s” is two things at once.") % {"column": header}}
                )
            if there is None or (column.to and not there.to):
                self.columns[header] = column

    # --- parts that are made of several columns ---

    def _state(self) -> StateRule | None:
        if not (column := self.asked.column("state")):
            return None
        return StateRule(column, {}, since=self.asked.column("state_since"), zone=self.zone)

    def _site(self) -> SiteRule | None:
        name, keys = self.asked.column("site_name"), self.spec.targets.get("site_key")
        if keys:
            return SiteRule(keys.columns, name)
        return SiteRule(tuple(filter(None, (self.asked.column("area"), name))), name) if name else None

    def _position(self) -> PositionRule | None:
        if "latitude" not in self.spec.targets:
            return None
        return PositionRule(
            self.asked.column("latitude"),
            self.asked.column("longitude"),
            self.box,
            stand_ins=points(self.asked.option("latitude", "stand_ins", "")),
            datum=self.asked.choice("latitude", "datum", ("WGS84", "GCJ02", "BD09")),
            decimal_comma=self.comma,
        )
