"""The fixed cast: who plays in every test of scope, and the elevators that they do or do not see.

`elevator_own`: 鼓楼, a subdistrict; using unit A; maintained by the present unit, until 30 days ago by the former one.
`elevator_foreign`: 江宁, a hospital; using unit B.
`elevator_former`: 江宁, a mall; using unit B, until 30 days ago A.
`elevator_jiangbei`: 江北新区 (its code begins as 浦口's), offices; using unit B.

Who sees which is pinned in test_cast.py.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.test import Client

from accounts.choices import PlaceType, UnitKind
from accounts.models import Area, Unit, User
from accounts.queries import actor_for
from common.actor import Actor
from common.clock import now
from registry.models import Elevator
from tests.factories.canaries import give_numbers
from tests.factories.make import (
    GULOU,
    JIANGBEI,
    JIANGNING,
    NANJING,
    client_for,
    hand_over,
    hold,
    make_elevator,
    make_unit,
    make_user,
)

SUBDISTRICT = "320106001"
HANDED_OVER_DAYS_AGO = 30


@dataclass(frozen=True)
class Player:
    """One person of the cast."""

    user: User

    def actor(self, at: dt.datetime | None = None) -> Actor:
        """Who they are at a moment (default: now), with what they hold then."""
        return actor_for(self.user, at or now())

    def client(self, **headers) -> Client:
        """A test client signed in as them."""
        return client_for(self.user, **headers)


@dataclass
class Cast:
    """Everybody; see the table above. `players` maps each name to its player."""

    unit_a: Unit
    unit_b: Unit
    maintenance_unit: Unit
    former_maintenance_unit: Unit
    elevator_own: Elevator
    elevator_foreign: Elevator
    elevator_former: Elevator
    elevator_jiangbei: Elevator
    players: dict[str, Player] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Player:
        try:
            return self.__dict__["players"][name]
        except KeyError:
            raise AttributeError(f"nobody in the cast is called {name}") from None


def make_cast() -> Cast:
    """Put the cast on the stage (the real database)."""
    unit_a = make_unit("Using unit A", area_code=GULOU)
    unit_b = make_unit("Using unit B", area_code=JIANGNING)
    present = make_unit("Present maintenance unit", kind=UnitKind.MAINTENANCE_UNIT)
    former = make_unit("Former maintenance unit", kind=UnitKind.MAINTENANCE_UNIT)
    cast = Cast(
        unit_a=unit_a,
        unit_b=unit_b,
        maintenance_unit=present,
        former_maintenance_unit=former,
        players=_people(unit_a, unit_b, present, former),
        **_elevators(unit_a, unit_b, present, former),
    )
    give_numbers(cast.players)
    return cast


def _elevators(unit_a, unit_b, present, former) -> dict[str, Elevator]:
    moment = now() - dt.timedelta(days=HANDED_OVER_DAYS_AGO)
    jiangbei = Area.objects.filter(managing_district__code=JIANGBEI, kind="SUBDISTRICT").order_by("code").first()
    made = {
        "elevator_own": make_elevator(
            area_code=SUBDISTRICT,
            using_unit=unit_a,
            maintenance_unit=former,
            place_type=PlaceType.RESIDENTIAL,
            address="18 Sample Road, own",
        ),
        "elevator_foreign": make_elevator(
            area_code=JIANGNING, using_unit=unit_b, place_type=PlaceType.HOSPITAL, address="19 Sample Road, foreign"
        ),
        "elevator_former": make_elevator(
            area_code=JIANGNING, using_unit=unit_a, place_type=PlaceType.MALL, address="20 Sample Road, former"
        ),
        "elevator_jiangbei": make_elevator(
            area_code=jiangbei.code, using_unit=unit_b, place_type=PlaceType.OFFICE, address="21 Sample Road, Jiangbei"
        ),
    }
    hand_over(made["elevator_own"], role="MAINTENANCE_UNIT", from_unit=former, to_unit=present, at=moment)
    hand_over(made["elevator_former"], role="USING_UNIT", from_unit=unit_a, to_unit=unit_b, at=moment)
    return made


def _people(unit_a, unit_b, present, former) -> dict[str, Player]:
    """name → holdings, each (role, where)."""
    holdings = {
        "own_manager": [("USING_UNIT_MANAGER", {"unit": unit_a})],
        "unit_admin": [("UNIT_ADMIN", {"unit": unit_a})],
        "colleague": [("UNIT_VIEWER", {"unit": unit_a})],
        "stranger": [("USING_UNIT_MANAGER", {"unit": unit_b})],
        "former": [("MAINTENANCE_OFFICE", {"unit": former})],
        "maintainer": [("MAINTENANCE_OFFICE", {"unit": present})],
        "strong_weak": [("USING_UNIT_MANAGER", {"unit": unit_b}), ("UNIT_VIEWER", {"unit": unit_a})],
        "city_regulator": [("CITY_REGULATOR", {"area_code": NANJING})],
        "district_regulator": [("DISTRICT_REGULATOR", {"area_code": GULOU})],
        "other_district_regulator": [("DISTRICT_REGULATOR", {"area_code": JIANGNING})],
        "jiangbei_regulator": [("DISTRICT_REGULATOR", {"area_code": JIANGBEI})],
        "subdistrict_officer": [("SUBDISTRICT_OFFICER", {"area_code": SUBDISTRICT})],
        "industry_officer": [("INDUSTRY_OFFICER", {"area_code": NANJING, "place_types": [PlaceType.HOSPITAL]})],
        "dispatcher": [("DISPATCHER", {"area_code": NANJING})],
        "auditor": [("AUDITOR", {})],
        "system_admin": [("SYSTEM_ADMIN", {})],
        "security_admin": [("SECURITY_ADMIN", {})],
        "audit_admin": [("AUDIT_ADMIN", {})],
        "nobody": [],
    }
    players = {}
    for name, held in holdings.items():
        players[name] = Player(make_user(name))
        for role, where in held:
            hold(players[name].user, role, **where)
    return players
